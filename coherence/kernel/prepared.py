"""A trace as the loops read it: pairs (core, line) in the order of first use, and who touches each line.

A *pair* is one core's copy of one line, valid or not. Pairs are numbered core by core, so that what one core uses
lies together, and only pairs that occur take memory: 18 bytes each, 69 more while a run lasts, 4 more where caches are
bounded. An access takes 8 bytes over those of the trace itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from coherence.accesses.arrays import Encoded, Lines
from coherence.accesses.dense import OPS, grouped, lines, listed
from coherence.accesses.op import COMPUTE
from coherence.jit import announce, entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

IDLE = OPS.index(COMPUTE)


@dataclass(frozen=True, eq=False)
class Prepared:
    """The accesses of each core together, for one line size.

    `what`: word << 2 | op as in the trace · `stream`: pair << 2 | op · `before[p]`: 1 + the position of the same
    pair's access before p, or 0 · `gap`, `starts` as in Encoded · `line_of[pair]`, `core_of[pair]` · line l is
    touched by the pairs `touched[first[l]:first[l + 1]]`, by core · `uses[pair, op]`: how often it is read, and
    written. The last pair stands for computing.
    """

    trace: Encoded
    lines: Lines
    what: NDArray[np.uint32]
    gap: NDArray[np.uint32] | None
    starts: NDArray[np.int64]
    stream: NDArray[np.uint32]
    before: NDArray[np.uint32]
    line_of: NDArray[np.uint32]
    core_of: NDArray[np.uint16]
    first: NDArray[np.uint32]
    touched: NDArray[np.uint32]
    uses: NDArray[np.uint32]


_KEPT: WeakKeyDictionary[Encoded, dict[int, Prepared]] = WeakKeyDictionary()


def prepared(trace: Encoded, keys_per_line: int) -> Prepared:
    """The trace for lines of *keys_per_line* keys, made once: kept for as long as *trace* is."""
    kept = _KEPT.setdefault(trace, {})
    if keys_per_line not in kept:
        kept[keys_per_line] = _prepare(trace, lines(trace, keys_per_line))
    return kept[keys_per_line]


def _prepare(trace: Encoded, own: Lines) -> Prepared:
    by_core = grouped(trace)
    assert by_core.starts is not None
    announce(number_pairs)
    count, n = len(own.names), len(by_core.what)
    most = min(n, by_core.cores * count) + 1
    stream, before = np.empty(n, np.uint32), np.empty(n, np.uint32)
    line_of, core_of, uses = np.zeros(most, np.uint32), np.zeros(most, np.uint16), np.zeros((most, 2), np.uint32)
    pairs = 1 + number_pairs(
        by_core.what, by_core.starts, own.of, np.full(count, -1), stream, before, line_of, core_of,
        np.zeros(most, np.uint32), uses,
    )  # fmt: skip
    line_of, core_of, uses = line_of[:pairs].copy(), core_of[:pairs].copy(), uses[:pairs].copy()
    touched = np.argsort(line_of[:-1], kind="stable").astype(np.uint32)
    first = np.zeros(count + 1, np.uint32)
    np.cumsum(np.bincount(line_of[:-1], minlength=count), out=first[1:])
    return Prepared(
        trace, own, by_core.what, by_core.gap, by_core.starts, stream, before, line_of, core_of, first, touched, uses
    )


@entry
def number_pairs(
    what: NDArray[np.uint32], starts: NDArray[np.int64], of: NDArray[np.uint32], pair_of: NDArray[np.int64],
    stream: NDArray[np.uint32], before: NDArray[np.uint32], line_of: NDArray[np.uint32], core_of: NDArray[np.uint16],
    last: NDArray[np.uint32], uses: NDArray[np.uint32],
) -> int:  # fmt: skip
    """Fill in `stream`, `before`, `line_of`, `core_of` and `uses` of Prepared; returns the number of pairs.

    `pair_of[line]`, -1 at first, and `last[pair]`, 0 at first, are its own.
    """
    cores = len(starts) - 1
    pairs = 0
    for core in range(cores):
        own = pairs
        for p in range(starts[core], starts[core + 1]):
            op = what[p] & 3
            if op == IDLE:
                stream[p] = IDLE
                before[p] = 0
                continue
            line = of[what[p] >> 2]
            pair = pair_of[line]
            if pair < own:
                pair = pairs
                pair_of[line] = pair
                line_of[pair] = line
                core_of[pair] = core
                pairs += 1
            stream[p] = pair << 2 | op
            before[p] = last[pair]
            last[pair] = p + 1
            if op < 2:
                uses[pair, op] += 1
    for p in range(len(what)):
        if stream[p] == IDLE:
            stream[p] = pairs << 2 | IDLE
    return pairs


@dataclass(frozen=True, eq=False)
class Turns:
    """The accesses of all cores in the order of the trace: `what`, `stream`, `gap` as in Prepared, and `core`."""

    what: NDArray[np.uint32]
    stream: NDArray[np.uint32]
    core: NDArray[np.uint16]
    gap: NDArray[np.uint32] | None


def in_turns(ready: Prepared) -> Turns:
    """What was prepared, in the order of the trace."""
    trace = listed(ready.trace)
    assert trace.core is not None
    stream = np.empty_like(ready.stream)
    stream[np.argsort(trace.core, kind="stable")] = ready.stream
    return Turns(trace.what, stream, trace.core, trace.gap)
