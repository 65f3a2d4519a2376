"""Accesses a second of the engines, in memory: SimPy, the compiled event-ordered loop, the optimistic one.

python -m tests.benchmarks.engines [ACCESSES [ROUNDS]]

Medians of CPU time of whole runs of traces that were made dense before, as a sweep runs them, after one run that
does not count; SimPy on fewer accesses, once. Then the cost by length of the trace and by number of cores.
"""

from __future__ import annotations

import sys
from statistics import median
from time import process_time

import numpy as np
from numpy.typing import NDArray

import coherence as co
from coherence.accesses.arrays import Encoded
from coherence.accesses.dense import encoded
from coherence.kernel.simulate import simulate

CACHE = co.Cache(sets=64, ways=8, keys_per_line=64)
SIMPY = 200_000  # accesses that SimPy runs
Draw = np.random.Generator
Array = NDArray[np.int64]


def repeated(draw: Draw, lines: Array) -> Array:
    """With probability 1/2 an access repeats the line before it."""
    fresh = draw.random(len(lines)) < 0.5
    fresh[0] = True
    return lines[np.maximum.accumulate(np.where(fresh, np.arange(len(lines)), 0))]


def word(draw: Draw, lines: Array) -> Array:
    """One of eight words of each line, as a byte address."""
    return lines * 64 + 8 * draw.integers(0, 8, len(lines))


def mostly_private(draw: Draw, core: int, n: int) -> tuple[Array, NDArray[np.bool_]]:
    """A: 256 private lines, 0.8 % over 16,384 more, 0.4 % on 64 shared lines of which 5 % are written."""
    kind = draw.random(n)
    own = (1 + core) << 20
    lines = own + draw.integers(0, 256, n)
    lines = np.where(kind < 0.008, own + 256 + draw.integers(0, 16_384, n), lines)
    lines = np.where(kind >= 0.996, draw.integers(0, 64, n), lines)
    lines = repeated(draw, lines)
    return word(draw, lines), draw.random(n) < np.where(lines < 64, 0.05, 0.3)


def falsely_shared(draw: Draw, core: int, n: int) -> tuple[Array, NDArray[np.bool_]]:
    """B: half on 64 shared lines, each core on its own word of them, the rest on 128 private lines."""
    shared = draw.random(n) < 0.5
    lines = np.where(shared, draw.integers(0, 64, n), ((1 + core) << 20) + draw.integers(0, 128, n))
    lines = repeated(draw, lines)
    return np.where(lines < 64, lines * 64 + 8 * core, word(draw, lines)), draw.random(n) < 0.3


def skewed(draw: Draw, core: int, n: int) -> tuple[Array, NDArray[np.bool_]]:
    """C: 85 % private lines by 2048 u³, 15 % shared by 1024 u²."""
    u = draw.random(n)
    own = ((1 + core) << 20) + (2048 * u**3).astype(np.int64)
    lines = repeated(draw, np.where(draw.random(n) < 0.15, (1024 * u**2).astype(np.int64), own))
    return word(draw, lines), draw.random(n) < 0.25


def alone(draw: Draw, core: int, n: int) -> tuple[Array, NDArray[np.bool_]]:
    """256 private lines and nothing else."""
    return word(draw, ((1 + core) << 20) + draw.integers(0, 256, n)), draw.random(n) < 0.3


WORKLOADS = {"A": (mostly_private, 4), "B": (falsely_shared, 4), "C": (skewed, 16)}


def workload(name: str, make: object, cores: int, accesses: int) -> co.Workload:
    """A workload whose trace is dense from the start."""
    draw = np.random.default_rng(2026)
    each = [make(draw, core, accesses // cores) for core in range(cores)]  # type: ignore[operator]
    keys, words = np.unique(np.concatenate([keys for keys, _ in each]), return_inverse=True)
    what = words.astype(np.uint32) << 2 | np.concatenate([writes for _, writes in each])
    starts = np.arange(cores + 1, dtype=np.int64) * (accesses // cores)
    dense = Encoded(cores, what.astype(np.uint32), None, keys, None, starts)

    def stream(core: int):  # type: ignore[no-untyped-def]
        for key, write in zip(each[core][0].tolist(), each[core][1].tolist()):
            yield core, "w" if write else "r", key, 0

    made = co.Workload.from_streams(name, [lambda core=core: stream(core) for core in range(cores)], keys_per_line=64)
    return co.Workload(**{**made.__dict__, "encoded": lambda _: dense})


def seconds(work: co.Workload, loop: str, rounds: int) -> tuple[float, co.Run]:
    """The median CPU time of a run on *loop*, and the run."""
    machine = co.Machine(cache=CACHE)
    trace = encoded(work)
    times = []
    for _ in range(rounds + 1):
        began = process_time()
        run = simulate(machine, work, trace, work.cores, "program", loop)
        times.append(process_time() - began)
    assert run is not None
    return median(times[1:] or times), run


def main(accesses: int = 10_000_000, rounds: int = 5) -> int:
    print(f"{accesses:,} accesses, medians of {rounds}; SimPy on {SIMPY:,}; million accesses a second")
    print(f"{'':4}{'SimPy':>8}{'plain':>8}{'ahead':>8}{'ahead/plain':>13}{'prepare':>9}  miss rate  on the bus")
    for name, (make, cores) in WORKLOADS.items():
        small = workload(name, make, cores, SIMPY)
        began = process_time()
        wanted = co.Machine(cache=CACHE).run(small, engine="simpy")
        simpy = SIMPY / (process_time() - began) / 1e6
        for loop in ("plain", "ahead"):
            assert seconds(small, loop, 1)[1].totals == wanted.totals
        big = workload(name, make, cores, accesses)
        began = process_time()
        seconds(big, "ahead", 0)
        once = process_time() - began
        plain, one = seconds(big, "plain", rounds)
        ahead, two = seconds(big, "ahead", rounds)
        assert one.totals == two.totals
        rates = [accesses / t / 1e6 for t in (plain, ahead)]
        requests = sum(one.totals["bus"].values()) / accesses  # type: ignore[union-attr]
        print(
            f"{name:4}{simpy:8.2f}{rates[0]:8.1f}{rates[1]:8.1f}{plain / ahead:13.2f}{once - ahead:8.2f}s"
            f"{one.totals['miss_rate']:11.2%}{requests:12.2%}",
            flush=True,
        )
    print("ns an access by length (A, ahead): ", end="")
    for share in (16, 4, 1):
        count = accesses // share
        print(
            f"{count:,}: {seconds(workload('A', mostly_private, 4, count), 'ahead', rounds)[0] / count * 1e9:.2f}  ",
            end="",
        )
    print("\nns an access by cores (private lines): ", end="")
    for cores in (1, 2, 4, 8, 16, 32):
        took = [seconds(workload("alone", alone, cores, accesses), loop, rounds)[0] for loop in ("plain", "ahead")]
        print(
            f"{cores}: {took[0] / accesses * 1e9:.1f} plain {took[1] / accesses * 1e9:.2f} ahead  ", end="", flush=True
        )
    print()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:])))
