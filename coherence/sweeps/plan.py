"""The points of a sweep: a grid of axes, or a list of points, or each of the points with every value of the axes."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from math import prod
from os import PathLike
from pathlib import Path
from typing import Any

from coherence.cache.config import Cache
from coherence.config.parameters import CACHE, MACHINE, PARAMETERS, RUN, run_faults
from coherence.errors import InputError, collected
from coherence.machine import Machine
from coherence.protocol.find import find_protocol
from coherence.protocol.model import Protocol
from coherence.sweeps.point import Point, Source, find_source, parameter_faults
from coherence.traces.formats import format_faults

MOST_FAULTS = 20  # that are told of combinations

Convert = Mapping[str, Callable[[Any], Any]]  # how one value of an axis is read
# What can be an axis, besides the workload's own parameters, and how one value of it is checked. The engine is none:
# it changes no number.
AXES: Convert = {"workload": find_source, **{p.name: p.check for p in PARAMETERS if p.name != "engine"}}
READ = {p.name: p.read for p in PARAMETERS}  # and how one value of it in a file is read


@dataclass(frozen=True)
class Plan:
    """The points of a sweep, made one by one as they are asked for.

    `choices`: for each axis its values, each with the names it gives values to, the first axis the slowest to change.

    >>> plan = make_plan({"workload": "random", "protocol": ["MESI", "MOESI"], "seed": range(3)})
    >>> len(plan), next(iter(plan)).machine.table.name
    (6, 'MESI')
    """

    choices: tuple[tuple[Mapping[str, Any], ...], ...]
    engine: str = "auto"

    def __len__(self) -> int:
        return prod(map(len, self.choices))

    def __iter__(self) -> Iterator[Point]:
        for parts in product(*self.choices):
            yield _point({name: value for part in parts for name, value in part.items()}, self.engine)


def make_plan(
    axes: Mapping[str, Any],
    points: Iterable[Mapping[str, Any]] = (),
    *,
    format: str = "auto",
    engine: str = "auto",
    folder: Path | None = None,
) -> Plan:
    """The plan of these axes: a list, tuple or range is what an axis goes through, all else is one value.

    *points*: a list of points, each of which gives one value to its names; every one is taken with every combination
    of the axes. *format*: of traces. *folder*: where relative paths begin. Raises `InputError` with every fault.
    """
    faults = format_faults(format) + run_faults(engine=engine)
    given = [dict(point) for point in points]
    own = {name for point in given for name in point}
    faults += [f"{name} is given by the points and as an axis: give one or the other" for name in axes if name in own]
    find: Convert = {
        "workload": partial(find_source, format=format, folder=folder),
        "protocol": partial(_protocol, folder),
    }
    convert = {**AXES, **find}
    read = [_axis(name, _values(value), convert, faults) for name, value in axes.items()]
    listed = [_one(number, point, convert, faults) for number, point in enumerate(given)]
    sources = {v["workload"]: None for choice in [*read, listed] for v in choice if "workload" in v}
    if "workload" not in axes and any("workload" not in point for point in given or [{}]):
        faults.append("workload is missing: a name, or the path of a trace or of a .py file")
    for name in dict.fromkeys([*axes, *own]):
        if name not in AXES:
            values = [v[name] for choice in [*read, listed] for v in choice if name in v]
            faults += parameter_faults(sources, name, values, AXES) if sources else []
    if not faults:
        plan = Plan(tuple(tuple(choice) for choice in ([listed] if given else []) + read), engine)
        faults = _combined(plan)
    if faults:
        raise InputError("\n".join(dict.fromkeys(faults)))
    return plan


def _values(value: Any) -> list[Any]:
    """What an axis goes through."""
    if hasattr(value, "tolist"):  # numpy's and pandas's
        value = value.tolist()
    return list(value) if isinstance(value, (list, tuple, range)) else [value]


def _axis(name: str, values: Sequence[Any], convert: Convert, faults: list[str]) -> list[dict[str, Any]]:
    """An axis's choices; what is wrong with its values goes to *faults*."""
    if not values:
        faults.append(f"{name} has no value")
    found: list[dict[str, Any]] = []
    for value in values:
        with collected(faults):
            choice = {name: convert.get(name, _plain(name))(value)}
            if choice in found:
                faults.append(f"{name} {value!r} is given twice")
            found.append(choice)
    return found


