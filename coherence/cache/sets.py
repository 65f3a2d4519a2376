"""One core's private cache at run time: which lines it has room for, in sets, with a policy per set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from coherence.cache.config import Cache, Line
from coherence.cache.replacement import BLIND, POLICIES, Future, Policy, Unbounded, Why
from coherence.random import SplitMix64


class PrivateCache(Protocol):
    """All that a machine asks of what a core has between itself and the bus: a Sets, or a hierarchy of them."""

    @property
    def counts(self) -> Sequence[Any]:
        """Of each level; none of a single one, which the core's own counters describe."""

    def reach(self, line: Line) -> int:
        """Cycles that a look-up for *line* takes behind the first level."""

    def hit(self, line: Line) -> int:
        """The core accessed a line it holds; what `reach` said before."""

    def victim(self, line: Line) -> Line | None:
        """The line that must leave before *line* can be filled; None where a way is free. Asked once a fill."""

    def insert(self, line: Line) -> None:
        """*line* was filled into a free way."""

    def remove(self, line: Line, why: Why) -> None:
        """*line* was evicted or invalidated: its way is free."""


class Sets:
    """Room for copies in one level: who must leave for a line, and what each set's policy hears."""

    counts: Sequence[Any] = ()

    def __init__(self, cache: Cache, seed: int, future: Future = BLIND) -> None:
        self.cache = cache
        self.random = SplitMix64(seed)
        self.future = future
        self.sets: dict[int, _Set] = {}  # made when first touched
        self.where: dict[Line, _Set] = {}  # the set of each line held

    def reach(self, line: Line) -> int:
        """There is no level behind."""
        return 0

    def hit(self, line: Line) -> int:
        """The core accessed a line it holds."""
        self.where[line].policy.hit(line)
        return 0

    def victim(self, line: Line) -> Line | None:
        """The line that must leave before *line* can be filled; None where a way is free. Asked once a fill."""
        home = self._set(line)
        if self.cache.ways is None or home.held < self.cache.ways:
            return None
        return home.policy.victim(line)  # type: ignore[return-value]

    def insert(self, line: Line) -> None:
        """*line* was filled into a free way."""
        home = self.where[line] = self._set(line)
        home.held += 1
        home.policy.insert(line)

    def remove(self, line: Line, why: Why) -> None:
        """*line* was evicted or invalidated: its way is free."""
        home = self.where.pop(line)
        home.held -= 1
        home.policy.remove(line, why)

    def _set(self, line: Line) -> _Set:
        index = self.cache.set_of(line)
        found = self.sets.get(index)
        if found is None:
            kind = Unbounded if self.cache.ways is None else POLICIES[self.cache.policy]
            found = self.sets[index] = _Set(kind(self.cache.ways or 0, self.random, self.future))
        return found


class _Set:
    """One set: how many lines it holds, and its policy."""

    __slots__ = ("held", "policy")

    def __init__(self, policy: Policy) -> None:
        self.held = 0
        self.policy = policy
