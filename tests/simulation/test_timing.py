"""Time, to the cycle: both sides of every boundary and tie of the bus."""

from __future__ import annotations

import pytest

from coherence.accesses.workload import Workload
from coherence.cache.config import Cache
from coherence.config.timing import PRESETS, Timing
from coherence.errors import InputError
from coherence.machine import Machine
from coherence.transaction.access import Access

# arbitrate 1 + memory 10 = 11 cycles held by a fill, 1 + 4 by a supply, 1 + 2 by an upgrade
QUICK = Timing(memory=10, transfer=4, upgrade=2, update=3, write_word=5, writeback=6)


def events(
    ops: str, timing: Timing = QUICK, protocol: str = "MESI", order: str = "program", **machine: object
) -> list[Access]:
    run = Machine(protocol, timing=timing, **machine).run(Workload.from_ops(ops), order=order, record=True)  # type: ignore[arg-type]
    return sorted(run.recorded(), key=lambda a: (a.core, a.start))


def spans(*args: object, **kwargs: object) -> list[tuple[int, int, int | None, int]]:
    return [(a.core, a.start, a.granted, a.end) for a in events(*args, **kwargs)]  # type: ignore[arg-type]


def test_one_access_from_start_to_end() -> None:
    timing = Timing(start=3, hit=2, issue=4, reply=5, arbitrate=1, memory=10)
    assert spans("0 r x 6; 0 r x 7", timing) == [(0, 9, 13, 29), (0, 36, None, 38)]


@pytest.mark.parametrize(
    ("ops", "protocol", "held"),
    [
        ("0 r x", "MESI", 1 + 10),
        ("0 r x; 1 r x 99", "Illinois", 1 + 4),
        ("0 r x; 1 r x 50; 0 w x 99", "MESI", 1 + 2),
        ("0 r x; 1 r x 50; 0 w x 99", "Dragon", 1 + 3),
        ("0 r x; 1 r x 50; 1 w x 99", "WriteThrough", 1 + 5),
        ("0 w x; 0 e x 50", "MESI", 1 + 6),
        ("0 w x; 1 w x 50", "Dragon", 1 + 4 + 3),
    ],
)
def test_cycles_held_by_each_kind_of_request(ops: str, protocol: str, held: int) -> None:
    assert max(events(ops, protocol=protocol), key=lambda a: a.start).held == held


def test_flushes_and_a_victims_write_back_hold_the_bus_too() -> None:
    timing = Timing(memory=10, transfer=4, flush=7, writeback=6)
    assert events("0 w x; 1 r x 50", timing)[1].held == 1 + 4 + 7
    assert events("0 w 0; 0 r 1 50", timing, cache=Cache(ways=1))[1].held == 1 + 10 + 6


def test_a_conditional_request_that_is_not_put_on_the_bus_still_takes_it() -> None:
    """A Dragon cell made to ask only if shared: alone it holds the bus for the arbitration."""
    from coherence.protocol.find import protocols

    table = protocols["Dragon"].but(
        "asks", Sc={"PrWr": "BusUpd if shared > M if alone else Sm"}, I={"PrRd": "BusRd > Sc"}
    )
    done = Machine(table, timing=QUICK).run(Workload.from_ops("0 r x; 0 w x"), record=True)
    assert [(a.held, a.outcome and a.outcome.requests) for a in done.recorded()] == [(11, ("BusRd",)), (1, ())]
    assert done.totals["upgrades"] == 1


@pytest.mark.parametrize(
    ("gap", "second"),
    [
        (9, (1, 9, 12, 23)),  # queued at 10: waits until 12
        (10, (1, 10, 12, 23)),  # queued at 11, the last cycle of the first
        (11, (1, 11, 12, 23)),  # queued at 12 = bus free: granted at once
        (12, (1, 12, 13, 24)),
    ],
)
def test_a_request_around_the_cycle_at_which_the_bus_is_free(gap: int, second: tuple[int, int, int, int]) -> None:
    assert spans(f"0 r x; 1 r y {gap}")[1] == second


@pytest.mark.parametrize(
    ("gap", "state"),
    [(0, "E"), (1, "E"), (2, "S"), (3, "S")],  # core 0 hits at 12 + gap; core 1 is granted at 14
)
def test_an_access_that_starts_at_a_grant_sees_its_snoops(gap: int, state: str) -> None:
    found = events(f"0 r x; 0 r x {gap}; 1 r x 13")
    assert found[2].granted == 14
    assert (found[1].start, found[1].before) == (12 + gap, state)


def test_a_write_that_starts_at_the_grant_that_takes_its_copy_needs_the_bus() -> None:
    found = events("0 r x; 0 w x 2; 1 w x 13")
    assert [a.granted for a in found] == [1, 25, 14]
    assert found[1].before == "I"


def test_an_upgrade_that_loses_its_copy_while_waiting_becomes_a_fetch() -> None:
    """Two sharers write at once: one BusUpgr, and the other's becomes a BusRdX."""
    run = Machine(timing=QUICK).run(Workload.from_ops("0 r x; 1 r x; 0 w x 50; 1 w x 38"), record=True)
    bus = [(a.core, a.start, a.outcome.requests) for a in run.recorded() if a.event == "PrWr" and a.outcome]
    assert bus == [(1, 61, ("BusUpgr",)), (0, 62, ("BusRdX",))]
    assert run.totals["upgrades"] == 1
    assert run.totals["write_misses"] == 1


