"""Run an encoded trace on a machine: choose the loop, run it, and make a Run of what it counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, cast

import numpy as np

from coherence.accesses.arrays import Encoded
from coherence.accesses.workload import Workload
from coherence.cache.config import Line
from coherence.errors import InputError
from coherence.jit import announce
from coherence.kernel.ahead import ahead, serves
from coherence.kernel.arbiters import ARBITRATIONS
from coherence.kernel.board import CAUSES, COUNTS, READ, WRITE, Board, Int, board
from coherence.kernel.front import LOG, NEAR, front
from coherence.kernel.limits import is_proved
from coherence.kernel.loops import clock, in_turns, plain, turn
from coherence.kernel.prepared import Prepared, Turns, prepared
from coherence.kernel.prepared import in_turns as turns
from coherence.kernel.transaction import STOPPED
from coherence.protocol.model import REQUESTS
from coherence.run.run import Run
from coherence.run.totals import totals
from coherence.transaction.count import Counts, LineCounts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coherence.config.machine import Config


def simulate(
    machine: Config,
    workload: Workload,
    trace: Encoded,
    cores: int,
    order: str,
    loop: str = "",
    log: int = LOG,
    near: int = NEAR,
) -> Run | None:
    """The run; None where it reached a cell that says never.

    *loop*: "plain" or "ahead" where a test or a benchmark wants that one; *log*, *near*: see `front`.
    """
    protocol = machine.table
    ready = prepared(trace, machine.levels[0].keys_per_line)
    listed = turns(ready) if order == "trace" else None
    what = ready.what if listed is None else listed.what
    b = board(protocol, machine.levels[0], machine.timing, machine.seed, cores, ready, what)
    busy = _in_time(machine, ready, b, loop, log, near) if listed is None else _in_turns(machine, listed, b)
    return None if busy == STOPPED else finished(machine, workload, ready, b, order, busy)


def _in_turns(machine: Config, listed: Turns, b: Board) -> Int:
    announce(in_turns)
    return in_turns(b, turn(machine.timing.start), listed.stream, listed.core, gaps(listed.gap))


def _in_time(machine: Config, ready: Prepared, b: Board, loop: str, log: int, near: int) -> Int:
    kind = ARBITRATIONS.index(machine.arbitration)
    start = machine.timing.start
    if loop != "plain" and serves(b) and is_proved(machine):
        announce(ahead)
        return ahead(b, front(b, ready, start, machine.seed, log, near), kind)
    announce(plain)
    gap = gaps(ready.gap)
    return plain(b, clock(ready.starts, gap, start, machine.seed), ready.stream, gap, kind)


def gaps(gap: NDArray[np.uint32] | None) -> NDArray[np.uint32]:
    """The gaps as the loops take them: none at all where all are 0."""
    return np.zeros(0, np.uint32) if gap is None else gap


def finished(machine: Config, workload: Workload, ready: Prepared, b: Board, order: str, busy: int) -> Run:
    """The Run of what a board counted while the bus was held for *busy* cycles."""
    cores = len(b.counts)
    by_core = {event: np.bincount(ready.core_of, ready.uses[:, event], cores) for event in (READ, WRITE)}
    counts = []
    for core, row in enumerate(b.counts):
        named: dict[str, Any] = dict(zip(COUNTS.names or (), row.tolist(), strict=True))
        named |= zip(CAUSES, named.pop("causes").tolist(), strict=True)
        counts.append(
            Counts(
                reads=int(by_core[READ][core]),
                writes=int(by_core[WRITE][core]),
                bus=dict(zip(REQUESTS, named.pop("bus").tolist(), strict=True)),
                **{name: count for name, count in named.items() if name in Counts.__slots__},
            )
        )
    local = machine.timing.hit * sum(c.reads + c.writes for c in counts)
    sums = totals(counts, int(busy), local + int(b.counts["longer"].sum()))
    return Run(
        protocol=machine.table,
        workload=workload.name,
        engine="fast",
        order=order,
        arbitration=machine.arbitration,
        cores=cores,
        cycles=cast("int", sums["cycles"]),
        totals=sums,
        per_core=[c.as_dict() for c in counts],
        lines=Later(lambda: _lines(ready, b)),
        invalidated_by=_invalidated_by(b),
        values=NotKept("values"),
        contents=NotKept("contents"),  # type: ignore[arg-type]
        memory=NotKept("memory"),
        levels=[[] for _ in counts],
    )


def _invalidated_by(b: Board) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {}
    for writer, victim in np.argwhere(b.took).tolist():
        found.setdefault(writer, {})[victim] = int(b.took[writer, victim])
    return found


def _lines(ready: Prepared, b: Board) -> dict[Line, LineCounts]:
    names: Any = ready.lines.names
    causes, upgrades, invalidations = (b.pair[name] for name in ("causes", "upgrades", "invalidations"))
    found = []
    for number, line in enumerate(names.tolist() if isinstance(names, np.ndarray) else names):
        own = ready.touched[ready.first[number] : ready.first[number + 1]]
        reads, writes = ready.uses[own].T
        counted = dict(zip(CAUSES, causes[own].sum(axis=0).tolist(), strict=True))
        core = ready.core_of[own]
        found.append(
            (
                line,
                LineCounts(
                    reads=int(reads.sum()),
                    writes=int(writes.sum()),
                    readers=tuple(core[reads > 0].tolist()),
                    writers=tuple(core[writes > 0].tolist()),
                    upgrades=int(upgrades[own].sum()),
                    invalidations=int(invalidations[own].sum()),
                    **counted,
                ),
            )
        )
    return dict(found)


class Later(Mapping[Line, LineCounts]):
    """A mapping that is made when it is first looked into."""

    def __init__(self, make: Callable[[], Mapping[Line, LineCounts]]) -> None:
        self._make = make
        self._made: Mapping[Line, LineCounts] | None = None

    def _whole(self) -> Mapping[Line, LineCounts]:
        if self._made is None:
            self._made = self._make()
        return self._made

    def __getitem__(self, line: Line) -> LineCounts:
        return self._whole()[line]

    def __iter__(self) -> Iterator[Line]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

    def __reduce__(self) -> tuple[object, ...]:
        return dict, (dict(self),)


class NotKept(Mapping[Any, Any]):
    """What this engine does not keep: looking into it raises `InputError` that says so."""

    def __init__(self, what: str) -> None:
        self.what = what

    def _say(self) -> NoReturn:
        raise InputError(f"engine fast keeps no {self.what}; run with engine='simpy'")

    def __getitem__(self, key: object) -> NoReturn:
        self._say()

    def __iter__(self) -> NoReturn:
        self._say()

    def __len__(self) -> NoReturn:
        self._say()
