"""From lines to Workloads: what all text formats share, so that a format is little more than its parser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import islice
from typing import TypeAlias, cast

from coherence.accesses.arrays import Encoded, Feed
from coherence.accesses.dense import encode
from coherence.accesses.grammar import Grammar
from coherence.accesses.listed import decoded
from coherence.accesses.op import COMPUTE, MAX_CORES, CoreOp
from coherence.accesses.pieces import in_turn
from coherence.accesses.text import TraceError
from coherence.accesses.workload import Workload
from coherence.cache.config import Key
from coherence.errors import InputError
from coherence.traces.fast import encode_text, feed_text, glance, scans
from coherence.traces.source import Source

SPELLED = 10_000  # accesses whose keys' spelling is looked up
KNOWN = 1 << 14  # lines whose meaning is remembered: traces repeat themselves, and to look up is faster than to parse
BYTES = 64  # keys to a line where keys are byte addresses

Sized: TypeAlias = "tuple[int, str, int, int]"  # (core, op, address, size): both in bytes
# One line of a file that holds one core: (op, key, gap, key as written); op COMPUTE is a gap without an access.
FileAccess: TypeAlias = "tuple[str, Key, int, str]"
# One line of a file that holds all cores, and its key as written.
LineParser: TypeAlias = "Callable[[str], tuple[CoreOp, str] | None]"
FileParser: TypeAlias = "Callable[[str], FileAccess | None]"
# All lines of such a file. It raises ValueError at the line it cannot read, the last it took.
Reader: TypeAlias = "Callable[[Iterable[str]], Iterator[tuple[CoreOp, str]]]"


@dataclass(frozen=True)
class PerFile:
    """A format of one file a core, in a folder or zip.

    `name` matches the names of its files, `called` says them to a person, `in_order(where, files)` puts those that are
    of the format in the order of cores or says what is missing, `parse` reads a line. `by_name`: one file alone is of
    it only if it is called so, since its lines would be another format's as well. `grammar`: its lines, as the compiled
    scanner reads them. `strict`: `parse` for a look, if that ignores a part of a line.
    """

    name: re.Pattern[str]
    called: str
    in_order: Callable[[str, Sequence[tuple[str, Source]]], list[Source]]
    parse: FileParser
    grammar: Grammar
    by_name: bool = False
    strict: FileParser | None = None

    def alone(self, lines: Iterable[str]) -> Iterator[tuple[CoreOp, str]]:
        """The accesses of one file, as core 0's: for a look."""
        for op, key, gap, text in filter(None, map(self.strict or self.parse, lines)):
            yield (0, op, key, gap), text


def each(parse: LineParser) -> Reader:
    """The reader of a format in which each line stands for itself."""

    def read(lines: Iterable[str]) -> Iterator[tuple[CoreOp, str]]:
        known = lru_cache(KNOWN)(parse)
        for line in lines:
            found = known(line)
            if found:
                yield found

    return read


def one_core(lines: Iterable[str], core: int, parse: FileParser) -> Iterator[CoreOp]:
    """The accesses of one core's file; computing becomes the gap of the next access, or trails after the last.

    >>> from coherence.traces.cs4223 import parse_line
    >>> list(one_core(["2 0x1b", "0 0x10", "2 0x5"], 3, parse_line))
    [(3, 'r', 16, 27), (3, 'c', 0, 5)]
    """
    known = lru_cache(KNOWN)(parse)
    waiting = 0
    for line in lines:
        found = known(line)
        if found is None:
            continue
        op, key, gap, _ = found
        waiting += gap
        if op != COMPUTE:
            yield core, op, key, waiting
            waiting = 0
    if waiting:
        yield core, COMPUTE, 0, waiting


def located(source: Source, read: Callable[[Iterable[str]], Iterator[CoreOp]]) -> Iterator[CoreOp]:
    """What *read* makes of the lines of *source*; a fault becomes a TraceError that names file and line."""
    lines = source.lines()
    try:
        yield from read(lines)
    except InputError:
        raise
    except ValueError as error:
        raise TraceError(f"{source.name}:{lines.number}: {error}") from None


