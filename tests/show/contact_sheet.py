"""The contact sheet: every plot and diagram, to be looked at.

    python tests/show/contact_sheet.py [PROTOCOL …]

draws each for MESI, MOESI, MESIF, Dragon and a user's five-state protocol, at screen and projector size, light and
dark, into out/contact/ (which git ignores), with an index.html that shows all.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache, partial
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

import coherence as co
from coherence.show.plots import KINDS
from tests.show.tables import FIVE

OUT = Path(__file__).parents[2] / "out" / "contact"
SIZES = {"screen": ((8.0, 5.0), 10.0), "projector": ((13.33, 7.5), 16.0)}  # inches, points
PROTOCOLS = [co.protocols[name] for name in ("MESI", "MOESI", "MESIF", "Dragon")] + [FIVE]


def main() -> None:
    """Draw all, or only the protocols named."""
    OUT.mkdir(parents=True, exist_ok=True)
    work = co.workloads.random(cores=4, accesses=80, keys=12)
    chosen = [p for p in PROTOCOLS if p.name in sys.argv[1:] or not sys.argv[1:]]
    made = []
    runs = [co.Machine(p, cache=co.Cache(ways=4, keys_per_line=2)).run(work, record=True) for p in PROTOCOLS]
    for dark in (False, True):
        for size, (inches, points) in SIZES.items():
            with co.plot.theme(dark, points):
                for run in runs:
                    if run.protocol not in chosen:
                        continue
                    for kind, plot in KINDS.items():
                        figure, axes = plt.subplots(figsize=inches, layout="constrained")
                        plot(run, axes)
                        made.append(save(figure, f"{run.protocol.name}_{kind}", size, dark))
                    figure, axes = plt.subplots(figsize=inches, layout="constrained")
                    co.plot.diagram(run.protocol, axes)
                    made.append(save(figure, f"{run.protocol.name}_diagram", size, dark))
                    made.append(save(co.plot.overview(run), f"{run.protocol.name}_overview", size, dark))
                figure, axes = plt.subplots(figsize=inches, layout="constrained")
                co.plot.traffic(runs, axes)
                made.append(save(figure, "all_traffic", size, dark))
                made.append(save(co.plot.comparison(runs), "all_comparison", size, dark))
                for name, plot in others().items():
                    figure, axes = plt.subplots(figsize=inches, layout="constrained")
                    plot(axes)
                    made.append(save(figure, f"all_{name}", size, dark))
                bug = co.verify(co.protocols["MESI"].but("forgetful", S={"BusUpgr": "S"}), caches=2)
                figure, axes = plt.subplots(figsize=inches, layout="constrained")
                co.plot.sequence(bug, axes)
                made.append(save(figure, "bug_sequence", size, dark))
    pictures = "".join(
        f"<figure><img src='{escape(n)}' width='640'><figcaption>{escape(n)}</figcaption></figure>" for n in made
    )
    (OUT / "index.html").write_text(f"<!doctype html><title>Contact sheet</title>{pictures}", encoding="utf-8")
    print(f"{len(made)} pictures in {OUT.relative_to(Path.cwd()) if OUT.is_relative_to(Path.cwd()) else OUT}")


@cache
def swept() -> co.Sweep:
    """A small sweep over cores and seeds."""
    return co.sweep("random", protocol=["MSI", "MESI", "Dragon"], cores=[1, 2, 4, 8], seed=range(4), jobs=1)


def others() -> dict[str, Callable[[Axes], object]]:
    """The plots that are not of one run, by name."""
    policies = ("LRU", "FIFO", "ARC", "LeCaR", "SIEVE", "LFU", "OPT")
    curves = [co.curve(co.workloads.zipf(), [4, 16, 64], policy) for policy in policies]
    machine = co.Machine(cache=[co.Cache(ways=2), co.Cache(ways=8, lookup=5)])
    times = {
        f"{cores} cores": co.access_time(machine, machine.run(co.workloads.random(cores=cores))) for cores in (1, 2, 8)
    }
    return {
        "curves": partial(co.plot.curves, curves),
        "access_times": partial(co.plot.access_times, times),
        "sweep": lambda axes: co.plot.sweep(swept(), "cores", "cycles", ax=axes),
        "speedup": lambda axes: co.plot.speedup(swept(), ax=axes),
        "ratios": lambda axes: co.plot.ratios(swept(), "cores", "cycles", base="MSI", ax=axes),
        "crossover": lambda axes: co.plot.crossover(swept(), "cores", "cycles", "MESI", "Dragon", ax=axes),
    }


def save(figure: object, name: str, size: str, dark: bool) -> str:
    """Write one picture; returns its file's name."""
    file = f"{name}_{size}_{'dark' if dark else 'light'}.png"
    figure.savefig(OUT / file, dpi=144 if size == "projector" else 100)  # type: ignore[attr-defined]
    plt.close(figure)  # type: ignore[arg-type]
    return file


if __name__ == "__main__":
    main()
