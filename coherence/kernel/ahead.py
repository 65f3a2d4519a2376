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

from typing import TYPE_CHECKING

import numpy as np

from coherence.kernel.arbiters import NEVER, arbitrate, earliest
from coherence.kernel.board import (
    ASKED,
    BUS_WAIT,
    BUS_WB,
    EPOCH,
    EVENTS,
    EVICT,
    FINISH,
    HIT,
    ISSUE,
    LINE,
    LONGER,
    READ,
    REPLY,
    SILENT,
    STATE,
    TAKEN,
    WRITE,
    Board,
    Int,
)  # fmt: skip
from coherence.kernel.compiled import entry, inlined
from coherence.kernel.front import FAR, Front, ended, position_at, starting
from coherence.kernel.transaction import STOPPED, first_of, locally, others_of, state_of, transact

if TYPE_CHECKING:
    from numpy.typing import NDArray


def serves(b: Board) -> bool:
    """Whether the loop is exact for the table, if that is proved.

    A copy that is snooped is looked up again, whatever the snoop did to it. But a local write without a copy would
    not be snooped, so it is not known whether it came before or after a grant. And of two cores that both write a line
    locally it would not be known who did so first; where a table is proved there are no such two.
    """
    return bool(b.next[b.invalid, WRITE] < 0)


def quiet(b: Board) -> NDArray[np.uint8]:
    """Whether a copy's state is left as it is by all snoops of a cell, by (cell, state); then nothing is in conflict.

    Only where the state was surely the same before what its core did ahead, and where its core cannot write locally:
    a write must know whether it was before or after the transaction.
    """
    states = len(b.exclusive)
    found = np.zeros((len(b.alone), states), np.uint8)
    for state in range(states):
        reached = any(b.next[s, e] == state for s in range(states) if s != state for e in (READ, WRITE))
        if reached or b.next[state, WRITE] >= 0:
            continue
        for cell in range(len(b.alone)):
            asked = [r for r in b.request[cell].tolist() if 0 <= r < ASKED]
            found[cell, state] = all(b.snooped[state * ASKED + r] == state for r in asked)
    return found


@inlined
def run_ahead(b: Board, f: Front, core: Int, now: Int, released: Int) -> None:
    """Run *core* on from its cursor until it needs the bus, must stop, or is through.

    No grant comes before *now* any more; *released*: nor before the access at the cursor.
    """
    p = np.uint64(f.cursor[core])
    one, two, three, four = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(EVENTS)
    end = np.uint64(f.ends[core])
    most = min(end, p + np.uint64(f.reach[core]))
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
                f.reach[core] = min(f.reach[core] * 2, FAR)  # type: ignore[call-overload]
            break
        at = np.int64(p)
        pair = np.int64(f.stream[p] >> 2)
        event = np.int64(f.stream[p] & 3)
        state = b.state[pair]
        after = b.next[state, event]
        if event == EVICT and not (released and at == f.cursor[core]):
            f.halted[core] = starting(b, f, core, at)
            f.stopped[0] += 1
            break
        if after < 0:
            f.begun[core] = starting(b, f, core, at)
            f.queued[core] = f.begun[core] + b.latency[ISSUE]
            f.asks[core] = first_of(b, pair)
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
            and b.written[word] == np.int64(b.line[b.pair[pair, LINE], EPOCH]) << 16 | core
        ):
            p += one
            b.stamp[pair] = p
            continue
        n = f.entries[core]
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
        f.entries[core] = n + 1
        locally(b, core, pair, event, at, at + 1, after)
        p += one
    f.cursor[core] = p


@inlined
def take_back(b: Board, f: Front, core: Int, to: Int) -> None:
    """Undo what *core* did from position *to* on, whatever it waits for."""
    n = f.entries[core]
    while n > 0 and f.position[core, n - 1] >= to:
        n -= 1
        p = f.position[core, n]
        pair = f.stream[p] >> 2
        if f.stream[p] & 3 == WRITE:
            if f.state[core, n] & TAKEN:
                word = b.what[p] >> 2
                b.written[word] = f.written[core, n]
                b.other[word] = f.other[core, n]
            b.counts[core, SILENT] -= b.dirty[b.state[pair] & STATE] > b.dirty[f.state[core, n] & STATE]
        b.state[pair] = f.state[core, n]
    f.entries[core] = n
    f.cursor[core] = to
    f.queued[core] = NEVER
    f.stopped[0] -= f.halted[core] != NEVER
    f.halted[core] = NEVER


