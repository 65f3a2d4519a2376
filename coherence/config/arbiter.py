"""Who gets the bus next, among the requests that wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from coherence.random import SplitMix64

VICTIM, BUFFER, OWN = range(3)  # ranks of one core's requests: what leaves its cache goes first, then what it buffered


class Waiting(Protocol):
    """What an arbiter sees of a request: whose it is, since when it waits, and its rank among those of its core."""

    core: int
    queued: int
    rank: int


Arbiter = Callable[[Sequence[Waiting]], Waiting]


def fifo(cores: int, seed: int) -> Arbiter:
    """The one queued earliest; ties to the lowest core."""
    return lambda waiting: min(waiting, key=lambda r: (r.queued, r.core, r.rank))


def priority(cores: int, seed: int) -> Arbiter:
    """The lowest core."""
    return lambda waiting: min(waiting, key=lambda r: (r.core, r.rank))


def round_robin(cores: int, seed: int) -> Arbiter:
    """The next core after the last one granted; the first search starts at core 0."""
    last = -1

    def pick(waiting: Sequence[Waiting]) -> Waiting:
        nonlocal last
        chosen = min(waiting, key=lambda r: ((r.core - last - 1) % cores, r.rank))
        last = chosen.core
        return chosen

    return pick


def at_random(cores: int, seed: int) -> Arbiter:
    """Any, with equal chance, from the stream of *seed*; a single one draws nothing."""
    random = SplitMix64(seed)
    return lambda waiting: random.choose(sorted(waiting, key=lambda r: (r.core, r.rank)))


ARBITERS: dict[str, Callable[[int, int], Arbiter]] = {
    "fifo": fifo,
    "round-robin": round_robin,
    "priority": priority,
    "random": at_random,
}
