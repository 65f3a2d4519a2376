"""Capacity and conflict, and sharing by three definitions, on the shortest traces that tell them apart."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coherence as co
from coherence.analysis.misses import MissClasses, miss_classes
from tests.simulation.test_properties import cases, run

FOUR = co.Cache(keys_per_line=4)


def classes(ops: str, cache: co.Cache = FOUR, protocol: str = "MESI", core: int | None = None) -> MissClasses:
    machine = co.Machine(protocol, cache=cache)
    return miss_classes(machine, machine.run(co.Workload.from_ops(ops), order="trace", record=True), core)


def sharing(found: MissClasses) -> str:
    """Of the core with one sharing miss: by Eggers, Dubois and one-word lines, T for true or essential."""
    pairs = [
        (found.true_sharing, found.false_sharing),
        (found.essential, found.useless),
        (found.word_true, found.word_false),
    ]
    assert all(true + false == 1 for true, false in pairs)
    return "".join("T" if true else "f" for true, _ in pairs)


# what it shows: the accesses before the last sharing miss of core 0 and after it, and that miss's classes
THREE = {
    "the key itself": ("0 r 0; 1 w 0", "0 r 0", "TTT"),
    "another key": ("0 r 0; 1 w 1", "0 r 0", "fff"),
    "another key, used later in the stay": ("0 r 0; 1 w 1", "0 r 0; 0 r 1", "fTf"),
    "another key, used too late": ("0 r 0; 0 r 1; 1 w 1", "0 r 0; 0 e 0; 0 r 1", "fff"),
    "never used before": ("0 r 0; 1 w 1", "0 r 2", "ffT"),
    "seen before": ("1 w 0; 0 r 0; 1 w 1", "0 r 0", "fff"),
    "a write is a use": ("0 r 0; 1 w 1", "0 r 0; 0 w 1", "fTf"),
    "written before the loss": ("0 r 0; 0 e 0; 1 w 0; 0 r 1; 1 w 2", "0 r 0", "ffT"),
}


@pytest.mark.parametrize("what", THREE)
def test_sharing_by_three_definitions(what: str) -> None:
    before, after, wanted = THREE[what]
    assert sharing(classes(f"{before}; {after}", core=0)) == wanted


def test_a_trace_on_which_the_three_definitions_count_differently() -> None:
    """Four sharing misses of core 0, each after a write of core 1 that takes the line.

    Key 1 is new by all; key 0 came along with it, so only one-word lines miss; key 0 again is new by none, but 3 is
    used in the stay that it begins; key 2 came along with 3, and only one-word lines, where it was never used, miss.
    """
    ops = "0 r 0; 1 w 0; 1 w 1; 0 r 1; 1 w 2; 0 r 0; 1 w 3; 0 r 0; 0 r 3; 1 w 0; 0 r 2"
    found = classes(ops, core=0)
    assert (found.true_sharing, found.false_sharing) == (1, 3)
    assert (found.essential, found.useless) == (2, 2)
    assert (found.word_true, found.word_false) == (3, 1)


HYBRID = """
Hybrid: shared writes go through and update, write misses invalidate
M Modified exclusive dirty
S Shared
I Invalid invalid

  | PrRd      | PrWr       | Evict     | BusRd     | BusRdX    | BusWr
M | M         | M          | BusWB > I | Flush > S | Flush > I | never
S | S         | BusWr > S  | I         | S         | I         | Update > S
I | BusRd > S | BusRdX > M | never     | I         | I         | I
"""


def test_an_update_brings_the_key_without_a_miss() -> None:
    """Core 1's write updates core 0's copy, which core 2 then takes by a write to another key: nothing new for core 0."""
    machine = co.Machine(co.Protocol.parse(HYBRID), cache=FOUR)
    ops = "0 r 0; 1 r 0; 1 w 0; 2 w 1; 0 r 0"
    found = miss_classes(machine, machine.run(co.Workload.from_ops(ops), order="trace", record=True), core=0)
    assert (found.cold, found.essential, found.useless) == (1, 0, 1)


@pytest.mark.parametrize(
    ("cache", "ops", "wanted"),
    [
        (co.Cache(sets=2, ways=1), "0 r 0; 0 r 2; 0 r 0", (0, 1, 0)),
        (co.Cache(sets=2, ways=1), "0 r 0; 0 r 1; 0 r 2; 0 r 0", (1, 0, 0)),
        (co.Cache(sets=1, ways=2), "0 r 0; 0 r 1; 0 r 2; 0 r 0", (1, 0, 0)),
        (co.Cache(), "0 r 0; 0 e 0; 0 r 0", (0, 0, 1)),
        (co.Cache(sets=2, ways=1), "0 r 0; 0 e 0; 0 r 0; 0 r 2; 0 r 0", (0, 1, 1)),
    ],
)
def test_replacement_is_capacity_conflict_or_given_up(cache: co.Cache, ops: str, wanted: tuple[int, ...]) -> None:
    found = classes(ops, cache)
    assert (found.capacity, found.conflict, found.given_up) == wanted


@settings(max_examples=200, deadline=None)
@given(case=cases(), order=st.sampled_from(["program", "trace"]))
def test_classes_add_up_to_the_counters_and_full_associativity_has_no_conflict(
    case: dict[str, Any], order: str
) -> None:
    got = run(case, order, record=True)
    machine = co.Machine(case["protocol"], case["cores"], co.Cache(**case["cache"]))
    found = miss_classes(machine, got)
    t: dict[str, Any] = got.totals
    assert found.cold == t["cold"]
    assert found.capacity + found.conflict + found.given_up == t["replacement"]
    assert (found.true_sharing, found.false_sharing) == (t["true_sharing"], t["false_sharing"])
    assert (
        found.essential + found.useless
        == found.word_true + found.word_false
        == found.true_sharing + found.false_sharing
    )
    each = [miss_classes(machine, got, core) for core in range(case["cores"])]
    for name in MissClasses.__slots__:
        assert sum(getattr(one, name) for one in each) == getattr(found, name)
    if (
        case["cache"]["sets"] == 1
        and case["cache"]["policy"] == "LRU"
        and not any(a[1] == "e" for a in case["accesses"])
    ):
        assert t["invalidations"] or found.conflict == 0
    assert found.essential >= found.true_sharing


def test_it_needs_the_records() -> None:
    machine = co.Machine()
    with pytest.raises(co.InputError, match="kept no events"):
        miss_classes(machine, machine.run([(0, "r", 1)]))


def test_a_core_that_is_not_there_has_no_misses() -> None:
    with pytest.raises(co.InputError, match="core must be a whole number from 0 to 0, not 1"):
        classes("0 r 0", core=1)


def test_a_write_without_a_copy_brings_nothing() -> None:
    """Core 0's write to key 1 does not allocate: key 0, which core 1 wrote, is still new when it is read."""
    found = classes("0 r 0; 1 w 0; 1 w 1; 0 w 1; 0 r 2; 0 r 0", protocol="WriteThrough", core=0)
    assert (found.false_sharing, found.essential) == (1, 1)
