"""Line size: long lines fetch what comes next, and share what nobody shares.

Each core reads its own part of an array, element by element, and counts every second one in a counter of its own beside
the others' counters. Longer lines save cold misses (spatial locality) and cost false sharing. Look for the best size
in between.

    python scenarios/06_line_size.py --cores 8
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt

import coherence as co

COUNTERS = -1024  # the counters' keys, far from the array
APART = 16  # keys between two counters


def sums(cores: int, elements: int) -> co.Workload:
    """The program as accesses: read an element, and after every second one write the core's counter."""

    def accesses() -> Iterator[tuple[int, str, int, int]]:
        for number in range(elements):
            for core in range(cores):
                yield core, "r", core * elements + number, 0
                if number % 2:
                    yield core, "w", COUNTERS + APART * core, 0

    return co.Workload.from_accesses("sums", accesses, cores)


def main(argv: list[str] | None = None) -> None:
    """Run with lines of 1 to 64 keys, print a table and a conclusion, save a picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, default=4, help="how many cores (4)")
    parser.add_argument("--elements", type=int, default=256, help="array elements a core (256)")
    parser.add_argument("--out", type=Path, default=Path("out/06_line_size.png"), help="the picture")
    args = parser.parse_args(argv)

    sizes = (1, 2, 4, 8, 16, 32, 64)
    work = sums(args.cores, args.elements)
    runs = [co.Machine(cache=co.Cache(keys_per_line=size)).run(work) for size in sizes]
    print(f"{'keys a line':>11} {'cycles':>8} {'cold':>6} {'false sharing':>14}")
    for size, run in zip(sizes, runs, strict=True):
        print(f"{size:>11} {run.cycles:>8} {run.totals['cold']:>6} {run.totals['false_sharing']:>14}")
    best = min(zip(sizes, runs, strict=True), key=lambda pair: pair[1].cycles)
    print(
        f"Best are lines of {best[0]} keys: {runs[0].cycles / best[1].cycles:.1f} times as fast as lines of one, and "
        f"{runs[-1].cycles / best[1].cycles:.1f} times as fast as lines of {sizes[-1]}."
    )

    figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
    places = range(len(sizes))
    cold = [run.totals["cold"] for run in runs]
    ax.bar(places, cold, label="cold", color="#b5e1fa", edgecolor="#2b6f96")
    false = [run.totals["false_sharing"] for run in runs]
    ax.bar(places, false, bottom=cold, label="false sharing", color="#9c2f00")
    ax.set_xticks(places, [str(size) for size in sizes])
    ax.set(title="Misses by line size", xlabel="keys a line", ylabel="misses", ylim=(0, 1.05 * ax.get_ylim()[1]))
    ax.legend(frameon=False)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(args.out, dpi=150)
    plt.close(figure)


if __name__ == "__main__":
    main()
