"""How fast the verifier is. Medians of one run, after import.

python tests/benchmarks/verifier.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import coherence as co

TRIES = 5


def median(work: Callable[[], object]) -> float:
    """Seconds, the median of some tries."""
    times = []
    for _ in range(TRIES):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Print one table."""
    for name in co.protocols:
        print(f"{name:12} any number: {1000 * median(lambda name=name: co.verify(name, 'any')):6.1f} ms")  # type: ignore[misc]
    for caches, symmetry in ((8, False), (10, False), (200, True)):
        name = "MESI" if symmetry else "MOESI"
        found = co.verify(name, caches, symmetry=symmetry)
        seconds = median(lambda n=name, c=caches, s=symmetry: co.verify(n, c, symmetry=s))  # type: ignore[misc]
        how = "with symmetry" if symmetry else "each cache"
        print(f"{name:6} {caches:4} caches, {how:13}: {seconds:6.2f} s, {found.fired / seconds:11,.0f} rules/s")


if __name__ == "__main__":
    main()
