"""Private levels and a shared last one: inclusion, coherence as with one level, and time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coherence as co
from coherence.cache.levels import Hierarchy, private
from coherence.cache.replacement import POLICIES
from coherence.protocol.find import protocols
from coherence.simulation.system import System, Task
from tests.simulation.test_properties import cases

NOTHING_ELSE = co.Timing(hit=1, issue=1, arbitrate=0, reply=0, memory=100)


def machine(case: dict[str, Any], cache: co.Cache | list[co.Cache], shared: co.Cache | None = None) -> co.Machine:
    timing = co.Timing(**case["timing"])
    return co.Machine(case["protocol"], case["cores"], cache, timing, case["arbitration"], case["seed"], shared=shared)


def work(case: dict[str, Any]) -> co.Workload:
    return co.Workload.from_accesses("t", lambda: iter(case["accesses"]), case["cores"])


@st.composite
def levels(draw: st.DrawFn, keys_per_line: int, lookup: int = 9) -> list[co.Cache]:
    """One to three levels; some smaller behind than before, which inclusion must survive."""
    found = []
    for number in range(draw(st.integers(1, 3))):
        policy = draw(st.sampled_from([p for p in POLICIES if p != "OPT" or number == 0]))
        ways, sets = draw(st.sampled_from([None, 1, 2, 4])), draw(st.integers(1, 2))
        found.append(co.Cache(sets, ways, keys_per_line, policy, draw(st.integers(0, lookup)) if number else 0))
    return found


@settings(max_examples=200, deadline=None)
@given(case=cases(), order=st.sampled_from(["program", "trace"]), data=st.data())
def test_unbounded_levels_are_one_level_to_the_last_counter(case: dict[str, Any], order: str, data: Any) -> None:
    """Also for any levels before an unbounded one, and before one whose policy does not hear of hits."""
    kpl = case["cache"]["keys_per_line"]
    last = data.draw(st.sampled_from([co.Cache(keys_per_line=kpl), co.Cache(2, 2, kpl, "FIFO")]))
    before = data.draw(
        st.sampled_from([co.Cache(keys_per_line=kpl), co.Cache(2, 1, kpl), co.Cache(1, 3, kpl, "Clock")])
    )
    one = machine(case, last).run(work(case), order=order, record=True)
    two = machine(case, [before, last]).run(work(case), order=order, record=True)
    assert one.per_core == two.per_core
    assert one.totals == two.totals
    assert one.events == two.events
    assert (one.to_json(), any(one.levels)) == ({k: v for k, v in two.to_json().items() if k != "levels"}, False)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), name=st.sampled_from(sorted(protocols)))
def test_inclusion_holds_at_every_step_and_the_last_level_holds_what_is_valid(data: Any, name: str) -> None:
    caches = data.draw(levels(keys_per_line=2))
    protocol = protocols[name]
    stores = [private(caches, seed) for seed in range(3)]
    system = System(protocol, caches[-1], stores, watch=True)
    events = st.sampled_from(["PrRd", "PrWr", "PrRd", "PrWr", "Evict"])
    tasks = st.lists(st.tuples(st.integers(0, 2), events, st.integers(0, 12)), max_size=60)
    for now, task in enumerate(Task(*drawn, drawn[2] // 2) for drawn in data.draw(tasks)):
        if system.local(task, now) is None:
            system.transact(task, now)
        for core, store in enumerate(stores):
            held = [set(level.where) for level in getattr(store, "levels", [store])]
            assert all(near <= far for near, far in zip(held, held[1:]))
            assert held[-1] == {line for line, copy in system.copies[core].items() if copy.state != protocol.invalid}
            for cache, lines in zip(caches, held, strict=True):
                assert cache.ways is None or len(lines) <= cache.ways * cache.sets
            if task.core == core and task.event == "PrRd":
                assert task.key // 2 in held[0]


@settings(max_examples=200, deadline=None)
@given(case=cases(), data=st.data())
def test_on_any_levels_no_write_is_lost_and_the_levels_counters_add_up(case: dict[str, Any], data: Any) -> None:
    kpl = case["cache"]["keys_per_line"]
    caches = data.draw(levels(kpl))
    shared = data.draw(st.sampled_from([None, co.Cache(keys_per_line=kpl), co.Cache(2, 1, kpl, "ARC", 3)]))
    run = machine(case, caches, shared).run(work(case), order="trace", record=True)
    plain: dict[object, int] = {}
    writes = 0
    for access in run.recorded():
        if access.event == "PrWr":
            writes += 1
            plain[access.key] = writes
        if access.event != "Evict":
            assert access.value == plain.get(access.key)
    for core, rows in zip(run.per_core, run.levels, strict=True):
        asked = [core["reads"] + core["writes"], *(row["misses"] for row in rows)]  # type: ignore[operator]
        assert [row["accesses"] for row in rows] == asked[: len(rows)]
        assert not rows or rows[-1]["misses"] == core["read_misses"] + core["write_misses"]  # type: ignore[operator]
        assert not rows or rows[-1]["back_invalidations"] == 0
    assert not shared or run.shared["accesses"] == run.totals["memory_fills"]


def stream(tenths: int) -> co.Workload:
    """900 changes of line among ten accesses for each *tenths* of them; *tenths* in ten go to a new line.

    The other changes go to one of the first two lines, never the one just used.
    """
    new = [number for number in range(900) if number * tenths % 10 < tenths]
    new[1] = 1  # so that there are two lines to go back to
    lines: list[int] = []
    accesses = []
    for number in range(900):
        lines.append(len(set(lines)) if number in new else next(line for line in (0, 1) if line != lines[-1]))
        repeats = 10 - tenths if number % tenths == 0 else 0
        accesses += [(0, "r", lines[-1], 0)] * (1 + repeats)
    return co.Workload.from_accesses("exact", lambda: iter(accesses), 1)


@pytest.mark.parametrize(("tenths", "cycles"), [(1, 3.0), (2, 7.0), (3, 13.0)])
@pytest.mark.parametrize("far", ["memory", "a third private level", "a shared level"])
def test_access_time_is_the_recurrence_where_nothing_else_costs(tenths: int, cycles: float, far: str) -> None:
    two = [co.Cache(ways=1), co.Cache(lookup=10)]
    free = co.Timing(hit=1, issue=1, arbitrate=0, reply=0, memory=0)
    machines = {
        "memory": co.Machine(cache=two, timing=NOTHING_ELSE),
        "a third private level": co.Machine(cache=[*two, co.Cache(lookup=100)], timing=free),
        "a shared level": co.Machine(cache=two, timing=free, shared=co.Cache(lookup=100)),
    }
    run = machines[far].run(stream(tenths))
    time = co.access_time(machines[far], run)
    assert [row["misses"] / row["accesses"] for row in run.levels[0][:2]] == [tenths / 10, tenths / 10]
    assert (run.totals["amat"], time.model, time.difference) == (cycles, cycles, 0.0)


def test_what_the_model_leaves_out_is_the_difference() -> None:
    alone = co.Machine(cores=1, timing=NOTHING_ELSE)
    shared = co.Machine(cache=co.Cache(keys_per_line=64), timing=NOTHING_ELSE)
    slow = co.Machine(timing=co.Timing(hit=3, issue=5, arbitrate=4, reply=2, memory=90))
    assert co.access_time(slow, slow.run([(0, "r", "a"), (0, "r", "a")])).model == (5 + 4 + 90 + 2 + 3) / 2
    assert co.access_time(slow, slow.run([(0, "r", "a"), (0, "r", "a")])).difference == 0.0
    sharing = co.workloads.false_sharing(cores=4)
    assert co.access_time(alone, alone.run(co.Workload.from_ops("0 r a; 0 r b; 0 r a"))).difference == 0.0
    assert abs(co.access_time(shared, shared.run(sharing)).difference) > 1
    assert co.access_time(shared, shared.run([(0, "e", "a")])).model == 1.0


@pytest.mark.parametrize("other", [{"cache": [co.Cache(), co.Cache(lookup=3)]}, {"shared": co.Cache()}])
def test_a_run_of_another_machine_has_no_access_time(other: dict[str, Any]) -> None:
    one, two = co.Machine(), co.Machine(**other)
    for machine, maker in ((one, two), (two, one)):
        with pytest.raises(co.InputError, match="another machine made it"):
            co.access_time(machine, maker.run([(0, "r", 1)]))


def test_an_access_pays_for_each_level_it_looks_up() -> None:
    caches = [co.Cache(ways=1), co.Cache(ways=2, lookup=7), co.Cache(ways=8, lookup=30)]
    run = co.Machine(cache=caches, timing=NOTHING_ELSE).run(
        co.Workload.from_ops("0 r a; 0 r a; 0 r b; 0 r a; 0 r c; 0 r d; 0 r a; 0 w a; 0 e a"), record=True
    )
    took = [a.end - a.start for a in run.recorded()]
    miss = 1 + 7 + 30 + 100
    assert took == [miss, 1, miss, 1 + 7, miss, miss, 1 + 7 + 30, 1, 1 + 50]
    assert [row["hits"] for row in run.levels[0]] == [2, 1, 1]


def test_an_eviction_behind_takes_the_line_from_before_and_writes_it_back() -> None:
    caches = [co.Cache(ways=2), co.Cache(ways=2, policy="FIFO", lookup=5)]
    run = co.Machine(cache=caches).run(
        co.Workload.from_ops("0 w a; 0 r b; 0 w a; 0 r c; 1 r a"), order="trace", record=True
    )
    assert run.levels[0][0] == {"accesses": 4, "hits": 1, "misses": 3, "evictions": 0, "back_invalidations": 1}
    assert run.levels[0][1] == {"accesses": 3, "hits": 0, "misses": 3, "evictions": 1, "back_invalidations": 0}
    assert (run.per_core[0]["writebacks"], run.recorded()[-1].value) == (1, 2)


def test_a_shared_level_stands_before_memory() -> None:
    shared = co.Cache(ways=2, lookup=20)
    ops = "0 r a; 1 r a; 0 w b; 0 e b; 1 r c; 1 r b"
    run = co.Machine("MSI", cache=co.Cache(), timing=NOTHING_ELSE, shared=shared).run(
        co.Workload.from_ops(ops), order="trace", record=True
    )
    assert [a.held for a in run.recorded()] == [120, 20, 120, 50, 120, 20]
    assert run.shared == {"accesses": 5, "hits": 2, "misses": 3, "evictions": 1, "writebacks": 0}
    assert run.to_json()["shared"] == run.shared


@pytest.mark.parametrize(
    ("protocol", "cache", "ops"),
    [
        ("MESI", co.Cache(), "0 w a; 1 r a; 1 r b; 1 r c"),  # by a flush
        ("MESI", co.Cache(), "0 w a; 0 e a; 0 r b; 0 r c"),  # by an explicit eviction
        ("MESI", co.Cache(ways=1), "0 w a; 0 r b; 0 r c"),  # by a victim, which takes the place of b
        ("WriteThrough", co.Cache(), "0 r a; 0 w a; 0 r b; 0 w c; 0 r c"),  # by a word, if it is there
    ],
)
def test_a_written_line_leaves_the_shared_level_for_memory(protocol: str, cache: co.Cache, ops: str) -> None:
    run = co.Machine(protocol, cache=cache, shared=co.Cache(ways=1)).run(co.Workload.from_ops(ops), order="trace")
    assert run.shared["writebacks"] == 1


def test_the_levels_of_a_core_share_one_stream_of_random_numbers() -> None:
    caches = [co.Cache(ways=2, policy="Random"), co.Cache(ways=4, policy="Random")]
    first, other = Hierarchy(caches, seed=3), Hierarchy(caches, seed=4)
    assert first.levels[0].random is first.levels[1].random
    assert first.levels[0].random.state != other.levels[0].random.state


def test_an_eviction_that_became_idle_while_it_waited_has_looked_every_level_up() -> None:
    """Core 2 holds the bus, core 1's write to the line is queued before core 0's eviction, and takes the copy."""
    machine = co.Machine(cache=[co.Cache(), co.Cache(lookup=7)], timing=NOTHING_ELSE)
    accesses = [(0, "w", "a"), (0, "e", "a", 5), (1, "w", "a", 105), (2, "r", "b", 100)]
    last = next(a for a in machine.run(accesses, record=True).recorded() if a.event == "Evict")
    assert last.outcome is None
    assert last.granted is not None
    assert last.end == last.granted + 1 + 7


@pytest.mark.parametrize(
    ("cache", "shared", "said"),
    [
        ([], None, "not an empty one"),
        ([co.Cache(), 3], None, "cache must be a co.Cache, or a list of them for several levels, not [Cache("),
        (co.Cache(), "L3", "not 'L3'"),
        ([co.Cache(lookup=4)], None, "level 1 has lookup 4, but its look-up is the timing's hit"),
        ([co.Cache(), co.Cache(keys_per_line=2)], None, "level 2 has 2 keys a line, but level 1 has 1"),
        (co.Cache(), co.Cache(keys_per_line=2), "the shared level has 2 keys a line"),
        ([co.Cache(), co.Cache(ways=2, policy="OPT")], None, "level 2 cannot have policy OPT"),
        (co.Cache(), co.Cache(ways=2, policy="OPT"), "the shared level cannot have policy OPT"),
    ],
)
def test_levels_that_do_not_fit_are_refused(cache: Any, shared: Any, said: str) -> None:
    with pytest.raises(co.InputError) as caught:
        co.Machine(cache=cache, shared=shared, arbitration="best")
    assert said in str(caught.value)
    assert "unknown arbitration" in str(caught.value)
