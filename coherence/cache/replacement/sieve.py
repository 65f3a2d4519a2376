"""SIEVE: Clock whose survivors stay where they are."""

from __future__ import annotations

from collections.abc import Hashable

from coherence.cache.replacement.future import BLIND, Future
from coherence.cache.replacement.policy import Policy, Why
from coherence.random import SplitMix64


class _Node:
    """A line in the queue, between an older and a newer one."""

    __slots__ = ("line", "newer", "older", "visited")

    def __init__(self, line: Hashable, older: _Node | None) -> None:
        self.line = line
        self.older = older
        self.newer: _Node | None = None
        self.visited = False


class SIEVE(Policy):
    """A hand goes from the oldest line to the newest, clears the bits it meets, and takes the first without. O(1).

    Amortised. Lines stay in order of fill and the hand stays where it took the last victim, so new lines are sieved
    quickly and popular ones are left alone (Zhang et al., NSDI 2024). When the line under the hand leaves in another
    way, the hand goes to the next newer one.

    >>> from coherence.cache.replay import replay
    >>> replay("abcabde", ways=3, policy="SIEVE").evicted
    ['c', 'a']
    """

    def __init__(self, ways: int, random: SplitMix64, future: Future = BLIND) -> None:
        super().__init__(ways, random, future)
        self.nodes: dict[Hashable, _Node] = {}
        self.oldest: _Node | None = None
        self.newest: _Node | None = None
        self.hand: _Node | None = None  # None: at the oldest

    def hit(self, line: Hashable) -> None:
        """Set the bit."""
        self.nodes[line].visited = True

    def insert(self, line: Hashable) -> None:
        """The newest, bit 0."""
        node = self.nodes[line] = _Node(line, self.newest)
        if self.newest:
            self.newest.newer = node
        else:
            self.oldest = node
        self.newest = node

    def victim(self, incoming: Hashable) -> Hashable:
        """Move the hand to the first line whose bit is 0."""
        node = self.hand or self.oldest
        while node is not None and node.visited:
            node.visited = False
            node = node.newer or self.oldest
        assert node is not None
        self.hand = node
        return node.line

    def remove(self, line: Hashable, why: Why) -> None:
        """The queue closes over the gap."""
        node = self.nodes.pop(line)
        if node is self.hand:
            self.hand = node.newer
        if node.older:
            node.older.newer = node.newer
        else:
            self.oldest = node.newer
        if node.newer:
            node.newer.older = node.older
        else:
            self.newest = node.older
