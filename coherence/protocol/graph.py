"""A protocol seen in other ways: as a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coherence.protocol.model import PROCESSOR, Protocol

if TYPE_CHECKING:
    import networkx as nx


def graph(protocol: Protocol) -> nx.MultiDiGraph[str]:
    """States as nodes, each branch of each cell as an edge; see `Protocol.graph`.

    >>> import coherence as co
    >>> co.protocols["MESI"].graph().number_of_nodes()
    4
    """
    import networkx as nx

    found: nx.MultiDiGraph[str] = nx.MultiDiGraph(name=protocol.name)
    for state in protocol.states:
        found.add_node(state.name, title=state.title, properties=state.properties)
    for (state_name, event), cell in protocol.cells.items():
        conditions = ("alone", "shared") if cell.conditional else ("",)
        for condition, to in zip(conditions, cell.targets, strict=False):
            found.add_edge(
                state_name,
                to,
                event=event,
                action=", ".join(map(str, cell.actions)),
                condition=condition,
                kind="processor" if event in PROCESSOR else "bus",
            )
    return found
