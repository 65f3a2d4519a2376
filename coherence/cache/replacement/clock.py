"""Clock: FIFO with a second chance."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from coherence.cache.replacement.future import BLIND, Future
from coherence.cache.replacement.policy import Policy, Why
from coherence.random import SplitMix64


class Clock(Policy):
    """The oldest line without its bit leaves; an access sets the bit, the passing hand clears it. O(1) amortised.

    One bit a line, 0 when filled (Corbató, 1968). The ring is kept as a queue: what the hand passes goes to the end.

    >>> from coherence.cache.replay import replay
    >>> replay("abacd", ways=2, policy="Clock").evicted
    ['b', 'a']
    """

    def __init__(self, ways: int, random: SplitMix64, future: Future = BLIND) -> None:
        super().__init__(ways, random, future)
        self.bits: OrderedDict[Hashable, bool] = OrderedDict()  # from the hand on

    def hit(self, line: Hashable) -> None:
        """Set the bit."""
        self.bits[line] = True

    def insert(self, line: Hashable) -> None:
        """Just behind the hand, bit 0."""
        self.bits[line] = False

    def victim(self, incoming: Hashable) -> Hashable:
        """Move the hand to the first line whose bit is 0."""
        while True:
            line = next(iter(self.bits))
            if not self.bits[line]:
                return line
            self.bits[line] = False
            self.bits.move_to_end(line)

    def remove(self, line: Hashable, why: Why) -> None:
        """The ring closes over the gap."""
        del self.bits[line]
