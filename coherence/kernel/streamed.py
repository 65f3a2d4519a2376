"""Run a workload of which only some accesses are in memory at a time: a part is read, run and let go.

What stays is a board that grows with the pairs (core, line) touched, see `growing`. In the order of the trace a part is
the next accesses of all. In the order of time each core has its own part, and the loop comes back for more whenever a
core has run through its own. An access in memory takes 14 bytes, as much again while parts are joined. The optimistic
loop needs all accesses, since it goes back; the two others do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coherence.jit import announce
from coherence.kernel.arbiters import ARBITRATIONS
from coherence.kernel.board import Int
from coherence.kernel.growing import Growing
from coherence.kernel.limits import check_cycles
from coherence.kernel.loops import Clock, clock, in_turns, plain, turn
from coherence.kernel.simulate import finished
from coherence.kernel.transaction import STOPPED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coherence.accesses.arrays import Feed
    from coherence.accesses.workload import Workload
    from coherence.config.machine import Config
    from coherence.run.run import Run

PART = 1 << 20  # accesses in memory at a time, and no fewer than there are pairs: to let the board grow is their price
MOST_STAMP = (1 << 32) - 1


class Part(NamedTuple):
    """Accesses in memory: `what`, `stream`, `gap` as in Prepared, and `core`, empty where all are one core's."""

    what: NDArray[np.uint32]
    stream: NDArray[np.uint32]
    gap: NDArray[np.uint32]
    core: NDArray[np.uint16]

    @staticmethod
    def joined(parts: Sequence[Part]) -> Part:
        """One after another."""
        what, stream, gap, core = zip(*parts, strict=True)
        return Part(np.concatenate(what), np.concatenate(stream), np.concatenate(gap), np.concatenate(core))

    def rest(self, done: int) -> Part:
        """All but the first *done*."""
        return Part(self.what[done:], self.stream[done:], self.gap[done:], self.core[done:])


NOTHING = Part(np.empty(0, np.uint32), np.empty(0, np.uint32), np.empty(0, np.uint32), np.empty(0, np.uint16))


class Taken:
    """The feed's pieces as parts; `more[core]`: whether its stream has not ended yet, as far as that is known."""

    def __init__(self, growing: Growing, feed: Feed) -> None:
        self.growing = growing
        self.feed = feed
        self.more = [True] * len(feed.streams)

    def next(self, core: int, least: int) -> Part:
        """The next accesses of stream *core*, at least so many if there are."""
        parts = [NOTHING]
        while least > 0 and self.more[core]:
            piece = next(self.feed.streams[core], None)
            if piece is None:
                self.more[core] = False
                break
            stream = self.growing.take(piece, self.feed.keys(), core)
            core_of = NOTHING.core if piece.core is None else piece.core.copy()
            parts.append(Part(piece.what.copy(), stream, piece.gaps(), core_of))
            least -= len(stream)
        return Part.joined(parts)


def streamed(machine: Config, workload: Workload, feed: Feed, cores: int, order: str, part: int = PART) -> Run | None:
    """The run; None where it reached a cell that says never. For order "program" the feed has one stream a core.

    *part*: see PART. Raises `Unread` where the feed does, and `InputError` for what is too large, when it comes to it.
    """
    growing = Growing(machine, cores)
    busy = (_in_turns if order == "trace" else _in_time)(machine, growing, feed, part)
    return None if busy == STOPPED else finished(machine, workload, growing.ended(), growing.board, order, busy)


def _in_turns(machine: Config, growing: Growing, feed: Feed, part: int) -> Int:
    announce(in_turns)
    at, busy = turn(machine.timing.start), 0
    taken = Taken(growing, feed)
    while len((more := taken.next(0, max(part, growing.pairs))).what):
        b = growing.grown(more.what)
        check_cycles(machine, growing.cores, int(at.time[0]), len(more.what), more.gap)
        if at.origin[0] + len(more.what) > MOST_STAMP:
            at.origin[0] = growing.forget_times()
        busy = in_turns(b, at, more.stream, more.core, _some(more.gap))
        if busy == STOPPED:
            return STOPPED
        at.origin[0] += len(more.what)
    return busy


def _in_time(machine: Config, growing: Growing, feed: Feed, part: int) -> Int:
    announce(plain)
    cores = len(feed.streams)
    kind = ARBITRATIONS.index(machine.arbitration)
    taken = Taken(growing, feed)
    kept = [NOTHING] * cores
    at: Clock | None = None
    while True:
        each = max(part, growing.pairs) // cores + 1
        kept = [Part.joined([k, taken.next(core, each - len(k.what))]) for core, k in enumerate(kept)]
        whole = Part.joined(kept)
        starts = np.cumsum([0, *(len(k.what) for k in kept)])
        b, gap = growing.grown(whole.what), _some(whole.gap)
        if at is None:
            at = clock(starts, gap, machine.timing.start, machine.seed)
        else:
            _go_on(growing, at, starts, gap)
        at.more[:] = taken.more
        now = int(max(at.free[0], b.counts["finish"].max()))
        check_cycles(machine, growing.cores, now, len(whole.what), whole.gap)
        busy = plain(b, at, whole.stream, gap, kind)
        if busy == STOPPED or at.short[0] < 0:
            return busy
        kept = [k.rest(int(at.cursor[core] - starts[core])) for core, k in enumerate(kept)]


def _go_on(growing: Growing, at: Clock, starts: NDArray[np.int64], gap: NDArray[np.uint32]) -> None:
    """Set the clock to accesses that begin at *starts*, of which what was done is gone."""
    at.origin[:] += at.cursor - starts[:-1]
    at.cursor[:], at.ends[:] = starts[:-1], starts[1:]
    if (at.origin + at.ends).max() > MOST_STAMP:
        at.origin[:] = growing.forget_times() - at.cursor
    core = at.short[0]
    if at.cursor[core] < at.ends[core]:
        at.begins[core] = at.begun[core] + (gap[at.cursor[core]] if len(gap) else 0)
    at.short[0] = -1


def _some(gap: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return gap if gap.any() else gap[:0]
