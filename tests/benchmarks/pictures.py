"""How long pictures of a long run take, drawn and saved. Medians of one run, after import and one picture.

python tests/benchmarks/pictures.py
"""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt

import coherence as co
from coherence.run import timeline
from coherence.run.worst import ranked
from coherence.show.plots import KINDS

TRIES = 3
SIZES = (5_000, 90_000)  # writes of a core that takes a line from the other


def saved(plot: Callable[..., object], run: co.Run) -> None:
    """Draw it and write the file."""
    axes = plot(run)
    axes.get_figure(root=True).savefig(io.BytesIO(), format="png", dpi=150)  # type: ignore[attr-defined]
    plt.close("all")


def main() -> None:
    """Print one table."""
    for size in SIZES:
        work = co.workloads.ping_pong(cores=2, rounds=size)
        run = co.Machine("MOESI").run(work, record=True)
        intervals = sum(map(len, timeline.intervals(run, ranked(run.lines)[0])))
        print(f"{intervals:,} intervals")
        for kind, plot in KINDS.items():
            times = []
            saved(plot, run)
            for _ in range(TRIES):
                start = time.perf_counter()
                saved(plot, run)
                times.append(time.perf_counter() - start)
            print(f"  {kind:14} {statistics.median(times):6.2f} s")


if __name__ == "__main__":
    main()
