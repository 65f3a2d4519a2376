"""Plots of runs with matplotlib. Each takes `ax=None`, returns the Axes, and never calls `show()`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from coherence.atomic import write_atomically
from coherence.count import CAUSES
from coherence.errors import InputError, known
from coherence.protocol.model import REQUESTS
from coherence.run import Run
from coherence.show.colours import CAUSE, PALE_EDGE, REQUEST

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = ("png", "svg", "pdf")
NUMBERED_CELLS = 12  # cores up to which each cell of a matrix carries its number


def traffic(run: Run, ax: Axes | None = None) -> Axes:
    """Bus requests by name, stacked, one bar a core.

    >>> import coherence as co
    >>> run = co.Machine().run(co.workloads.random(cores=2, accesses=20))
    >>> bool(sum(bar.get_height() for bar in traffic(run).patches) == sum(run.totals["bus"].values()))
    True
    """
    bars = {name: [cast("Mapping[str, int]", c["bus"])[name] for c in run.per_core] for name in REQUESTS}
    axes = _stack(ax, bars, REQUEST, range(run.cores))
    axes.set(xlabel="core", ylabel="requests")
    axes.set_title(f"Bus requests by core, {run.protocol.name}", parse_math=False)
    return axes


def misses(run: Run, ax: Axes | None = None) -> Axes:
    """Misses by cause, stacked, one bar a core."""
    bars = {name: [cast("int", c[name]) for c in run.per_core] for name in CAUSES}
    axes = _stack(ax, bars, CAUSE, range(run.cores))
    axes.set(title="Misses by cause", xlabel="core", ylabel="misses")
    return axes


def invalidations(run: Run, ax: Axes | None = None) -> Axes:
    """A matrix of copies lost: row = the core whose request took it, column = the core that lost it."""
    axes = ax or _new()
    counts = [[run.taken.get(w, {}).get(v, 0) for v in range(run.cores)] for w in range(run.cores)]
    most = max(map(max, counts))
    axes.imshow(counts, cmap="Oranges", vmin=0, vmax=max(most, 1))
    if run.cores <= NUMBERED_CELLS:
        for writer, row in enumerate(counts):
            for victim, count in enumerate(row):
                dark = count > 0.6 * most
                axes.text(victim, writer, str(count), ha="center", va="center", color="white" if dark else "black")
    axes.set(title="Invalidations", xlabel="copy lost by core", ylabel="taken by core")
    _whole_ticks(axes, x=True, y=True)
    return axes


def compare(runs: Sequence[Run], ax: Axes | None = None) -> Axes:
    """Bus requests by name, stacked, one bar a run, labelled by its protocol."""
    bars = {name: [cast("Mapping[str, int]", run.totals["bus"])[name] for run in runs] for name in REQUESTS}
    axes = _stack(ax, bars, REQUEST, range(len(runs)))
    axes.set_xticks(range(len(runs)), [run.protocol.name for run in runs], parse_math=False)
    axes.set_ylabel("requests")
    axes.set_title(f"Bus requests by protocol, {runs[0].workload}", parse_math=False)
    return axes


def save_run(run: Run, path: Path) -> None:
    """Traffic, invalidations and misses of one run in one picture file."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15, 5), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    traffic(run, left)
    invalidations(run, middle)
    misses(run, right)
    figure.suptitle(
        f"{run.workload} under {run.protocol.name}: {run.cores} cores, {run.cycles:,} cycles", parse_math=False
    )
    save(figure, path)


def save_compare(runs: Sequence[Run], path: Path) -> None:
    """Several runs in one picture file."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2 + 1.4 * len(runs), 5), layout="constrained")
    compare(runs, figure.subplots())
    save(figure, path)


def check_figure(path: Path) -> None:
    """Raise `InputError` if *path* does not end as a picture does."""
    if path.suffix[1:].lower() not in SUFFIXES:
        raise InputError(f"{path}: expected a name that ends in .{known(SUFFIXES).replace(', ', ', .')}")


def save(figure: Figure, path: Path) -> None:
    """Write *figure* to *path*, whole or not at all; the same run gives the same bytes."""
    check_figure(path)
    kind = path.suffix[1:].lower()
    stamp = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[kind]
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "coherence"}):
        write_atomically(path, lambda name: figure.savefig(name, format=kind, dpi=150, metadata=stamp))


def _stack(ax: Axes | None, bars: Mapping[str, Sequence[int]], colours: Mapping[str, str], x: range) -> Axes:
    """Stacked bars of the names that occur, with a legend above the data."""
    axes = ax or _new()
    base = [0] * len(x)
    for name, heights in bars.items():
        if any(heights):
            label = name.replace("_", " ")
            axes.bar(x, heights, bottom=base, label=label, color=colours[name], edgecolor=PALE_EDGE, linewidth=0.5)
            base = [b + h for b, h in zip(base, heights, strict=True)]
    _whole_ticks(axes, x=True)
    axes.spines[["top", "right"]].set_visible(False)
    if any(base):
        axes.margins(y=0.25)  # room for the legend, also where axes share their scale
        axes.legend(loc="upper center", ncols=3, frameon=False, fontsize="small")
    return axes


def _whole_ticks(axes: Axes, x: bool = False, y: bool = False) -> None:
    from matplotlib.ticker import MaxNLocator

    for axis in [axes.xaxis] * x + [axes.yaxis] * y:
        axis.set_major_locator(MaxNLocator(integer=True))


def _new() -> Axes:
    import matplotlib.pyplot as plt

    axes: Axes = plt.subplots(layout="constrained")[1]
    return axes
