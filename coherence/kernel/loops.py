"""The two loops that serve every table: cores in the order of time, and accesses in the order of the trace.

Both return the cycles for which the bus was held, or STOPPED where a cell that says never was reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coherence.jit import entry, inlined
from coherence.kernel.arbiters import NEVER, arbitrate, earliest
from coherence.kernel.board import EVENTS, EVICT, HIT, ISSUE, REPLY, Board, Int
from coherence.kernel.prepared import IDLE
from coherence.kernel.transaction import STOPPED, locally, transact
from coherence.random import MASK

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Turn(NamedTuple):
    """How far a run in the order of the trace is: `time` and `busy` of one entry each, and `origin[0]`, see Clock."""

    time: NDArray[np.int64]
    busy: NDArray[np.int64]
    origin: NDArray[np.int64]


def turn(start: int) -> Turn:
    """No access was made."""
    return Turn(np.full(1, start), np.zeros(1, np.int64), np.zeros(1, np.int64))


@entry
def in_turns(
    b: Board, t: Turn, stream: NDArray[np.uint32], core_of: NDArray[np.uint16], gap: NDArray[np.uint32]
) -> Int:
    """One access after another as listed; *gap* is empty where all are 0."""
    hit = b.latency[HIT]
    time = t.time[0]
    busy = t.busy[0]
    origin = t.origin[0]
    for p in range(len(stream)):
        core = np.int64(core_of[p])
        event = np.int64(stream[p] & 3)
        pair = np.int64(stream[p] >> 2)
        if len(gap):
            time += gap[p]
        if event != IDLE:
            after = b.next[b.state[pair] * EVENTS + event]
            if after >= 0:
                locally(b, core, pair, event, p, origin + p + 1, after)
                time += hit
            else:
                held = transact(b, None, core, pair, event, p, origin + p + 1, time)
                if held == STOPPED:
                    return STOPPED
                busy += held
                taken = b.latency[ISSUE] + held + b.latency[REPLY]
                time += taken
                if event != EVICT:
                    b.counts[core].longer += taken - hit
        b.counts[core].finish = time
    t.time[0] = time
    t.busy[0] = busy
    return busy


class Clock(NamedTuple):
    """Of each core: its next position, when that starts where it does not wait, when it queued and began where it does.

    NEVER where it is not so. `ends`: where the accesses of each core end that are there, and whether `more` come: then
    the loop stops as soon as a core is `short` of them (-1: none is), with the end of its last access in `begun` ·
    `origin`: what is added to a core's positions where accesses went before those that are there, so stamps go on ·
    `free`: when the bus is, `busy`: for how long it was held · `last` and `draws` are the arbiter's: the core granted
    last, and its random numbers.
    """

    cursor: NDArray[np.int64]
    begins: NDArray[np.int64]
    queued: NDArray[np.int64]
    begun: NDArray[np.int64]
    ends: NDArray[np.int64]
    more: NDArray[np.bool_]
    short: NDArray[np.int64]
    origin: NDArray[np.int64]
    free: NDArray[np.int64]
    busy: NDArray[np.int64]
    last: NDArray[np.int64]
    draws: NDArray[np.uint64]


def clock(starts: NDArray[np.int64], gap: NDArray[np.uint32], start: int, seed: int) -> Clock:
    """No core has begun; each core's accesses lie from one of *starts* to the next."""
    cores = len(starts) - 1
    cursor, ends = starts[:-1].copy(), starts[1:].copy()
    begins = np.full(cores, start)
    if len(gap):
        begins += gap[np.minimum(cursor, len(gap) - 1)]
    begins[cursor == ends] = NEVER
    never, none = np.full(cores, NEVER), np.zeros(cores, np.int64)
    draws = np.full(1, seed & MASK, np.uint64)
    return Clock(
        cursor, begins, never, never.copy(), ends, none > 0, np.full(1, -1), none, none[:1].copy(), none[:1].copy(),
        np.full(1, -1), draws,
    )  # fmt: skip


@entry
def plain(b: Board, c: Clock, stream: NDArray[np.uint32], gap: NDArray[np.uint32], arbitration: Int) -> Int:
    """Whatever comes first in time: the access of some core, or the next grant. In a cycle grants come first."""
    cores = len(c.cursor)
    hit = b.latency[HIT]
    begins, queued, begun = c.begins, c.queued, c.begun
    free: Int = c.free[0]
    busy = c.busy[0]
    while c.short[0] < 0:
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
                break
            core = arbitrate(queued, first, grant, arbitration, c.last, c.draws)
            p = c.cursor[core]
            pair = np.int64(stream[p] >> 2)
            event = np.int64(stream[p] & 3)
            free = grant
            after = b.next[b.state[pair] * EVENTS + event]
            if after >= 0:
                locally(b, core, pair, event, p, c.origin[core] + p + 1, after)
                end = grant + hit
            else:
                held = transact(b, None, core, pair, event, p, c.origin[core] + p + 1, grant)
                if held == STOPPED:
                    return STOPPED
                busy += held
                free += held
                end = free + b.latency[REPLY]
            b.counts[core].bus_wait += grant - queued[core]
            if event != EVICT:
                b.counts[core].longer += end - begun[core] - hit
            queued[core] = NEVER
            follow(b, c, gap, core, p + 1, end)
            continue
        while begins[core] <= second and begins[core] < grant:
            time = begins[core]
            p = c.cursor[core]
            pair = np.int64(stream[p] >> 2)
            event = np.int64(stream[p] & 3)
            after = b.next[b.state[pair] * EVENTS + event]
            if after < 0:
                begun[core] = time
                queued[core] = time + b.latency[ISSUE]
                begins[core] = NEVER
                break
            if event != IDLE:
                locally(b, core, pair, event, p, c.origin[core] + p + 1, after)
                time += hit
            follow(b, c, gap, core, p + 1, time)
    c.free[0] = free
    c.busy[0] = busy
    return busy


@inlined
def follow(b: Board, c: Clock, gap: NDArray[np.uint32], core: Int, p: Int, time: Int) -> None:
    """The core's access before position *p* ended at *time*: the next is the one at *p*."""
    c.cursor[core] = p
    b.counts[core].finish = time
    if p == c.ends[core]:
        c.begins[core] = NEVER
        if c.more[core]:
            c.short[0] = core
            c.begun[core] = time
    elif len(gap):
        c.begins[core] = time + gap[p]
    else:
        c.begins[core] = time
