"""One point of a sweep: a machine and what it runs, as plain data; and the key that its result is kept under."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from coherence.accesses.text import TraceError
from coherence.config.parameters import DEFAULTS, FIRST, PARAMETERS
from coherence.errors import InputError, unknown
from coherence.machine import Machine
from coherence.traces.read import detect
from coherence.version import __version__
from coherence.workloads import BUILT_IN
from coherence.workloads.find import built_in, unknown_workload
from coherence.workloads.own import OWN_CORES, load_own

KEY = 32  # hexadecimal digits of a key
# What can be said of a point besides its workload; the engine changes no number, and the fields of a cache are in it.
DESCRIBED = tuple(p for p in PARAMETERS if p.of != "cache" and p.name != "engine")
GIVEN = ("cores", "seed")  # what every workload is asked with, besides parameters of its own
BLOCK = 1 << 20  # bytes


@dataclass(frozen=True)
class Source:
    """Where a workload comes from.

    `name`: of a built-in workload, or of the file · `path`: absolute, of a trace or a `.py` file, else "" · `format`:
    of a trace, else "" · `content`: SHA-256 in hexadecimal of what lies at the path, else "" · `parameters`: those
    that may be given, each with its default · `cores`: what it is made for where nothing is said (None: as a trace
    has) · `keys_per_line`: the line size that it is written for, 1 if it says nothing.
    """

    name: str
    path: str = ""
    format: str = ""
    content: str = ""
    parameters: tuple[tuple[str, object], ...] = ()
    cores: int | None = None
    keys_per_line: int = 1


@dataclass(frozen=True)
class Point:
    """A machine, the workload it runs with its parameters, and how.

    It holds nothing that another process could not be sent, and all that the result depends on except the engine,
    which changes no number.
    """

    machine: Machine
    source: Source
    parameters: tuple[tuple[str, object], ...] = ()
    order: str = DEFAULTS["order"]
    max_cycles: int | None = DEFAULTS["max_cycles"]
    engine: str = DEFAULTS["engine"]


def describe(point: Point) -> dict[str, object]:
    """All that the point's result depends on, as plain data for JSON; what its key is a digest of.

    >>> describe(Point(Machine(cores=2), find_source("random")))["cores"]
    2
    """
    source = point.source
    workload = {"name": source.name, "format": source.format, "sha256": source.content}
    found: dict[str, object] = {
        "version": __version__,
        "workload": workload | {"parameters": dict(point.parameters)},
    }
    for p in DESCRIBED:
        value = getattr(point.machine if p.of == "machine" else point, p.name)
        if p.name in FIRST or value != p.default:
            found["caches" if p.name == "cache" else p.name] = p.plain(value)
    return found


def key_of(description: dict[str, object]) -> str:
    """The first digits of SHA-256 of the description's JSON with sorted names: equal for equal points only.

    >>> key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1}) != key_of({"a": 1, "b": 3})
    True
    """
    text = json.dumps(description, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:KEY]


def told(point: Point) -> str:
    """The point in a few words, for a message."""
    m = point.machine
    words = [point.source.name, *(f"{name}={value}" for name, value in point.parameters)]
    words += [m.table.name] + ([f"{m.cores} cores"] if m.cores else []) + [f"seed {m.seed}"]
    return ", ".join(words)


def find_source(what: object, format: str = "auto", folder: Path | None = None) -> Source:
    """The built-in workload of that name (or that function), or the trace or `.py` file at that path.

    *folder*: where a relative path begins (None: where the process is). Raises `InputError` if nothing is there.

    >>> find_source("random").cores
    4
    """
    named = next((name for name, make in BUILT_IN.items() if what is make), None)
    if isinstance(what, str):
        named = built_in(what)
    if named:
        make = BUILT_IN[named]
        return Source(
            named, parameters=_parameters(make), cores=_default(make), keys_per_line=make().keys_per_line or 1
        )
    if not isinstance(what, (str, PathLike)):
        raise InputError(
            f"workload must be a name, or the path of a trace or of a .py file, not {what!r}: points of a sweep "
            "travel to other processes, and a Workload cannot"
        )
    path = (folder or Path()) / Path(what)
    if "\0" in str(what) or not path.exists():
        if path.suffix or len(Path(what).parts) > 1:
            raise TraceError(f"{path}: no such file or folder, expected a trace or a .py file")
        raise InputError(f"{unknown_workload(what)}, or the path of a trace or of a .py file")
    if path.suffix == ".py":
        make = load_own(path)
        return Source(path.name, str(path.resolve()), "", digest(path), _parameters(make), OWN_CORES)
    chosen = detect(path) if format == "auto" else format
    return Source(path.name, str(path.resolve()), chosen, digest(path))


def digest(path: Path) -> str:
    """SHA-256 of a file, or of the names and contents of a folder's files.

    Raises `InputError` where it cannot be read.
    """
    try:
        if path.is_dir():
            files = sorted(p for p in path.iterdir() if p.is_file())
            return hashlib.sha256("".join(f"{p.name}\n{digest(p)}\n" for p in files).encode()).hexdigest()
        found = hashlib.sha256()
        with open(path, "rb") as file:
            while block := file.read(BLOCK):
                found.update(block)
        return found.hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from None


def parameter_faults(
    sources: Iterable[Source], name: str, values: Iterable[object], axes: Iterable[str] = ()
) -> list[str]:
    """What is wrong with a workload's parameter: no such one, or a value that a built-in workload refuses.

    *axes*: other names that could have been meant.
    """
    faults: list[str] = []
    for source in sources:
        names = [p for p, _ in source.parameters]
        if name not in names:
            faults.append(f"{unknown('axis or parameter', name, [*names, *axes])} for {source.name}")
            continue
        for value in values:
            try:
                if not source.path:
                    BUILT_IN[source.name](**{name: value})
            except InputError as error:
                faults += str(error).splitlines()
    return list(dict.fromkeys(faults))


def _parameters(make: Callable[..., object]) -> tuple[tuple[str, object], ...]:
    """The parameters besides cores and seed, with their defaults (None if there is none)."""
    return tuple(
        (p.name, None if p.default is p.empty else p.default)
        for p in inspect.signature(make).parameters.values()
        if p.name not in GIVEN and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    )


def _default(make: Callable[..., object]) -> int:
    found: int = inspect.signature(make).parameters["cores"].default
    return found
