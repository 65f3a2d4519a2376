"""Pure functions of the counters: sums and ratios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import NoReturn

from coherence.errors import unknown
from coherence.protocol.model import REQUESTS
from coherence.transaction.count import Counts


class Totals(dict[str, "int | float | dict[str, int]"]):
    """A dict of a run's totals that says which names are near an unknown one, as a `KeyError`.

    >>> Totals(hit_rate=0.5)["hitrate"]
    Traceback (most recent call last):
    KeyError: "unknown counter 'hitrate'; did you mean hit_rate? (known: hit_rate)"
    """

    def __missing__(self, name: str) -> NoReturn:
        raise KeyError(unknown("counter", name, self))


def ratio(part: float, whole: float) -> float:
    """*part* / *whole*, and 0.0 of nothing."""
    return part / whole if whole else 0.0


def totals(per_core: Sequence[Counts], bus_busy: int, access_cycles: int) -> Totals:
    """The sums of the cores' counters and what follows from them.

    *bus_busy*: cycles for which the bus was held; *access_cycles*: the sum over all reads and writes of the
    cycles from start to end, whose mean is the AMAT.

    >>> totals([Counts(reads=4, read_misses=1, finish=10)], 5, 13)["amat"]
    3.25
    """
    found = Totals(
        {f.name: sum(getattr(c, f.name) for c in per_core) for f in fields(Counts) if f.name not in ("bus", "finish")}
    )
    bus = {name: sum(c.bus[name] for c in per_core) for name in REQUESTS}

    def total(*names: str) -> int:
        return sum(getattr(c, name) for c in per_core for name in names)

    cycles = max((c.finish for c in per_core), default=0)
    accesses = total("reads", "writes")
    misses = total("read_misses", "write_misses")
    found |= {
        "bus": bus,
        "cycles": cycles,
        "memory_writes": total("flushes", "writebacks") + bus["BusWr"],
        "bus_busy": bus_busy,
        "bus_utilization": ratio(bus_busy, cycles),
        "hit_rate": 1 - (misses + total("upgrades")) / accesses if accesses else 0.0,
        "miss_rate": ratio(misses, accesses),
        "amat": ratio(access_cycles, accesses),
    }
    return found


def number(values: Mapping[str, object], name: str) -> float:
    """One plain number of a totals or per-core dictionary."""
    value = values[name]
    assert isinstance(value, (int, float))
    return value
