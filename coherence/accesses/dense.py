"""A trace made dense: small numbers for keys and lines, in arrays, for compiled code and for the compact file."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary

from coherence.accesses.arrays import Encoded, Lines
from coherence.accesses.op import COMPUTE, CoreOp
from coherence.accesses.workload import Workload
from coherence.cache.config import Cache, Key, Line, check_key
from coherence.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OPS = ("r", "w", "e", COMPUTE)  # an op's number is its place here
OP_BITS = 2
MOST_WORDS = 1 << (32 - OP_BITS)
MOST = 1 << 31  # accesses, whose positions are kept in 32 bits
COUNTED = 1 << 20  # accesses that are counted at once: bincount makes 8 bytes of each


_KEPT: WeakKeyDictionary[Workload, Encoded] = WeakKeyDictionary()
_LINES: WeakKeyDictionary[Encoded, dict[int, Lines]] = WeakKeyDictionary()


def encoded(workload: Workload, most: int = MOST) -> Encoded:
    """The workload made dense, once: kept for as long as *workload* is.

    Raises `TooLong` for more than *most* accesses, having kept no more than these.
    """
    found = _KEPT.get(workload)
    if found is None:
        found = _KEPT[workload] = encode(workload, most) if workload.encoded is None else workload.encoded(most)
    return found


def encode(workload: Workload, most: int = MOST) -> Encoded:
    """The workload made dense, as listed.

    Raises `TooLong` for more than *most* accesses, `InputError` for programs, more than 2³⁰ keys, or gaps of 2³² cycles
    or more.
    """
    number: dict[Key, int] = {}
    core, what, gap = numbered(workload.name, islice(workload.sequence(), most + 1), number)
    check_length(workload.name, len(what), most)
    return Encoded(workload.cores, what, gap if gap.any() else None, narrow(list(number)), core)


def numbered(
    name: str, accesses: Iterable[CoreOp], number: dict[Key, int]
) -> tuple[NDArray[np.uint16], NDArray[np.uint32], NDArray[np.uint32]]:
    """Core, `what` and gap of each access; *number* of each key, which new ones are put into.

    Raises `InputError` that calls the workload *name*.
    """
    import numpy as np

    op_number = {op: i for i, op in enumerate(OPS)}
    core, what, gap = (array(np.dtype(kind).char) for kind in (np.uint16, np.uint32, np.uint32))
    try:
        for index, op, key, cycles in accesses:
            word = number.get(key, -1)
            if op == COMPUTE:
                word = 0
            elif word < 0:
                word = number[check_key(key)] = len(number)
            core.append(index)
            what.append(word << OP_BITS | op_number[op])
            gap.append(cycles)
    except OverflowError:
        raise InputError(f"{name} has too many keys or too large a gap to be encoded") from None
    if not what:
        return np.empty(0, np.uint16), np.empty(0, np.uint32), np.empty(0, np.uint32)
    return np.frombuffer(core, np.uint16), np.frombuffer(what, np.uint32), np.frombuffer(gap, np.uint32)


class TooLong(InputError):
    """More accesses than are to be kept."""


def check_length(name: str, accesses: int, most: int) -> None:
    """Raise `TooLong` if there are more accesses than *most*."""
    if accesses > most:
        raise TooLong(f"{name} has more than {most:,} accesses, too many to keep")


def narrow(keys: list[Key]) -> NDArray[np.int64] | NDArray[np.uint64] | list[Key]:
    """The keys as 64-bit numbers where all are such, else as they are."""
    import numpy as np

    if keys and all(type(key) is int for key in keys):
        least, most = min(keys), max(keys)
        if least >= -(1 << 63) and most < 1 << 63:  # type: ignore[operator]
            return np.array(keys, np.int64)
        if least >= 0 and most < 1 << 64:  # type: ignore[operator]
            return np.array(keys, np.uint64)
    return keys


def grouped(trace: Encoded) -> Encoded:
    """The same with each core's accesses together, in their order."""
    import numpy as np

    if trace.starts is not None:
        return trace
    assert trace.core is not None
    by_core = np.argsort(trace.core, kind="stable")
    starts = counted(trace.core, trace.cores)
    gap = None if trace.gap is None else trace.gap[by_core]
    return replace(trace, what=trace.what[by_core], gap=gap, starts=starts)


