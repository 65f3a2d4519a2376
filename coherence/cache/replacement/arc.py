"""ARC: recency and frequency, balanced by what comes back."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from coherence.cache.replacement.future import BLIND, Future
from coherence.cache.replacement.policy import Policy, Why
from coherence.random import SplitMix64

Lines = OrderedDict[Hashable, None]  # from the least to the most recently used


class ARC(Policy):
    """Two LRU lists, of lines used once and more often; ghosts that come back move the border between them. O(1).

    `once` and `often` (T1, T2 of Megiddo & Modha, FAST 2003) hold the lines, `once_ghosts` and `often_ghosts` (B1, B2)
    the names of their victims; `target` (p) is the size that `once` should have. A name of B1 that is asked for again
    says that `once` was too small, one of B2 the opposite. |T1| + |B1| ≤ ways, and all four ≤ 2 × ways.

    A line that is invalidated leaves its list and no ghost, and `target` stays: a snoop says nothing about the border.
    A fill into a way that was free learns from the ghosts like any other.

    >>> from coherence.cache.replay import replay
    >>> replay("aabcd", ways=2, policy="ARC").evicted
    ['b', 'c']
    """

    def __init__(self, ways: int, random: SplitMix64, future: Future = BLIND) -> None:
        super().__init__(ways, random, future)
        self.target = 0.0
        self.once: Lines = OrderedDict()
        self.often: Lines = OrderedDict()
        self.once_ghosts: Lines = OrderedDict()
        self.often_ghosts: Lines = OrderedDict()
        self.returning: Hashable = None  # the line being filled, if it was remembered; no line is None

    def hit(self, line: Hashable) -> None:
        """Used more than once now."""
        self.once.pop(line, None)
        self.often[line] = None
        self.often.move_to_end(line)

    def insert(self, line: Hashable) -> None:
        """Among the often used if it was remembered, else among those used once."""
        self._learn(line)
        (self.often if line == self.returning else self.once)[line] = None
        self.returning = None
        if len(self.once) + len(self.once_ghosts) > self.ways:
            self.once_ghosts.popitem(last=False)
        if len(self.once) + len(self.once_ghosts) + len(self.often) + len(self.often_ghosts) > 2 * self.ways:
            self.often_ghosts.popitem(last=False)

    def victim(self, incoming: Hashable) -> Hashable:
        """The least recent of the list that is larger than it should be; its name is remembered."""
        was_often = incoming in self.often_ghosts
        self._learn(incoming)
        size = len(self.once)
        from_once = size > self.target or (was_often and size == self.target)
        lines, ghosts = (
            (self.once, self.once_ghosts)
            if self.once and (from_once or not self.often)
            else (self.often, self.often_ghosts)
        )
        line = next(iter(lines))
        ghosts[line] = None
        return line

    def remove(self, line: Hashable, why: Why) -> None:
        """Its list closes over the gap."""
        del (self.once if line in self.once else self.often)[line]

    def _learn(self, line: Hashable) -> None:
        """Move the target if *line* is remembered, and forget that it left."""
        once, often = len(self.once_ghosts), len(self.often_ghosts)
        if line in self.once_ghosts:
            self.target = min(self.ways, self.target + max(1, often / once))
            del self.once_ghosts[line]
        elif line in self.often_ghosts:
            self.target = max(0, self.target - max(1, once / often))
            del self.often_ghosts[line]
        else:
            return
        self.returning = line
