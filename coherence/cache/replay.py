"""One core's lines through one cache, without protocol, bus or time: how well a policy chooses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from coherence.cache.config import Cache, Key, Line
from coherence.cache.replacement import POLICIES, Future
from coherence.cache.sets import Sets


@dataclass(frozen=True, slots=True)
class Replay:
    """How many accesses there were, how many missed, and which lines were evicted, in order."""

    accesses: int
    misses: int
    evicted: list[Line]


def replay(keys: Iterable[Key], sets: int = 1, ways: int | None = None, policy: str = "LRU", seed: int = 0) -> Replay:
    """Access *keys* one after another and count the misses: those of core 0 of a machine that runs them alone.

    *seed* as a machine's. Raises `InputError` for a geometry or a policy that cannot be.

    >>> replay("abcab", ways=2, policy="LRU").misses, replay("abcab", ways=2, policy="OPT").misses
    (5, 4)
    """
    cache = Cache(sets, ways, policy=policy)
    lines = [cache.line(key) for key in keys]
    future = Future((line, True) for line in lines) if POLICIES[cache.policy].foresees else Future(())
    store = Sets(cache, seed + 1, future)
    misses = 0
    evicted = []
    for now, line in enumerate(lines):
        future.now = now
        if line in store.where:
            store.hit(line)
            continue
        misses += 1
        victim = store.victim(line)
        if victim is not None:
            store.remove(victim, "evicted")
            evicted.append(victim)
        store.insert(line)
    return Replay(len(lines), misses, evicted)
