"""The reachable global states as a networkx graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING

from coherence.errors import InputError, whole
from coherence.protocol.find import find_protocol
from coherence.protocol.model import EVENTS, Protocol
from coherence.verifier.explore import Act, Caches
from coherence.verifier.model import Model
from coherence.verifier.search import Step, search

if TYPE_CHECKING:
    import networkx as nx

MOST = 2000  # nodes


@dataclass(frozen=True, eq=False)
class Followed(Caches):
    """The space of n caches in which nothing ends the search: `taken` keeps the steps that lead to a state."""

    taken: dict[bytes, list[Step[Act, bytes]]] = field(default_factory=dict)

    def steps(self, state: bytes) -> list[Step[Act, bytes]]:
        """Every enabled step that leads to a state."""
        self.taken[state] = [step for step in Caches.steps(self, state) if step[2] is None]
        return self.taken[state]

    def broken(self, state: bytes) -> None:
        """Nothing, so that states that break a property are followed too."""


def state_graph(
    protocol: Protocol | str | PathLike[str], caches: int = 3, symmetry: bool = True, max_states: int = MOST
) -> nx.DiGraph[str]:
    """Every reachable global state of *caches* caches as a DiGraph, up to symmetry unless told otherwise.

    A node is the text `"M I I"` (with ` | memory stale` where it is), with `states` (tuple of names), `fresh` (of
    memory) and `depth`; states that differ only in which copies are stale are one node. An edge carries `steps`: the
    set of (state before, event) that lead there. A step that breaks UNDEF, DATA or STALEREAD has no edge; states that
    break a property are shown and followed. Raises `InputError` if there are more than *max_states* states.

    >>> state_graph("MESI", caches=2).number_of_nodes()
    5
    """
    import networkx as nx

    faults = whole("caches", caches, 1) + whole("max-states", max_states, 1)
    if faults:
        raise InputError("\n".join(faults))
    model = Model(find_protocol(protocol), 1)
    space = Followed(model, caches, symmetry)
    found = search(space, max_states)
    if found.partial:
        raise InputError(f"{model.protocol.name} has more than {max_states} states with {caches} caches")
    graph: nx.DiGraph[str] = nx.DiGraph(name=model.protocol.name)
    depth: dict[bytes, int] = {}
    for state, came in found.reached.items():
        depth[state] = depth[came[0]] + 1 if came else 0
        label = _label(model, state)
        if label not in graph:  # else it stands there with the least depth
            names = tuple(model.state[c] for c in state[:-1])
            graph.add_node(label, states=names, fresh=state[-1] == model.fresh, depth=depth[state])
    for state, steps in space.taken.items():
        a = _label(model, state)
        for (core, move), after, _, _ in steps:
            b = _label(model, after)
            if not graph.has_edge(a, b):
                graph.add_edge(a, b, steps=set())
            graph.edges[a, b]["steps"].add((model.state[state[core]], EVENTS[move.op]))
    return graph


def _label(model: Model, state: bytes) -> str:
    names = " ".join(model.state[c] for c in state[:-1])
    return names if state[-1] == model.fresh else f"{names} | memory stale"
