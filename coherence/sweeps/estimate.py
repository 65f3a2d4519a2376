"""How long a sweep would take, from a few of its points."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from coherence.sweeps.plan import Plan
from coherence.sweeps.sweep import missing
from coherence.sweeps.worker import compute, ready

SAMPLE = 3  # points that are run


@dataclass(frozen=True)
class Estimate:
    """`points`: of the sweep · `missing`: of these to compute · `sampled`: how many were run · `seconds`: a point."""

    points: int
    missing: int
    sampled: int
    seconds: float


def estimate(plan: Plan, folder: Path, retry: bool = False) -> Estimate:
    """Run the first, the middle and the last point that is missing in *folder*, and keep nothing of them.

    >>> from coherence.sweeps.plan import make_plan
    >>> found = estimate(make_plan({"workload": "random", "accesses": 5, "seed": range(9)}), Path("no such folder"))
    >>> found.missing, found.sampled
    (9, 3)
    """
    count = sum(1 for point in plan if missing(folder, point, retry))
    chosen = sorted({round(n * (count - 1) / (SAMPLE - 1)) for n in range(SAMPLE)}) if count else []
    todo = (point for point in plan if missing(folder, point, retry))
    ready()
    start, before = time.perf_counter(), -1
    for number in chosen:
        compute(next(islice(todo, number - before - 1, None)))
        before = number
    spent = time.perf_counter() - start
    return Estimate(len(plan), count, len(chosen), spent / len(chosen) if chosen else 0.0)
