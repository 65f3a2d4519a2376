"""The interface behind which every replacement policy stands.

A policy object serves one set. It hears of every own access (`hit`), fill (`insert`) and departure (`remove`), never
of snoops that leave the copy valid, and names a victim when the set is full.

Policies that remember lines which left (ghosts) remember only victims they named themselves: a line that a snoop took,
or that its core gave up by an explicit eviction, says nothing about the choice of victims and leaves no ghost.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import ClassVar, Literal

from coherence.cache.replacement.future import BLIND, Future
from coherence.random import SplitMix64

Why = Literal["evicted", "invalidated"]


class Policy(ABC):
    """What every replacement policy answers; lines are opaque.

    *ways*: how many lines the set holds · *random*: the core's own stream of random numbers, shared by all its sets ·
    *future*: what the core will access; known only to a policy that `foresees`.
    """

    foresees: ClassVar[bool] = False

    def __init__(self, ways: int, random: SplitMix64, future: Future = BLIND) -> None:
        self.ways = ways
        self.random = random
        self.future = future

    @classmethod
    def faults(cls, ways: int) -> list[str]:
        """What keeps the policy from serving sets of *ways* lines, a line a fault."""
        return []

    @abstractmethod
    def hit(self, line: Hashable) -> None:
        """The core accessed, or upgraded, a line it holds."""

    @abstractmethod
    def insert(self, line: Hashable) -> None:
        """*line* was filled; there was room."""

    @abstractmethod
    def victim(self, incoming: Hashable) -> Hashable:
        """The line that should leave for *incoming*; asked once a fill, only of a full set, and then it leaves."""

    @abstractmethod
    def remove(self, line: Hashable, why: Why) -> None:
        """*line* left: evicted by its own core, or invalidated by a snoop."""


class Unbounded(Policy):
    """No replacement: the set never fills."""

    def hit(self, line: Hashable) -> None:
        """Nothing to remember."""

    def insert(self, line: Hashable) -> None:
        """Nothing to remember."""

    def victim(self, incoming: Hashable) -> Hashable:
        """Never asked."""
        raise AssertionError("an unbounded set is never full")

    def remove(self, line: Hashable, why: Why) -> None:
        """Nothing to forget."""
