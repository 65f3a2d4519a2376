"""Which line leaves a full set: one class a policy, all behind one small interface.

A policy object serves one set. It hears of every own access (`hit`), fill (`insert`) and departure (`remove`), never
of snoops that leave the copy valid, and names a victim when the set is full.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Literal, Protocol

from coherence.errors import InputError, unknown
from coherence.splitmix import SplitMix64

Why = Literal["evicted", "invalidated"]


class Policy(Protocol):
    """What every replacement policy answers; lines are opaque."""

    def __init__(self, ways: int, random: SplitMix64) -> None: ...

    def hit(self, line: Hashable) -> None:
        """The core accessed, or upgraded, a line it holds."""

    def insert(self, line: Hashable) -> None:
        """*line* was filled; there was room."""

    def victim(self, incoming: Hashable) -> Hashable:
        """The line that should leave for *incoming*; asked once a fill, only of a full set."""

    def remove(self, line: Hashable, why: Why) -> None:
        """*line* left: evicted by its own core, or invalidated by a snoop."""


class Unbounded:
    """No replacement: the set never fills."""

    def __init__(self, ways: int, random: SplitMix64) -> None:
        pass

    def hit(self, line: Hashable) -> None:
        """Nothing to remember."""

    def insert(self, line: Hashable) -> None:
        """Nothing to remember."""

    def victim(self, incoming: Hashable) -> Hashable:
        """Never asked."""
        raise AssertionError("an unbounded set is never full")

    def remove(self, line: Hashable, why: Why) -> None:
        """Nothing to forget."""


class FIFO:
    """First in, first out: the oldest fill leaves. O(1)."""

    def __init__(self, ways: int, random: SplitMix64) -> None:
        self.lines: dict[Hashable, None] = {}

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
    """Least recently used leaves; own accesses, upgrades and fills are uses, snoops are not. O(1)."""

    def hit(self, line: Hashable) -> None:
        """The youngest again."""
        del self.lines[line]
        self.lines[line] = None


class Random(FIFO):
    """Any line with equal chance, from the core's own SplitMix64 stream, counted by order of fill. O(ways)."""

    def __init__(self, ways: int, random: SplitMix64) -> None:
        super().__init__(ways, random)
        self.random = random

    def victim(self, incoming: Hashable) -> Hashable:
        """A single line draws nothing."""
        return self.random.choose(list(self.lines))


POLICIES: dict[str, type[Policy]] = {p.__name__: p for p in (LRU, FIFO, Random)}


def find_policy(name: str) -> str:
    """The name of the policy as listed; case and hyphens ignored. Raises `InputError` for an unknown one.

    >>> find_policy("lru")
    'LRU'
    """
    plain = {p.replace("-", "").lower(): p for p in POLICIES}
    found = plain.get(str(name).replace("-", "").lower())
    if found is None:
        raise InputError(unknown("policy", name, POLICIES))
    return found