def _one(number: int, point: Mapping[str, Any], convert: Convert, faults: list[str]) -> dict[str, Any]:
    """One point of a list, likewise."""
    wrong: list[str] = []
    found: dict[str, Any] = {}
    for name, value in point.items():
        for choice in _axis(name, [value], convert, wrong):
            found |= choice
    faults += [f"point {number + 1}: {fault}" for fault in wrong]
    return found


def _combined(plan: Plan) -> list[str]:
    """What is wrong with combinations of values that are right alone; looks at every point once."""
    faults: dict[str, None] = {}
    tables: dict[str, Protocol] = {}
    try:
        if not len(plan):
            return ["the sweep has no point"]
    except OverflowError:
        return ["the sweep has more points than can be counted"]
    for parts in product(*plan.choices):
        try:
            point = _point({name: value for part in parts for name, value in part.items()}, plan.engine)
        except InputError as error:
            faults |= dict.fromkeys(str(error).splitlines())
            if len(faults) > MOST_FAULTS:
                break
            continue
        protocol = point.machine.table
        if tables.setdefault(protocol.name, protocol) != protocol:
            faults[f"two protocols are called {protocol.name}, but differ: rename one of them"] = None
    return list(faults)


def _point(given: Mapping[str, Any], engine: str) -> Point:
    """The point of one value each."""
    source: Source = given["workload"]
    cache: Cache | tuple[Cache, ...] = given.get("cache", Cache(keys_per_line=source.keys_per_line))
    changes = {p.name: given[p.name] for p in CACHE if p.name in given}
    if changes and not isinstance(cache, Cache):
        raise InputError(f"{', '.join(changes)}: of which level? Say it in the caches, or give one level")
    if changes and isinstance(cache, Cache):
        cache = replace(cache, **changes)
    of_machine = {p.name: given[p.name] for p in MACHINE if p.name in given}
    of_run = {p.name: given[p.name] for p in RUN if p.name in given}
    if of_machine.get("cores") is None:
        of_machine["cores"] = source.cores
    machine = Machine(**{**of_machine, "cache": cache})
    parameters = tuple((name, given.get(name, default)) for name, default in source.parameters)
    return Point(machine, source, parameters, engine=engine, **of_run)


def _protocol(folder: Path | None, value: Any) -> Protocol:
    try:
        return find_protocol(value)
    except InputError:
        if folder is None or not isinstance(value, str) or not (folder / value).is_file():
            raise
        return find_protocol(folder / value)


def _plain(name: str) -> Callable[[Any], Any]:
    """A workload's parameter, which must be plain data."""

    def check(value: Any) -> Any:
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            raise InputError(f"{name} must be a number, a text, true or false, or a list, not {value!r}") from None
        return value

    return check


def read_plan(path: str | PathLike[str]) -> Plan:
    """The plan of a TOML file.

    Keys are the axes' names and the workload's parameters; a list gives one value after another. `cache` and `shared`
    are tables (`{sets = 16, ways = 8}`; a list in the list gives levels), `timing` a preset's name or a table;
    `[[points]]` are points; `format` is of traces. Relative paths begin where the file lies. Raises `InputError` naming
    file, key, value and what was expected, all faults at once.
    """
    where = Path(path)
    content = _content(where)
    faults: list[str] = []
    points = content.pop("points", [])
    if not isinstance(points, list) or not all(isinstance(point, dict) for point in points):
        faults.append(f"points must be one or more tables [[points]], not {points!r}")
        points = []
    options = {name: content.pop(name) for name in ("format", "engine") if name in content}
    axes = _converted(content, faults)
    points = [_converted(point, faults, f"point {number}: ") for number, point in enumerate(points, start=1)]
    with collected(faults):
        plan = make_plan(axes, points, folder=where.parent, **options)
    if faults:
        raise InputError("\n".join(f"{where}: {fault}" for fault in faults))
    return plan


def _content(where: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(where.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{where}: no TOML: {error}") from None
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{where}: cannot be read ({said}), expected a sweep as TOML") from None


def _converted(content: Mapping[str, Any], faults: list[str], before: str = "") -> dict[str, Any]:
    """The same with caches and timings made of their tables; a value that cannot be is left out and told."""
    found = {}
    for name, value in content.items():
        own: list[str] = []
        with collected(own):
            found[name] = _each(READ[name], value) if name in READ else value
        faults += [f"{before}{fault}" for fault in own]
    return found


def _each(read: Callable[[Any], Any], value: Any) -> Any:
    """*value* as *read* reads it; of a list, and of a list in it, each."""
    return [_each(read, one) for one in value] if isinstance(value, list) else read(value)
