"""The search: the same outcomes as a plain search and as the axioms, the published verdicts, and the shortest ways."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from coherence.consistency.catalog import TESTS
from coherence.consistency.explore import Search
from coherence.consistency.find import find_tests
from coherence.consistency.line import Caches, Flat
from coherence.consistency.program import Litmus
from coherence.consistency.report import judge, litmus
from coherence.errors import Breach
from coherence.protocol.find import protocols
from coherence.protocol.model import Protocol, Undefined
from tests.consistency.axioms import outcomes as by_axioms
from tests.consistency.programs import plainly, random_test

PUBLISHED = Path(__file__).parents[3] / "shared" / "oracles" / "litmus"
NAMED = [find_tests(name)[0] for name in TESTS]
MESI = protocols["MESI"]


def outcomes(test: Litmus, model: str, protocol: Protocol | None = None, **how: object) -> set[tuple[int, ...]]:
    chosen = {"start": "cold", "evict": False, **how}
    shared = Caches(protocol) if protocol else Flat()
    return set(Search(test, shared, buffered=model == "tso", **chosen).run().outcomes)  # type: ignore[arg-type]


@pytest.mark.parametrize("model", ["sc", "tso"])
@pytest.mark.parametrize("test", NAMED, ids=list(TESTS))
def test_the_axioms_allow_the_same_outcomes_for_the_catalogue(test: Litmus, model: str) -> None:
    """Protects the meaning of both models: nothing of the search is in the second method."""
    wanted = by_axioms(test, model)
    assert outcomes(test, model) == wanted
    assert outcomes(test, model, MESI, start="touched") == wanted


@pytest.mark.parametrize("model", ["sc", "tso"])
def test_the_axioms_allow_the_same_outcomes_for_random_programs(model: str) -> None:
    """Protects what no named test does: exchanges and stores of registers, fences at odd places, equal values."""
    for seed in range(200):
        test = random_test(seed)
        wanted = by_axioms(test, model)
        assert outcomes(test, model) == wanted, test
        assert outcomes(test, model, protocols["MOESI"]) == wanted, test


def test_tso_allows_more_than_sc_somewhere_in_the_random_programs() -> None:
    """A comparison in which both models always agree would protect neither."""
    assert sum(by_axioms(random_test(s), "tso") > by_axioms(random_test(s), "sc") for s in range(200)) >= 5


@pytest.mark.parametrize("name", protocols)
def test_every_correct_table_is_flat_memory(name: str) -> None:
    """Protects coherence itself: whatever the table, the start and the evictions, the outcomes are memory's."""
    for test in NAMED:
        for model in ("sc", "tso"):
            wanted = outcomes(test, model)
            for start in ("cold", "touched", "owned"):
                assert outcomes(test, model, protocols[name], start=start) == wanted, (test.name, model, start)
    for test in [t for t in NAMED if len(t.programs) <= 2]:
        assert outcomes(test, "tso", protocols[name], evict=True) == outcomes(test, "tso"), test.name


@pytest.mark.parametrize("model", ["sc", "tso"])
@pytest.mark.parametrize("evict", [False, True])
def test_delayed_evictions_and_packed_states_lose_no_outcome_and_no_shortest_way(model: str, evict: bool) -> None:
    """Protects the two tricks of the search, on tables that are wrong, on which evictions matter."""
    wrong = [{"M": {"Evict": "I"}}, {"S": {"BusUpgr": "S"}}, {"S": {"PrWr": "BusUpgr > S"}}, {"E": {"PrWr": "E"}}]
    drawn = [random_test(seed) for seed in (2, 3, 13)]  # on which one eviction, or the first way found, is not enough
    tests = [t for t in NAMED if sum(map(len, t.programs)) <= 4 and len(t.programs) <= 2] + drawn
    total = MESI.but("total", M={"BusUpgr": "I"}, E={"BusUpgr": "I"})  # so that no run stops at a never
    for cell in wrong:
        table = total.but("wrong", **cell)
        for test in tests:
            for touched in (False, True):
                wanted = plainly(test, table, model, touched, evict)
                start = "touched" if touched else "cold"
                search = Search(test, Caches(table), buffered=model == "tso", start=start, evict=evict)
                found = search.run().outcomes
                assert {values: end.depth for values, end in found.items()} == wanted, (test, cell, touched)
                assert all(len(search.steps_to(end)) == end.depth for end in found.values())


def test_a_fence_and_an_exchange_wait_for_an_empty_buffer() -> None:
    for name in ("SB+mfences", "SB+xchgs", "R+mfences", "RWC+mfences", "XCHG"):
        assert litmus(name, model="tso").holds, name
    for name in ("SB", "SB+mfence+po", "SB+rfis", "3.SB", "R", "RWC"):
        assert litmus(name, model="tso").holds, name
        assert not litmus(name, model="sc").holds, name


def test_a_never_cell_stops_the_search_with_the_way_to_it() -> None:
    table = MESI.but("claims", E={"BusRd": "never"})
    with pytest.raises(Breach, match="core 1 in state E met BusRd, and its cell says never, on location x"):
        litmus("RWC", protocol=table)
    with pytest.raises(Breach, match="before the test begins"):
        litmus("SB", protocol=table, start="touched")
    with pytest.raises(Breach, match="core 0 in state M met Evict") as met:
        litmus("CoWW", protocol=MESI.but("keeps", M={"Evict": "never"}), evict=True)
    assert "1  core 0 writes x = 1" in str(met.value)
    assert "2  core 0 evicts x" in str(met.value)


def test_a_test_may_begin_where_a_cell_says_never() -> None:
    """The start is a run too: its transactions are the table's."""
    with pytest.raises(Undefined):
        Search(NAMED[0], Caches(MESI.but("x", E={"BusRd": "never"})), buffered=False, start="touched", evict=False)


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published litmus tests are not beside this checkout")
@pytest.mark.parametrize("protocol", ["flat", "MSI", "MESI", "MOESI"])
def test_published_verdicts_and_numbers_of_outcomes(protocol: str) -> None:
    """Dat3M's 244 tests for x86, under both models."""
    with open(PUBLISHED / "expected.csv", newline="") as file:
        expected = {row["file"]: row for row in csv.DictReader(file)}
    table = None if protocol == "flat" else protocols[protocol]
    tests = find_tests(PUBLISHED / "x86")
    assert len(tests) == len(expected) == 244
    for model in ("sc", "tso"):
        shared = Caches(table) if table else Flat()
        for test in tests:
            row = expected[Path(test.file or "").name]
            found = judge(test, shared, table, model=model, start="cold", evict=False)
            wanted = (row["quantifier"], row[model] == "1", int(row[f"{model}_outcomes"]))
            assert (test.quantifier, found.holds, len(found.outcomes)) == wanted, (test.file, model)
