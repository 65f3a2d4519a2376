"""A B-link tree in simulated memory, which several cores search and change at a time.

Lehman & Yao, *Efficient Locking for Concurrent Operations on B-Trees* (ACM TODS 1981): every node knows its right
neighbour and the end of its range, so whoever comes to a node that has been split meanwhile goes on to the right.
Instead of locks each change is one atomic write of one node.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from coherence.accesses.given import refuse_if
from coherence.cache.config import Key
from coherence.errors import Breach, whole
from coherence.simulation.operation import operation

if TYPE_CHECKING:
    from coherence.simulation.core import Core

Change = Callable[[int | None], int]


class Node(NamedTuple):
    """A node: `level` 0 is a leaf.

    A leaf's `items` are the values of its `keys`. An inner node has one more child in `items` than `keys`: child *i*
    has the keys below `keys[i]`, the last one the rest. `high`: the node's keys are below it (None: no end) ·
    `right`: the next node of the level, or None.
    """

    level: int = 0
    keys: tuple[int, ...] = ()
    items: tuple[Any, ...] = ()
    high: int | None = None
    right: Key | None = None

    def covers(self, key: int) -> bool:
        """Whether *key* lies left of the node's end."""
        return self.high is None or key < self.high

    def child(self, key: int) -> Key:
        """Where an inner node sends *key*."""
        found: Key = self.items[bisect_right(self.keys, key)]
        return found


@dataclass(frozen=True)
class Tree:
    """A map from whole numbers to whole numbers, of nodes of *fanout* keys at most.

    Its root is always at the key (`key`, 0): if it is full, both halves move out and it grows by a level. A tree object
    holds no state, so each core may make its own.

    >>> import coherence as co
    >>> def program(core):
    ...     for number in range(20):
    ...         yield from Tree(fanout=4).update(core, number, lambda old: (old or 0) + number)
    ...     return (yield from Tree(fanout=4).get(core, 7)), (yield from Tree(fanout=4).get(core, 99))
    >>> co.Machine().run([program]).returned
    ((7, None),)
    """

    fanout: int = 8
    key: str = "node"

    def __post_init__(self) -> None:
        refuse_if(whole("fanout", self.fanout, 3))

    @property
    def root(self) -> Key:
        """The root's key."""
        return (self.key, 0)

    @operation
    def get(self, core: Core, key: int) -> Generator[Any, Any, int | None]:
        """The value of *key*, None where there is none."""
        _, leaf = yield from self._find(core, key)
        return dict(zip(leaf.keys, leaf.items, strict=True)).get(key)

    @operation
    def update(self, core: Core, key: int, change: Change) -> Generator[Any, Any, None]:
        """Store *change* of what is at *key*, atomically; splits what is full."""

        def put(leaf: Node) -> Node:
            at = bisect_left(leaf.keys, key)
            there = at < len(leaf.keys) and leaf.keys[at] == key
            items = (*leaf.items[:at], change(leaf.items[at] if there else None), *leaf.items[at + there :])
            return leaf._replace(keys=(*leaf.keys[:at], key, *leaf.keys[at + there :]), items=items)

        yield from self._change(core, key, 0, put)

    def _node(self, core: Core, at: Key) -> Generator[Any, Any, Node]:
        found = yield from core.get(at)
        return Node() if found is None else found

    def _find(self, core: Core, key: int, level: int = 0) -> Generator[Any, Any, tuple[Key, Node]]:
        """The node of *level* that covers *key*, from the root down, and to the right where one was split."""
        at = self.root
        node = yield from self._node(core, at)
        while node.level > level or not node.covers(key):
            at = node.child(key) if node.covers(key) else cast("Key", node.right)
            node = yield from self._node(core, at)
        return at, node

    def _change(self, core: Core, key: int, level: int, put: Callable[[Node], Node]) -> Generator[Any, Any, None]:
        """Put into the node that covers *key*, and split it first if it is full."""

        def fits(node: Node) -> bool:
            return node.level == level and node.covers(key) and len(node.keys) < self.fanout

        def write(node: Any) -> Node:
            now = node or Node()
            return put(now) if fits(now) else now

        while True:
            at, seen = yield from self._find(core, key, level)
            if len(seen.keys) >= self.fanout:
                yield from self._split(core, at, seen)
            elif fits((yield from core.update(at, write)) or Node()):
                return

    def _split(self, core: Core, at: Key, seen: Node) -> Generator[Any, Any, None]:
        """Move the right half of the full node *seen* to a node of its own; nothing if it has changed meanwhile."""
        middle = len(seen.keys) // 2
        cut = seen.keys[middle]
        inner = seen.level > 0
        right = seen._replace(keys=seen.keys[middle + inner :], items=seen.items[middle + inner :])
        left = seen._replace(keys=seen.keys[:middle], items=seen.items[: middle + inner], high=cut)
        there = yield from self._new(core, right)
        left = left._replace(right=there)
        if at == self.root:
            here = yield from self._new(core, left)
            yield from self._swap(core, at, seen, Node(seen.level + 1, (cut,), (here, there)))
        elif (yield from self._swap(core, at, seen, left)):

            def put(parent: Node) -> Node:
                keys = list(parent.keys)
                insort(keys, cut)
                after = keys.index(cut) + 1
                return parent._replace(keys=tuple(keys), items=(*parent.items[:after], there, *parent.items[after:]))

            yield from self._change(core, cut, seen.level + 1, put)

    def _new(self, core: Core, node: Node) -> Generator[Any, Any, Key]:
        """Write a node that nobody knows yet; its key has the core's number, so that no two cores ask for the same."""
        count = core.notes[self, core.index] = core.notes.get((self, core.index), 0) + 1
        at: Key = (self.key, core.index, count)
        yield from core.put(at, node)
        return at

    def _swap(self, core: Core, at: Key, seen: Node, new: Node) -> Generator[Any, Any, bool]:
        """Write *new* if *seen* is still there, atomically; whether it was."""
        found = yield from core.update(at, lambda node: new if (node or Node()) == seen else node)
        return bool((found or Node()) == seen)

    def content(self, values: Mapping[Key, Any]) -> dict[int, int]:
        """What the tree in *values* (`Run.values`) maps. Raises `Breach` if it is no tree."""
        levels = []
        first: Key = self.root
        while True:
            row = []
            at: Key | None = first
            while at is not None:
                node = values.get(at) or Node()
                row.append((at, node))
                at = node.right
            levels.append(row)
            if row[0][1].level == 0:
                break
            first = row[0][1].items[0]
        for above, below in pairwise(levels):
            known = [child for _, node in above for child in node.items]
            if known != [at for at, _ in below]:
                raise Breach(f"the tree's level {below[0][1].level} has nodes that the one above does not know")
        pairs = [pair for _, leaf in levels[-1] for pair in zip(leaf.keys, leaf.items, strict=True)]
        if [key for key, _ in pairs] != sorted({key for key, _ in pairs}):
            raise Breach("the tree's keys are not in order")
        return dict(pairs)
