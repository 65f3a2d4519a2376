"""A streamed run in trace order keeps nothing of what has passed."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import coherence as co
from coherence.accesses.op import CoreOp


def peak(count: int) -> int:
    def accesses() -> Iterator[CoreOp]:
        for number in range(count):
            yield number % 4, "w" if number % 3 else "r", number % 50, 0

    machine = co.Machine(cache=co.Cache(sets=2, ways=4))
    tracemalloc.start()
    machine.run(co.Workload.from_accesses("t", accesses, 4), order="trace")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_memory_is_flat_in_the_length_of_a_streamed_run() -> None:
    """Both are longer than what the watch remembers. Kept accesses would treble the peak; when cycles of garbage
    are collected moves it by a quarter, so the bound lies between.
    """
    assert peak(24_000) < 1.5 * peak(8_000)
