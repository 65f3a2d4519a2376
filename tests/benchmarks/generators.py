"""How fast the built-in streams are made: seconds of processor time for a million accesses, in both orders.

python tests/benchmarks/generators.py
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator
from itertools import islice

from coherence.accesses.op import CoreOp
from coherence.workloads import STREAMS, Workload

MILLION = 1_000_000
LENGTHS = ("accesses", "items", "writes", "rounds", "steps")  # the parameter that makes a workload longer


def endless(workload: Callable[..., Workload]) -> Workload:
    """*workload*, long enough."""
    length = next(p for p in LENGTHS if p in inspect.signature(workload).parameters)
    return workload(**{length: MILLION})


def seconds(streams: list[Iterator[CoreOp]], each: int) -> float:
    """Processor time for *each* accesses of every stream."""
    start = time.process_time()
    made = sum(1 for stream in streams for _ in islice(stream, each))
    assert made == MILLION
    return time.process_time() - start


def main() -> None:
    """Print one table."""
    for workload in STREAMS:
        made = endless(workload)
        streams = made.streams()
        took = seconds(streams, MILLION // len(streams)), seconds([made.sequence()], MILLION)
        print(f"{made.name:21} program order {took[0]:.2f} s, trace order {took[1]:.2f} s a million accesses")


if __name__ == "__main__":
    main()
