"""Access time by the textbook's recurrence, beside what a run measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from coherence.errors import InputError
from coherence.machine import Machine
from coherence.run.run import Run
from coherence.run.totals import number


def recurrence(levels: Sequence[tuple[float | Fraction, float | Fraction]], memory: float | Fraction) -> Fraction:
    """t₁ + m₁·(t₂ + m₂·(… + memory)), of *levels* (t, m): look-up cycles and local miss rate, the nearest first.

    >>> recurrence([(1, Fraction(1, 10)), (10, Fraction(1, 10))], 100)
    Fraction(3, 1)
    """
    cycles = Fraction(memory)
    for lookup, missing in reversed(levels):
        cycles = Fraction(lookup) + Fraction(missing) * cycles
    return cycles


@dataclass(frozen=True)
class AccessTime:
    """The mean access time (AMAT) of a run in cycles: by the model, and as measured.

    `levels` are the model's (look-up cycles, local miss rate), the nearest first, and `beyond` what an access costs
    that no level has.
    """

    levels: tuple[tuple[int, Fraction], ...]
    beyond: Fraction
    measured: float

    @property
    def model(self) -> float:
        """What the recurrence says."""
        return float(recurrence(self.levels, self.beyond))

    @property
    def difference(self) -> float:
        """Measured less modelled: what the recurrence leaves out."""
        return self.measured - self.model


def access_time(machine: Machine, run: Run) -> AccessTime:
    """The recurrence with the miss rates of *run*, which *machine* made, beside its measured mean.

    The model takes every miss of the private levels to memory (or to the shared level) over a bus that is free, and
    knows no upgrades. So it is exact where one core reads, and is wrong by its `difference` where cores wait for each
    other, supply each other, upgrade, update, or write back. Raises `InputError` where the
    run has other levels than the machine.

    >>> import coherence as co
    >>> machine = co.Machine(cache=[co.Cache(ways=1), co.Cache(ways=4, lookup=10)])
    >>> time = access_time(machine, machine.run(co.Workload.from_ops("0 r a; 0 r a; 0 r b; 0 r a")))
    >>> time.model, time.difference  # 112 + 1 + 112 + 11 cycles
    (59.0, 0.0)
    """
    has = max(map(len, run.levels), default=0) or 1, bool(run.shared)
    if has != (len(machine.levels), machine.shared is not None):
        raise InputError("the run has other levels than the machine, so another machine made it")
    timing = machine.timing
    accesses = int(number(run.totals, "reads") + number(run.totals, "writes"))
    missing = [int(number(run.totals, "read_misses") + number(run.totals, "write_misses"))]
    if any(run.levels):
        missing = [sum(core[n]["misses"] for core in run.levels) for n in range(len(machine.levels))]
    lookups = [timing.hit, *(cache.lookup for cache in machine.levels[1:])]
    asked = [accesses, *missing[:-1]]
    levels = [(t, _rate(m, a)) for t, m, a in zip(lookups, missing, asked, strict=True)]
    memory = Fraction(timing.memory)
    if machine.shared:
        shared = (machine.shared.lookup, _rate(run.shared["misses"], run.shared["accesses"]))
        memory = recurrence([shared], timing.memory)
    bus = timing.issue - timing.hit + timing.arbitrate + timing.reply
    return AccessTime(tuple(levels), bus + memory, number(run.totals, "amat"))


def _rate(misses: int, accesses: int) -> Fraction:
    return Fraction(misses, accesses) if accesses else Fraction(0)
