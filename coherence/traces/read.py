"""From a trace on disk to a Workload: which format it is in, and how each format is read."""

from __future__ import annotations

import codecs
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from os import PathLike
from pathlib import Path

from coherence.cache.config import Key
from coherence.errors import InputError, unknown
from coherence.traces import native, ncsu, oraclegeneral, per_core
from coherence.traces.native import TraceError
from coherence.traces.source import Source, file_source, members
from coherence.workloads.base import CoreOp, Workload

SAMPLE = 1 << 16
SPELLED = 10_000  # accesses whose keys' spelling is looked up


@dataclass(frozen=True)
class Format:
    """A trace format: its name, one line about it, and how to read a path as it.

    *load(path, cores, stream)*: `cores=None` counts them; *stream* keeps nothing in memory.
    """

    name: str
    about: str
    load: Callable[[Path, int | None, bool], Workload]


LineParser = Callable[[str], "tuple[CoreOp, str] | None"]


def merged(source: Source, parse: LineParser, cores: int | None, stream: bool) -> Workload:
    """A workload from lines that each name their core."""

    def spelled() -> Iterator[tuple[CoreOp, str]]:
        for number, line in source.lines():
            try:
                found = parse(line)
                if found and cores is not None and found[0][0] >= cores:
                    raise ValueError(f"core {found[0][0]} is out of range, the machine has {cores} cores")
            except ValueError as error:
                if isinstance(error, InputError):
                    raise
                raise TraceError(f"{source.name}:{number}: {error}") from None
            if found:
                yield found

    def accesses() -> Iterator[CoreOp]:
        return (access for access, _ in spelled())

    @cache
    def spelling() -> dict[Key, str]:
        return {access[2]: text for access, text in reversed(list(islice(spelled(), SPELLED)))}

    kept = None if stream else list(accesses())
    first = next(accesses() if kept is None else iter(kept), None)
    if first is None:
        raise TraceError(f"{source.name}: no accesses in it")
    count = cores or 1 + max(access[0] for access in (accesses() if kept is None else kept))
    start = accesses if kept is None else lambda: iter(kept)
    return Workload.from_accesses(source.name, start, count, lambda key: spelling().get(key, str(key)))


def _per_core(path: Path, cores: int | None, stream: bool) -> Workload:
    files = members(path)
    sources = [files[name] for name in per_core.in_order(str(path), files)]

    def spelled(core: int) -> Iterator[tuple[CoreOp, str]]:
        for number, line in sources[core].lines():
            try:
                found = per_core.parse_line(line)
            except ValueError as error:
                raise TraceError(f"{sources[core].name}:{number}: {error}") from None
            if found:
                (op, key, gap), text = found
                yield (core, op, key, gap), text

    def reader(core: int) -> Callable[[], Iterator[CoreOp]]:
        return lambda: (access for access, _ in spelled(core))

    @cache
    def spelling() -> dict[Key, str]:
        every = [pair for core in range(len(sources)) for pair in islice(spelled(core), SPELLED)]
        return {access[2]: text for access, text in reversed(every)}

    if all(next(reader(core)(), None) is None for core in range(len(sources))):
        raise TraceError(f"{path}: no accesses in it")
    readers = [reader(core) for core in range(len(sources))]
    return Workload.from_streams(str(path), readers, lambda key: spelling().get(key, str(key)))


def _oraclegeneral(path: Path, cores: int | None, stream: bool) -> Workload:
    source = file_source(path)
    if next(oraclegeneral.read(source), None) is None:
        raise TraceError(f"{path}: no accesses in it")
    return Workload.from_accesses(str(path), lambda: oraclegeneral.read(source), 1)


def _lines(parse: LineParser) -> Callable[[Path, int | None, bool], Workload]:
    return lambda path, cores, stream: merged(file_source(path), parse, cores, stream)


FORMATS = {
    f.name: f
    for f in (
        Format("native", "core op key [gap]; op r, w or e; key decimal, 0x… or a word", _lines(native.parse_line)),
        Format("ncsu", "core r|w hex", _lines(ncsu.parse_line)),
        Format("per-core", "folder or zip of p0.trace …; lines r 0xADDR [gap]", _per_core),
        Format("oraclegeneral", "libCacheSim's binary records; reads of core 0", _oraclegeneral),
    )
}


def read_trace(
    path: str | PathLike[str], format: str = "auto", cores: int | None = None, stream: bool = False
) -> Workload:
    """The workload of a trace file, or of a folder or zip of per-core traces.

    *format*: a name of `coherence list`, or "auto" to decide by content. *cores*: of the machine; None counts the
    trace's own. *stream*: read it as it runs and keep nothing, which costs a second pass where cores are counted.
    Raises `TraceError` naming file, line and what was expected.
    """
    where = Path(path)
    if "\0" in str(path) or not where.exists():
        raise TraceError(f"{path}: no such file or folder, expected a trace")
    if format != "auto" and format not in FORMATS:
        raise InputError(unknown("format", format, ["auto", *FORMATS]))
    chosen = detect(where) if format == "auto" else format
    if where.is_dir() and chosen != "per-core":
        raise TraceError(f"{path}: a folder, but format {chosen} is one file")
    return FORMATS[chosen].load(where, cores, stream)


def detect(path: Path) -> str:
    """The format of what lies at *path*, by content; raises `TraceError` where none fits."""
    if path.is_dir() or (path.is_file() and zipfile.is_zipfile(path)):
        per_core.in_order(str(path), members(path))
        return "per-core"
    source = file_source(path)
    with source.reading() as raw:
        start = raw.read(SAMPLE)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
        text = b"\0" not in start
    except UnicodeDecodeError:
        text = False
    if text:
        return "ncsu" if _all_bare_hex(source) else "native"
    with source.reading() as raw:
        whole = len(start) if len(start) < SAMPLE else sum(len(part) for part in iter(lambda: raw.read(1 << 20), b""))
    if whole % oraclegeneral.RECORD.size == 0:
        return "oraclegeneral"
    raise TraceError(
        f"{path}: binary, but not oraclegeneral: {whole} bytes are no multiple of {oraclegeneral.RECORD.size}"
    )


def _all_bare_hex(source: Source) -> bool:
    """Whether the file is 'core r|w hex' throughout, with some key that has a digit from a to f."""
    letters = False
    for _, line in source.lines():
        if line.strip():
            if not ncsu.fits(line):
                return False
            letters = letters or not line.split()[2].isdecimal()
    return letters