def merged(
    source: Source, read: Reader, cores: int | None, stream: bool, keys_per_line: int | None = None,
    sized: bool = False, grammar: Grammar | None = None,
) -> Workload:  # fmt: skip
    """A workload from one file of all cores, whose accesses *read* finds, in their order.

    *cores*: how many, or None to count them · *stream*: keep nothing in memory · *sized*: the last number of an
    access is its size in bytes, not a gap, and it touches each line it covers · *grammar*: its lines, as the compiled
    scanner reads them, which is asked first where the file is large.
    """
    limit = MAX_CORES if cores is None else cores
    fault = f"is out of range; the highest is {MAX_CORES - 1}" if cores is None else ""
    fault = fault or f"is out of range, the machine has {cores} cores"

    def in_range(lines: Iterable[str]) -> Iterator[CoreOp]:
        for access, _ in read(lines):
            if access[0] >= limit:
                raise ValueError(f"core {access[0]} {fault}")
            yield access

    @cache
    def spelling() -> dict[Key, str]:
        with_text = islice(read(source.lines()), SPELLED)
        return {access[2]: text for access, text in reversed(list(with_text))}

    def written(key: Key) -> str:
        return spelling().get(key) or (hex(key) if sized and isinstance(key, int) else str(key))

    def accesses() -> Iterator[CoreOp]:
        return located(source, in_range)

    dense = None if stream else encode_text([source], grammar, cores)
    if dense is not None:
        return decoded(source.name, dense, written, keys_per_line)
    kept = None if stream else list(accesses())
    start = accesses if kept is None else lambda: iter(kept)
    if next(start(), None) is None:
        raise TraceError(f"{source.name}: no accesses in it")
    seen = glance(source, grammar, limit) if stream and cores is None else None
    count = cores or (seen.cores if seen else 1 + max(access[0] for access in start()))

    def at(lines_of: int) -> Workload:
        sizes = cast("Callable[[], Iterator[Sized]]", start)
        return Workload.from_accesses(source.name, lambda: touching(sizes(), lines_of), count, written, BYTES)

    if sized:
        return replace(at(BYTES), for_lines=at)
    return _offered(Workload.from_accesses(source.name, start, count, written, keys_per_line), [source], grammar)


def touching(accesses: Iterable[Sized], keys_per_line: int) -> Iterator[CoreOp]:
    """The accesses, each once for every line of *keys_per_line* bytes it covers: at its address, then at line starts.

    A trace says which bytes an access covers, the machine how many bytes share a line. So such a trace stays as it is
    until a machine asks for it, with `Workload.at(keys_per_line)`, and only then is each access taken apart.

    >>> list(touching([(0, "r", 60, 8), (1, "w", 64, 64)], 64))
    [(0, 'r', 60, 0), (0, 'r', 64, 0), (1, 'w', 64, 0)]
    """
    for core, op, address, size in accesses:
        yield core, op, address, 0
        following = address // keys_per_line + 1
        for line in range(following, (address + size - 1) // keys_per_line + 1):
            yield core, op, line * keys_per_line, 0


def per_file(where: str, sources: Sequence[Source], files: PerFile, keys_per_line: int | None) -> Workload:
    """A workload from one file a core, which is read as it runs."""
    parse = files.parse

    def stream(core: int) -> Callable[[], Iterator[CoreOp]]:
        return lambda: located(sources[core], lambda lines: one_core(lines, core, parse))

    @cache
    def spelling() -> dict[Key, str]:
        found = [
            (key, text)
            for source in sources
            for op, key, _, text in islice(filter(None, map(parse, source.lines())), SPELLED)
            if op != COMPUTE
        ]
        return dict(reversed(found))

    streams = [stream(core) for core in range(len(sources))]
    if all(next(start(), None) is None for start in streams):
        raise TraceError(f"{where}: no accesses in it")
    found = Workload.from_streams(where, streams, lambda key: spelling().get(key, str(key)), keys_per_line)
    return _offered(found, sources, files.grammar)


def _offered(workload: Workload, sources: Sequence[Source], grammar: Grammar | None) -> Workload:
    """The same, which offers its encoded form where the compiled scanner reads *sources*."""

    @cache
    def dense(most: int) -> Encoded:
        found = encode_text(sources, grammar, workload.cores, most)
        return encode(workload, most) if found is None else found

    def feed(apart: bool) -> Feed:
        assert grammar is not None
        found = feed_text(sources, grammar, workload.cores)
        return found if apart or grammar.core else Feed([in_turn(found.streams)], found.keys)

    return replace(workload, encoded=dense, feed=feed) if grammar and scans(sources) else workload
