"""What one transaction did, as data: everything that counts, times, tells or draws reads this."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

MEMORY: Final = "memory"
Supplier = int | str  # a core's number, or MEMORY


@dataclass(frozen=True, slots=True)
class Answer:
    """What one snooper did on one request: its responses, and its state before and after.

    `turn` numbers the outcome's requests from 0: a cell may ask for the same thing twice.
    """

    turn: int
    request: str
    core: int
    responses: tuple[str, ...]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Victim:
    """The line that left to make room for a fill, and the outcome of its eviction."""

    line: Hashable
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that one transaction did; everything that counts, times, tells or draws reads this.

    `requests` were put on the bus in this order; `answers` are those of the other caches, in bus order and by core;
    `suppliers` has one entry a BusRd or BusRdX; `victim` is set by the machine when a fill found no free way.
    """

    core: int
    event: str
    before: str
    after: str
    requests: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    suppliers: tuple[Supplier, ...] = ()
    victim: Victim | None = None

    @property
    def supplier(self) -> Supplier | None:
        """Who supplied the line: a core, MEMORY, or None when no line moved."""
        return self.suppliers[-1] if self.suppliers else None

    @property
    def flushes(self) -> tuple[int, ...]:
        """The snoopers that flushed, once for each flush."""
        return tuple(a.core for a in self.answers if "Flush" in a.responses)

    @property
    def bus(self) -> tuple[str, ...]:
        """All requests in order, the victim's BusWB last."""
        return self.requests + (self.victim.outcome.requests if self.victim else ())

    @property
    def memory_written(self) -> bool:
        """Whether memory took a line or a word: a flush, BusWr, or a write-back (the victim's too)."""
        return bool(self.flushes) or "BusWr" in self.requests or "BusWB" in self.bus

    @property
    def changes(self) -> dict[int, tuple[str, str]]:
        """Core → (state before, state after) of this line, for every cache that took part."""
        found = {self.core: (self.before, self.after)}
        for a in self.answers:
            found[a.core] = (found.get(a.core, (a.before,))[0], a.after)
        return found
