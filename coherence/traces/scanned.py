"""Traces as text made dense by the compiled scanner, a piece at a time. Needs numba; imported where used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from coherence.accesses import scan
from coherence.accesses.arrays import Encoded, Feed, Piece
from coherence.accesses.dense import OPS, check_length, counted
from coherence.accesses.grammar import FIELDS, FLAGS, Glance, Grammar
from coherence.accesses.op import COMPUTE, MAX_CORES
from coherence.accesses.pieces import Unread
from coherence.accesses.text import TraceError
from coherence.accesses.words import TooManyWords, Words
from coherence.jit import announce
from coherence.traces.source import Source

if TYPE_CHECKING:
    from coherence.accesses.arrays import Keys

CHUNK = 1 << 20  # bytes of text that are read at once
LEAST_CHUNK = 1 << 16  # of each file, where many are read side by side
USUAL = 10  # bytes of a line, as a first guess
SHORTEST = 2  # bytes of a line with an access: "1" and its end
N = TypeVar("N", bound=np.generic)
BOM = np.frombuffer(b"\xef\xbb\xbf", np.uint8)


def glance(source: Source, grammar: Grammar, limit: int) -> Glance | None:
    """A look through a whole file that keeps nothing; None where the format's own reader must look."""
    scanner = _Scanner(grammar, limit)
    try:
        accesses = sum(scanner.pieces(source, 0))
    except (Unread, TraceError):
        return None
    return Glance(accesses, int(scanner.state[scan.CORES]), bool(scanner.state[scan.LETTERS]))


