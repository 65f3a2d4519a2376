"""The machine: the one place that chooses an engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any

from coherence.accesses.op import Program
from coherence.accesses.workload import Workload, as_workload
from coherence.cache.replacement import BLIND, POLICIES
from coherence.config.file import read_arguments
from coherence.config.machine import Config
from coherence.config.parameters import DEFAULTS, run_faults
from coherence.errors import Breach, InputError
from coherence.kernel.engine import fast
from coherence.run.run import Run
from coherence.simulation.foresight import foresee
from coherence.simulation.simulation import Simulation


@dataclass(frozen=True)
class Machine(Config):
    """A Config that runs: cores with private caches, an interconnect and one memory; its parameters are Config's.

    >>> import coherence as co
    >>> m = co.Machine(protocol="MOESI", cores=4, cache=co.Cache(sets=16, ways=8, keys_per_line=64))
    >>> m.run(co.workloads.false_sharing(cores=4)).totals["false_sharing"] > 0
    True
    """

    def run(
        self,
        work: Workload | str | Sequence[Program] | Iterable[Sequence[Any]],
        *,
        order: str = DEFAULTS["order"],
        engine: str = DEFAULTS["engine"],
        max_cycles: int | None = DEFAULTS["max_cycles"],
        record: bool = False,
    ) -> Run:
        """Run *work* to its end and count.

        *work*: a Workload, a built-in one's name, a list of programs (generator functions of a `Core`), or accesses
        (core, op, key[, gap]), also as text, "0 w x; 1 r x".
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
        if isinstance(work, str):  # names are known where workloads are, which is further on
            from coherence.workloads.find import from_text  # loads every workload

            work = from_text(work, self.cores, self.seed)
        workload = as_workload(work).at(self.levels[0].keys_per_line)
        faults = run_faults(order=order, engine=engine, max_cycles=max_cycles)
        faults += [] if isinstance(record, bool) else [f"record must be True or False, not {record!r}"]
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
        simulation = Simulation(self, workload, futures, record)
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


def read_machine(machine: str | PathLike[str], **changes: Any) -> Machine:
    """The machine that a TOML file describes, or a known one by name; *changes* as a Machine's arguments.

    See `coherence.config.file` for what a file may say. Raises `InputError` listing every fault.

    >>> read_machine("skylake", protocol="MOESI").levels[1].ways
    4
    """
    return Machine(**read_arguments(str(machine)) | changes)
