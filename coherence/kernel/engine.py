"""The door to the compiled engine: whether it can run something, and the loop that does."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from coherence.accesses.dense import MOST, TooLong, encoded
from coherence.accesses.pieces import Unread, plain_feed
from coherence.accesses.workload import Workload
from coherence.errors import InputError
from coherence.jit import MISSING, available
from coherence.kernel.limits import MOST_CORES, MOST_STATES, POLICIES, check_cycles, is_proved

if TYPE_CHECKING:
    from coherence.config.machine import Config
    from coherence.run.run import Run

LEAST = 200_000  # accesses from which engine auto takes this one: below, loading it costs more than it saves
MOST_KEPT = 1 << 26  # accesses that are kept, at 12 to 18 bytes each, where a run could be made in parts


def fast(machine: Config, workload: Workload, cores: int, order: str, record: bool, engine: str) -> Run | None:
    """The run on the compiled engine; None where SimPy should run it.

    That is where *engine* "auto" takes SimPy, and where the run reached a `never` cell, so that the machine says why.
    Raises `InputError` with every reason if *engine* is "fast" and cannot run it.
    """
    said = obstacles(machine, workload, cores, record) + ([] if available() else [MISSING])
    auto = engine == "auto"
    if auto and (said or not _is_long(workload)):
        return None
    said += unproved(machine)
    if not said:
        try:
            return _run(machine, workload, cores, order, LEAST if auto else 0)
        except InputError as error:
            said = [str(error)]
    if auto:
        return None
    raise InputError("\n".join(f"engine fast cannot run this: {reason}" for reason in said))


def _run(machine: Config, workload: Workload, cores: int, order: str, least: int) -> Run | None:
    """The run, all accesses kept where they are few; None where they are less than *least*.

    Raises `InputError` where the workload cannot be made dense, or is too long.
    """
    in_parts = order == "trace" or workload.apart
    try:
        trace = encoded(workload, MOST_KEPT if in_parts else MOST)
    except TooLong:
        if not in_parts:
            raise
        return _in_parts(machine, workload, cores, order)
    if len(trace.what) < least:
        return None
    check_cycles(machine, trace.cores, machine.timing.start, len(trace.what), trace.gap)
    from coherence.kernel.simulate import simulate

    return simulate(machine, workload, trace, cores, order)


def _in_parts(machine: Config, workload: Workload, cores: int, order: str) -> Run | None:
    from coherence.kernel.streamed import streamed

    apart = order != "trace"
    if workload.feed is not None:
        try:
            return streamed(machine, workload, workload.feed(apart), cores, order)
        except Unread:
            pass
    return streamed(machine, workload, plain_feed(workload, apart), cores, order)


def obstacles(machine: Config, workload: Workload, cores: int, record: bool) -> list[str]:
    """What keeps the compiled engine from running this, as far as it shows without looking at the accesses."""
    levels = machine.levels
    policy = levels[0].policy
    protocol = machine.table
    found = {
        f"{workload.name} is programs, which see values; it moves none": workload.programs is not None,
        f"{workload.name} checks its result, which needs values; it moves none": workload.check is not None
        and workload.programs is None,
        "it keeps no records (record=True, --steps, and some pictures)": record,
        f"it knows one private level, not {len(levels)}": len(levels) > 1,
        "it knows no shared level": machine.shared is not None,
        f"it knows the policies {', '.join(POLICIES)}, not {policy}": policy not in POLICIES,
        f"it knows at most {MOST_CORES:,} cores, not {cores:,}": cores > MOST_CORES,
        f"it knows at most {MOST_STATES} states, not {len(protocol.states)}": len(protocol.states) > MOST_STATES,
    }
    return [reason for reason, holds in found.items() if holds]


def unproved(machine: Config) -> list[str]:
    """What keeps a watched run from it: it watches nothing, so it takes only tables that cannot break."""
    if not machine.watch or is_proved(machine):
        return []
    name = machine.table.name
    return [f"{name} is not proved correct for any number of caches, so its runs are watched (watch=False)"]


def _is_long(workload: Workload) -> bool:
    """Whether it has LEAST accesses, or will tell when it is encoded."""
    return workload.encoded is not None or next(islice(workload.sequence(), LEAST - 1, None), None) is not None
