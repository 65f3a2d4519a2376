"""Random machines: the package against an independent simulator, against a plain dict, and against itself."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coherence as co
from coherence.cache.replacement import POLICIES
from coherence.protocol.find import protocols
from coherence.run.steps import steps
from tests.reference.simulator import simulate

LATENCIES = tuple(f.name for f in fields(co.Timing) if f.name not in ("hit", "issue"))  # those may not be 0
ALL = tuple(POLICIES)
KEYS = st.one_of(st.integers(-6, 6), st.sampled_from("abc"))


@st.composite
def cases(draw: st.DrawFn, most: int = 60, policies: tuple[str, ...] = ("LRU", "FIFO", "Random")) -> dict[str, Any]:
    cores = draw(st.integers(1, 5))
    timing = {name: draw(st.integers(0, 9)) for name in draw(st.sets(st.sampled_from(LATENCIES)))}
    timing |= {name: draw(st.integers(1, 3)) for name in ("hit", "issue")}
    access = st.tuples(st.integers(0, cores - 1), st.sampled_from("rrrwwwe"), KEYS, st.sampled_from([0, 0, 0, 1, 4]))
    return {
        "accesses": draw(st.lists(access, min_size=1, max_size=most)),
        "protocol": draw(st.sampled_from(sorted(protocols))),
        "cores": cores,
        "cache": {
            "sets": draw(st.integers(1, 3)),
            "ways": draw(st.sampled_from([None, 1, 2, 4 if "PLRU" in policies else 3])),
            "keys_per_line": draw(st.sampled_from([1, 2, 4])),
            "policy": draw(st.sampled_from(policies)),
        },
        "arbitration": draw(st.sampled_from(["fifo", "round-robin", "priority", "random"])),
        "timing": timing,
        "seed": draw(st.integers(0, 2**64)),
    }


def run(case: dict[str, Any], order: str, **flags: Any) -> co.Run:
    machine = co.Machine(
        case["protocol"],
        case["cores"],
        co.Cache(**case["cache"]),
        co.Timing(**case["timing"]),
        case["arbitration"],
        case["seed"],
    )
    return machine.run(
        co.Workload.from_accesses("t", lambda: iter(case["accesses"]), case["cores"]), order=order, **flags
    )


def agrees(case: dict[str, Any], order: str) -> None:
    wanted = simulate(
        str(protocols[case["protocol"]]), case["accesses"], cores=case["cores"], order=order, timing=case["timing"],
        arbitration=case["arbitration"], seed=case["seed"], **case["cache"],
    )  # fmt: skip
    got = run(case, order, record=order == "trace")
    assert list(got.per_core) == wanted["per_core"]
    assert {k: v for k, v in got.totals.items() if not isinstance(v, float)} == {
        k: v for k, v in wanted["totals"].items() if not isinstance(v, float)
    }
    for ratio in ("bus_utilization", "hit_rate", "miss_rate", "amat"):
        assert got.totals[ratio] == pytest.approx(wanted["totals"][ratio])
    if order == "trace":
        assert list(steps(got)) == wanted["steps"]


@settings(max_examples=300, deadline=None)
@given(case=cases(), order=st.sampled_from(["program", "trace"]))
def test_every_counter_and_step_is_that_of_an_independent_simulator(case: dict[str, Any], order: str) -> None:
    agrees(case, order)


@pytest.mark.slow
@settings(max_examples=20_000, deadline=None)
@given(case=cases(most=150), order=st.sampled_from(["program", "trace"]))
def test_every_counter_and_step_is_that_of_an_independent_simulator_at_length(case: dict[str, Any], order: str) -> None:
    agrees(case, order)


@settings(max_examples=150, deadline=None)
@given(case=cases(policies=ALL))
def test_in_trace_order_every_read_is_that_of_a_plain_dict(case: dict[str, Any]) -> None:
    plain: dict[object, int] = {}
    writes = 0
    for access in run(case, "trace", record=True).recorded():
        if access.event == "PrWr":
            writes += 1
            plain[access.key] = writes
        if access.event != "Evict":
            assert access.value == plain.get(access.key)


@settings(max_examples=150, deadline=None)
@given(case=cases(policies=ALL))
def test_counters_add_up_and_the_same_seed_gives_the_same_run(case: dict[str, Any]) -> None:
    got = run(case, "program", record=True)
    t: dict[str, Any] = got.totals
    assert t["reads"] + t["writes"] == sum(op != "e" for _, op, _, _ in case["accesses"])
    misses = t["read_misses"] + t["write_misses"]
    assert misses == t["cold"] + t["replacement"] + t["true_sharing"] + t["false_sharing"]
    assert t["memory_fills"] + t["cache_fills"] == t["bus"]["BusRd"] + t["bus"]["BusRdX"]
    assert t["supplies"] == t["cache_fills"]
    assert t["writebacks"] == t["bus"]["BusWB"]
    assert t["bus_busy"] == sum(a.held for a in got.recorded())
    assert t["invalidations"] == sum(n for row in got.invalidated_by.values() for n in row.values())
    assert t["bus_wait"] == sum(
        a.granted - a.queued for a in got.recorded() if a.granted is not None and a.queued is not None
    )
    assert got.to_json() == run(case, "program").to_json()


@settings(max_examples=100, deadline=None)
@given(case=cases(policies=ALL))
def test_only_one_access_holds_the_bus_and_a_core_has_one_outstanding(case: dict[str, Any]) -> None:
    got = run(case, "program", record=True).recorded()
    grants = sorted((a.granted, a.granted + a.held) for a in got if a.granted is not None and a.held)
    assert all(end <= start for (_, end), (start, _) in zip(grants, grants[1:], strict=False))
    for core in range(case["cores"]):
        own = sorted((a.start, a.end) for a in got if a.core == core)
        assert all(end <= start for (_, end), (start, _) in zip(own, own[1:], strict=False))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), protocol=st.sampled_from(sorted(protocols)), arbitration=st.sampled_from(["fifo", "random"]))
def test_random_programs_of_atomic_updates_lose_nothing(data: st.DataObject, protocol: str, arbitration: str) -> None:
    plans = data.draw(
        st.lists(st.lists(st.tuples(st.sampled_from("gpu"), st.integers(0, 3)), max_size=25), min_size=1, max_size=4)
    )

    def program(plan: list[tuple[str, int]]) -> Any:
        def steps_of(core: co.Core) -> Any:
            for op, key in plan:
                if op == "u":
                    yield from core.update(key, lambda n: (n or 0) + 1)
                elif op == "g":
                    yield from core.get(key)
                else:
                    yield core.compute(key)

        return steps_of

    machine = co.Machine(
        protocol, arbitration=arbitration, cache=co.Cache(ways=1, keys_per_line=2), timing=co.Timing(memory=7)
    )
    got = machine.run([program(plan) for plan in plans])
    wanted = {k: sum(op == "u" and key == k for plan in plans for op, key in plan) for k in range(4)}
    assert {k: got.values.get(k, 0) for k in range(4)} == wanted
