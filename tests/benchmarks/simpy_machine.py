"""How fast the SimPy engine is, how long its memory stays flat, and what importing costs. Medians of one run.

python tests/benchmarks/simpy_machine.py
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context

import coherence as co
from coherence.accesses.op import CoreOp
from coherence.random import SplitMix64

CORES = 4
ACCESSES = 200_000
TRIES = 5


def mostly_private(count: int) -> Iterator[CoreOp]:
    """256 private keys a core, 1.2 % of the accesses to 64 shared ones, 30 % writes."""
    random = SplitMix64(1)
    for number in range(count):
        core = number % CORES
        key = 1_000_000 + random.below(64) if random.chance(0.012) else core * 1000 + random.below(256)
        yield core, "w" if random.chance(0.3) else "r", key, 0


def shared(count: int) -> Iterator[CoreOp]:
    """All cores on 64 keys, half of the accesses writes: nearly every access takes the bus."""
    random = SplitMix64(2)
    for number in range(count):
        yield number % CORES, "w" if random.chance(0.5) else "r", random.below(64), 0


def rate(work: Callable[[int], Iterator[CoreOp]], order: str, watch: bool) -> float:
    """Accesses per second of CPU on the SimPy engine, the median of some tries, without making the trace."""
    accesses = list(work(ACCESSES))
    workload = co.Workload.from_accesses(work.__name__, lambda: iter(accesses), CORES)
    machine = co.Machine(cores=CORES, cache=co.Cache(sets=64, ways=8), watch=watch)
    times = []
    for _ in range(TRIES):
        start = time.process_time()
        machine.run(workload, order=order, engine="simpy")
        times.append(time.process_time() - start)
    return ACCESSES / statistics.median(times)


def peak(count: int) -> int:
    """Peak memory in MB of a process that streams *count* accesses in trace order."""
    workload = co.Workload.from_accesses("streamed", lambda: mostly_private(count), CORES)
    co.Machine(cores=CORES, cache=co.Cache(sets=64, ways=8)).run(workload, order="trace", engine="simpy")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def import_cost() -> float:
    """Milliseconds that `import coherence` and the machine add to a bare interpreter: the least of some tries."""

    def least(code: str) -> float:
        times = []
        for _ in range(TRIES):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times.append(time.perf_counter() - start)
        return min(times)

    return 1000 * (least("import coherence; coherence.Machine") - least("pass"))


def main() -> None:
    """Print one table."""
    for work in (mostly_private, shared):
        for order in ("program", "trace"):
            for watch in (True, False):
                watched = "watched" if watch else "unwatched"
                print(f"simpy, {work.__name__:14} {order:8} {watched:9}: {rate(work, order, watch):9,.0f} accesses/s")
    for count in (100_000, 400_000, 1_600_000):
        with get_context("spawn").Pool(1) as pool:
            print(f"streamed {count:9,} accesses: peak {pool.apply(peak, (count,))} MB")
    print(f"import of package and machine: {import_cost():.0f} ms over a bare interpreter")


if __name__ == "__main__":
    main()
