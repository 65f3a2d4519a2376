"""A barrier: nobody goes on before all have come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coherence.accesses.given import refuse, refuse_if, stream_seed
from coherence.accesses.workload import Workload
from coherence.cache.config import Key
from coherence.errors import whole
from coherence.random import SplitMix64
from coherence.simulation.operation import operation
from coherence.workloads.primitives import fetch_and_add, spin

if TYPE_CHECKING:
    from coherence.accesses.op import Program, Steps
    from coherence.simulation.core import Core


@dataclass(frozen=True)
class Barrier:
    """A barrier for *parties* cores that can be used again and again (sense-reversing).

    The last to come resets the count and turns the sense round, for which the others spin. (Hensgen, Finkel & Manber,
    Int. J. Parallel Programming 1988; Mellor-Crummey & Scott, ACM TOCS 1991.)

    >>> import coherence as co
    >>> def program(core):
    ...     yield core.compute(100 * core.index)
    ...     yield from Barrier(3).wait(core)
    ...     return core.time > 200
    >>> co.Machine().run([program] * 3).returned
    (True, True, True)
    """

    parties: int
    key: Key = "barrier"

    def __post_init__(self) -> None:
        refuse_if(whole("parties", self.parties, 1))

    @property
    def sense(self) -> Key:
        """The key that all but the last read; `key` itself counts who has come."""
        return (self.key, "sense")

    @operation
    def wait(self, core: Core) -> Steps:
        """Come back when all have called this."""
        now = yield from core.get(self.sense)  # it cannot turn before this core has come
        come = yield from fetch_and_add(core, self.key)
        if come + 1 == self.parties:
            yield from core.put(self.key, 0)
            yield from core.put(self.sense, not now)
        else:
            yield from spin(core, self.sense, lambda sense: bool(sense) != bool(now))


def barrier(cores: int = 4, phases: int = 20, work: int = 100, seed: int = 0) -> Workload:
    """In each phase every core works, says so, waits for all at a barrier and reads its neighbour's word.

    Look for one burst a phase: the last to come turns one key round, and all who spin on it read it at once.

    *phases*: how many · *work*: cycles a phase, at most, drawn from *seed*. Checks that nobody passes before all have
    come, and that it then reads what its neighbour wrote.

    >>> import coherence as co
    >>> co.Machine().run(barrier(cores=3, phases=5)).values["barrier"]
    0
    """
    refuse(cores, seed, whole("phases", phases, 1), whole("work", work, 0))
    meet = Barrier(cores)

    def program(core: Core) -> Steps:
        numbers = SplitMix64(stream_seed(seed, core.index))
        neighbour = (core.index + 1) % cores
        for phase in range(phases):
            yield core.compute(numbers.below(work + 1))
            yield from core.put(("phase", core.index), phase)
            core.notes[meet, core.index] = phase
            yield from meet.wait(core)
            _check_all_came(core, meet, phase)
            read = yield from core.get(("phase", neighbour))
            if read not in (phase, phase + 1):  # it may be a phase ahead, but not two
                core.stop(
                    f"core {core.index} is past the barrier of phase {phase}, but reads phase {read!r} "
                    f"of core {neighbour}",
                    ("phase", neighbour),
                )

    programs: list[Program] = [program] * cores
    return Workload.from_programs("barrier", programs)


def _check_all_came(core: Core, meet: Barrier, phase: int) -> None:
    came: list[Any] = [core.notes.get((meet, other), -1) for other in range(meet.parties)]
    late = [other for other, at in enumerate(came) if at < phase]
    if late:
        core.stop(
            f"core {core.index} passed the barrier of phase {phase} at cycle {core.time}, before core {late[0]} came",
            meet.key,
        )
