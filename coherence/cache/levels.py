"""One core's private levels, the nearest first, where one private cache stood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from coherence.cache.config import Cache, Line
from coherence.cache.replacement import BLIND, Future, Why
from coherence.cache.sets import PrivateCache, Sets


@dataclass(slots=True)
class LevelCounts:
    """Of one level: accesses it was the first to find, lines it evicted, lines it lost to an eviction behind it."""

    hits: int = 0
    evictions: int = 0
    back_invalidations: int = 0


class Hierarchy:
    """Private levels, each holding all lines of those before it; coherence is kept at the last.

    An access looks the levels up one after another. Where it finds the line that level's policy hears of it, and the
    line is filled into every level before; levels behind hear nothing, as in hardware. A line that a level evicts
    leaves the levels before it too (back-invalidation), so inclusion holds after every step. A core's data is kept
    once for all its levels: moving it between them costs nothing and can lose nothing, looking it up does.
    """

    def __init__(self, caches: Sequence[Cache], seed: int, future: Future = BLIND) -> None:
        # Only the first level hears every access, as who looks ahead must.
        self.levels = [Sets(caches[0], seed, future), *(Sets(cache, seed) for cache in caches[1:])]
        self.last = self.levels[-1]
        for level in self.levels:
            level.random = self.last.random  # a core has one stream of random numbers
        self.reaches = [*accumulate((cache.lookup for cache in caches[1:]), initial=0)]
        self.reaches.append(self.reaches[-1])  # of a line that is in none
        self.counts = [LevelCounts() for _ in caches]

    def reach(self, line: Line) -> int:
        """Cycles of look-ups behind the first level: up to where *line* is, or through all where it is not."""
        return self.reaches[self._found(line)]

    def hit(self, line: Line) -> int:
        """The core accessed a line it holds, which comes to the first level; what `reach` said before."""
        found = self._found(line)
        self.counts[found].hits += 1
        self.levels[found].hit(line)
        self._fill(line, found)
        return self.reaches[found]

    def victim(self, line: Line) -> Line | None:
        """The line that must leave the core before *line* can be filled into the last level; None if none must."""
        found = self.last.victim(line)
        if found is not None:
            self.counts[-1].evictions += 1
            self._back_invalidate(found, len(self.levels) - 1)
        return found

    def insert(self, line: Line) -> None:
        """*line* was filled into a free way of the last level, and comes to the first."""
        self.last.insert(line)
        self._fill(line, len(self.levels) - 1)

    def remove(self, line: Line, why: Why) -> None:
        """*line* left the core."""
        for level in self.levels:
            if line in level.where:
                level.remove(line, why)

    def _found(self, line: Line) -> int:
        """The first level that holds *line*; behind the last if none does."""
        return next((n for n, level in enumerate(self.levels) if line in level.where), len(self.levels))

    def _fill(self, line: Line, before: int) -> None:
        """Bring *line* into the levels before level *before*, the farthest first, so that inclusion holds."""
        for number in reversed(range(before)):
            level = self.levels[number]
            victim = level.victim(line)
            if victim is not None:
                level.remove(victim, "evicted")
                self.counts[number].evictions += 1
                self._back_invalidate(victim, number)
            level.insert(line)

    def _back_invalidate(self, line: Line, behind: int) -> None:
        """Level *behind* evicts *line*: it leaves the levels before."""
        for number in range(behind):
            if line in self.levels[number].where:
                self.levels[number].remove(line, "invalidated")
                self.counts[number].back_invalidations += 1


def private(caches: Sequence[Cache], seed: int, future: Future = BLIND) -> PrivateCache:
    """What a core has: a Sets where there is one level, else a Hierarchy."""
    return Sets(caches[0], seed, future) if len(caches) == 1 else Hierarchy(caches, seed, future)
