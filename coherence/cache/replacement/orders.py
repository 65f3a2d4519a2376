"""Policies that keep one order of lines, or none: FIFO, LRU, Random."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Hashable

from coherence.cache.replacement.future import BLIND, Future
from coherence.cache.replacement.policy import Policy, Why
from coherence.random import SplitMix64


class FIFO(Policy):
    """First in, first out: the oldest fill leaves. O(1).

    >>> from coherence.cache.replay import replay
    >>> replay("abac", ways=2, policy="FIFO").evicted
    ['a']
    """

    def __init__(self, ways: int, random: SplitMix64, future: Future = BLIND) -> None:
        super().__init__(ways, random, future)
        self.lines: OrderedDict[Hashable, None] = OrderedDict()

    def hit(self, line: Hashable) -> None:
        """An access does not change the order of fills."""

    def insert(self, line: Hashable) -> None:
        """The youngest."""
        self.lines[line] = None

    def victim(self, incoming: Hashable) -> Hashable:
        """The first in the order."""
        return next(iter(self.lines))

    def remove(self, line: Hashable, why: Why) -> None:
        """The others keep their order."""
        del self.lines[line]


class LRU(FIFO):
    """Least recently used leaves; own accesses, upgrades and fills are uses, snoops are not. O(1).

    >>> from coherence.cache.replay import replay
    >>> replay("abac", ways=2, policy="LRU").evicted
    ['b']
    """

    def hit(self, line: Hashable) -> None:
        """The youngest again."""
        self.lines.move_to_end(line)


class Random(Policy):
    """Any line with equal chance, from the core's own SplitMix64 stream, counted by order of fill. O(log ways).

    >>> from coherence.cache.replay import replay
    >>> replay("abac", ways=1, policy="Random").evicted
    ['a', 'b', 'a']
    """

    def __init__(self, ways: int, random: SplitMix64, future: Future = BLIND) -> None:
        super().__init__(ways, random, future)
        self.fills = 0
        self.numbers: list[int] = []  # of the fills of the lines held, ascending
        self.line_of: dict[int, Hashable] = {}
        self.number_of: dict[Hashable, int] = {}

    def hit(self, line: Hashable) -> None:
        """An access does not change the order of fills."""

    def insert(self, line: Hashable) -> None:
        """The last to be counted."""
        self.numbers.append(self.fills)
        self.line_of[self.fills], self.number_of[line] = line, self.fills
        self.fills += 1

    def victim(self, incoming: Hashable) -> Hashable:
        """A single line draws nothing."""
        return self.line_of[self.random.choose(self.numbers)]

    def remove(self, line: Hashable, why: Why) -> None:
        """The others are counted without it."""
        number = self.number_of.pop(line)
        del self.line_of[number]
        del self.numbers[bisect_left(self.numbers, number)]
