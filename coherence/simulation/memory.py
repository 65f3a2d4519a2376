"""What stands behind the bus: memory alone, or a shared last level before it."""

from __future__ import annotations

from typing import Protocol

from coherence.cache.config import Cache, Line
from coherence.cache.sets import Sets
from coherence.transaction.outcome import MEMORY, Outcome


class Behind(Protocol):
    """What the machine tells the far side of the bus, and asks of it."""

    def serve(self, outcome: Outcome, line: Line) -> int:
        """Take part in one transaction on *line*; the cycles of a fill from here."""

    def counts(self) -> dict[str, int]:
        """Its counters; none of plain memory."""


class PlainMemory:
    """Memory alone: each fill costs the same."""

    def __init__(self, memory: int) -> None:
        self.memory = memory

    def serve(self, outcome: Outcome, line: Line) -> int:
        """The latency of memory."""
        return self.memory

    def counts(self) -> dict[str, int]:
        """Nothing beyond what the cores count."""
        return {}


class SharedLevel:
    """A shared last level on memory's side of the bus.

    It holds what memory supplied and what was written to memory (flushes and write-backs fill it, a word by BusWr only
    updates it), so it takes no part in coherence and invalidates nobody: it is neither inclusive nor exclusive. A fill
    that finds its line here costs the look-up, another the look-up and memory. It is written back to memory off the
    bus, which costs no cycles and is counted.
    """

    def __init__(self, cache: Cache, seed: int, memory: int) -> None:
        self.store = Sets(cache, seed)
        self.lookup = cache.lookup
        self.memory = memory
        self.dirty: set[Line] = set()
        self.hits = self.misses = self.evictions = self.writebacks = 0

    def serve(self, outcome: Outcome, line: Line) -> int:
        """Look up for each fill, then take what is written."""
        cycles = 0
        for supplier in outcome.suppliers:
            if supplier == MEMORY:
                cycles = self._read(line)
        if outcome.flushes or "BusWB" in outcome.requests:
            self._write(line)
        if "BusWr" in outcome.requests and line in self.store.where:
            self._write(line)
        if outcome.victim and outcome.victim.outcome.requests:
            self._write(outcome.victim.line)  # type: ignore[arg-type]
        return cycles

    def _read(self, line: Line) -> int:
        if line in self.store.where:
            self.hits += 1
            self.store.hit(line)
            return self.lookup
        self.misses += 1
        self._fill(line)
        return self.lookup + self.memory

    def _write(self, line: Line) -> None:
        if line in self.store.where:
            self.store.hit(line)
        else:
            self._fill(line)
        self.dirty.add(line)

    def _fill(self, line: Line) -> None:
        victim = self.store.victim(line)
        if victim is not None:
            self.store.remove(victim, "evicted")
            self.evictions += 1
            self.writebacks += victim in self.dirty
            self.dirty.discard(victim)
        self.store.insert(line)

    def counts(self) -> dict[str, int]:
        """Fills it was asked for, how many it had, and what it evicted and wrote back."""
        accesses = self.hits + self.misses
        return {
            "accesses": accesses, "hits": self.hits, "misses": self.misses, "evictions": self.evictions,
            "writebacks": self.writebacks,
        }  # fmt: skip