def counted(core: NDArray[np.uint16], cores: int) -> NDArray[np.int64]:
    """Where the accesses of each core begin when they lie together, and how many there are; longer for more cores.

    >>> import numpy as np
    >>> counted(np.array([1, 0, 1], np.uint16), 3).tolist()
    [0, 1, 3, 3]
    """
    import numpy as np

    starts = np.zeros(max(cores, int(core.max(initial=0)) + 1) + 1, np.int64)
    for at in range(0, len(core), COUNTED):
        starts[1:] += np.bincount(core[at : at + COUNTED], minlength=len(starts) - 1)
    return np.cumsum(starts)


def listed(trace: Encoded) -> Encoded:
    """The same in the order of the trace; where it tells none, cores take turns, one access of each."""
    import numpy as np

    if trace.starts is None:
        return trace
    if trace.core is not None:
        place = np.argsort(trace.core, kind="stable")
        what, gap = np.empty_like(trace.what), None
        what[place] = trace.what
        if trace.gap is not None:
            gap = np.empty_like(trace.gap)
            gap[place] = trace.gap
        return replace(trace, what=what, gap=gap, starts=None)
    sizes = np.diff(trace.starts)
    core = np.repeat(np.arange(trace.cores, dtype=np.uint16), sizes)
    turn = np.arange(len(trace.what), dtype=np.int64) - np.repeat(trace.starts[:-1], sizes)
    order = np.argsort(turn, kind="stable")
    gap = None if trace.gap is None else trace.gap[order]
    return replace(trace, what=trace.what[order], gap=gap, core=core[order], starts=None)


def lines(trace: Encoded, keys_per_line: int) -> Lines:
    """The lines of *trace*, numbered by first appearance, once for each size: kept for as long as *trace* is.

    >>> found = lines(encode(Workload.from_ops("0 r -1; 0 r 0; 0 r 1")), 2)
    >>> [int(n) for n in found.of], [int(n) for n in found.names]
    ([0, 1, 1], [-1, 0])
    """
    kept = _LINES.setdefault(trace, {})
    if keys_per_line not in kept:
        kept[keys_per_line] = _lines(trace, keys_per_line)
    return kept[keys_per_line]


def _lines(trace: Encoded, keys_per_line: int) -> Lines:
    import numpy as np

    own = line_of_each(trace.keys, keys_per_line)
    if not isinstance(own, np.ndarray):
        number: dict[Line, int] = {}
        of = [number.setdefault(line, len(number)) for line in own]
        return Lines(np.array(of, np.uint32), list(number))
    if keys_per_line == 1:
        return Lines(np.arange(len(trace.keys), dtype=np.uint32), trace.keys)
    names, first, inverse = np.unique(own, return_index=True, return_inverse=True)
    by_first = np.argsort(first, kind="stable")
    rank = np.empty(len(names), np.uint32)
    rank[by_first] = np.arange(len(names), dtype=np.uint32)
    return Lines(rank[inverse], cast("NDArray[np.int64]", names[by_first]))


def line_of_each(
    keys: NDArray[np.int64] | NDArray[np.uint64] | Sequence[Key], keys_per_line: int
) -> NDArray[np.int64] | NDArray[np.uint64] | list[Line]:
    """The line of each key, as `Cache.line` has it; an array where *keys* are one.

    >>> line_of_each(["x", -1, 2], 2)
    ['x', -1, 1]
    """
    import numpy as np

    if isinstance(keys, np.ndarray) and keys_per_line <= np.iinfo(np.int64).max:
        return keys // keys.dtype.type(keys_per_line) if keys_per_line > 1 else keys
    cache = Cache(keys_per_line=keys_per_line)
    return [cache.line(key) for key in (keys.tolist() if isinstance(keys, np.ndarray) else keys)]
