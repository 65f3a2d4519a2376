"""One run on SimPy: the environment and all that lives in it, from the first process to what was counted."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import simpy
from simpy.events import EventPriority

from coherence.accesses.op import Steps
from coherence.accesses.workload import Workload
from coherence.cache.config import Key
from coherence.cache.copies import Data
from coherence.cache.levels import private
from coherence.cache.replacement import Future
from coherence.config.arbiter import ARBITERS
from coherence.config.levels import level_rows
from coherence.config.machine import Config
from coherence.errors import Breach, InputError
from coherence.run.run import Run
from coherence.run.totals import totals
from coherence.simulation.core import Core, follow
from coherence.simulation.interconnect.atomic import AtomicBus
from coherence.simulation.interconnect.base import Interconnect, Moment
from coherence.simulation.memory import Behind, PlainMemory, SharedLevel
from coherence.simulation.operation import MOST
from coherence.simulation.port import Place
from coherence.simulation.system import System
from coherence.transaction.access import Access, Held

TOLD_CORES = 16  # in the message of a run that was stopped


class Simulation:
    """One run: the SimPy environment and all that lives in it; *futures*: what each core's policy may know."""

    def __init__(self, machine: Config, workload: Workload, futures: Sequence[Future], record: bool) -> None:
        cores = len(futures)
        self.protocol = machine.table
        self.arbitration = machine.arbitration
        self.workload = workload
        self.env = simpy.Environment()
        stores = [private(machine.levels, machine.seed + 1 + core, future) for core, future in enumerate(futures)]
        self.system = System(self.protocol, machine.levels[-1], stores, machine.watch)
        behind: Behind = (
            SharedLevel(machine.shared, machine.seed + 1 + cores, machine.timing.memory)
            if machine.shared
            else PlainMemory(machine.timing.memory)
        )
        self.interconnect: Interconnect = AtomicBus(
            self.env, ARBITERS[machine.arbitration](cores, machine.seed), self.system, machine.timing, behind
        )
        self.behind = behind
        self.events: list[Access] | None = [] if record else None
        notes: dict[object, Any] = {}
        place = Place(self.env, self.interconnect, self.system, machine.timing, self.events)
        self.cores = [Core(i, cores, place, notes, self._look) for i in range(cores)]

    def run(self, order: str, max_cycles: int | None) -> Run:
        """Start every process, run to the end of the last, and collect."""
        self.bounded = max_cycles is None
        processes = [self.env.process(steps) for steps in self._steps(order)]
        if max_cycles is not None:
            limit = Moment(self.env, max_cycles + 1, EventPriority(0))
            limit.callbacks.append(lambda _: self._stop(f"the run takes more than --max-cycles {max_cycles}"))
        try:
            self.env.run(until=self.env.all_of(processes))
            while not self.interconnect.idle():
                self.env.step()
        except RuntimeError as error:
            if isinstance(error, Breach):
                raise
            if yielded := re.search('Invalid yield value "(.*)"$', str(error)):
                raise InputError(
                    f"a program yields {yielded[1]}; expected `yield from core.get(key)`, and so for put, update and "
                    "evict, or `yield from core.compute(cycles)`"
                ) from None
            if "No scheduled events" not in str(error):
                raise
            self._stop("nothing can happen any more, but not every core has ended")
        return self.collect(order, [p.value for p in processes])

    def _steps(self, order: str) -> Iterator[Steps]:
        if self.workload.programs is not None:
            if order == "trace":
                self.workload.sequence()  # says why programs have none
            for core, program in zip(self.cores, self.workload.programs, strict=False):
                yield core.run(program)
        elif order == "trace":
            yield follow(self.cores, self.workload.sequence(), in_turn=True)
        else:
            for stream in self.workload.streams():
                yield follow(self.cores, stream, in_turn=False)

    def _look(self, asked: int) -> int:
        """A core of a program has asked for so many operations: say where all are, and stop one that has no bound."""
        if self.bounded and asked >= MOST:
            self._stop(f"a program made {asked:,} accesses and has not ended; give max_cycles to let it go on")
        print(self._where(f"{asked:,} accesses by one program so far"), file=sys.stderr, flush=True)
        return min(2 * asked, MOST) if asked < MOST else 2 * asked

    def _where(self, head: str) -> str:
        """*head*, and where each core is."""
        lines = [head, *(f"  {core!r}" for core in self.cores[:TOLD_CORES])]
        if len(self.cores) > TOLD_CORES:
            lines.append(f"  … and {len(self.cores) - TOLD_CORES} more")
        return "\n".join(lines)

    def _stop(self, why: str) -> None:
        raise Breach(self._where(why))

    def collect(self, order: str, returned: list[object], stopped: str = "") -> Run:
        """Everything counted and kept so far, as a Run; once only, for it adds what the copies counted."""
        if self.events is not None:
            self.events.sort(key=lambda access: access.effective)  # those of one cycle in the order in which they came
        system = self.system
        counts = system.counter.per_core
        for core, count in zip(self.cores, counts, strict=True):
            count.finish = core.finish
            for copy in system.copies[core.index].values():
                count.reads += copy.reads
                count.writes += copy.writes
                line = copy.record.counts
                line.reads += copy.reads
                line.writes += copy.writes
                line.readers += (core.index,) if copy.reads else ()
                line.writers += (core.index,) if copy.writes else ()
        sums = totals(counts, self.interconnect.counts()["bus_busy"], sum(core.access_cycles for core in self.cores))
        return Run(
            protocol=self.protocol,
            workload=self.workload.name,
            engine="simpy",
            order=order,
            cores=len(self.cores),
            cycles=cast("int", sums["cycles"]),
            totals=sums,
            per_core=[c.as_dict() for c in counts],
            levels=[level_rows(c, store.counts) for c, store in zip(counts, system.stores, strict=True)],
            shared=self.behind.counts(),
            lines={line: record.counts for line, record in system.records.items()},
            invalidated_by=system.counter.invalidated_by,
            values={key: word.value for key, word in system.newest.items()},
            contents=[_values(copy.data for copy in own.values()) for own in system.copies],
            memory=_values(record.memory for record in system.records.values()),
            returned=tuple(returned) if self.workload.programs is not None else (),
            events=self.events,
            caches=[
                {
                    line: Held(copy.state, {key: word.value for key, word in copy.data.items()})
                    for line, copy in own.items()
                    if copy.state != self.protocol.invalid
                }
                for own in system.copies
            ],
            arbitration=self.arbitration,
            stopped=stopped,
            geometry=system.cache,
        )


def _values(data: Iterable[Data]) -> dict[Key, object]:
    return {key: word.value for line in data for key, word in line.items()}
