"""What a core did ahead of its time and a snoop forbids: it is taken back to the time of the grant."""

from __future__ import annotations

import numpy as np

from coherence.jit import inlined
from coherence.kernel.arbiters import NEVER
from coherence.kernel.board import STATE, TAKEN, WRITE, Board, Int
from coherence.kernel.front import Front, position_at, starting


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
