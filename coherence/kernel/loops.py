"""The two loops that serve every table: cores in the order of time, and accesses in the order of the trace.

Both return the cycles for which the bus was held, or STOPPED where a cell that says never was reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coherence.kernel.arbiters import NEVER, arbitrate, earliest
from coherence.kernel.board import BUS_WAIT, EVICT, FINISH, HIT, ISSUE, LONGER, REPLY, Board, Int
from coherence.kernel.compiled import entry, inlined
from coherence.kernel.prepared import IDLE
from coherence.kernel.transaction import STOPPED, locally, transact
from coherence.splitmix import MASK

if TYPE_CHECKING:
    from numpy.typing import NDArray


@entry
def in_turns(
    b: Board, stream: NDArray[np.uint32], core_of: NDArray[np.uint16],
    gap: NDArray[np.uint32], start: Int,
) -> Int:  # fmt: skip
    """One access after another as listed; *gap* is empty where all are 0."""
    hit = b.latency[HIT]
    busy = 0
    time = start
    for p in range(len(stream)):
        core = np.int64(core_of[p])
        event = np.int64(stream[p] & 3)
        pair = np.int64(stream[p] >> 2)
        if len(gap):
            time += gap[p]
        if event != IDLE:
            after = b.next[b.state[pair], event]
            if after >= 0:
                locally(b, core, pair, event, p + 1, after)
                time += hit
            else:
                held = transact(b, core, pair, event, p + 1)
                if held == STOPPED:
                    return STOPPED
                busy += held
                taken = b.latency[ISSUE] + held + b.latency[REPLY]
                time += taken
                if event != EVICT:
                    b.counts[core, LONGER] += taken - hit
        b.counts[core, FINISH] = time
    return busy


class Clock(NamedTuple):
    """Of each core: its next position, when that starts where it does not wait, when it queued and began where it does.

    NEVER where it is not so. `last` and `draws` are the arbiter's: the core granted last, and its random numbers.
    """

    cursor: NDArray[np.int64]
    begins: NDArray[np.int64]
    queued: NDArray[np.int64]
    begun: NDArray[np.int64]
    last: NDArray[np.int64]
    draws: NDArray[np.uint64]


def clock(cores: int, seed: int) -> Clock:
    """No core has begun."""
    never = np.full(cores, NEVER)
    draws = np.full(1, seed & MASK, np.uint64)
    return Clock(np.zeros(cores, np.int64), never, never.copy(), never.copy(), np.full(1, -1), draws)


@entry
def plain(
    b: Board, c: Clock, stream: NDArray[np.uint32], starts: NDArray[np.int64],
    gap: NDArray[np.uint32], start: Int, arbitration: Int,
) -> Int:  # fmt: skip
    """Whatever comes first in time: the access of some core, or the next grant. In a cycle grants come first."""
    cores = len(starts) - 1
    hit = b.latency[HIT]
    cursor, begins, queued, begun = c.cursor, c.begins, c.queued, c.begun
    free: Int = 0
    busy = 0
    for core in range(cores):
        follow(b, cursor, begins, starts, gap, core, starts[core], start)
    while True:
        core = 0
        second = NEVER
        for other in range(1, cores):
            if begins[other] < begins[core]:
                second = begins[core]
                core = other
            elif begins[other] < second:
                second = begins[other]
        first = earliest(queued)
        grant: Int = max(free, queued[first])
        if grant <= begins[core]:
            if grant == NEVER:
                return busy
            core = arbitrate(queued, first, grant, arbitration, c.last, c.draws)
            p = cursor[core]
            pair = np.int64(stream[p] >> 2)
            event = np.int64(stream[p] & 3)
            free = grant
            after = b.next[b.state[pair], event]
            if after >= 0:
                locally(b, core, pair, event, p + 1, after)
                end = grant + hit
            else:
                held = transact(b, core, pair, event, p + 1)
                if held == STOPPED:
                    return STOPPED
                busy += held
                free += held
                end = free + b.latency[REPLY]
            b.counts[core, BUS_WAIT] += grant - queued[core]
            if event != EVICT:
                b.counts[core, LONGER] += end - begun[core] - hit
            queued[core] = NEVER
            follow(b, cursor, begins, starts, gap, core, p + 1, end)
            continue
        while begins[core] <= second and begins[core] < grant:
            time = begins[core]
            p = cursor[core]
            pair = np.int64(stream[p] >> 2)
            event = np.int64(stream[p] & 3)
            after = b.next[b.state[pair], event]
            if after < 0:
                begun[core] = time
                queued[core] = time + b.latency[ISSUE]
                begins[core] = NEVER
                break
            if event != IDLE:
                locally(b, core, pair, event, p + 1, after)
                time += hit
            follow(b, cursor, begins, starts, gap, core, p + 1, time)


@inlined
def follow(
    b: Board, cursor: NDArray[np.int64], begins: NDArray[np.int64], starts: NDArray[np.int64], gap: NDArray[np.uint32],
    core: Int, p: Int, time: Int,
) -> None:  # fmt: skip
    """The core's access before position *p* ended at *time*: the next is the one at *p*."""
    cursor[core] = p
    if p > starts[core]:
        b.counts[core, FINISH] = time
    if p == starts[core + 1]:
        begins[core] = NEVER
    elif len(gap):
        begins[core] = time + gap[p]
    else:
        begins[core] = time
