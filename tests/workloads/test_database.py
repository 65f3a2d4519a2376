"""The tree: a map for one core, no update lost among many, and a disorder that is found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coherence as co
from coherence.workloads import Tree, database
from coherence.workloads.trees import Node

Steps = Generator[Any, Any, Any]


def one_more(value: int | None) -> int:
    return (value or 0) + 1


@given(st.lists(st.tuples(st.booleans(), st.integers(-20, 20)), max_size=120), st.integers(3, 6))
@settings(max_examples=80, deadline=None)
def test_for_one_core_it_is_a_map(operations: list[tuple[bool, int]], fanout: int) -> None:
    """Against a dict, operation by operation, and whole at the end."""
    tree = Tree(fanout)

    def program(core: co.Core) -> Steps:
        found = []
        for update, key in operations:
            if update:
                yield from tree.update(core, key, one_more)
            else:
                found.append((yield from tree.get(core, key)))
        return found

    model: dict[int, int] = {}
    expected = []
    for update, key in operations:
        if update:
            model[key] = model.get(key, 0) + 1
        else:
            expected.append(model.get(key))
    run = co.Machine().run([program])
    assert run.returned == (expected,)
    assert tree.content(run.values) == model


@given(
    st.lists(st.lists(st.integers(0, 30), max_size=30), min_size=2, max_size=4),
    st.sampled_from(["MESI", "MOESI", "Dragon", "WriteThrough"]),
    st.sampled_from([None, 2]),
)
@settings(max_examples=60, deadline=None)
def test_no_update_is_lost_or_doubled_among_many(keys: list[list[int]], protocol: str, ways: int | None) -> None:
    """The cores split the same nodes at the same time; nodes are small, so that they do it all the time."""
    tree = Tree(3)

    def program(core: co.Core) -> Steps:
        for key in keys[core.index]:
            yield from tree.update(core, key, one_more)

    machine = co.Machine(protocol, cache=co.Cache(ways=ways), arbitration="random")
    run = machine.run([program] * len(keys), max_cycles=2_000_000)
    assert tree.content(run.values) == Counter(key for own in keys for key in own)


def test_nodes_hold_no_more_than_their_fanout_and_the_tree_is_balanced() -> None:
    run = co.Machine().run(database(operations=200, writes=1, skew=0, fanout=4))
    nodes = [value for value in run.values.values() if isinstance(value, Node)]
    assert max(len(node.keys) for node in nodes) == 4
    assert run.values["node", 0].level >= 2  # type: ignore[attr-defined]
    assert {len(node.items) - len(node.keys) for node in nodes if node.level} == {1}


def test_the_root_is_the_line_that_all_read() -> None:
    run = co.Machine().run(database())
    assert max(run.lines, key=lambda line: run.lines[line].reads) == ("node", 0)
    assert len(run.lines["node", 0].readers) == 4


def test_popular_keys_cost_more() -> None:
    """Leaves that are fought over, where popularity is skewed."""

    def taken(skew: float) -> int:
        run = co.Machine().run(database(cores=8, operations=300, keys=2000, skew=skew))
        return max(counts.invalidations for line, counts in run.lines.items() if line != ("node", 0))

    assert taken(2) > 2 * taken(0)


def test_a_node_that_was_split_meanwhile_is_found_to_the_right() -> None:
    """As in the moment between a split and its entry in the node above: the root knows the left half only."""

    def program(core: co.Core) -> Steps:
        tree = Tree()
        yield from core.put("r", Node(keys=(3, 4), items=(30, 40)))
        yield from core.put("l", Node(keys=(1,), items=(10,), high=3, right="r"))
        yield from core.put(tree.root, Node(1, (), ("l",)))
        yield from tree.update(core, 5, one_more)
        return (yield from tree.get(core, 4)), (yield from tree.get(core, 1)), (yield from core.get("r")).keys

    assert co.Machine().run([program], max_cycles=100_000).returned == ((40, 10, (3, 4, 5)),)


def test_disorder_is_found() -> None:
    leaf = Node(keys=(1, 2), items=(1, 1), high=3, right="r")
    right = Node(keys=(3,), items=(1,))
    whole = {("node", 0): Node(1, (3,), ("l", "r")), "l": leaf, "r": right}
    assert Tree().content(whole) == {1: 1, 2: 1, 3: 1}
    with pytest.raises(co.Breach, match="has nodes that the one above does not know"):
        Tree().content(whole | {"l": leaf._replace(right=None)})
    with pytest.raises(co.Breach, match="not in order"):
        Tree().content(whole | {"r": right._replace(keys=(2,))})


def test_a_lost_update_is_told() -> None:
    """Unwatched, on a protocol that loses what a writer had: the workload's own check finds it."""
    broken = co.protocols["MESI"].but("amnesiac", M={"BusRdX": "I"})
    with pytest.raises(co.Breach, match=r"database: key \d+ has \d+ after \d+ additions|counted key \d+ to \d+, but"):
        co.Machine(broken, watch=False).run(database(), max_cycles=1_000_000)
