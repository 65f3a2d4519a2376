"""Two tables in lockstep, the graph of states, and the machine inside the proof."""

from __future__ import annotations

from itertools import product

import pytest

import coherence as co
from coherence.protocol.catalog import ALL
from coherence.protocol.find import protocols
from coherence.protocol.model import PROCESSOR, Protocol
from coherence.transaction.order import order
from coherence.verifier.compare import compare_protocols
from coherence.verifier.graph import state_graph

MESI = protocols["MESI"]


@pytest.mark.parametrize("caches", [1, 2, 3, 4])
def test_names_of_states_are_free(caches: int) -> None:
    other = MESI.renamed("Mine", M="Dirty Dirty", E="Only Only", S="Many Many", I="None None")
    assert compare_protocols(MESI, other, caches).same
    assert compare_protocols("Berkeley", "MOSI", caches).same


@pytest.mark.parametrize("protocol", ALL, ids=lambda p: p.name)
def test_every_protocol_is_like_itself_only(protocol: Protocol) -> None:
    like = {other.name for other in ALL if compare_protocols(protocol, other).same}
    assert like == ({"Berkeley", "MOSI"} if protocol.name in ("Berkeley", "MOSI") else {protocol.name})


# (p, q) → the differences seen at the end of a shortest sequence, and its length
TOLD = {
    ("Illinois", "MESI"): (("line from a cache, not memory",), 2),
    ("MOESI", "MESI"): (("memory left alone, not written", "core 0 a copy dirty, not a copy"), 2),
    ("MSI", "MESI"): (("core 0 a copy, not a copy exclusive",), 1),
    ("Synapse", "MSI"): (("requests BusRdX, not BusUpgr", "line from memory, not nobody"), 2),
}


@pytest.mark.parametrize(("p", "q"), TOLD)
def test_the_shortest_sequence_that_tells_two_apart(p: str, q: str) -> None:
    found = compare_protocols(p, q)
    assert not found.same
    differences, length = TOLD[p, q]
    assert (found.differences, len(found.path)) == (differences, length)
    assert found.text().splitlines()[0] == found.verdict
    assert len(found.text().splitlines()) == length + 1


def test_no_shorter_sequence_tells_them_apart() -> None:
    found = compare_protocols("MOESI", "MESI", caches=2)
    shorter = len(found.path) - 1
    for path in product(product(range(2), PROCESSOR), repeat=shorter):
        copies: list[dict[int, str]] = [{}, {}]
        for core, event in path:
            if event == "Evict" and core not in copies[0]:
                break
            done = [order(protocols[n], core, event, c) for n, c in zip(("MOESI", "MESI"), copies, strict=True)]
            assert done[0].requests == done[1].requests
            assert done[0].memory_written == done[1].memory_written
            for n, (d, c) in enumerate(zip(done, copies, strict=True)):
                c.update({core: after for core, (_, after) in d.changes.items()})
                copies[n] = {k: s for k, s in c.items() if s != "I"}


def test_a_cell_that_is_never_in_one_of_them_is_a_difference() -> None:
    found = compare_protocols(MESI.but("x", M={"BusRd": "never"}), MESI)
    assert found.differences == ("the step undefined, not requests BusRd",)


def test_wrong_use_is_told() -> None:
    with pytest.raises(co.InputError) as caught:
        compare_protocols("MESSI", "MOESSI", caches=9)
    assert len(str(caught.value).splitlines()) == 3


def test_the_graph_has_every_state_and_step() -> None:
    graph = state_graph("MESI", caches=3, symmetry=False)
    assert graph.number_of_nodes() == 14
    assert max(d["depth"] for _, d in graph.nodes(data=True)) == 3
    assert graph.edges["I I I", "E I I"]["steps"] == {("I", "PrRd")}
    assert not graph.nodes["M I I | memory stale"]["fresh"]
    assert state_graph("MESI", caches=50).number_of_nodes() == 53
    with pytest.raises(co.InputError, match="more than 10 states"):
        state_graph("MESI", caches=5, symmetry=False, max_states=10)
    with pytest.raises(co.InputError, match=r"caches must be .*\nmax-states must be a whole number >= 1, not 'few'"):
        state_graph("MESI", caches=0, max_states="few")  # type: ignore[arg-type]


def test_the_graph_of_a_broken_table_gives_each_node_its_least_depth() -> None:
    """Two sharers of which one is stale look like two that are not: the first way to them counts."""
    graph = state_graph(MESI.but("x", S={"BusUpgr": "S"}), caches=2)
    assert graph.nodes["S S"]["depth"] == 2


@pytest.mark.parametrize("protocol", ALL, ids=lambda p: p.name)
@pytest.mark.parametrize("arbitration", ["fifo", "random"])
def test_the_machine_refines_the_proof(protocol: Protocol, arbitration: str) -> None:
    """Every step that a random timed run takes, evictions and victims too, is an edge of the explored graph."""
    cores = 3
    graph = state_graph(protocol, cores, symmetry=False)
    edges = {
        (graph.nodes[a]["states"], step, graph.nodes[b]["states"])
        for a, b, d in graph.edges(data=True)
        for step in d["steps"]
    }
    accesses = [
        (core, "wrre"[(i * 7 + core * 3) % 4] if i % 5 else "w", (i * i + core) % 4, i % 3)
        for i in range(150)
        for core in range(cores)
    ]
    machine = co.Machine(protocol, cores, co.Cache(ways=2), arbitration=arbitration, seed=5)
    run = machine.run(co.Workload.from_accesses("t", lambda: iter(accesses), cores), record=True)
    states: dict[object, list[str]] = {}
    taken = 0

    def step(line: object, core: int, event: str, changes: dict[int, tuple[str, str]]) -> None:
        now = states.setdefault(line, [protocol.invalid] * cores)
        before = tuple(now)
        for c, (was, after) in changes.items():
            assert now[c] == was
            now[c] = after
        assert (before, (before[core], event), tuple(now)) in edges

    for a in run.recorded():
        if a.event == "Evict" and a.before == protocol.invalid:
            continue
        if a.outcome and a.outcome.victim:
            victim = a.outcome.victim
            step(victim.line, a.core, "Evict", victim.outcome.changes)
            taken += 1
        step(a.line, a.core, a.event, a.outcome.changes if a.outcome else {a.core: (a.before, a.after)})
        taken += 1
    assert taken > 400
