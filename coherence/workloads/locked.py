"""A counter behind a lock, with each of the four locks: built-in workloads that check mutual exclusion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coherence.accesses.given import refuse, stream_seed
from coherence.accesses.workload import Workload
from coherence.errors import whole
from coherence.random import SplitMix64
from coherence.workloads.checks import Inside, check_count
from coherence.workloads.locks import Lock, McsLock, TasLock, TicketLock, TtasLock

if TYPE_CHECKING:
    from coherence.accesses.op import Program, Steps
    from coherence.run.run import Run
    from coherence.simulation.core import Core

COUNTER = "counter"
HAND_OVER = 250  # cycles from one that has the lock to the next, beside its section: a few transfers, some from memory


def lock_tas(cores: int = 4, rounds: int = 20, section: int = 50, outside: int = 50, seed: int = 0) -> Workload:
    """A counter behind a test-and-set lock.

    Look for a flooded bus: whoever waits writes again and again, the more cores the more requests an acquire.

    *rounds*: acquires of each core · *section*: cycles of work with the lock · *outside*: without it, at most, drawn
    from *seed*. Checks mutual exclusion and the counter. Anderson (IEEE TPDS 1990).

    >>> import coherence as co
    >>> co.Machine().run(lock_tas(rounds=5)).values["counter"]
    20
    """
    return locked("lock_tas", TasLock(), cores, rounds, section, outside, seed)


def lock_ttas(cores: int = 4, rounds: int = 20, section: int = 50, outside: int = 50, seed: int = 0) -> Workload:
    """A counter behind a test-and-test-and-set lock.

    Look for silent waiting, and for the burst of requests at each release: under MESI it costs more than lock_tas,
    under Illinois less.

    In MESI a clean copy comes from memory, in Illinois from a cache that holds it.

    Parameters and check as of `lock_tas`. Anderson (IEEE TPDS 1990).

    >>> lock_ttas(cores=2).cores
    2
    """
    return locked("lock_ttas", TtasLock(), cores, rounds, section, outside, seed)


def lock_ticket(cores: int = 4, rounds: int = 20, section: int = 50, outside: int = 50, seed: int = 0) -> Workload:
    """A counter behind a ticket lock whose cores wait as long as the queue before them.

    Look for a flat line: an acquire takes about as many bus requests with many cores as with few, in order of arrival.

    Parameters and check as of `lock_tas`. Mellor-Crummey & Scott (ACM TOCS 1991).

    >>> lock_ticket(cores=2).cores
    2
    """
    _check_given(cores, rounds, section, outside, seed)
    return locked("lock_ticket", TicketLock(each=section + HAND_OVER), cores, rounds, section, outside, seed)


def lock_mcs(cores: int = 4, rounds: int = 20, section: int = 50, outside: int = 50, seed: int = 0) -> Workload:
    """A counter behind a queue lock (MCS), where each core spins on a key of its own.

    Look for the flattest line of the four: a release disturbs one core, however many wait.

    Parameters and check as of `lock_tas`. Mellor-Crummey & Scott (ACM TOCS 1991).

    >>> lock_mcs(cores=2).cores
    2
    """
    return locked("lock_mcs", McsLock(), cores, rounds, section, outside, seed)


def locked(
    name: str, lock: Lock, cores: int = 4, rounds: int = 20, section: int = 50, outside: int = 50, seed: int = 0
) -> Workload:
    """A counter behind *lock*, which may be one of your own: see `lock_tas`.

    A run of it raises `Breach` if two cores are in at a time, or if the counter is not what was added to it.

    >>> import coherence as co
    >>> co.Machine().run(locked("spinning ticket", TicketLock(each=0), rounds=5)).values["counter"]
    20
    """
    _check_given(cores, rounds, section, outside, seed)
    inside = Inside(lock.key)

    def program(core: Core) -> Steps:
        numbers = SplitMix64(stream_seed(seed, core.index))
        for _ in range(rounds):
            yield core.compute(numbers.below(outside + 1))
            yield from lock.acquire(core)
            inside.enter(core)
            count = yield from core.get(COUNTER)
            yield core.compute(section)
            yield from core.put(COUNTER, (count or 0) + 1)
            inside.leave(core)
            yield from lock.release(core)

    def check(run: Run) -> None:
        check_count(f"{name}: the counter behind the lock", cores * rounds, run.values[COUNTER])

    programs: list[Program] = [program] * cores
    return Workload.from_programs(name, programs, check)


def _check_given(cores: object, rounds: object, section: object, outside: object, seed: object) -> None:
    refuse(cores, seed, whole("rounds", rounds, 1), whole("section", section, 0), whole("outside", outside, 0))
