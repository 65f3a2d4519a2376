"""What one core is going to access: known where its whole stream is, before it runs."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable
from typing import Final

NEVER: Final = 2**62  # later than any position in a stream


class Future:
    """One core's stream of accesses, and how far the core has come in it.

    *accesses*: the line of each and whether it uses the line; an explicit eviction does not, and what is not used
    before it is worth nothing. `now` is the position of the access under way, -1 before the first.

    >>> future = Future([("a", True), ("b", True), ("a", True)])
    >>> future.now = 0
    >>> future.next_use()
    2
    """

    __slots__ = ("_next", "now")

    def __init__(self, accesses: Iterable[tuple[Hashable, bool]]) -> None:
        known = list(accesses)
        self.now = -1
        self._next = array("q", bytes(8 * len(known)))
        later: dict[Hashable, int] = {}
        for position in range(len(known) - 1, -1, -1):
            line, uses = known[position]
            self._next[position] = later.get(line, NEVER)
            later[line] = position if uses else NEVER

    def next_use(self) -> int:
        """Where the line of the access under way is used next; NEVER where it is not."""
        return self._next[self.now] if 0 <= self.now < len(self._next) else NEVER


BLIND: Final = Future(())  # nothing is known
