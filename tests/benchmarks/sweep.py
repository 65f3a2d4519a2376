"""How much faster two processes compute a sweep than one after another: the median ratio of some rounds.

Only on a quiet machine with two cores does it mean anything; the load before each round is printed with it.

python tests/benchmarks/sweep.py --rounds 5
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from typing import Any

import coherence as co

GRID: dict[str, Any] = {"protocol": ["MESI", "MOESI", "Dragon", "MSI"], "cores": [4, 8], "seed": range(8)}  # 64 points
ACCESSES = 2000  # of each core


def seconds(jobs: int) -> float:
    """The time of the whole call, the start of its processes included."""
    start = time.perf_counter()
    found = co.sweep("random", **GRID, accesses=ACCESSES, jobs=jobs)
    spent = time.perf_counter() - start
    assert len(found.to_pandas()) == 64
    assert not found.failures()
    return spent


def main() -> None:
    """Print a line a round, and the median."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="rounds (3)")
    args = parser.parse_args()
    ratios = []
    for _ in range(args.rounds):
        load = os.getloadavg()[0]
        one, two = seconds(1), seconds(2)
        ratios.append(one / two)
        print(f"one after another {one:6.2f} s, two processes {two:6.2f} s: {one / two:.2f} times; load {load:.2f}")
    print(f"median {statistics.median(ratios):.2f} times")


if __name__ == "__main__":
    main()
