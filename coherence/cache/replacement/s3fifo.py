"""S3-FIFO: three queues, of which one holds names only."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from coherence.cache.replacement.future import BLIND, Future
from coherence.cache.replacement.policy import Policy, Why
from coherence.random import SplitMix64

SMALL = 10  # the small queue's share of the ways is one in so many
MOST = 3  # uses that are counted
PROMOTED = 2  # uses since the fill with which a line goes on to the main queue


class S3FIFO(Policy):
    """A small FIFO queue sieves out lines used at most once; a main FIFO queue gives used lines another round. O(1).

    Amortised. The small queue has a tenth of the ways (at least one). A line that leaves it with two uses or more goes
    on to the main queue, another is evicted and its name kept in a ghost queue as long as the main one; a line that
    comes back while its name is there goes to the main queue at once. From the main queue a line with uses is put
    back with one fewer, another is evicted (Yang et al., SOSP 2023; as there, uses count to 3 and start at 0 in each
    queue). Before the small queue has evicted for the first time, what is more than its share is filled into the main
    queue at once, as the authors' simulator has it: a set would else begin as one long small queue.

    A line that is invalidated leaves its queue and no ghost.

    >>> from coherence.cache.replay import replay
    >>> replay("aaabcdb", ways=3, policy="S3FIFO").evicted
    ['b', 'd']
    """

    def __init__(self, ways: int, random: SplitMix64, future: Future = BLIND) -> None:
        super().__init__(ways, random, future)
        self.share = max(1, ways // SMALL)
        self.small: OrderedDict[Hashable, int] = OrderedDict()  # uses
        self.main: OrderedDict[Hashable, int] = OrderedDict()  # uses
        self.ghosts: OrderedDict[Hashable, None] = OrderedDict()
        self.returning: Hashable = None  # the line being filled, if it was remembered; no line is None
        self.sieved = False  # whether the small queue has evicted

    def hit(self, line: Hashable) -> None:
        """Count the use."""
        queue = self.small if line in self.small else self.main
        queue[line] = min(queue[line] + 1, MOST)

    def insert(self, line: Hashable) -> None:
        """Into the main queue if it is remembered, else into the small one."""
        self._recall(line)
        first_fills = not self.sieved and len(self.small) >= self.share
        (self.main if line == self.returning or first_fills else self.small)[line] = 0
        self.returning = None

    def victim(self, incoming: Hashable) -> Hashable:
        """From the small queue while it has its share, else from the main one."""
        self._recall(incoming)
        while True:
            if self.small and (len(self.small) >= self.share or not self.main):
                line, uses = next(iter(self.small.items()))
                if uses < PROMOTED:
                    self._remember(line)
                    return line
                del self.small[line]
                self.main[line] = 0
            else:
                line, uses = next(iter(self.main.items()))
                if not uses:
                    return line
                self.main[line] = uses - 1
                self.main.move_to_end(line)

    def _recall(self, line: Hashable) -> None:
        if line in self.ghosts:
            del self.ghosts[line]
            self.returning = line

    def _remember(self, line: Hashable) -> None:
        self.sieved = True
        self.ghosts[line] = None
        if len(self.ghosts) > self.ways - self.share:
            self.ghosts.popitem(last=False)

    def remove(self, line: Hashable, why: Why) -> None:
        """Its queue closes over the gap."""
        del (self.small if line in self.small else self.main)[line]
