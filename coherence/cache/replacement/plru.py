"""Tree pseudo-LRU: what hardware does instead of LRU."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from heapq import heappop, heappush

from coherence.cache.replacement.future import BLIND, Future
from coherence.cache.replacement.policy import Policy, Why
from coherence.random import SplitMix64


class PLRU(Policy):
    """A binary tree of bits over the ways, each pointing away from the last use; the victim is where they point.

    ways - 1 bits a set, so ways must be a power of two (Handy, The Cache Memory Book, 1993). Bits start at 0, to the
    left; a fill takes the lowest free way and is a use. Only a full set is asked for a victim; were it not full, the
    bits that point at empty ways would be passed over. O(log ways).

    >>> from coherence.cache.replay import replay
    >>> replay("abcdae", ways=4, policy="PLRU").evicted
    ['c']
    """

    def __init__(self, ways: int, random: SplitMix64, future: Future = BLIND) -> None:
        super().__init__(ways, random, future)
        self.leaves = 1 << (ways - 1).bit_length()
        self.right: set[int] = set()  # nodes whose bit is 1; the root is node 1, below node n are 2n and 2n + 1
        self.held: Counter[int] = Counter()  # lines below each node
        self.line_at: dict[int, Hashable] = {}
        self.leaf_of: dict[Hashable, int] = {}
        self.freed: list[int] = []
        self.untouched = self.leaves  # the lowest leaf never filled

    @classmethod
    def faults(cls, ways: int) -> list[str]:
        """Only a power of two makes a tree of all ways."""
        return [f"policy PLRU needs ways a power of two, not {ways}"] if ways & (ways - 1) else []

    def hit(self, line: Hashable) -> None:
        """Every bit on the way down points to the other side."""
        for node in _path(self.leaf_of[line]):
            if node % 2:
                self.right.discard(node // 2)
            else:
                self.right.add(node // 2)

    def insert(self, line: Hashable) -> None:
        """Into the lowest free way, and used."""
        if self.freed:
            leaf = heappop(self.freed)
        else:
            leaf = self.untouched
            self.untouched += 1
        self.leaf_of[line], self.line_at[leaf] = leaf, line
        self.held.update(_path(leaf))
        self.hit(line)

    def victim(self, incoming: Hashable) -> Hashable:
        """Where the bits point."""
        node = 1
        while node < self.leaves:
            node = 2 * node + (node in self.right)
            if self.held[node] == 0:
                node ^= 1
        return self.line_at[node]

    def remove(self, line: Hashable, why: Why) -> None:
        """Its way is free; the bits stay."""
        leaf = self.leaf_of.pop(line)
        del self.line_at[leaf]
        self.held.subtract(_path(leaf))
        heappush(self.freed, leaf)


def _path(leaf: int) -> Iterator[int]:
    """The nodes from *leaf* up to just below the root."""
    while leaf > 1:
        yield leaf
        leaf //= 2
