"""Figures of several panels: the story of a run, and of several runs side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from coherence.analysis.bytes_moved import moved
from coherence.analysis.curves import Curve
from coherence.errors import InputError, unknown
from coherence.run.run import Run
from coherence.run.totals import number
from coherence.show import sentences
from coherence.show.plots.axes import new, titled
from coherence.show.plots.bars import by_run, bytes_moved, check_runs, misses, traffic, worst_lines
from coherence.show.plots.matrix import invalidations, sharing
from coherence.show.plots.models import curves
from coherence.show.plots.time import rates, timeline
from coherence.show.sequence import sequence
from coherence.show.style import save_and_close, theme_of
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
PANELS: tuple[tuple[Callable[..., Axes], Callable[[Run], str]], ...] = (
    (traffic, sentences.traffic),
    (misses, sentences.misses),
    (invalidations, sentences.invalidations),
    (worst_lines, sentences.worst_lines),
    (sharing, sentences.sharing),
    (bytes_moved, sentences.moved),
)
LABELED = 5  # bars up to which a label beside says how many times the first
NARROW, WIDE = 44, 70  # characters of a panel's sentence


def overview(run: Run) -> Figure:
    """A Figure that tells the run's story, a sentence under the title of each panel.

    Six panels; with a recorded run also the rates over time and the states of the line that cost most.

    >>> import coherence as co
    >>> run = co.Machine("MOESI").run(co.workloads.random(cores=2, accesses=20), record=True)
    >>> len(overview(run).axes) > 6
    True
    """
    timed = run.events is not None and bool(run.lines)
    with _figure(11.5 if timed else 8.0) as figure:
        above, *below = figure.subfigures(2 if timed else 1, 1, squeeze=False, height_ratios=[2, 1][: 1 + timed]).flat
        panels: list[tuple[Any, Callable[..., Axes], Callable[[Run], str], int]] = [
            (place, plot, say, NARROW)
            for place, (plot, say) in zip(
                above.subplots(2, 3).flat,
                PANELS,
                strict=True,
            )
        ]
        for part in below:
            left, right = part.subplots(1, 2)
            panels += [(left, rates, sentences.rates, WIDE), (right, timeline, sentences.timeline, WIDE)]
        for axes, plot, say, columns in panels:
            plot(run, axes)
            titled(axes, axes.get_title(loc="left"), say(run), columns)
        figure.suptitle(
            f"{plain(run.workload)} under {plain(run.protocol.name)}: {run.cores} cores, {run.cycles:,} cycles, "
            f"hit rate {number(run.totals, 'hit_rate'):.1%}, AMAT {number(run.totals, 'amat'):.1f} cycles",
            parse_math=False, fontsize="x-large", fontweight="bold",
        )  # fmt: skip
    return figure


def comparison(runs: Sequence[Run]) -> Figure:
    """A Figure of several runs side by side, each panel with a sentence.

    Cycles, requests, misses by cause, invalidations, bytes, memory writes. Raises `InputError` without runs.

    >>> import coherence as co
    >>> work = co.workloads.ping_pong()
    >>> figure = comparison([co.Machine(name).run(work) for name in ("MESI", "Dragon")])
    >>> len(figure.axes)
    6
    """
    check_runs(runs)
    with _figure(8.0) as figure:
        panels = figure.subplots(2, 3).flat
        first = runs[0]
        _totals(runs, "cycles", "Cycles", next(panels), sentences.fastest(runs))
        traffic(runs, axes := next(panels))
        asked = [sum(cast("Mapping[str, int]", run.totals["bus"]).values()) for run in runs]
        titled(axes, "Bus requests", sentences.least(runs, asked, "requests"), NARROW)
        titled(misses(runs, next(panels)), "Misses by cause", sentences.fewest_misses(runs), NARROW)
        _totals(runs, "invalidations", "Invalidations", next(panels))
        carried = [sum(moved(run).values()) for run in runs]
        titled(bytes_moved(runs, next(panels)), "Bytes on the bus", sentences.least(runs, carried, "bytes"), NARROW)
        _totals(runs, "memory_writes", "Memory writes", next(panels))
        figure.suptitle(
            f"{plain(first.workload)}: {first.cores} cores, order {first.order}",
            parse_math=False, fontsize="x-large", fontweight="bold",
        )  # fmt: skip
    return figure


@contextmanager
def _figure(high: float) -> Iterator[Figure]:
    """A wide figure, the larger the larger the text: its panels keep room for their words."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    size = float(mpl.rcParams["font.size"])
    with mpl.rc_context({"font.size": 1.2 * size}):
        yield plt.figure(figsize=(1.8 * size, high * size / 10), layout="constrained")


def _totals(runs: Sequence[Run], counter: str, title: str, axes: Axes, sentence: str = "") -> None:
    values = [number(run.totals, counter) for run in runs]
    bars = axes.bar(range(len(runs)), values, color=theme_of(axes, None).lines[0])
    if len(runs) <= LABELED:
        over = ["" if at == 0 or not values[0] else f"\n×{value / values[0]:.2f}" for at, value in enumerate(values)]
        labels = [f"{value:,.0f}{times}" for value, times in zip(values, over, strict=True)]
        axes.bar_label(bars, labels, padding=2)  # how many, and how many times the first
    else:
        axes.bar_label(bars, [f"{value:,.0f}" for value in values], padding=3, rotation=90, fontsize="small")
    axes.margins(y=0.25)
    by_run(axes, runs)
    titled(axes, title, sentence or sentences.least(runs, values, title.lower()), NARROW)


def draw(run: Run, kind: str, ax: Axes | None = None, **choice: Any) -> Axes:
    """The plot of that name (`KINDS`), *choice* as its own keywords; raises `InputError` for an unknown one.

    >>> import coherence as co
    >>> run = co.Machine("MOESI").run(co.workloads.random(cores=2, accesses=20), record=True)
    >>> draw(run, "traffic").get_ylabel()
    'requests'
    """
    if kind not in KINDS:
        raise InputError(unknown("kind", kind, KINDS))
    axes: Axes = KINDS[kind](run, ax or new(), **choice)
    return axes


def save_run(run: Run, path: Path, kind: str = "overview", **choice: Any) -> None:
    """The overview of a run, or one plot of `KINDS` with *choice* as its keywords, in one picture file."""
    save_and_close(overview(run) if kind == "overview" else draw(run, kind, **choice).get_figure(root=True), path)


def save_compare(runs: Sequence[Run], path: Path) -> None:
    """Several runs in one picture file."""
    save_and_close(comparison(runs), path)


def save_curves(found: Sequence[Curve], path: Path) -> None:
    """Miss-ratio curves in one picture file."""
    save_and_close(curves(found).get_figure(root=True), path)
