"""LeCaR: learns whether to trust recency or frequency."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable
from typing import NamedTuple

from coherence.cache.replacement.future import BLIND, Future
from coherence.cache.replacement.policy import Policy, Why
from coherence.cache.replacement.ranks import Ranks
from coherence.random import SplitMix64

LEARNING = 0.45  # how far one regret moves the weights
FADED = 0.005  # what a regret is worth when it comes as many uses late as there are ways


class _Past(NamedTuple):
    """A line in a history: when it left, and how often it had been used."""

    left: int
    uses: int


History = OrderedDict[Hashable, _Past]


class LeCaR(Policy):
    """Two experts, LRU and LFU: chance picks whose victim leaves, and a victim that comes back costs its expert weight.

    By regret minimisation (Vietri et al., HotStorage 2018). A victim's name is kept in its expert's history, which has
    half as many places as there are ways. When the line is filled again *t* uses later, the other expert's weight
    grows by e^(0.45 · d^t), d = 0.005^(1/ways), and both, ½ each at first, are scaled to sum 1. The expert is drawn
    from the core's own SplitMix64 stream; where both name the same line nothing is drawn and nobody is to be blamed.
    A line that comes back from a history goes on with its count of uses; among equals LFU's victim is the least
    recently used. O(log ways).

    A line that is invalidated leaves no name and its count is forgotten; weights and histories stay.

    >>> from coherence.cache.replay import replay
    >>> replay("aabac", ways=2, policy="LeCaR").evicted
    ['b']
    """

    def __init__(self, ways: int, random: SplitMix64, future: Future = BLIND) -> None:
        super().__init__(ways, random, future)
        self.clock = 0  # uses of all lines
        self.trust = 0.5  # the weight of LRU; LFU's is the rest
        self.recent: OrderedDict[Hashable, None] = OrderedDict()
        self.ranks = Ranks()  # (uses, clock of the last)
        self.by_lru: History = OrderedDict()
        self.by_lfu: History = OrderedDict()

    def hit(self, line: Hashable) -> None:
        """One use more, and the most recent."""
        self.recent.move_to_end(line)
        self._use(line, self.ranks[line][0])

    def insert(self, line: Hashable) -> None:
        """The first use, or the next of a line that is remembered."""
        self.recent[line] = None
        self._use(line, self._regret(line))

    def _use(self, line: Hashable, before: int) -> None:
        self.clock += 1
        self.ranks[line] = before + 1, self.clock

    def _regret(self, line: Hashable) -> int:
        """Learn from *line* if it is remembered; how often it was used."""
        lru, lfu = self.by_lru.pop(line, None), self.by_lfu.pop(line, None)
        past = lru or lfu
        if past is None:
            return 0
        worth = math.exp(LEARNING * FADED ** ((self.clock - past.left) / self.ways))
        recency, frequency = (self.trust, (1 - self.trust) * worth) if lru else (self.trust * worth, 1 - self.trust)
        self.trust = recency / (recency + frequency)
        return past.uses

    def victim(self, incoming: Hashable) -> Hashable:
        """What the drawn expert says; learnt from before, if *incoming* is remembered."""
        lru, lfu = next(iter(self.recent)), self.ranks.lowest()
        if lru == lfu:
            return lru
        line, history = (lru, self.by_lru) if self.random.chance(self.trust) else (lfu, self.by_lfu)
        history[line] = _Past(self.clock, self.ranks[line][0])
        if len(history) > max(1, self.ways // 2):
            history.popitem(last=False)
        return line

    def remove(self, line: Hashable, why: Why) -> None:
        """Its place in both orders is forgotten."""
        del self.recent[line]
        del self.ranks[line]
