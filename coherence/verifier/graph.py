"""The reachable global states as a networkx graph."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

from coherence.errors import InputError, whole
from coherence.protocol.find import find_protocol
from coherence.protocol.model import EVENTS, Protocol
from coherence.verifier.explore import start, steps_from
from coherence.verifier.model import Model

if TYPE_CHECKING:
    import networkx as nx

MOST = 2000  # nodes


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
    first = start(model, caches)
    graph: nx.DiGraph[str] = nx.DiGraph(name=model.protocol.name)
    _add(graph, model, first, 0)
    level, depth, seen = [first], 0, {first}
    while level:
        following = []
        depth += 1
        for state in level:
            for step in steps_from(model, state, symmetry):
                if step.broken:
                    continue
                if step.state not in seen:
                    if len(seen) >= max_states:
                        raise InputError(
                            f"{model.protocol.name} has more than {max_states} states with {caches} caches"
                        )
                    seen.add(step.state)
                    following.append(step.state)
                    _add(graph, model, step.state, depth)
                a, b = _label(model, state), _label(model, step.state)
                if not graph.has_edge(a, b):
                    graph.add_edge(a, b, steps=set())
                graph.edges[a, b]["steps"].add((model.state[step.own], EVENTS[step.move.op]))
        level = following
    return graph


def _add(graph: nx.DiGraph[str], model: Model, state: bytes, depth: int) -> None:
    label = _label(model, state)
    if label not in graph:  # else it stands there with the least depth
        names = tuple(model.state[c] for c in state[:-1])
        graph.add_node(label, states=names, fresh=state[-1] == model.fresh, depth=depth)


def _label(model: Model, state: bytes) -> str:
    names = " ".join(model.state[c] for c in state[:-1])
    return names if state[-1] == model.fresh else f"{names} | memory stale"
