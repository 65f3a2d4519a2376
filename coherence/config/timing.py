"""Time: how many cycles each step of an access takes, and how long an outcome holds the bus."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields

from coherence.errors import InputError, known, unknown, whole
from coherence.transaction.outcome import MEMORY, Outcome


@dataclass(frozen=True, slots=True)
class Timing:
    """Latencies in whole cycles; `hit` and `issue` at least 1, the others at least 0.

    start: before a core's first access · hit: a local access · issue: from an access's start to its request's
    queueing · reply: from the bus's release to the access's end · arbitrate: the bus, once a grant · memory,
    transfer: a line from memory, from a cache · upgrade, update, write_word: BusUpgr, BusUpd, BusWr · flush: each
    flush, on top · writeback: BusWB. Raises `InputError` listing every fault.

    >>> Timing(memory=60).memory
    60
    """

    start: int = 0
    hit: int = 1
    issue: int = 1
    reply: int = 0
    arbitrate: int = 1
    memory: int = 100
    transfer: int = 20
    upgrade: int = 2
    update: int = 2
    write_word: int = 10
    flush: int = 0
    writeback: int = 50

    def __post_init__(self) -> None:
        faults = []
        for f in fields(self):
            faults += whole(f"timing {f.name}", getattr(self, f.name), 1 if f.name in ("hit", "issue") else 0)
        if faults:
            raise InputError("\n".join(faults))

    @staticmethod
    def parse(text: str) -> Timing:
        """From a preset's name, or from `k=v,…` over the defaults.

        >>> Timing.parse("memory=60, flush=4").flush
        4
        >>> Timing.parse("gatech").hit
        2
        """
        if text in PRESETS:
            return PRESETS[text]
        if "=" not in text:
            raise InputError(f"{unknown('timing preset', text, PRESETS)}, or k=v,… of {known(latencies())}")
        faults = []
        values: dict[str, int] = {}
        pairs = [part.partition("=") for part in text.split(",")]
        keys = [key.strip() for key, _, _ in pairs]
        faults += [f"timing {key} is given twice" for key, n in Counter(keys).items() if n > 1]
        for key, (_, equals, value) in zip(keys, pairs, strict=True):
            if key not in latencies():
                faults.append(unknown("timing", key, latencies()))
            elif not equals or not value.strip().removeprefix("-").isdecimal() or len(value) > 18:
                faults.append(f"timing {key} must be a whole number of cycles, not {value.strip()!r}")
            else:
                values[key] = int(value)
        try:
            timing = Timing(**values)
        except InputError as error:
            faults.append(str(error))
        if faults:
            raise InputError("\n".join(faults))
        return timing

    def held(self, outcome: Outcome, fill: int | None = None) -> int:
        """Cycles for which *outcome* holds the bus, its victim's write-back included.

        *fill*: what a fill from memory costs, where that is not always `memory`.
        """
        memory = self.memory if fill is None else fill
        cycles = self.arbitrate
        if self.flush:
            cycles += self.flush * len(outcome.flushes)
        for turn in (*outcome.turns, *(outcome.victim.outcome.turns if outcome.victim else ())):
            match turn.request:
                case "BusRd" | "BusRdX":
                    cycles += memory if turn.supplier == MEMORY else self.transfer
                case "BusUpgr":
                    cycles += self.upgrade
                case "BusUpd":
                    cycles += self.update
                case "BusWr":
                    cycles += self.write_word
                case "BusWB":
                    cycles += self.writeback
        return cycles


def latencies() -> list[str]:
    """The names of all latencies."""
    return [f.name for f in fields(Timing)]


PRESETS = {
    "default": Timing(),
    # The bus of Georgia Tech's CS 6290 / ECE 6100 project 3 (J. Poovey, 2014).
    "gatech": Timing(
        start=1, hit=2, issue=1, reply=1, arbitrate=0, memory=102, transfer=2,
        upgrade=2, update=2, write_word=2, flush=0, writeback=0,
    ),
}  # fmt: skip
