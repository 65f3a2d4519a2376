"""The index of a database: lookups and updates of several cores in one tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from coherence.accesses.given import refuse, share, stream_seed
from coherence.accesses.workload import Workload
from coherence.errors import Breach, whole
from coherence.random import SplitMix64
from coherence.workloads.draws import popularity, skewed
from coherence.workloads.trees import Tree

if TYPE_CHECKING:
    from coherence.run.run import Run
    from coherence.simulation.core import Core


def database(
    cores: int = 4, operations: int = 100, keys: int = 200, skew: float = 0.99, writes: float = 0.3, fanout: int = 8,
    work: int = 20, seed: int = 0,
) -> Workload:  # fmt: skip
    """Every core looks keys up in one B-link tree, and now and then counts one up; the tree grows and splits.

    Look for a root that all have and that is taken from all when it changes, and for leaves that are fought over.

    *operations*: of a core · *keys*: how many there may be · *skew*: of their popularity, as in `zipf` · *writes*: the
    share of updates, 0 to 1 · *fanout*: keys of a node · *work*: cycles between two operations. Checks that no update
    is lost or doubled, that a core finds what it has written, and that the tree is in order at the end. Lehman & Yao
    (TODS 1981).

    >>> import coherence as co
    >>> run = co.Machine().run(database(cores=2, operations=50))
    >>> run.values["node", 0].level > 0
    True
    """
    refuse(
        cores, seed, whole("operations", operations, 1), whole("keys", keys, 1), skewed(skew), share("writes", writes),
        whole("fanout", fanout, 3), whole("work", work, 0),
    )  # fmt: skip
    tree = Tree(fanout)
    popular = popularity(keys, skew)

    def one_more(value: int | None) -> int:
        return (value or 0) + 1

    def program(core: Core) -> Generator[Any, Any, Counter[int]]:
        numbers = SplitMix64(stream_seed(seed, core.index))
        mine: Counter[int] = Counter()
        for _ in range(operations):
            yield core.compute(work)
            update = numbers.chance(writes)
            key = popular(numbers.next())
            if update:
                yield from tree.update(core, key, one_more)
                mine[key] += 1
            else:
                found = (yield from tree.get(core, key)) or 0
                if found < mine[key]:
                    core.stop(f"core {core.index} counted key {key} to {mine[key]}, but finds {found}", tree.root)
        return mine

    def check(run: Run) -> None:
        returned: tuple[Any, ...] = run.returned
        expected: Counter[int] = sum(returned, Counter())
        found = tree.content(run.values)
        for key in sorted(expected.keys() | found.keys()):
            if found.get(key, 0) != expected[key]:
                raise Breach(f"database: key {key} has {found.get(key, 0)} after {expected[key]} additions of 1")

    return Workload.from_programs("database", [program] * cores, check)
