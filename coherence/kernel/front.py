"""How far each core of the optimistic loop is, and when it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from coherence.kernel.arbiters import NEVER
from coherence.kernel.board import ASKED, HIT, READ, TAKEN, WRITE, Board, Int
from coherence.kernel.compiled import inlined
from coherence.kernel.prepared import IDLE, Prepared
from coherence.splitmix import MASK

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOG = 1024  # entries a core
NEAR, FAR = 64, 1 << 16  # accesses that a core runs ahead at the least, at the most


class Front(NamedTuple):
    """How far each core is.

    `cursor`: the next position · `base`, `since`: where its segment begins, and when · `queued` and `begun` of the
    request that waits, or NEVER · `halted`: the start of the next access of a core that stopped, or NEVER; `stopped[0]`
    are that many · `reach`: how far it may run ahead, `near` at the least · `entries` in its log; of log entry i of a
    core: `position`, `state`, `written`, `other` before. `passed[p]`: the cycles of all accesses before p; empty where
    it is `hit` each · `calm`: whether a snoop of state * ASKED + request forbids nothing that was done ahead · `again`:
    the cores that can run on, at first all; a transaction took back `freed[0]` of them · `asks`: where in `touched` the
    pairs of the line are for which a core waits, looked up early, so that what the transaction needs is near by then ·
    `last`, `draws` of the arbiter: see Clock.
    """

    same: NDArray[np.uint8]
    calm: NDArray[np.uint8]
    stream: NDArray[np.uint32]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    gap: NDArray[np.uint32]
    passed: NDArray[np.int64]
    cursor: NDArray[np.int64]
    base: NDArray[np.int64]
    since: NDArray[np.int64]
    queued: NDArray[np.int64]
    begun: NDArray[np.int64]
    halted: NDArray[np.int64]
    stopped: NDArray[np.int64]
    near: int
    reach: NDArray[np.int64]
    entries: NDArray[np.int64]
    position: NDArray[np.int64]
    state: NDArray[np.uint8]
    written: NDArray[np.int64]
    other: NDArray[np.int64]
    again: NDArray[np.int64]
    freed: NDArray[np.int64]
    asks: NDArray[np.int64]
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
    return Front(
        same=unchanged(b).ravel(),
        calm=calm(b),
        stream=ready.stream,
        starts=ready.starts[:-1],
        ends=ready.starts[1:],
        gap=np.zeros(0, np.uint32) if ready.gap is None else ready.gap,
        passed=passed,
        cursor=ready.starts[:-1].copy(),
        base=ready.starts[:-1].copy(),
        since=np.full(cores, start),
        queued=np.full(cores, NEVER),
        begun=np.zeros(cores, np.int64),
        halted=np.full(cores, NEVER),
        stopped=np.zeros(1, np.int64),
        near=near,
        reach=np.full(cores, 16 * near),
        entries=np.zeros(cores, np.int64),
        position=np.zeros((cores, log), np.int64),
        state=np.zeros((cores, log), np.uint8),
        written=np.zeros((cores, log), np.int64),
        other=np.zeros((cores, log), np.int64),
        again=np.arange(cores),
        freed=np.zeros(1, np.int64),
        asks=np.zeros(cores, np.int64),
        last=np.full(1, -1),
        draws=np.full(1, seed & MASK, np.uint64),
    )


def unchanged(b: Board) -> NDArray[np.uint8]:
    """Whether an access is local, leaves the state as it is and has nothing to be remembered, by (state, event)."""
    states, events = np.indices(b.next.shape)
    found = b.next == states
    found &= ~((events == WRITE) & ((states & int(TAKEN)) > 0))
    return np.asarray(found, np.uint8)


def calm(b: Board) -> NDArray[np.uint8]:
    """Whether a copy is left as it is by a snoop, by state * ASKED + request; then nothing is in conflict.

    Only where the state was surely the same before what its core did ahead, and where its core cannot write locally:
    a write must know whether it was before or after the transaction.
    """
    states = len(b.exclusive)
    found = np.zeros(states * ASKED, np.uint8)
    for state in range(states):
        reached = any(b.next[s, e] == state for s in range(states) if s != state for e in (READ, WRITE))
        if not reached and b.next[state, WRITE] < 0:
            own = slice(state * ASKED, (state + 1) * ASKED)
            found[own] = b.snooped[own] == state
    return found


@inlined
def ended(b: Board, f: Front, core: Int, p: Int) -> Int:
    """When the access before *p* ends, all since the base being local."""
    if len(f.passed):
        return f.since[core] + f.passed[p] - f.passed[f.base[core]]
    return f.since[core] + (p - f.base[core]) * b.latency[HIT]


@inlined
def starting(b: Board, f: Front, core: Int, p: Int) -> Int:
    """When the access at *p* starts, all since the base being local."""
    if len(f.gap):
        return ended(b, f, core, p) + f.gap[p]
    return ended(b, f, core, p)


@inlined
def position_at(b: Board, f: Front, core: Int, time: Int) -> Int:
    """The first position since the base that starts at *time* or later; the cursor if none before it does."""
    low = f.base[core]
    high = f.cursor[core]
    while low < high:
        middle = (low + high) >> 1
        if starting(b, f, core, middle) < time:
            low = middle + 1
        else:
            high = middle
    return low
