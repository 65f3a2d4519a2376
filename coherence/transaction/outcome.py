"""What one transaction did, as data: everything that counts, times, tells or draws reads this."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

MEMORY: Final = "memory"
Supplier = int | str  # a core's number, or MEMORY


@dataclass(frozen=True, slots=True)
class Answer:
    """What one snooper did on one request: its responses, and its state before and after."""

    core: int
    responses: tuple[str, ...]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One request and what came of it: the answers of the other caches by core, and who supplied the line.

    `supplier` is set for a BusRd or BusRdX, and None for requests that move no line.
    """

    request: str
    answers: tuple[Answer, ...] = ()
    supplier: Supplier | None = None


@dataclass(frozen=True, slots=True)
class Victim:
    """The line that left to make room for a fill, and the outcome of its eviction."""

    line: Hashable
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that one transaction did: one turn for each request, in the order of the requests.

    `victim` is set by the machine when a fill found no free way.
    """

    core: int
    event: str
    before: str
    after: str
    turns: tuple[Turn, ...] = ()
    victim: Victim | None = None

    @property
    def requests(self) -> tuple[str, ...]:
        """The requests of its own line, in order."""
        return tuple(t.request for t in self.turns)

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The answers to all its requests, in order."""
        return tuple(a for t in self.turns for a in t.answers)

    @property
    def suppliers(self) -> tuple[Supplier, ...]:
        """Who supplied each fill, in order."""
        return tuple(t.supplier for t in self.turns if t.supplier is not None)

    @property
    def supplier(self) -> Supplier | None:
        """Who supplied the line: a core, MEMORY, or None when no line moved."""
        suppliers = self.suppliers
        return suppliers[-1] if suppliers else None

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
