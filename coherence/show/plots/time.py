"""What happened when: the states of a line, and how well the run went. Both need a run with `record=True`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coherence.cache.config import Line
from coherence.errors import InputError, whole
from coherence.run import timeline as past
from coherence.run.run import Run
from coherence.run.worst import ranked
from coherence.show.colours import tiles_of
from coherence.show.plots.axes import core_axis, legend, line_name, new, shown_cores, titled, whole_ticks
from coherence.show.style import theme_of
from coherence.words.plain import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MANY = 20_000  # intervals beyond which they are drawn as pixels, not as shapes
LANE = 0.8  # height of a lane
LETTER = 0.03  # share of the time that an interval needs to carry its letter
PIXELS = 4000  # of a lane
LETTERED = 400  # intervals up to which letters are written


def timeline(
    run: Run, ax: Axes | None = None, *, line: Line | None = None, cycles: tuple[int, int] | None = None
) -> Axes:
    """The states of one line over time, a lane per core (of many cores those that access most).

    *line*: which (None: the one that cost most because it is shared) · *cycles*: show only from the first to the
    second. Raises `InputError` if the run kept no events, or never touched the line.

    >>> import coherence as co
    >>> run = co.Machine("MOESI").run(co.workloads.random(cores=2, accesses=20), record=True)
    >>> timeline(run, line=11).get_title(loc="left")
    'States of line 11, MOESI'
    """
    run.recorded()
    if line is None and not run.lines:
        raise InputError("the run touched no line")
    chosen = ranked(run.lines)[0] if line is None else line
    every = past.intervals(run, chosen)
    cores = shown_cores(run)
    lanes = [every[core] for core in cores]
    first, last = cycles or (0, max(run.cycles, 1))
    if not 0 <= first < last:
        raise InputError(f"cycles must go from a smaller to a larger number, not {first} to {last}")
    axes = ax or new()
    axes.set(xlim=(first, last), ylim=(len(lanes) - 0.5, -0.5))
    draw = _pixels if sum(map(len, lanes)) > MANY else _shapes
    draw(axes, run, lanes, first, last)
    _states_legend(axes, run)
    axes.set_xlabel("cycle")
    whole_ticks(axes, x=True)
    core_axis(axes, run, cores, y="core")
    titled(axes, f"States of line {line_name(chosen)}, {plain(run.protocol.name)}")
    return axes


def _shapes(axes: Axes, run: Run, lanes: list[list[past.Interval]], first: int, last: int) -> None:
    """A lane of rectangles per core; while they are few, those that are wide enough with the letter of the state."""
    theme = theme_of(axes, None)
    look = tiles_of(run.protocol, theme)
    few = sum(i.start < last and i.end > first for lane in lanes for i in lane) <= LETTERED
    for core, lane in enumerate(lanes):
        axes.broken_barh(
            [(i.start, i.end - i.start) for i in lane],
            (core - LANE / 2, LANE),
            facecolors=[theme.paper if look[i.state].dashed else look[i.state].fill for i in lane],
            edgecolors=theme.paper if few else "none",
            linewidth=0.6 if few else 0.0,
        )
        for i in lane if few else ():
            start, end = max(i.start, first), min(i.end, last)
            if end - start >= LETTER * (last - first):
                tile = look[i.state]
                axes.text(
                    (start + end) / 2, core, plain(i.state, 6), color=theme.muted if tile.dashed else tile.ink,
                    ha="center", va="center", fontweight="bold", fontsize="small", parse_math=False, clip_on=True,
                )  # fmt: skip


def _pixels(axes: Axes, run: Run, lanes: list[list[past.Interval]], first: int, last: int) -> None:
    """A lane of pixels per core, each of the state that its core was in for most of the pixel's time."""
    from matplotlib.colors import to_rgba

    theme = theme_of(axes, None)
    look = tiles_of(run.protocol, theme)
    colours = {s: to_rgba(theme.paper if tile.dashed else tile.fill) for s, tile in look.items()}
    span = (last - first) / PIXELS
    for core, lane in enumerate(lanes):
        longest: list[tuple[float, str]] = [(0.0, run.protocol.invalid)] * PIXELS
        for pixel, state, time in past.shares(lane, first, span, PIXELS):
            longest[pixel] = max(longest[pixel], (time, state))
        row = [[colours[state] for _, state in longest]]
        extent = (first, last, core + LANE / 2, core - LANE / 2)
        axes.imshow(row, extent=extent, aspect="auto", interpolation="nearest")
    axes.set(xlim=(first, last), ylim=(len(lanes) - 0.5, -0.5))


def _states_legend(axes: Axes, run: Run) -> None:
    from matplotlib.patches import Patch

    look = tiles_of(run.protocol, theme_of(axes, None))
    handles = [
        Patch(
            facecolor=look[s.name].fill,
            edgecolor=look[s.name].edge,
            linestyle="--" if s.invalid else "-",
            label=" " * s.name.startswith("_") + plain(f"{s.name} {s.title}", 18) + " ●" * s.dirty,
        )
        for s in sorted(run.protocol.states, key=lambda s: s.invalid)
    ]
    legend(axes, handles)


def rates(run: Run, ax: Axes | None = None, *, bins: int = 60) -> Axes:
    """Hit rate and bus utilization over time, both as shares.

    *bins*: into how many spans the run is cut. Raises `InputError` if the run kept no events.

    >>> import coherence as co
    >>> run = co.Machine("MOESI").run(co.workloads.random(cores=2, accesses=20), record=True)
    >>> [line.get_label() for line in rates(run).get_lines()]
    ['hit rate', 'bus utilization']
    """
    faults = whole("bins", bins, 1)
    if faults:
        raise InputError(faults[0])
    found = past.rates(run, min(bins, max(run.cycles, 1)))
    axes = ax or new()
    one, other, *_ = theme_of(axes, None).lines
    axes.plot(found.middles, found.hit_rate, color=one, linewidth=2, label="hit rate")
    axes.plot(found.middles, found.utilisation, color=other, linewidth=2, linestyle="--", label="bus utilization")
    axes.set(xlim=(0, max(run.cycles, 1)), ylim=(0, 1.02), xlabel="cycle")
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    titled(axes, "Hit rate and bus over time")
    legend(axes)
    whole_ticks(axes, x=True)
    return axes