def test_what_became_local_while_waiting_ends_after_a_hit_and_holds_nothing() -> None:
    """An eviction that waits and loses its copy does nothing at its grant; the next grant is in the same cycle."""
    found = events("0 w x; 2 r z 10; 1 w x 18; 0 e x 9; 2 r q", timing=Timing(memory=10, transfer=4, hit=2))
    evict = next(a for a in found if a.event == "Evict")
    assert (evict.start, evict.queued, evict.granted, evict.end, evict.before) == (21, 22, 28, 30, "I")
    assert next(a.granted for a in found if a.key == "q") == 28
    assert events("0 w x; 0 e x 9", timing=QUICK)[1].outcome is not None


def test_a_bus_held_for_no_cycle_is_granted_again_in_the_same() -> None:
    free = Timing(arbitrate=0, memory=0, transfer=0)
    assert spans("0 r x; 1 r y; 2 r z", free) == [(0, 0, 1, 1), (1, 0, 1, 1), (2, 0, 1, 1)]


@pytest.mark.parametrize(
    ("arbitration", "seed", "granted"),
    [
        # Core 3 queues at 1; 0, 1 and 2 queue at 3, 2 and 2 while it holds the bus until 12.
        ("fifo", 0, [3, 1, 2, 0]),
        ("priority", 0, [3, 0, 1, 2]),
        ("round-robin", 0, [3, 0, 1, 2]),
        ("random", 0, None),
    ],
)
def test_who_is_granted_next(arbitration: str, seed: int, granted: list[int] | None) -> None:
    from coherence.random import SplitMix64

    found = events("3 r d; 0 r a 2; 1 r b 1; 2 r c 1", arbitration=arbitration, seed=seed)
    got = [a.core for a in sorted(found, key=lambda a: a.granted or 0)]
    if granted is None:
        random, waiting, granted = SplitMix64(seed), [0, 1, 2], [3]
        while waiting:
            granted.append(random.choose(waiting))
            waiting.remove(granted[-1])
    assert got == granted


def test_round_robin_starts_at_core_0_and_goes_on_after_the_last_granted() -> None:
    found = events("0 r a; 1 r b; 2 r c; 0 r d; 1 r e; 2 r f", arbitration="round-robin")
    assert [a.core for a in sorted(found, key=lambda a: a.granted or 0)] == [0, 1, 2, 0, 1, 2]
    assert [
        a.core for a in sorted(events("1 r b; 2 r c; 0 r a 1", arbitration="round-robin"), key=lambda a: a.granted or 0)
    ] == [1, 2, 0]


def test_trace_order_runs_one_after_another_in_the_order_written() -> None:
    assert spans("1 r x; 0 r y; 1 r x 5", order="trace") == [(0, 12, 13, 24), (1, 0, 1, 12), (1, 29, None, 30)]


def test_per_core_streams_take_turns_in_trace_order() -> None:
    streams = [[(0, "r", "a", 0), (0, "r", "b", 0), (0, "r", "c", 0)], [(1, "r", "x", 0), (1, "r", "y", 0)]]
    workload = Workload.from_streams("t", [lambda: iter(streams[0]), lambda: iter(streams[1])])
    assert [key for _, _, key, _ in workload.sequence()] == ["a", "x", "b", "y", "c"]


def test_finish_wait_and_mean_access_time() -> None:
    run = Machine(timing=QUICK).run(Workload.from_ops("0 r x; 1 r y; 1 e y 3; 3 e q"), record=True)
    assert [c["finish"] for c in run.per_core] == [12, 27, 0, 1]
    assert [c["bus_wait"] for c in run.per_core] == [0, 11, 0, 0]
    assert run.totals["amat"] == (12 + 23) / 2
    assert (run.cycles, run.totals["bus_busy"]) == (27, 22)


def test_trailing_compute_counts_in_finish() -> None:
    workload = Workload.from_accesses("t", lambda: iter([(0, "r", "x", 0), (0, "c", 0, 50)]), 1)
    for order in ("program", "trace"):
        assert Machine(timing=QUICK).run(workload, order=order).cycles == 62


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("memroy=3", "unknown timing 'memroy'; did you mean memory"),
        ("memory=-1", "timing memory must be a whole number >= 0, not -1"),
        ("memory=--1", "timing memory must be a whole number of cycles, not '--1'"),
        ("memory=1.5", "timing memory must be a whole number of cycles, not '1.5'"),
        ("memory=", "timing memory must be a whole number of cycles, not ''"),
        ("memory", "unknown timing preset 'memory'"),
        ("issue=0", "timing issue must be a whole number >= 1, not 0"),
        ("hit=0", "timing hit must be a whole number >= 1, not 0"),
        ("memory=1,memory=2", "timing memory is given twice"),
        ("gatehc", "unknown timing preset 'gatehc'; did you mean gatech"),
        ("memory=1,,hit=2", "unknown timing ''"),
    ],
)
def test_wrong_timings_are_told(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        Timing.parse(text)
    assert said in str(caught.value)


def test_every_fault_of_a_timing_comes_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Timing.parse("memory=x,issue=0,foo=1")
    assert len(str(caught.value).splitlines()) == 3


def test_presets() -> None:
    assert Timing.parse("default") == Timing()
    assert PRESETS["gatech"].memory == 102
