"""A sum over all cores, in three ways: who adds to which counter, and who collects."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from coherence.accesses.given import PADDING, refuse
from coherence.accesses.op import CoreOp
from coherence.accesses.workload import Workload
from coherence.errors import unknown, whole

KINDS = ("shared", "padded", "tree")
WAIT = 200  # cycles a core waits before it collects, a core: by then all have added, at the default latencies


def reduction(cores: int = 4, items: int = 100, kind: str = "shared", seed: int = 0) -> Workload:
    """Each core adds its items up, and one sum is made of all.

    Look for what the kinds cost: one shared counter moves at every item, counters of one's own only at the end.

    *items*: of each core · *kind*: "shared" (all add to one counter), "padded" (each adds to its own, on a line of
    its own, and core 0 reads them all) or "tree" (they are added in pairs, then the sums of pairs, …) · *seed*
    changes nothing. An addition is one write, as an atomic add is; nothing but time keeps collecting after adding.

    >>> reduction(cores=2, items=3, kind="tree").name
    'reduction_tree'
    """
    known = [] if kind in KINDS else [unknown("kind", kind, KINDS)]
    refuse(cores, seed, whole("items", items, 1), known)
    collect = {"shared": _nothing, "padded": _all_at_once, "tree": _in_pairs}[kind]

    def stream(core: int) -> Callable[[], Iterator[CoreOp]]:
        def run() -> Iterator[CoreOp]:
            own = 0 if kind == "shared" else core * PADDING
            for _ in range(items):
                yield core, "w", own, 0
            yield from collect(core, cores)

        return run

    keys_per_line = None if kind == "shared" else PADDING
    return Workload.from_streams(f"reduction_{kind}", [stream(c) for c in range(cores)], keys_per_line=keys_per_line)


def reduction_shared(cores: int = 4, items: int = 100, seed: int = 0) -> Workload:
    """All cores add their items to one counter.

    Look for a transfer at nearly every addition: the bus sets the pace, so more cores add no faster.

    >>> reduction_shared(cores=2).name
    'reduction_shared'
    """
    return reduction(cores, items, "shared", seed)


def reduction_padded(cores: int = 4, items: int = 100, seed: int = 0) -> Workload:
    """Each core adds its items to its own counter, then core 0 reads all counters.

    Look for a quiet bus until core 0 collects: one transfer a core, one after another.

    >>> reduction_padded(cores=2).name
    'reduction_padded'
    """
    return reduction(cores, items, "padded", seed)


def reduction_tree(cores: int = 4, items: int = 100, seed: int = 0) -> Workload:
    """Each core adds its items to its own counter, then the counters are added in pairs, and the sums again.

    Look for as many transfers as with padded counters, but spread over the cores: none reads more than log2(cores).

    >>> reduction_tree(cores=2).name
    'reduction_tree'
    """
    return reduction(cores, items, "tree", seed)


def _nothing(core: int, cores: int) -> Iterator[CoreOp]:
    return iter(())


def _all_at_once(core: int, cores: int) -> Iterator[CoreOp]:
    """Core 0 reads the others' counters and adds to its own."""
    for other in range(1, cores if core == 0 else 0):
        yield 0, "r", other * PADDING, WAIT * cores if other == 1 else 0
        yield 0, "w", 0, 0


def _in_pairs(core: int, cores: int) -> Iterator[CoreOp]:
    """At each level every second of those still in takes its neighbour's sum."""
    apart = 1
    while core % (2 * apart) == 0 and apart < cores:
        if core + apart < cores:
            yield core, "r", (core + apart) * PADDING, WAIT * cores
            yield core, "w", core * PADDING, 0
        apart *= 2
