"""OPT: the bound that no policy beats."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from coherence.cache.replacement.future import BLIND, Future
from coherence.cache.replacement.policy import Policy, Why
from coherence.cache.replacement.ranks import Ranks
from coherence.random import SplitMix64


class OPT(Policy):
    """Knows the core's own accesses to come and evicts the line whose next use is farthest (Belady, 1966). O(log ways).

    Among lines that are never used again the oldest fill leaves. No policy that fills on every miss has fewer misses
    with one core. With more, it is defined by the core's own stream all the same: it does not foresee that another
    core will take a line, so it is no bound there; nor is it under protocols whose write misses do not fill. It needs
    the whole stream in advance, so it cannot serve programs, which decide while they run.

    >>> from coherence.cache.replay import replay
    >>> replay("abcab", ways=2, policy="OPT").evicted
    ['b', 'a']
    """

    foresees: ClassVar[bool] = True

    def __init__(self, ways: int, random: SplitMix64, future: Future = BLIND) -> None:
        super().__init__(ways, random, future)
        self.ranks = Ranks()  # (next use, backwards; number of the fill)
        self.fills = 0

    def hit(self, line: Hashable) -> None:
        """From here the line has another next use."""
        self.ranks[line] = -self.future.next_use(), self.ranks[line][1]

    def insert(self, line: Hashable) -> None:
        """The line is known by its next use."""
        self.ranks[line] = -self.future.next_use(), self.fills
        self.fills += 1

    def victim(self, incoming: Hashable) -> Hashable:
        """The farthest next use."""
        return self.ranks.lowest()

    def remove(self, line: Hashable, why: Why) -> None:
        """The others keep theirs."""
        del self.ranks[line]
