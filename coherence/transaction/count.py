"""From outcomes to counters and miss causes. Nothing else counts, and nothing here changes a state."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from coherence.cache.copies import EVICTED, Word
from coherence.protocol.model import REQUESTS, Protocol
from coherence.transaction.outcome import MEMORY, Outcome, Turn

CAUSES = ("cold", "replacement", "true_sharing", "false_sharing")


@dataclass(slots=True)
class Counts:
    """The counters of one core, in the order in which they are shown; `bus` maps each request to how many."""

    reads: int = 0
    writes: int = 0
    read_misses: int = 0
    write_misses: int = 0
    upgrades: int = 0
    silent_upgrades: int = 0
    evictions: int = 0
    writebacks: int = 0
    flushes: int = 0
    supplies: int = 0
    memory_fills: int = 0
    cache_fills: int = 0
    interventions: int = 0
    invalidations: int = 0
    cold: int = 0
    replacement: int = 0
    true_sharing: int = 0
    false_sharing: int = 0
    bus: dict[str, int] = field(default_factory=lambda: dict.fromkeys(REQUESTS, 0))
    finish: int = 0
    bus_wait: int = 0

    def as_dict(self) -> dict[str, int | dict[str, int]]:
        """A plain copy."""
        return {f.name: dict(self.bus) if f.name == "bus" else getattr(self, f.name) for f in fields(self)}


@dataclass(slots=True)
class LineCounts:
    """The counters of one line, over all cores; accesses and their cores are added when the run ends."""

    reads: int = 0
    writes: int = 0
    cold: int = 0
    replacement: int = 0
    true_sharing: int = 0
    false_sharing: int = 0
    upgrades: int = 0
    invalidations: int = 0
    readers: tuple[int, ...] = ()
    writers: tuple[int, ...] = ()

    @property
    def requests(self) -> int:
        """Its misses and upgrades."""
        return self.cold + self.replacement + self.sharing

    @property
    def sharing(self) -> int:
        """The requests that it cost only because it is shared: sharing misses and upgrades."""
        return self.true_sharing + self.false_sharing + self.upgrades


def miss_cause(outcome: Outcome, protocol: Protocol, lost: int | None, newest: Word | None) -> str | None:
    """Why *outcome* was a miss; None when it was none.

    *lost* says how the core last lost the line (None: it never held it), *newest* is the last write to the key.
    True and false sharing as in Eggers (1989), decided per key: did another core write it since the loss?
    """
    if outcome.before != protocol.invalid or outcome.event == "Evict":
        return None
    allocates = outcome.after != protocol.invalid
    if lost is None or (outcome.event == "PrWr" and not allocates):
        return "cold"
    if lost == EVICTED:
        return "replacement"
    return "true_sharing" if newest and newest.written_by_another(outcome.core, lost) else "false_sharing"


class Counter:
    """Counts transactions for a whole machine.

    `per_core` are its Counts; `invalidated_by[writer][victim]` how often the first took a copy from the second.
    """

    def __init__(self, protocol: Protocol, cores: int) -> None:
        self.protocol = protocol
        self.per_core = [Counts() for _ in range(cores)]
        self.invalidated_by: dict[int, dict[int, int]] = {}

    def transaction(self, outcome: Outcome, cause: str | None, line: LineCounts) -> None:
        """Count one transaction that took the bus (or an explicit local eviction) into its cores and its line."""
        own = self.per_core[outcome.core]
        if cause:
            setattr(own, cause, getattr(own, cause) + 1)
            setattr(line, cause, getattr(line, cause) + 1)
        if outcome.event == "Evict":
            own.evictions += 1
        elif outcome.before == self.protocol.invalid:
            if outcome.event == "PrRd":
                own.read_misses += 1
            else:
                own.write_misses += 1
        elif outcome.event == "PrWr":
            own.upgrades += 1
            line.upgrades += 1
        if outcome.victim:
            own.evictions += 1
        for request in outcome.bus:
            own.bus[request] += 1
            own.writebacks += request == "BusWB"
        for turn in outcome.turns:
            if turn.supplier == MEMORY:
                own.memory_fills += 1
            elif turn.supplier is not None:
                own.cache_fills += 1
                self.per_core[turn.supplier].supplies += 1  # type: ignore[index]
            self._answers(turn, outcome.core, line)

    def _answers(self, turn: Turn, core: int, line: LineCounts) -> None:
        states = self.protocol.by_name
        for a in turn.answers:
            counts = self.per_core[a.core]
            counts.flushes += "Flush" in a.responses
            if a.after == self.protocol.invalid:
                counts.invalidations += 1
                line.invalidations += 1
                row = self.invalidated_by.setdefault(core, {})
                row[a.core] = row.get(a.core, 0) + 1
            elif turn.request == "BusRd" and states[a.before].exclusive and not states[a.after].exclusive:
                counts.interventions += 1
