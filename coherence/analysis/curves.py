"""Miss-ratio curves: how many accesses miss, for each size that a cache could have."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coherence.accesses.workload import Workload
from coherence.cache.config import Cache, Key, Line
from coherence.cache.replay import replay
from coherence.errors import InputError, whole
from coherence.run.totals import ratio


@dataclass(frozen=True)
class Curve:
    """The misses of one policy at each of `sizes` (lines of one set), of the same `accesses`."""

    policy: str
    accesses: int
    sizes: tuple[int, ...]
    misses: tuple[int, ...]

    @property
    def ratios(self) -> list[float]:
        """Misses per access, at each size."""
        return [ratio(misses, self.accesses) for misses in self.misses]


def curve(
    work: Workload | Iterable[Key],
    sizes: Sequence[int],
    policy: str = "LRU",
    *,
    core: int = 0,
    keys_per_line: int = 1,
    seed: int = 0,
) -> Curve:
    """The miss-ratio curve of *policy*, for one fully associative cache that one core has to itself.

    *work*: keys in the order of their use, or a workload, of which the reads and writes of *core* are taken. LRU's
    curve takes one pass over the stream for all sizes, any other policy's one replay a size; "OPT" bounds them all.
    Raises `InputError` for programs, a core that is not there, and sizes that cannot be.

    >>> curve("abcabc", [1, 2, 3]).misses
    (6, 6, 3)
    >>> curve("abcabc", [1, 2, 3], "OPT").misses
    (6, 4, 3)
    """
    faults = [fault for size in sizes for fault in whole("a size of the curve", size, 1)]
    if faults:
        raise InputError("\n".join(faults))
    name = Cache(policy=policy).policy
    lines = list(_lines(work, core, keys_per_line))
    if name == "LRU":
        distances = stack_distances(lines)
        return Curve(name, len(lines), tuple(sizes), tuple(misses_of_lru(distances, sizes)))
    misses = (replay(lines, ways=size, policy=name, seed=seed).misses for size in sizes)
    return Curve(name, len(lines), tuple(sizes), tuple(misses))


def _lines(work: Workload | Iterable[Key], core: int, keys_per_line: int) -> Iterable[Line]:
    cache = Cache(keys_per_line=keys_per_line)
    if isinstance(work, Workload):
        if work.programs is not None:
            raise InputError(f"a curve needs accesses that are known beforehand, but {work.name} is programs")
        faults = whole("core", core, 0, work.cores - 1)
        if faults:
            raise InputError(f"{work.name}: {faults[0]}")
        sequence = work.at(keys_per_line).sequence()
        return (cache.line(key) for of, op, key, _ in sequence if of == core and op in "rw")
    return (cache.line(key) for key in work)


def stack_distances(lines: Sequence[Line]) -> list[int | None]:
    """Of each access, how many different lines were used since the line's last use, itself included; None if never.

    An access hits in an LRU cache of at least so many lines (Mattson et al., 1970). A Fenwick tree over the accesses
    counts those that are their line's last use so far: O(log accesses) each.

    >>> stack_distances("abba")
    [None, None, 1, 2]
    """
    tree = [0] * (len(lines) + 1)

    def add(position: int, change: int) -> None:
        while position < len(tree):
            tree[position] += change
            position += position & -position

    def up_to(position: int) -> int:
        total = 0
        while position:
            total += tree[position]
            position &= position - 1
        return total

    last: dict[Line, int] = {}
    distances: list[int | None] = []
    for now, line in enumerate(lines, start=1):
        before = last.get(line)
        if before is None:
            distances.append(None)
        else:
            distances.append(len(last) - up_to(before - 1))
            add(before, -1)
        add(now, 1)
        last[line] = now
    return distances


def misses_of_lru(distances: Sequence[int | None], sizes: Sequence[int]) -> list[int]:
    """How many of the accesses with these stack distances miss, at each of *sizes*."""
    far = sorted(d for d in distances if d is not None)
    return [len(distances) - bisect_right(far, size) for size in sizes]
