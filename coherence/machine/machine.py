"""The machine: what is built from a protocol, caches and latencies, and what running it gives."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import Any, cast

import simpy
from simpy.events import EventPriority

from coherence.cache.config import Cache, Key
from coherence.cache.levels import private
from coherence.cache.replacement import BLIND, POLICIES, Future
from coherence.cache.store import Data
from coherence.errors import Breach, InputError, unknown, whole
from coherence.kernel.door import fast
from coherence.machine.arbiter import ARBITERS, find_arbitration
from coherence.machine.bus import Bus, Moment, Request
from coherence.machine.core import Core, Program, Steps, follow
from coherence.machine.foresight import foresee
from coherence.machine.levels import faults as level_faults
from coherence.machine.levels import level_rows
from coherence.machine.shared import Behind, PlainMemory, SharedLevel
from coherence.machine.system import System
from coherence.machine.timing import Timing
from coherence.metrics import totals
from coherence.protocol.catalog import DEFAULT
from coherence.protocol.find import find_protocol
from coherence.protocol.model import Protocol
from coherence.records import Access, Held
from coherence.run import Run
from coherence.workloads.base import MAX_CORES, Workload

ORDERS = ("program", "trace")
ENGINES = ("auto", "simpy", "fast")
TOLD_CORES = 16  # in the message of a run that was stopped


@dataclass(frozen=True)
class Machine:
    """Cores with private caches over one bus and one memory.

    `protocol`: a Protocol, a catalogue name or a file · `cores`: how many (None: as many as the workload has) ·
    `cache`: of every core, or a list of its private levels, the nearest first, where coherence is kept at the last ·
    `timing`: of all · `arbitration`: fifo, round-robin, priority or random · `seed`: of every random choice ·
    `watch`: stop at the first breach of SWMR, of one owner, or of a read of the newest value · `shared`: a last level
    between bus and memory, or None. `levels` are the private levels in any case.
    Raises `InputError` listing every fault.

    >>> import coherence as co
    >>> m = co.Machine(protocol="MOESI", cores=4, cache=co.Cache(sets=16, ways=8, keys_per_line=64))
    >>> m.run(co.workloads.false_sharing(cores=4)).totals["false_sharing"] > 0
    True
    """

    protocol: Protocol | str | PathLike[str] = DEFAULT
    cores: int | None = None
    cache: Cache | Sequence[Cache] = field(default_factory=Cache)
    timing: Timing = field(default_factory=Timing)
    arbitration: str = "fifo"
    seed: int = 0
    watch: bool = True
    shared: Cache | None = None
    levels: tuple[Cache, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        faults = [] if self.cores is None else whole("cores", self.cores, 1, MAX_CORES)
        if isinstance(self.seed, bool) or not isinstance(self.seed, int):
            faults.append(f"seed must be a whole number, not {self.seed!r}")
        object.__setattr__(self, "levels", tuple(self.cache) if isinstance(self.cache, Sequence) else (self.cache,))
        faults += level_faults(self.levels, self.shared)
        if not isinstance(self.timing, Timing):
            faults.append(f"timing must be a co.Timing, not {self.timing!r}")
        for find, name in ((find_protocol, "protocol"), (find_arbitration, "arbitration")):
            try:
                object.__setattr__(self, name, find(getattr(self, name)))
            except InputError as error:
                faults.append(str(error))
        if faults:
            raise InputError("\n".join(faults))

    def run(
        self,
        work: Workload | Sequence[Program] | Iterable[Sequence[Any]],
        *,
        order: str = "program",
        engine: str = "auto",
        max_cycles: int | None = None,
        record: bool = False,
    ) -> Run:
        """Run *work* to its end and count.

        *work*: a Workload, a list of programs (generator functions of a `Core`), or accesses (core, op, key[, gap]).
        *order* "program": each core runs its own stream and time decides; "trace": one after another as listed.
        *max_cycles* stops a run that would take longer; *record* keeps every Access in `Run.events`.
        *engine* "simpy" runs everything; "fast", compiled (extra `fast`), counts the same and keeps neither values nor
        records; "auto" takes fast for long runs that it can do.
        Raises `InputError` for wrong input and `Breach` when the run is stopped or the workload's own check fails;
        what was recorded until then is its `run`.

        >>> import coherence as co
        >>> co.Machine().run([(0, "w", "x"), (1, "r", "x")], order="trace").totals["cache_fills"]
        1
        """
        workload = as_workload(work).at(self.levels[0].keys_per_line)
        faults = [] if order in ORDERS else [unknown("order", order, ORDERS)]
        faults += [] if engine in ENGINES else [unknown("engine", engine, ENGINES)]
        faults += [] if max_cycles is None else whole("max_cycles", max_cycles, 1)
        if faults:
            raise InputError("\n".join(faults))
        cores = workload.cores if self.cores is None else self.cores
        workload.on(cores)
        run = None
        if engine != "simpy":
            run = fast(self, workload, cores, order, record, engine)
        if run is None or (max_cycles is not None and run.cycles > max_cycles):
            run = self._simulate(workload, cores, order, max_cycles, record)
        return run

    def _simulate(self, workload: Workload, cores: int, order: str, max_cycles: int | None, record: bool) -> Run:
        """Run with SimPy; also what another engine ran to a breach, so that the message is always the machine's."""
        futures = [BLIND] * cores
        if POLICIES[self.levels[0].policy].foresees:
            workload, futures = foresee(workload, self.levels[0], cores)
        simulation = _Simulation(self, workload, futures, record)
        try:
            run = simulation.run(order, max_cycles)
        except Breach as breach:
            if record:
                breach.run = simulation.collect(order, [], str(breach))
            raise
        if workload.check is not None:
            try:
                workload.check(run)
            except Breach as breach:
                breach.run = replace(run, stopped=str(breach)) if record else None
                raise
        return run


