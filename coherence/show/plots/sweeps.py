"""Sweeps as lines with bands over their seeds: growth, speed-up, ratios, and where one overtakes another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from coherence.errors import InputError
from coherence.show.plots.axes import legend, line_look, new, titled
from coherence.show.style import theme_of
from coherence.sweeps.means import Mean, Series, Table, mean_of, ratios_of, rows_of, series_of
from coherence.sweeps.means import crossover as find_crossover
from coherence.words.plain import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BAND = 0.18  # opacity
SHARES = ("rate", "utilization")  # what a column of shares ends in
SPAN = 8  # largest x over least, from which x is drawn by its doublings
NAMED = 24  # characters of a name in the legend


def sweep(table: Table, x: str, y: str, hue: str | None = "protocol", ax: Axes | None = None) -> Axes:
    """*y* along *x*, a line for each *hue*: the mean over the seeds, and a band that is its 95 % interval.

    *table*: a Sweep, its DataFrame, or part of one. Raises `InputError` for an unknown column, and where anything
    besides *x*, *hue* and the seed varies.

    >>> import coherence as co
    >>> found = co.sweep("random", cores=[1, 2], accesses=20, seed=range(3), jobs=1)
    >>> sweep(found, x="cores", y="cycles").get_ylabel()
    'cycles'
    """
    axes = ax or new()
    series = series_of(table, x, y, hue)
    numbers = hue is not None and not any(isinstance(name, str) for name in series)
    _lines(axes, series, called=f"{_name(str(hue))} " if numbers else "", most=1.0 if y.endswith(SHARES) else None)
    _label(axes, x, y, table)
    titled(axes, f"{_name(y).capitalize()} by {_name(x)}", _bands(series))
    return axes


def ratios(table: Table, x: str, y: str, base: Any, hue: str = "protocol", ax: Axes | None = None) -> Axes:
    """*y* of each *hue* over that of *base* at the same seed, along *x*: below 1 is less than the base has.

    Raises `InputError` as `sweep`, and if *base* is no value of *hue*.
    """
    found = ratios_of(series_of(table, x, y, hue), base)
    axes = ax or new()
    axes.axhline(1, color=theme_of(axes, None).muted, linewidth=1, zorder=1)
    _lines(axes, {name: line for name, line in found.items() if name != base}, list(found), low=None)
    _label(axes, x, f"{y} / {y} of {plain(base, NAMED)}", table)
    titled(axes, f"{_name(y).capitalize()} over that of {plain(base, NAMED)}", _bands(found))
    return axes


def speedup(
    table: Table, x: str = "cores", hue: str | None = "protocol", ax: Axes | None = None, *, time: bool = False
) -> Axes:
    """How many times as much is done per cycle as with the least *x*, and the line that would be ideal.

    Done are reads and writes; with *time* it is how many times shorter the whole takes, for work that is the same at
    every *x*. Each seed is compared with itself. Raises `InputError` as `sweep`, and where *x* has no least number.
    """
    rows = [
        {**row, "rate": (1 if time else row["reads"] + row["writes"]) / row["cycles"]}
        for row in rows_of(table)
        if row.get("cycles", math.nan) > 0
    ]
    if not rows:
        raise InputError("no point of the sweep has cycles")
    series = series_of(rows, x, "rate", hue)
    first = min(at for line in series.values() for at in line)
    if isinstance(first, str) or first <= 0:
        raise InputError(f"{x} must be a column of numbers above 0, and has {first!r}")
    found: Series = {
        name: {
            at: {seed: rate / line[first][seed] for seed, rate in seeds.items() if line.get(first, {}).get(seed)}
            for at, seeds in line.items()
        }
        for name, line in series.items()
        if first in line
    }
    axes = ax or new()
    last = max(at for line in found.values() for at in line) / first
    ideal = [1 + (last - 1) * n / 64 for n in range(65)]
    axes.plot(
        [first * i for i in ideal], ideal, color=theme_of(axes, None).muted, linewidth=1.8, linestyle=":", label="ideal"
    )
    _lines(axes, found, top=ideal[-1])
    name = "speed-up" if time else "throughput"
    _label(axes, x, f"{name}, times that at {_name(x)} = {first:g}", table)
    said = "the same work in so many times less time" if time else "accesses per cycle"
    titled(axes, f"{name.capitalize()} by {_name(x)}", f"{said.capitalize()}. {_bands(found)}".strip())
    return axes


def crossover(
    table: Table, x: str, y: str, one: Any, other: Any, hue: str = "protocol", ax: Axes | None = None
) -> Axes:
    """The lines of two values of *hue*, where one overtakes the other, and between which x that is sure to 95 %.

    See `co.crossover`, which gives the numbers. Raises `InputError` as that does.
    """
    found = find_crossover(table, x, y, one, other, hue)
    series = series_of(table, x, y, hue)
    axes = ax or new()
    two = {name: series[name] for name in (one, other)}
    top = _lines(axes, two)
    bottom = axes.get_ylim()[0]
    if found.at is not None:
        if found.low is not None and found.high is not None:
            axes.fill_betweenx(
                [bottom, top], found.low, found.high, color=theme_of(axes, None).muted, alpha=0.2, linewidth=0
            )
        axes.plot(
            [found.at, found.at], [bottom, top], color=theme_of(axes, None).muted, linewidth=1, linestyle="--", zorder=1
        )
    _label(axes, x, y, table)
    said = f"{found}."
    if found.at is None:
        said = f"{found.one} stays below {found.other} throughout."
    titled(axes, f"Where {plain(one, NAMED)} and {plain(other, NAMED)} cross", plain(said, 90))
    return axes


def _lines(
    axes: Axes,
    series: Series,
    hues: Sequence[Any] | None = None,
    low: float | None = 0.0,
    top: float | None = None,
    called: str = "",
    most: float | None = None,
) -> float:
    """A line and a band per hue, a legend beside, x at its values; colors by the place among *hues*.

    *called*: what goes before a hue in the legend · *most*: no band goes above. Returns how high the Axes reach.
    """
    order = list(series) if hues is None else list(hues)
    xs = list(dict.fromkeys(at for line in series.values() for at in line))
    places = _places(axes, xs)
    for name, line in series.items():
        number = order.index(name)
        points = sorted((places[at], mean_of(list(seeds.values()))) for at, seeds in line.items() if seeds)
        look = line_look(axes, number)
        at, means = [place for place, _ in points], [mean for _, mean in points]
        axes.plot(
            at,
            [m.mean for m in means],
            label=plain(f"{called}{name}", NAMED) if name is not None else "mean",
            **look,
        )
        if any(m.count > 1 for m in means):
            high = [m.high if most is None else min(m.high, most) for m in means]
            axes.fill_between(
                at,
                [m.low for m in means],
                high,
                color=look["color"],
                alpha=BAND,
                linewidth=0,
            )
    _room(axes, series, low, top if most is None else most)
    reached: float = axes.get_ylim()[1]
    if len(axes.get_legend_handles_labels()[0]) > 1:
        legend(axes)
    return reached


def _room(axes: Axes, series: Series, low: float | None, top: float | None) -> None:
    """From 0 where nothing is below it, and no higher than *top*."""
    means: list[Mean] = [mean_of(list(s.values())) for line in series.values() for s in line.values() if s]
    least, most = min(m.low for m in means), max(m.high for m in means)
    if top is not None:
        most = top
    if low is not None and least >= low:
        axes.set_ylim(low, (most or 1.0) * 1.04)


def _places(axes: Axes, xs: list[Any]) -> Mapping[Any, float]:
    """Where each x stands, with its tick: numbers at their place or by doublings, anything else side by side."""
    from matplotlib.ticker import NullLocator

    if not all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in xs):
        axes.set_xticks(range(len(xs)), [plain(x, 16) for x in xs], parse_math=False)
        return {x: float(place) for place, x in enumerate(xs)}
    ticks = sorted(xs)
    if len(ticks) > 2 and ticks[0] > 0 and ticks[-1] >= SPAN * ticks[0]:
        axes.set_xscale("log", base=2)
        axes.xaxis.set_minor_locator(NullLocator())
        shown = [ticks[0]]
        for x in ticks[1:]:
            if x >= shown[-1] * 1.4:
                shown.append(x)
        axes.set_xticks(shown, [f"{x:,g}" for x in shown])
    elif len(ticks) <= 12:
        axes.set_xticks(ticks, [f"{x:,g}" for x in ticks])
    return {x: float(x) for x in xs}


def _bands(series: Series) -> str:
    """What the band around a line is, if there is one."""
    seeds = max((len(found) for line in series.values() for found in line.values()), default=0)
    return f"Mean of {seeds} seeds and its 95 % interval." if seeds > 1 else ""


def _label(axes: Axes, x: str, y: str, table: Table) -> None:
    """What the axes count; with more cores there is more work where each does the same number of accesses."""
    from matplotlib.ticker import FuncFormatter

    if y.endswith(SHARES):
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
        if axes.get_ylim()[1] > 1:
            axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    elif axes.get_ylim()[1] >= 1000:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    rows = rows_of(table)
    work = {(row.get("cores"), row.get("reads", 0) + row.get("writes", 0)) for row in rows} if x == "cores" else set()
    each = {round(done / cores) for cores, done in work if cores}
    said = f" ({each.pop():,} accesses each)" if len(each) == 1 and len(work) > 1 and each != {0} else ""
    for write, name in ((axes.set_xlabel, _name(x) + said), (axes.set_ylabel, _name(y))):
        write(name, parse_math=False)


def _name(column: str) -> str:
    """A column's name in words."""
    return column.removeprefix("workload_").replace("_", " ")
