"""Programs on the machine: values, atomic updates, time, and what stops a run."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

import coherence as co
from coherence.protocol.find import protocols

Steps = Generator[Any, Any, Any]
EVERY = pytest.mark.parametrize("protocol", protocols)


@EVERY
def test_producer_and_consumer_see_each_others_values(protocol: str) -> None:
    def producer(core: co.Core) -> Steps:
        yield from core.put("x", 42)
        yield core.compute(100)
        yield from core.put("flag", 1)

    def consumer(core: co.Core) -> Steps:
        while (yield from core.get("flag")) != 1:
            yield core.compute(5)
        return (yield from core.get("x"))

    run = co.Machine(protocol).run([producer, consumer])
    assert run.returned == (None, 42)
    assert run.values == {"x": 42, "flag": 1}


@EVERY
@pytest.mark.parametrize("arbitration", ["fifo", "round-robin", "priority", "random"])
def test_atomic_increments_are_never_lost(protocol: str, arbitration: str) -> None:
    """The upgrade race: all sharers update at once, and each sees the value at its own grant."""

    def adder(core: co.Core) -> Steps:
        yield from core.get("n")
        seen = []
        for _ in range(5):
            seen.append((yield from core.update("n", lambda n: (n or 0) + 1)))
        return seen

    run = co.Machine(protocol, cores=4, arbitration=arbitration).run([adder] * 4)
    assert run.values["n"] == 20
    returned = [n for seen in run.returned for n in seen]  # type: ignore[attr-defined]
    assert sorted(n or 0 for n in returned) == list(range(20))


def test_a_key_never_written_reads_none_and_keys_of_a_line_are_apart() -> None:
    def program(core: co.Core) -> Steps:
        yield from core.put(0, "zero")
        return (yield from core.get(0)), (yield from core.get(1)), (yield from core.get("never"))

    assert co.Machine(cache=co.Cache(keys_per_line=2)).run([program]).returned == (("zero", None, None),)


def test_values_survive_eviction_and_write_back() -> None:
    def program(core: co.Core) -> Steps:
        for key in range(10):
            yield from core.put(key, key * key)
        yield from core.evict(9)
        found = []
        for key in range(10):
            found.append((yield from core.get(key)))
        return found

    run = co.Machine(cache=co.Cache(sets=2, ways=1)).run([program])
    assert run.returned == ([k * k for k in range(10)],)
    assert run.totals["writebacks"] == 10
    assert run.memory == {k: k * k for k in range(10)}
    assert run.contents[0] == {8: 64, 9: 81}


def test_compute_and_the_cores_clock() -> None:
    times = []

    def program(core: co.Core) -> Steps:
        yield core.compute(7)
        times.append(core.time)
        yield from core.get("x")
        times.append(core.time)
        yield core.env.timeout(10)
        yield from core.get("x")
        times.append(core.time)

    run = co.Machine(timing=co.Timing(start=3, memory=10)).run([program])
    assert times == [10, 22, 33]
    assert run.per_core[0]["finish"] == 33


def test_trailing_compute_counts_and_an_idle_core_finishes_at_0() -> None:
    def works(core: co.Core) -> Steps:
        yield core.compute(50)

    run = co.Machine(cores=2).run([works])
    assert [c["finish"] for c in run.per_core] == [50, 0]


def test_the_same_programs_and_seed_give_the_same_run() -> None:
    def program(core: co.Core) -> Steps:
        for i in range(20):
            yield from core.update(i % 3, lambda n: (n or 0) + core.index)

    machine = co.Machine(arbitration="random", cache=co.Cache(ways=2, policy="Random"), seed=9)
    first, second = (machine.run([program] * 3, record=True) for _ in range(2))
    assert first.recorded() == second.recorded()
    assert first.to_json() == second.to_json()


def test_max_cycles_stops_a_livelock_and_says_where_each_core_stands() -> None:
    def spins(core: co.Core) -> Steps:
        while (yield from core.get("flag")) != 1:
            pass

    with pytest.raises(co.Breach) as caught:
        co.Machine().run([spins, spins], max_cycles=1000)
    text = str(caught.value)
    assert "takes more than --max-cycles 1000" in text
    assert "<Core 0: " in text
    assert "<Core 1: " in text


@pytest.mark.parametrize(("most", "stops"), [(1002, False), (1001, True)])
def test_max_cycles_on_both_sides_of_the_end(most: int, stops: bool) -> None:
    workload = co.Workload.from_ops("0 r x; 0 r x 899")  # ends at 102 + 899 + 1
    machine = co.Machine()
    if stops:
        with pytest.raises(co.Breach):
            machine.run(workload, max_cycles=most)
    else:
        assert machine.run(workload, max_cycles=most).cycles == most


def test_a_core_that_waits_for_ever_is_told() -> None:
    def waits(core: co.Core) -> Steps:
        yield core.env.event()

    with pytest.raises(co.Breach, match="nothing can happen any more"):
        co.Machine().run([waits])


def test_wrong_use_is_told() -> None:
    def program(core: co.Core) -> Steps:
        yield core.compute(-1)

    def plain(core: co.Core) -> None:
        return None

    def floats(core: co.Core) -> Steps:
        yield from core.get(1.5)  # type: ignore[arg-type]

    with pytest.raises(co.InputError, match="core 0: compute must be a whole number"):
        co.Machine().run([program])
    with pytest.raises(co.InputError, match="no program: plain"):
        co.Machine().run([plain])  # type: ignore[list-item]
    with pytest.raises(co.InputError, match="keys are int, str"):
        co.Machine().run([floats])
    with pytest.raises(co.InputError, match="order 'trace' needs accesses"):
        co.Machine().run([floats], order="trace")
    with pytest.raises(co.InputError, match="nothing to run"):
        co.Machine().run([])
    with pytest.raises(co.InputError, match=r"access 0: core must be .*\naccess 0: op 'x' is none of r, w, e"):
        co.Machine().run([(-1, "x", 0)])
    with pytest.raises(co.InputError, match="needs 2 cores, the machine has 1"):
        co.Machine(cores=1).run([floats, floats])


@pytest.mark.parametrize("work", [b"false_sharing", None, 3, co.workloads.random])
def test_what_cannot_be_run_is_told_with_what_can(work: object) -> None:
    with pytest.raises(
        co.InputError, match=r"^cannot run .*[:;] expected a workload .* programs, or a list of accesses$"
    ):
        co.Machine().run(work)  # type: ignore[arg-type]


def test_a_yield_without_from_is_told() -> None:
    def careless(core: co.Core) -> Steps:
        yield core.put("x", 1)

    def wrong(core: co.Core) -> Steps:
        yield 5

    for program in (careless, wrong):
        with pytest.raises(co.InputError, match=r"^a program yields .*; expected `yield from core.get\(key\)`"):
            co.Machine().run([program])


def test_what_is_no_text_is_told() -> None:
    with pytest.raises(co.InputError, match=r"^ops: expected a text such as '0 w x; 1 r x', not Ellipsis$"):
        co.Workload.from_ops(...)  # type: ignore[arg-type]
    with pytest.raises(co.InputError, match=r"^table: expected a text, not 7$"):
        co.Protocol.parse(7)  # type: ignore[arg-type]


def test_every_fault_of_a_machine_comes_at_once() -> None:
    with pytest.raises(co.InputError) as caught:
        co.Machine("MESSI", cores=0, arbitration="fair", cache=3, seed="x")  # type: ignore[arg-type]
    assert len(str(caught.value).splitlines()) == 5


@pytest.mark.parametrize(("protocol", "pool"), [("MESI", True), ("MOESI", False), ("WriteThrough", True)])
def test_where_says_who_holds_a_key_and_whether_memory_has_its_newest_value(protocol: str, pool: bool) -> None:
    """Also of a line that all have given up, and of one that nobody ever wrote."""
    seen = []

    def writes(core: co.Core) -> Steps:
        yield from core.put("x", 1)
        yield core.compute(1000)
        yield from core.catch_up()
        seen.append(core.where("x"))
        yield core.compute(1000)
        yield from core.evict("x")
        seen.append(core.where("x"))
        seen.append(core.where("y"))

    def reads(core: co.Core) -> Steps:
        yield core.compute(500)
        yield from core.get("x")
        yield core.compute(1000)
        yield from core.evict("x")

    co.Machine(protocol).run([writes, reads])
    held = (1,) if protocol == "WriteThrough" else (0, 1)  # a write allocates nothing there
    assert seen == [(held, pool), ((), True), ((), False)]