def as_workload(work: Workload | Sequence[Program] | Iterable[Sequence[Any]]) -> Workload:
    """*work* as a Workload; see `Machine.run`."""
    if isinstance(work, Workload):
        return work
    if isinstance(work, (str, bytes)) or not isinstance(work, Iterable):
        shown = _name(work) if callable(work) else repr(work)
        raise InputError(
            f"cannot run {shown}: expected a workload (co.workloads.random(), co.read_trace(file)), a list of "
            "programs, or a list of accesses"
        )
    items: list[Any] = list(work)
    if not items:
        raise InputError("nothing to run: expected a workload, programs or accesses")
    if all(callable(item) for item in items):
        wrong = [_name(p) for p in items if not _is_program(p)]
        if wrong:
            raise InputError(f"no program: {', '.join(wrong)}; a program is a generator function of a core")
        return Workload.from_programs("programs", items)
    from coherence.traces.native import check_accesses

    accesses = check_accesses(items)
    return Workload.from_accesses("accesses", lambda: iter(accesses), 1 + max(a[0] for a in accesses))


def _is_program(thing: Any) -> bool:
    return inspect.isgeneratorfunction(inspect.unwrap(getattr(thing, "func", thing)))  # func: of a partial


def _name(program: object) -> str:
    return getattr(program, "__name__", repr(program))


class _Simulation:
    """One run: the SimPy environment and all that lives in it; *futures*: what each core's policy may know."""

    def __init__(self, machine: Machine, workload: Workload, futures: Sequence[Future], record: bool) -> None:
        cores = len(futures)
        self.protocol = cast("Protocol", machine.protocol)
        self.arbitration = machine.arbitration
        self.workload = workload
        self.timing = machine.timing
        self.env = simpy.Environment()
        stores = [private(machine.levels, machine.seed + 1 + core, future) for core, future in enumerate(futures)]
        self.system = System(self.protocol, machine.levels[-1], stores, machine.watch)
        self.behind: Behind = (
            SharedLevel(machine.shared, machine.seed + 1 + cores, machine.timing.memory)
            if machine.shared
            else PlainMemory(machine.timing.memory)
        )
        self.bus = Bus(self.env, ARBITERS[machine.arbitration](cores, machine.seed), self.serve)
        self.events: list[Access] | None = [] if record else None
        notes: dict[object, Any] = {}
        self.cores = [
            Core(i, cores, self.env, self.bus, self.system, machine.timing, self.events, notes) for i in range(cores)
        ]

    def serve(self, request: Request) -> int:
        """Do a granted request, which may have become local while it waited; returns the cycles to its access's end."""
        now = cast("int", self.env.now)
        done = self.system.local(request.task, now)
        if done is None:
            done = self.system.grant(request.task, now)
            assert done.outcome is not None
            line = self.system.cache.line(request.task.key)
            request.held = self.timing.held(done.outcome, self.behind.serve(done.outcome, line))
            delay = request.held + self.timing.reply
        else:
            delay = self.timing.hit + done.lookup
        request.done = done
        core = self.cores[request.core]
        core.record(request.task, now + delay, done, request)
        if done.fault:
            core.stop(done.fault, request.task.key)
        return delay

    def run(self, order: str, max_cycles: int | None) -> Run:
        """Start every process, run to the end of the last, and collect."""
        processes = [self.env.process(steps) for steps in self._steps(order)]
        if max_cycles is not None:
            limit = Moment(self.env, max_cycles + 1, EventPriority(0))
            limit.callbacks.append(lambda _: self._stop(f"the run takes more than --max-cycles {max_cycles}"))
        try:
            self.env.run(until=self.env.all_of(processes))
        except RuntimeError as error:
            if isinstance(error, Breach):
                raise
            if yielded := re.search('Invalid yield value "(.*)"$', str(error)):
                raise InputError(
                    f"a program yields {yielded[1]}; expected `yield from core.get(key)`, and so for put, update and "
                    "evict, or `yield core.compute(cycles)`"
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

    def _stop(self, why: str) -> None:
        lines = [why, *(f"  {core!r}" for core in self.cores[:TOLD_CORES])]
        if len(self.cores) > TOLD_CORES:
            lines.append(f"  … and {len(self.cores) - TOLD_CORES} more")
        raise Breach("\n".join(lines))

    def collect(self, order: str, returned: list[object], stopped: str = "") -> Run:
        """Everything counted and kept so far, as a Run; once only, for it adds what the copies counted."""
        system = self.system
        counts = system.counter.per_core
        for core, count in zip(self.cores, counts, strict=True):
            count.finish = core.finish
            for copy in system.copies[core.index].values():
                count.reads += copy.reads
                count.writes += copy.writes
                line = copy.home.counts
                line.reads += copy.reads
                line.writes += copy.writes
                line.readers += (core.index,) if copy.reads else ()
                line.writers += (core.index,) if copy.writes else ()
        sums = totals(counts, self.bus.busy, sum(core.access_cycles for core in self.cores))
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
            lines={line: home.counts for line, home in system.homes.items()},
            taken=system.counter.taken,
            values={key: word.value for key, word in system.newest.items()},
            contents=[_values(copy.data for copy in own.values()) for own in system.copies],
            memory=_values(home.memory for home in system.homes.values()),
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
        )


def _values(data: Iterable[Data]) -> dict[Key, object]:
    return {key: word.value for line in data for key, word in line.items()}
