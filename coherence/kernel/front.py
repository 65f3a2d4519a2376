"""How far each core of the optimistic loop is, and when it is there.

What a core did ahead of its time and a snoop forbids is undone: the core is taken back to the time of the grant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coherence.jit import inlined
from coherence.kernel.arbiters import NEVER
from coherence.kernel.board import EVENTS, HIT, STATE, TAKEN, WRITE, Board, Int, Rows
from coherence.kernel.prepared import IDLE, Prepared
from coherence.random import MASK

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOG = 1024  # entries a core
NEAR, FAR = 64, 1 << 16  # accesses that a core runs ahead at the least, at the most
# Of a core: where its accesses begin and end, and the next · where its segment begins, and when · when the access began
# that waits · how far it may run ahead · entries in its log · where in `touched` the pairs of the line are for which it
# waits, looked up early, so that what the transaction needs is near by then.
CORE = np.dtype(
    [(name, np.int64) for name in ("start", "end", "cursor", "base", "since", "begun", "reach", "entries", "asks")]
)


class Front(NamedTuple):
    """How far each core is.

    `same`: see `unchanged` · `core`: as named above · `queued` of the request that waits, or NEVER · `halted`: the
    start of the next access of a core that stopped, or NEVER; `stopped[0]` are that many · `near`: how far a core may
    run ahead at the least · of log entry i of a core: `position`, `state`, `written`, `other` before · `passed[p]`: the
    cycles of all accesses before p; empty where it is `hit` each · `again`: the cores that can run on, at first all; a
    transaction took back `freed[0]` of them · `last`, `draws` of the arbiter: see Clock.
    """

    same: NDArray[np.bool_]
    stream: NDArray[np.uint32]
    gap: NDArray[np.uint32]
    passed: NDArray[np.int64]
    core: Rows
    queued: NDArray[np.int64]
    halted: NDArray[np.int64]
    stopped: NDArray[np.int64]
    near: int
    position: NDArray[np.int64]
    state: NDArray[np.uint8]
    written: NDArray[np.int64]
    other: NDArray[np.int64]
    again: NDArray[np.uint32]
    freed: NDArray[np.int64]
    last: NDArray[np.int64]
    draws: NDArray[np.uint64]


def front(b: Board, ready: Prepared, start: int, seed: int, log: int = LOG, near: int = NEAR) -> Front:
    """Every core at its first access; *log*: entries of each core's log, *near*: the least reach; at least 1."""
    cores = len(ready.starts) - 1
    computes = ready.stream.max(initial=0) >> 2 == len(ready.line_of) - 1  # the last pair stands for it
    passed = np.zeros(0, np.int64)
    if ready.gap is not None or computes:
        idle = ready.stream & 3 == IDLE
        passed = np.zeros(len(ready.stream) + 1, np.int64)
        np.cumsum(np.where(idle, 0, b.latency[HIT]) + (0 if ready.gap is None else ready.gap), out=passed[1:])
    core = np.zeros(cores, CORE)
    core["start"] = core["cursor"] = core["base"] = ready.starts[:-1]
    core["end"] = ready.starts[1:]
    core["since"] = start
    core["reach"] = 16 * near
    return Front(
        same=unchanged(b),
        stream=ready.stream,
        gap=np.zeros(0, np.uint32) if ready.gap is None else ready.gap,
        passed=passed,
        core=core,
        queued=np.full(cores, NEVER),
        halted=np.full(cores, NEVER),
        stopped=np.zeros(1, np.int64),
        near=near,
        position=np.zeros((cores, log), np.int64),
        state=np.zeros((cores, log), np.uint8),
        written=np.zeros((cores, log), np.int64),
        other=np.zeros((cores, log), np.int64),
        again=np.arange(cores, dtype=np.uint32),
        freed=np.zeros(1, np.int64),
        last=np.full(1, -1),
        draws=np.full(1, seed & MASK, np.uint64),
    )


def unchanged(b: Board) -> NDArray[np.bool_]:
    """Whether an access is local, leaves the state and has nothing to be remembered, by state * EVENTS + event."""
    states, events = np.divmod(np.arange(len(b.next)), EVENTS)
    found = b.next == states
    found &= ~((events == WRITE) & ((states & int(TAKEN)) > 0))
    return np.asarray(found)


@inlined
def ended(b: Board, f: Front, core: Int, p: Int) -> Int:
    """When the access before *p* ends, all since the base being local."""
    if len(f.passed):
        return f.core[core].since + f.passed[p] - f.passed[f.core[core].base]
    return f.core[core].since + (p - f.core[core].base) * b.latency[HIT]


@inlined
def starting(b: Board, f: Front, core: Int, p: Int) -> Int:
    """When the access at *p* starts, all since the base being local."""
    if len(f.gap):
        return ended(b, f, core, p) + f.gap[p]
    return ended(b, f, core, p)


@inlined
def position_at(b: Board, f: Front, core: Int, time: Int) -> Int:
    """The first position since the base that starts at *time* or later; the cursor if none before it does."""
    low = f.core[core].base
    high = f.core[core].cursor
    while low < high:
        middle = (low + high) >> 1
        if starting(b, f, core, middle) < time:
            low = middle + 1
        else:
            high = middle
    return low


@inlined
def withdraw(b: Board, f: Front, who: Int, theirs: Int, now: Int) -> bool:
    """Take *who* back to *now*, the time of a grant, if it used its copy *theirs* then or later; returns whether."""
    cursor = f.core[who].cursor
    stamp = np.int64(b.stamp[theirs])
    while stamp > cursor:
        stamp = np.int64(b.before[stamp - 1])
    if stamp > f.core[who].base and starting(b, f, who, stamp - 1) >= now:
        f.core[who].reach = max(f.near, f.core[who].reach >> 1)
        take_back(b, f, who, position_at(b, f, who, now))
    elif f.queued[who] != NEVER and f.core[who].begun >= now and f.stream[cursor] >> 2 == theirs:
        f.queued[who] = NEVER
    else:
        return False
    f.again[f.freed[0]] = who
    f.freed[0] += 1
    return True


@inlined
def take_back(b: Board, f: Front, core: Int, to: Int) -> None:
    """Undo what *core* did from position *to* on, whatever it waits for."""
    n = f.core[core].entries
    while n > 0 and f.position[core, n - 1] >= to:
        n -= 1
        p = f.position[core, n]
        pair = f.stream[p] >> 2
        if f.stream[p] & 3 == WRITE:
            if f.state[core, n] & TAKEN:
                word = b.what[p] >> 2
                b.written[word] = f.written[core, n]
                b.other[word] = f.other[core, n]
            b.counts[core].silent_upgrades -= b.dirty[b.state[pair] & STATE] > b.dirty[f.state[core, n] & STATE]
        b.state[pair] = f.state[core, n]
    f.core[core].entries = n
    f.core[core].cursor = to
    f.queued[core] = NEVER
    f.stopped[0] -= f.halted[core] != NEVER
    f.halted[core] = NEVER
