"""The optimistic loop: each core runs ahead through its local accesses, and only grants are events.

A local access touches its own core's copy alone, so it may be done before its time. It was wrong only if a snoop
comes to that copy at a grant at *g*, and the access starts at *g* or later: then the core is taken back to *g* before
the snoop is applied, and goes on from there. What makes that cheap:

- Positions stand for times. A core's segment begins at a known time, and until its next grant all its accesses are
  local, so the start of each follows from its position; the tight loop keeps no time. Counts of hits follow from
  positions as well.
- A stamp is a position, and the core will come by the same positions again. So a stamp beyond the core's cursor is
  seen to be of an access that was taken back, and `before` leads to the one that counts: nothing is undone.
- What must be undone is written to a log of fixed size: changes of state without the bus, and writes to lines that
  other cores have lost. A core whose log is full stops, as does one that has run far, or meets an eviction. It goes on
  when no grant can come before its own time any more, which is so when it is the earliest of those that stopped and
  begins before the next grant: then nothing in its log can be taken back.
"""

from __future__ import annotations

import numpy as np

from coherence.jit import entry, inlined
from coherence.kernel.arbiters import NEVER, arbitrate, earliest
from coherence.kernel.board import EVENTS, EVICT, HIT, ISSUE, REPLY, TAKEN, WRITE, Board, Int
from coherence.kernel.front import FAR, Front, ended, starting
from coherence.kernel.transaction import STOPPED, first_of, index, locally, transact


def serves(b: Board) -> bool:
    """Whether the loop is exact for the table, if that is proved.

    A copy that is snooped is looked up again, whatever the snoop did to it. But a local write without a copy would
    not be snooped, so it is not known whether it came before or after a grant. And of two cores that both write a line
    locally it would not be known who did so first; where a table is proved there are no such two.
    """
    return bool(b.next[b.invalid * EVENTS + WRITE] < 0)


@inlined
def run_ahead(b: Board, f: Front, core: Int, now: Int, released: Int) -> None:
    """Run *core* on from its cursor until it needs the bus, must stop, or is through.

    No grant comes before *now* any more; *released*: nor before the access at the cursor.
    """
    p = np.uint64(f.core[core].cursor)
    one, two, three, four = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(EVENTS)
    end = np.uint64(f.core[core].end)
    most = min(end, p + np.uint64(f.core[core].reach))
    size = f.position.shape[1]
    while True:
        while p < most:
            x = np.uint64(f.stream[p])
            if not f.same[np.uint64(b.state[x >> two]) * four + (x & three)]:
                break
            p += one
            b.stamp[x >> two] = p
        if p == most:
            if most < end:
                f.halted[core] = starting(b, f, core, np.int64(p))
                f.stopped[0] += 1
                f.core[core].reach = min(f.core[core].reach * 2, FAR)
            break
        at = np.int64(p)
        pair = np.int64(f.stream[p] >> 2)
        event = np.int64(f.stream[p] & 3)
        state = b.state[pair]
        after = b.next[state * EVENTS + event]
        if event == EVICT and not (released and at == f.core[core].cursor):
            f.halted[core] = starting(b, f, core, at)
            f.stopped[0] += 1
            break
        if after < 0:
            f.core[core].begun = starting(b, f, core, at)
            f.queued[core] = f.core[core].begun + b.latency[ISSUE]
            f.core[core].asks = first_of(b, pair)
            break
        if event == EVICT:
            locally(b, core, pair, event, at, at + 1, after)
            p += one
            continue
        taken = state & TAKEN != 0
        word = np.int64(b.what[p] >> 2) if taken else 0
        if (
            taken
            and event == WRITE
            and after == state
            and b.written[word] == np.int64(b.line[b.pair[pair].line].epoch) << 16 | core
        ):
            p += one
            b.stamp[pair] = p
            continue
        n = f.core[core].entries
        if n == size:
            old = 0
            while old < n and starting(b, f, core, f.position[core, old]) < now:
                old += 1
            if 2 * old < size:
                f.halted[core] = starting(b, f, core, at)
                f.stopped[0] += 1
                break
            n -= old
            for i in range(n):
                f.position[core, i] = f.position[core, i + old]
                f.state[core, i] = f.state[core, i + old]
                f.written[core, i] = f.written[core, i + old]
                f.other[core, i] = f.other[core, i + old]
        f.position[core, n] = at
        f.state[core, n] = state
        if taken:
            f.written[core, n] = b.written[word]
            f.other[core, n] = b.other[word]
        f.core[core].entries = n + 1
        locally(b, core, pair, event, at, at + 1, after)
        p += one
    f.core[core].cursor = p


@entry
def ahead(b: Board, f: Front, arbitration: Int) -> Int:
    """Grants in the order of time, every core as far ahead as it may be; returns what `plain` does."""
    cores = len(f.core)
    again = f.again
    count = cores
    released = 0
    free: Int = 0
    now: Int = 0
    busy = 0
    while True:
        for i in range(count):
            run_ahead(b, f, np.int64(again[i]), now, released)
        first = earliest(f.queued)
        now = max(free, f.queued[first])
        core = earliest(f.halted) if f.stopped[0] > 0 else 0
        released = f.halted[core] < now
        if released:
            now = f.halted[core]
            f.halted[core] = NEVER
            f.stopped[0] -= 1
            f.core[core].entries = 0
            again[0] = core
            count = 1
            continue
        if now == NEVER:
            break
        core = index(arbitrate(f.queued, first, now, arbitration, f.last, f.draws))
        p = index(f.core[core].cursor)
        pair = np.int64(f.stream[p] >> 2)
        event = np.int64(f.stream[p] & 3)
        b.counts[core].bus_wait += now - f.queued[core]
        f.queued[core] = NEVER
        free = now
        count = 0
        after = b.next[b.state[pair] * EVENTS + event]
        if after >= 0:
            locally(b, core, pair, event, p, p + 1, after)
            end = now + b.latency[HIT]
        else:
            f.freed[0] = 0
            held = transact(b, f, core, pair, event, p, p + 1, now)
            count = f.freed[0]
            if held == STOPPED:
                return STOPPED
            busy += held
            free += held
            end = free + b.latency[REPLY]
        if event != EVICT:
            b.counts[core].longer += end - f.core[core].begun - b.latency[HIT]
        f.core[core].cursor = p + 1
        f.core[core].base = p + 1
        f.core[core].since = end
        f.core[core].entries = 0
        again[count] = core
        count += 1
    for core in range(cores):
        if f.core[core].end > f.core[core].start:
            b.counts[core].finish = ended(b, f, core, f.core[core].end)
    return busy