def encode_text(sources: Sequence[Source], grammar: Grammar, cores: int | None, most: int) -> Encoded | None:
    """The accesses of one file a core, or of one file for *cores* cores; None where the format's reader must read them.

    It needs 4 bytes an access, 2 more where one file holds all cores, 4 more with gaps, again as much while cores are
    put together, and 24 to 48 bytes a key. Raises `InputError` for more than *most* accesses.
    """
    scanner, words = _Scanner(grammar, cores or MAX_CORES), Words()
    room = min(sum(source.size for source in sources) // USUAL, most)
    what, gap, core = _Column(np.uint32, room), _Column(np.uint32, room), _Column(np.uint16, room)
    starts = [0]
    try:
        for only, source in enumerate(sources):
            for found in scanner.pieces(source, only):
                words.number(scanner.key[:found], scanner.what)
                check_length(source.name, what.size + found, most)
                what.add(scanner.what[:found])
                gap.add(scanner.gap[:found])
                if grammar.core:
                    core.add(scanner.core[:found])
            if trailing := scanner.trailing():
                what.add(np.array([OPS.index(COMPUTE)], np.uint32))
                gap.add(np.array([trailing], np.uint32))
            starts.append(what.size)
    except (Unread, TooManyWords, TraceError):
        return None
    negative, huge = scanner.state[[scan.NEGATIVE, scan.HUGE]]
    if starts[-1] == 0 or (negative and huge):
        return None
    keys = words.known().copy()
    idle = 0 if grammar.core else (cores or 0) - len(sources)
    starts += starts[-1:] * idle
    trace = Encoded(
        cores=len(starts) - 1,
        what=what.whole(),
        gap=gap.whole() if gap.any else None,
        keys=keys.view(np.uint64) if huge else keys,
        starts=np.array(starts, np.int64),
    )
    return _together(trace, core.whole(), cores or int(scanner.state[scan.CORES])) if grammar.core else trace


def _together(listed: Encoded, core: NDArray[np.uint16], cores: int) -> Encoded:
    """What lies in the order of the trace, with each core's accesses together."""
    starts = counted(core, cores)
    gap = np.empty(0, np.uint32) if listed.gap is None else listed.gap
    what, gap_together = np.empty_like(listed.what), np.empty_like(gap)
    scan.together(core, listed.what, gap, starts[:-1].copy(), what, gap_together)
    return Encoded(cores, what, None if listed.gap is None else gap_together, listed.keys, core, starts)


def feed_text(sources: Sequence[Source], grammar: Grammar, cores: int) -> Feed:
    """The feed of one file a core, or of one file of *cores* cores; it raises `Unread` where `encode_text` has None.

    It needs some 5 MB for each file, less where there are many, and 24 to 48 bytes a key.
    """
    words = Words()
    scanners = [_Scanner(grammar, cores, max(CHUNK // len(sources), LEAST_CHUNK)) for _ in sources]

    def pieces(source: Source, scanner: _Scanner, only: int) -> Iterator[Piece]:
        try:
            for found in scanner.pieces(source, only):
                words.number(scanner.key[:found], scanner.what)
                if found:
                    core = scanner.core[:found] if grammar.core else None
                    yield Piece(scanner.what[:found], scanner.gap[:found], core)
        except (TooManyWords, TraceError):
            raise Unread from None
        if trailing := scanner.trailing():
            yield Piece(np.array([OPS.index(COMPUTE)], np.uint32), np.array([trailing], np.uint32))

    def keys() -> Keys:
        negative, huge = np.any([scanner.state[[scan.NEGATIVE, scan.HUGE]] for scanner in scanners], axis=0)
        if negative and huge:
            raise Unread
        return words.known().view(np.uint64) if huge else words.known()

    return Feed([pieces(*one, only) for only, one in enumerate(zip(sources, scanners, strict=True))], keys)


class _Column(Generic[N]):
    """An array that grows at its end; `any`: whether it holds anything but zeros, which take no memory if it does not.

    What lies beyond the end takes none either, as the system gives memory page by page when it is written.
    """

    def __init__(self, kind: type[N], room: int) -> None:
        self.array: NDArray[N] = np.zeros(room, kind)
        self.size = 0
        self.any = False

    def add(self, part: NDArray[N]) -> None:
        end = self.size + len(part)
        if end > len(self.array):
            grown = np.zeros(2 * end, self.array.dtype)
            grown[: self.size] = self.whole()
            self.array = grown
        if part.any():
            self.array[self.size : end] = part
            self.any = True
        self.size = end

    def whole(self) -> NDArray[N]:
        return self.array[: self.size]


class _Scanner:
    """A grammar as `scan` takes it, and the arrays of one piece, which each further piece overwrites."""

    def __init__(self, grammar: Grammar, limit: int, chunk: int = 0) -> None:
        self.chunk = chunk or CHUNK
        self.flags = sum(getattr(grammar, name) << bit for bit, name in enumerate(FLAGS))
        self.separator = ord(grammar.separator)
        self.fields = np.array([FIELDS.index(field) for field in grammar.fields], np.uint8)
        codes = {text: scan.SKIP if op is None else OPS.index(op) for text, op in grammar.ops.items()}
        codes = {text: code for text, code in codes.items() if text.isascii() and len(text) <= scan.LONGEST_OP}
        self.ops = np.full(256, scan.NO_OP, np.uint8)
        for text, code in codes.items():
            if len(text) == 1:
                self.ops[ord(text)] = code
        self.words = np.array([int.from_bytes(text.encode(), "big") for text in codes], np.int64)
        self.codes = np.array(list(codes.values()), np.uint8)
        self.limit = limit
        announce(scan.scan)
        self.state = np.zeros(scan.STATE, np.int64)
        self.state[scan.HEADING] = grammar.header
        room = self.chunk // SHORTEST + 1
        self.what, self.gap = np.empty(room, np.uint32), np.empty(room, np.uint32)
        self.core, self.key = np.empty(room, np.uint16), np.empty(room, np.int64)

    def pieces(self, source: Source, only: int) -> Iterator[int]:
        """Scan *source*, core *only*'s where lines name none: how many accesses each piece puts into the arrays.

        Raises `Unread` at a line that the grammar does not describe, `TraceError` where reading fails.
        """
        text = np.empty(self.chunk + 1, np.uint8)
        kept = 0  # bytes of a line that goes on in the text to come
        begin = True
        with source.reading() as raw:
            while True:
                got = raw.readinto(text.data[kept : self.chunk])  # type: ignore[attr-defined]
                end = kept + got
                text[end] = ord("\n")
                self.state[scan.TAKEN] = 3 if begin and end >= 3 and (text[:3] == BOM).all() else 0
                begin = False
                if kept == self.chunk or not scan.scan(
                    text, end, not got, self.flags, self.fields, self.separator, self.ops, self.words, self.codes,
                    only, self.limit, self.state, self.what, self.gap, self.core, self.key,
                ):  # fmt: skip
                    raise Unread
                yield int(self.state[scan.FOUND])
                if not got:
                    return
                taken = self.state[scan.TAKEN]
                kept = end - int(taken)
                text[:kept] = text[taken:end].copy()

    def trailing(self) -> int:
        """The cycles computed after the last access, which are thereby told."""
        waiting = int(self.state[scan.WAITING])
        self.state[scan.WAITING] = 0
        return waiting
