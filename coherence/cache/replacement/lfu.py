"""LFU: how often a line was used since its fill."""

from __future__ import annotations

from collections.abc import Hashable

from coherence.cache.replacement.future import BLIND, Future
from coherence.cache.replacement.policy import Policy, Why
from coherence.cache.replacement.ranks import Ranks
from coherence.random import SplitMix64


class LFU(Policy):
    """Least frequently used leaves; uses are counted since the fill, ties go to the oldest fill. O(log ways).

    Nothing is remembered of a line that left: when it comes back its count starts anew ("in-cache" LFU).

    >>> from coherence.cache.replay import replay
    >>> replay("aabbbcd", ways=3, policy="LFU").evicted
    ['c']
    """

    def __init__(self, ways: int, random: SplitMix64, future: Future = BLIND) -> None:
        super().__init__(ways, random, future)
        self.ranks = Ranks()  # (uses, number of the fill)
        self.fills = 0

    def hit(self, line: Hashable) -> None:
        """One use more."""
        uses, fill = self.ranks[line]
        self.ranks[line] = uses + 1, fill

    def insert(self, line: Hashable) -> None:
        """The fill is the first use."""
        self.ranks[line] = 1, self.fills
        self.fills += 1

    def victim(self, incoming: Hashable) -> Hashable:
        """The fewest uses."""
        return self.ranks.lowest()

    def remove(self, line: Hashable, why: Why) -> None:
        """Its count is forgotten."""
        del self.ranks[line]
