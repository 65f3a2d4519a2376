"""Lines by rank, the lowest at hand: what policies need that count or look ahead."""

from __future__ import annotations

from collections.abc import Hashable
from heapq import heapify, heappop, heappush

Rank = tuple[int, int]  # no two lines have the same
ROOM = 64  # entries below which a heap is never swept


class Ranks:
    """A rank for each line; `lowest` in O(log lines), amortised.

    A heap in which outdated entries lie until they come to the top, or until they outnumber the valid ones.

    >>> ranks = Ranks()
    >>> ranks["a"], ranks["b"] = (1, 0), (1, 1)
    >>> ranks["a"] = (2, 0)
    >>> ranks.lowest()
    'b'
    """

    __slots__ = ("_heap", "of")

    def __init__(self) -> None:
        self.of: dict[Hashable, Rank] = {}
        self._heap: list[tuple[Rank, Hashable]] = []

    def __setitem__(self, line: Hashable, rank: Rank) -> None:
        self.of[line] = rank
        heappush(self._heap, (rank, line))
        if len(self._heap) > ROOM + 2 * len(self.of):
            self._heap = [(rank, line) for line, rank in self.of.items()]
            heapify(self._heap)

    def __getitem__(self, line: Hashable) -> Rank:
        return self.of[line]

    def __delitem__(self, line: Hashable) -> None:
        del self.of[line]

    def lowest(self) -> Hashable:
        """The line with the lowest rank."""
        while True:
            rank, line = self._heap[0]
            if self.of.get(line) == rank:
                return line
            heappop(self._heap)
