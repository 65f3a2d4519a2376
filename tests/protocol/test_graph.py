"""The same table as a graph and as arrays: every cell is there, and nothing else."""

from __future__ import annotations

import pytest

from coherence.protocol.arrays import NONE, UNDEFINED, arrays
from coherence.protocol.catalog import ALL
from coherence.protocol.model import PROCESSOR, REQUESTS, RESPONSES, SNOOPED, Protocol


@pytest.mark.parametrize("protocol", ALL, ids=lambda p: p.name)
def test_graph_has_an_edge_for_each_branch_of_each_cell(protocol: Protocol) -> None:
    graph = protocol.graph()
    wanted = sorted(
        (state, to, event, "processor" if event in PROCESSOR else "bus")
        for (state, event), cell in protocol.cells.items()
        for to in cell.targets
    )
    assert sorted((a, b, d["event"], d["kind"]) for a, b, d in graph.edges(data=True)) == wanted
    assert {n: d["properties"] for n, d in graph.nodes(data=True)} == {s.name: s.properties for s in protocol.states}


def test_graph_says_the_condition() -> None:
    mesi = ALL[2]
    found = {
        (b, d["condition"], d["action"])
        for a, b, d in mesi.graph().edges(data=True)
        if a == "I" and d["event"] == "PrRd"
    }
    assert found == {("E", "alone", "BusRd"), ("S", "shared", "BusRd")}


@pytest.mark.parametrize("protocol", ALL, ids=lambda p: p.name)
def test_arrays_decode_to_the_table(protocol: Protocol) -> None:
    a = arrays(protocol)
    names = [s.name for s in protocol.states]
    assert names[a.invalid] == protocol.invalid
    for s, state in enumerate(protocol.states):
        assert (bool(a.exclusive[s]), bool(a.dirty[s]), bool(a.owner[s])) == (state.exclusive, state.dirty, state.owner)
        for e, event in enumerate(PROCESSOR):
            cell = protocol.cells[state.name, event]
            if cell.never:
                assert a.alone[s, e] == a.shared[s, e] == UNDEFINED
                continue
            got = [(REQUESTS[r], bool(i)) for r, i in zip(a.request[s, e], a.if_shared[s, e], strict=True) if r != NONE]
            assert got == [(x.word, x.if_shared) for x in cell.actions]
            assert (names[a.alone[s, e]], names[a.shared[s, e]]) == (cell.alone, cell.shared)
        for r, request in enumerate(SNOOPED):
            found = protocol.snoops.get((state.name, request))
            if found is None:
                assert a.snooped[s, r] == UNDEFINED
            else:
                bits = {w for k, w in enumerate(RESPONSES) if a.response[s, r] >> k & 1}
                assert (bits, names[a.snooped[s, r]]) == (set(found[0]), found[1])
