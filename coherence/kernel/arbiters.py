"""Who gets the bus next, and random draws, compiled: `coherence.config.arbiter` and `coherence.random` on arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coherence.jit import inlined
from coherence.kernel.board import Int

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEVER = 1 << 52  # of a time: does not happen
FIFO, ROUND_ROBIN, PRIORITY, RANDOM = range(4)
ARBITRATIONS = ("fifo", "round-robin", "priority", "random")


@inlined
def draw(streams: object, which: Int) -> np.uint64:
    """The next number of a SplitMix64 stream."""
    state = streams[which] + np.uint64(0x9E3779B97F4A7C15)  # type: ignore[index]
    streams[which] = state  # type: ignore[index]
    z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))  # type: ignore[no-any-return]


@inlined
def earliest(queued: NDArray[np.int64]) -> Int:
    """The core that queued first, the lowest of several; it waits if its time is not NEVER."""
    first = 0
    least = queued[0]
    for core in range(1, len(queued)):
        if queued[core] < least:
            least = queued[core]
            first = core
    return first


@inlined
def arbitrate(
    queued: NDArray[np.int64], first: Int, now: Int, kind: Int, last: NDArray[np.int64], stream: NDArray[np.uint64]
) -> Int:
    """The core that is granted at *now*, of those queued until then; *first* is the earliest, `last[0]` the last."""
    chosen = first
    cores = len(queued)
    if kind == PRIORITY:
        chosen = 0
        while queued[chosen] > now:
            chosen += 1
    elif kind == ROUND_ROBIN:
        chosen = (last[0] + 1) % cores
        while queued[chosen] > now:
            chosen = (chosen + 1) % cores
        last[0] = chosen
    elif kind == RANDOM:
        waiting = 0
        for core in range(cores):
            waiting += queued[core] <= now
        skip: Int = 0
        if waiting > 1:
            skip = np.int64(draw(stream, 0) % np.uint64(waiting))
        chosen = -1
        while skip >= 0:
            chosen += 1
            skip -= queued[chosen] <= now
    return chosen
