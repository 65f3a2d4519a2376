"""Accesses that have a size: an access that spans lines touches each of them.

A trace says which bytes an access covers, the machine how many bytes share a line; so such a trace stays as it is
until a machine asks for it, with `Workload.at(keys_per_line)`, and only then is each access taken apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from coherence.accesses.op import CoreOp

Sized: TypeAlias = "tuple[int, str, int, int]"  # (core, op, address, size): both in bytes


def touching(accesses: Iterable[Sized], keys_per_line: int) -> Iterator[CoreOp]:
    """The accesses, each once for every line of *keys_per_line* bytes it covers: at its address, then at line starts.

    >>> list(touching([(0, "r", 60, 8), (1, "w", 64, 64)], 64))
    [(0, 'r', 60, 0), (0, 'r', 64, 0), (1, 'w', 64, 0)]
    """
    for core, op, address, size in accesses:
        yield core, op, address, 0
        following = address // keys_per_line + 1
        for line in range(following, (address + size - 1) // keys_per_line + 1):
            yield core, op, line * keys_per_line, 0