@inlined
def settle(
    b: Board, f: Front, calm: NDArray[np.uint8], pair: Int, cell: Int, now: Int, left: Int, k: Int,
    again: NDArray[np.int64],
) -> Int:  # fmt: skip
    """Take back to *now* the cores that did what the snoops of *cell* forbid; returns how many are in *again*.

    *left*: how many other cores hold the line, the first of them at place *k* of `touched`.
    """
    count = 0
    if b.request[cell, 0] == BUS_WB:
        return 0
    while left > 0:
        theirs = b.touched[k]
        k += 1
        state = state_of(b, theirs)
        if state == b.invalid or theirs == pair:
            continue
        left -= 1
        if calm[cell, state]:
            continue
        who = np.int64(b.core_of[theirs])
        cursor = f.cursor[who]
        stamp = b.stamp[theirs]
        while stamp > cursor:
            stamp = b.before[stamp - 1]
        if stamp > f.base[who] and starting(b, f, who, np.int64(stamp) - 1) >= now:
            to = position_at(b, f, who, now)
            f.reach[who] = max(f.near, f.reach[who] >> 1)
            take_back(b, f, who, to)
        elif f.queued[who] != NEVER and f.begun[who] >= now and f.stream[cursor] >> 2 == theirs:
            f.queued[who] = NEVER
        else:
            continue
        again[count] = who
        count += 1
    return count


@entry
def ahead(b: Board, f: Front, calm: NDArray[np.uint8], arbitration: Int) -> Int:
    """Grants in the order of time, every core as far ahead as it may be; returns what `plain` does."""
    cores = len(f.cursor)
    again = f.again
    count = cores
    released = 0
    free: Int = 0
    now: Int = 0
    busy = 0
    while True:
        for i in range(count):
            run_ahead(b, f, again[i], now, released)
        first = earliest(f.queued)
        now = max(free, f.queued[first])
        core = earliest(f.halted) if f.stopped[0] > 0 else 0
        released = f.halted[core] < now
        if released:
            now = f.halted[core]
            f.halted[core] = NEVER
            f.stopped[0] -= 1
            f.entries[core] = 0
            again[0] = core
            count = 1
            continue
        if now == NEVER:
            break
        core = arbitrate(f.queued, first, now, arbitration, f.last, f.draws)
        p = f.cursor[core]
        pair = np.int64(f.stream[p] >> 2)
        event = np.int64(f.stream[p] & 3)
        b.counts[core, BUS_WAIT] += now - f.queued[core]
        f.queued[core] = NEVER
        free = now
        count = 0
        after = b.next[b.state[pair], event]
        if after >= 0:
            locally(b, core, pair, event, p, p + 1, after)
            end = now + b.latency[HIT]
        else:
            cell = state_of(b, pair) * 3 + event
            others = others_of(b, pair)
            place: Int = 0
            if others > 0:
                place = f.asks[core]
                while b.touched[place] == pair or state_of(b, b.touched[place]) == b.invalid:
                    place += 1
                count = settle(b, f, calm, pair, cell, now, others, place, again)
            held = transact(b, core, pair, event, p, p + 1, others, place)
            if held == STOPPED:
                return STOPPED
            busy += held
            free += held
            end = free + b.latency[REPLY]
        if event != EVICT:
            b.counts[core, LONGER] += end - f.begun[core] - b.latency[HIT]
        f.cursor[core] = p + 1
        f.base[core] = p + 1
        f.since[core] = end
        f.entries[core] = 0
        again[count] = core
        count += 1
    for core in range(cores):
        if f.ends[core] > f.starts[core]:
            b.counts[core, FINISH] = ended(b, f, core, f.ends[core])
    return busy
