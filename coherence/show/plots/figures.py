"""Figures of several panels: the story of a run, and of several runs side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from coherence.analysis.bytes_moved import moved
from coherence.analysis.curves import Curve
from coherence.errors import InputError, unknown
from coherence.run.run import Run
from coherence.run.totals import number
from coherence.show import sentences
from coherence.show.colours import CAUSE
from coherence.show.plots.axes import bare, new, stack
from coherence.show.plots.bars import by_run, bytes_moved, check_runs, compare, misses, traffic, worst_lines
from coherence.show.plots.matrix import invalidations, sharing
from coherence.show.plots.models import curves
from coherence.show.plots.time import rates, timeline
from coherence.show.sequence import sequence
from coherence.show.style import save_and_close
from coherence.words.plain import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# What `coherence run --kind` draws.
KINDS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (traffic, misses, invalidations, worst_lines, sharing, bytes_moved, rates, timeline, sequence)
}
RECORDED = frozenset({"rates", "timeline", "sequence"})  # those that need a run with its events
PICTURES = ("overview", *KINDS)


def overview(run: Run) -> Figure:
    """One figure that tells the run's story, a sentence under the title of each panel.

    Six panels; with a recorded run also the rates over time and the states of the line that cost most.

    >>> import coherence as co
    >>> run = co.Machine("MOESI").run(co.workloads.random(cores=2, accesses=20), record=True)
    >>> len(overview(run).axes) > 6
    True
    """
    timed = run.events is not None and bool(run.lines)
    figure = _figure(11.5 if timed else 8.0)
    grid = figure.add_gridspec(3 if timed else 2, 6)
    panels: list[tuple[Any, Callable[..., Axes], Callable[[Run], str]]] = [
        (grid[0, 0:2], traffic, sentences.traffic),
        (grid[0, 2:4], misses, sentences.misses),
        (grid[0, 4:6], invalidations, sentences.invalidations),
        (grid[1, 0:2], worst_lines, sentences.worst_lines),
        (grid[1, 2:4], sharing, sentences.sharing),
        (grid[1, 4:6], bytes_moved, sentences.moved),
    ]
    if timed:
        panels += [
            (grid[2, 0:3], rates, sentences.rates),
            (grid[2, 3:6], timeline, sentences.timeline),
        ]
    for place, plot, say in panels:
        axes = figure.add_subplot(place)
        plot(run, axes)
        _say(axes, say(run))
    figure.suptitle(
        f"{plain(run.workload)} under {plain(run.protocol.name)}: {run.cores} cores, {run.cycles:,} cycles, "
        f"hit rate {number(run.totals, 'hit_rate'):.1%}, AMAT {number(run.totals, 'amat'):.1f} cycles",
        parse_math=False, fontsize="x-large", fontweight="bold",
    )  # fmt: skip
    return figure


def comparison(runs: Sequence[Run]) -> Figure:
    """Several runs side by side: cycles, requests, misses, invalidations, bytes, memory writes, each with a sentence.

    Raises `InputError` without runs.

    >>> import coherence as co
    >>> work = co.workloads.ping_pong()
    >>> figure = comparison([co.Machine(name).run(work) for name in ("MESI", "Dragon")])
    >>> len(figure.axes)
    6
    """
    check_runs(runs)
    figure = _figure(8.0)
    panels = figure.subplots(2, 3).flat
    first = runs[0]
    _totals(runs, "cycles", "Cycles", next(panels), sentences.fastest(runs))
    compare(runs, axes := next(panels)).set_title("Bus requests")
    asked = [sum(cast("Mapping[str, int]", run.totals["bus"]).values()) for run in runs]
    _say(axes, sentences.least(runs, asked, "requests"))
    _causes(runs, next(panels))
    _totals(runs, "invalidations", "Invalidations", next(panels))
    _say(bytes_moved(runs, next(panels)), sentences.least(runs, [sum(moved(run).values()) for run in runs], "bytes"))
    _totals(runs, "memory_writes", "Memory writes", next(panels))
    figure.suptitle(
        f"{plain(first.workload)}: {first.cores} cores, order {first.order}",
        parse_math=False, fontsize="x-large", fontweight="bold",
    )  # fmt: skip
    return figure


def _figure(high: float) -> Figure:
    """A wide figure, the larger the larger the text: its panels keep room for their words."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    times = float(mpl.rcParams["font.size"]) / 10
    return plt.figure(figsize=(16 * times, high * times), layout="constrained")


def _say(axes: Axes, sentence: str) -> None:
    """A sentence between the title and the data."""
    title = axes.get_title()
    axes.set_title("")
    axes.set_title(f"{title}\n", parse_math=False, fontweight="bold", loc="left")
    said = axes.text(0.0, 1.015, sentence, transform=axes.transAxes, va="bottom", fontsize="small", parse_math=False)
    said.set_in_layout(False)  # the line that the title leaves free is its room


def _totals(runs: Sequence[Run], counter: str, title: str, axes: Axes, sentence: str = "") -> None:
    values = [number(run.totals, counter) for run in runs]
    bars = axes.bar(range(len(runs)), values, color=CAUSE["replacement"])
    over = ["" if at == 0 or not values[0] else f"\n×{value / values[0]:.2f}" for at, value in enumerate(values)]
    labels = [f"{value:,.0f}{times}" for value, times in zip(values, over, strict=True)]
    axes.bar_label(bars, labels, fontsize="small", padding=2)  # how many, and how many times the first
    axes.margins(y=0.18)
    bare(axes)
    by_run(axes, runs)
    axes.set_title(title)
    _say(axes, sentence or sentences.least(runs, values, title.lower()))


def _causes(runs: Sequence[Run], axes: Axes) -> None:
    stack(axes, {cause: [number(run.totals, cause) for run in runs] for cause in CAUSE}, CAUSE)
    by_run(axes, runs)
    axes.set(title="Misses by cause", ylabel="misses")
    _say(axes, sentences.fewest_misses(runs))


def draw(run: Run, kind: str, ax: Axes | None = None) -> Axes:
    """The plot of that name (`KINDS`); raises `InputError` for an unknown one.

    >>> import coherence as co
    >>> run = co.Machine("MOESI").run(co.workloads.random(cores=2, accesses=20), record=True)
    >>> draw(run, "traffic").get_ylabel()
    'requests'
    """
    if kind not in KINDS:
        raise InputError(unknown("kind", kind, KINDS))
    axes: Axes = KINDS[kind](run, ax or new())
    return axes


def save_run(run: Run, path: Path, kind: str = "overview") -> None:
    """The overview of a run, or one plot of `KINDS`, in one picture file."""
    save_and_close(overview(run) if kind == "overview" else draw(run, kind).get_figure(root=True), path)


def save_compare(runs: Sequence[Run], path: Path) -> None:
    """Several runs in one picture file."""
    save_and_close(comparison(runs), path)


def save_curves(found: Sequence[Curve], path: Path) -> None:
    """Miss-ratio curves in one picture file."""
    save_and_close(curves(found).get_figure(root=True), path)
