"""SplitMix64 (Steele, Lea & Flood, OOPSLA 2014): the only source of randomness in a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

MASK = (1 << 64) - 1


class SplitMix64:
    """A stream of 64-bit numbers that is the same on every machine.

    >>> SplitMix64(0).next() == 0xE220A8397B1DCDAF
    True
    """

    __slots__ = ("state",)

    def __init__(self, seed: int) -> None:
        self.state = seed & MASK

    def next(self) -> int:
        """The next number, 0 to 2⁶⁴ - 1."""
        self.state = z = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def choose(self, candidates: Sequence[T]) -> T:
        """One of *candidates* by `next() mod count`; a single one draws nothing."""
        return candidates[0] if len(candidates) == 1 else candidates[self.next() % len(candidates)]

    def below(self, count: int) -> int:
        """A whole number from 0 to *count* - 1, always drawn."""
        return self.next() % count

    def chance(self, probability: float) -> bool:
        """True with *probability*, decided by the upper 53 bits."""
        return (self.next() >> 11) * 2.0**-53 < probability
