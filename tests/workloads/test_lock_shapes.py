"""The shape of the lock papers (Anderson 1990; Mellor-Crummey & Scott 1991), on the counters and with clear margins."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

import coherence as co
from coherence.workloads import lock_mcs, lock_tas, lock_ticket, lock_ttas

Lock = Callable[..., co.Workload]
LOCKS = (lock_tas, lock_ttas, lock_ticket, lock_mcs)
ROUNDS = 10
PROTOCOLS = pytest.mark.parametrize("protocol", ["MSI", "MESI", "MOESI", "MESIF", "Illinois", "Dragon"])


@cache
def traffic(protocol: str, lock: Lock, cores: int, section: int = 50) -> float:
    """Bus requests an acquire, everything included."""
    run = co.Machine(protocol).run(lock(cores=cores, rounds=ROUNDS, section=section))
    return sum(run.totals["bus"].values()) / (ROUNDS * cores)  # type: ignore[union-attr]


@PROTOCOLS
def test_tas_floods_the_bus_the_more_the_longer_it_waits(protocol: str) -> None:
    """Whoever waits writes: a longer section is more traffic for the same acquires. TTAS waits on its own copy."""
    assert traffic(protocol, lock_tas, 8, 800) > 1.8 * traffic(protocol, lock_tas, 8, 50)
    assert traffic(protocol, lock_ttas, 8, 800) < 1.3 * traffic(protocol, lock_ttas, 8, 50)
    assert traffic(protocol, lock_mcs, 8, 800) < 1.1 * traffic(protocol, lock_mcs, 8, 50)


@PROTOCOLS
def test_tas_grows_with_the_cores_and_the_queue_locks_stay_flat(protocol: str) -> None:
    growth = {lock: traffic(protocol, lock, 16) / traffic(protocol, lock, 4) for lock in LOCKS}
    assert growth[lock_tas] > 2.2
    assert growth[lock_ticket] < 1.7
    assert growth[lock_mcs] < 1.1
    assert traffic(protocol, lock_tas, 16) > 2.5 * max(
        traffic(protocol, lock_ticket, 16), traffic(protocol, lock_mcs, 16)
    )


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_that_nobody_else_wants_costs_next_to_nothing(lock: Lock) -> None:
    """Its keys are in the cache after the first round: no bus requests at all."""
    assert traffic("MESI", lock, 1) < 0.5


@pytest.mark.parametrize("cores", [2, 4, 8])
def test_ttas_is_silent_while_it_waits(cores: int) -> None:
    """All wait for one that holds the lock for long: from when they have read it, only their hits go on."""

    def long_section(core: co.Core):  # type: ignore[no-untyped-def]
        lock = co.workloads.TtasLock()
        yield core.compute(500 * (core.index > 0))
        yield from lock.acquire(core)
        yield core.compute(20_000 if core.index == 0 else 0)
        yield from lock.release(core)

    run = co.Machine().run([long_section] * cores, record=True)
    silent = [a for a in run.recorded() if 2_000 < a.start < 20_000]
    assert len(silent) > 1_000 * (cores - 1)
    assert [a for a in silent if a.granted is not None] == []


@pytest.mark.parametrize("cores", [4, 8])
def test_a_release_of_mcs_disturbs_one_core_and_of_ttas_all(cores: int) -> None:
    """Counted by the copies that writes to the lock take, an acquire, while all the others wait."""

    def taken(lock: Lock) -> float:
        run = co.Machine().run(lock(cores=cores, rounds=ROUNDS, section=300))
        return sum(line.invalidations for key, line in run.lines.items() if key != "counter") / (ROUNDS * cores)

    assert taken(lock_mcs) < 5
    assert taken(lock_ttas) > cores


@pytest.mark.parametrize("protocol", ["MESI", "MOESI"])
def test_mcs_is_fastest_when_many_wait(protocol: str) -> None:
    """The flood slows the holder too: cycles a core, at sixteen cores."""
    cycles = {lock: co.Machine(protocol).run(lock(cores=16, rounds=5)).cycles for lock in LOCKS}
    assert min(cycles, key=cycles.__getitem__) is lock_mcs
    assert cycles[lock_tas] > 3 * cycles[lock_mcs]
