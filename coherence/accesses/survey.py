"""What a trace holds: accesses of each core, keys and lines, and how many cores share a line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from coherence.accesses.op import COMPUTE
from coherence.accesses.workload import Workload
from coherence.cache.config import Cache, Key, Line


@dataclass(frozen=True)
class Degree:
    """The lines that exactly `cores` cores read or write: how many, and how many of them some core writes."""

    cores: int
    lines: int
    written: int


@dataclass(frozen=True)
class Survey:
    """The counts of a trace.

    `reads writes compute` are of each core, `compute` in cycles: all gaps, trailing ones included. `keys` are distinct,
    and so are the `lines` of `keys_per_line` keys; `sharing` counts the lines by how many cores touch them (0: only
    evicted explicitly).
    """

    reads: tuple[int, ...]
    writes: tuple[int, ...]
    compute: tuple[int, ...]
    evictions: int
    keys: int
    keys_per_line: int
    sharing: tuple[Degree, ...]

    @property
    def accesses(self) -> int:
        """Reads and writes of all cores; an explicit eviction is no access."""
        return sum(self.reads) + sum(self.writes)

    @property
    def lines(self) -> int:
        """Distinct lines."""
        return sum(degree.lines for degree in self.sharing)

    @property
    def read_share(self) -> float:
        """Reads of all accesses, from 0 to 1; 0.0 of nothing."""
        return sum(self.reads) / self.accesses if self.accesses else 0.0


def survey(workload: Workload, keys_per_line: int, cores: int) -> Survey:
    """Go through a workload once, streamed, and count; raises what reading it raises.

    >>> found = survey(Workload.from_ops("0 w x; 1 r x; 1 r y"), 1, cores=2)
    >>> found.accesses, found.keys, [(d.cores, d.lines, d.written) for d in found.sharing]
    (3, 2, [(1, 1, 0), (2, 1, 1)])
    """
    counts: dict[str, list[int]] = {op: [0] * cores for op in "rwe"}
    keys: dict[str, list[set[Key]]] = {op: [set() for _ in range(cores)] for op in "rwe"}
    compute = [0] * cores
    for core, op, key, gap in workload.sequence():
        compute[core] += gap
        if op != COMPUTE:
            counts[op][core] += 1
            keys[op][core].add(key)
    return Survey(
        reads=tuple(counts["r"]),
        writes=tuple(counts["w"]),
        compute=tuple(compute),
        evictions=sum(counts["e"]),
        keys=len(set().union(*(one for of_op in keys.values() for one in of_op))),
        keys_per_line=keys_per_line,
        sharing=_sharing(keys, Cache(keys_per_line=keys_per_line)),
    )


def _sharing(keys: dict[str, list[set[Key]]], cache: Cache) -> tuple[Degree, ...]:
    """The lines of each core's keys (op → a set a core), by how many cores read or write them."""
    touched: Counter[Line] = Counter()
    for read, written in zip(keys["r"], keys["w"], strict=True):
        touched.update({cache.line(key) for key in read | written})
    only_evicted = {cache.line(key) for one in keys["e"] for key in one} - touched.keys()
    lines = Counter(touched.values()) + Counter({0: len(only_evicted)})
    writes = {cache.line(key) for one in keys["w"] for key in one}
    written_lines = Counter(touched[line] for line in writes)
    return tuple(Degree(cores, lines[cores], written_lines[cores]) for cores in sorted(lines))
