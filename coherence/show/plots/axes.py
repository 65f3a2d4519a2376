"""What the plots share, their house style: new Axes, titles, stacked bars, ticks that exist, legends off the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any, cast

from coherence.cache.config import Line
from coherence.run.run import Run
from coherence.show.style import is_dark, theme_of
from coherence.words.plain import plain
from coherence.words.say import show_key

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DASHES = ("-", (0, (5, 2)), (0, (1, 1.2)))  # of lines, each for as many as there are colors
CORES = 64  # of which a picture shows each
MARKS = "os^dvPX*"  # of lines


def new() -> Axes:
    """Axes of a figure of their own."""
    import matplotlib.pyplot as plt

    axes: Axes = plt.subplots(figsize=(8.0, 4.8), layout="constrained")[1]
    return axes


def titled(axes: Axes, title: str, sentence: str = "", columns: int = 70) -> None:
    """The title of every plot: bold, on the left, a *sentence* below it in lines of so many
    *columns*; and no frame above and on the right.
    """
    bare(axes)
    lines = wrap(sentence, columns)
    axes.set_title(title + "\n" * len(lines), loc="left", fontweight="bold", parse_math=False)
    if lines:
        said = axes.text(0.0, 1.015, "\n".join(lines), transform=axes.transAxes, va="bottom", parse_math=False)
        said.set_in_layout(False)  # the line that the title leaves free is its room


def line_name(line: Line, most: int = 40) -> str:
    """A line's name as a reader says it: the parts of a key that is made of parts, without brackets.

    >>> line_name(("kv", ("system", 0, 0)))
    'kv system 0 0'
    """
    if isinstance(line, tuple):
        return plain(" ".join(line_name(part) for part in line), most)
    return plain(show_key(line), most)


def bare(axes: Axes) -> None:
    """Take away the frame's upper and right side."""
    axes.spines[["top", "right"]].set_visible(False)


def whole_ticks(axes: Axes, x: bool = False, y: bool = False) -> None:
    """Whole numbers with thousands separators."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    for axis in [axes.xaxis] * x + [axes.yaxis] * y:
        axis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def shown_cores(run: Run) -> list[int]:
    """The cores that a picture shows: all, or the `CORES` that access most."""
    if run.cores <= CORES:
        return list(range(run.cores))
    accesses = [cast("int", c["reads"]) + cast("int", c["writes"]) for c in run.per_core]
    return sorted(sorted(range(run.cores), key=lambda core: -accesses[core])[:CORES])


def core_axis(axes: Axes, run: Run, cores: Sequence[int], x: str = "", y: str = "") -> None:
    """Ticks at *cores* that there are, a dozen at most, and what the axis counts; of many, which are shown."""
    few = range(0, len(cores), -(-len(cores) // 12))
    of = "" if len(cores) == run.cores else f" (the {len(cores)} of {run.cores:,} that access most)"
    for axis, name in ((axes.xaxis, x), (axes.yaxis, y)):
        if name:
            axis.set_ticks(list(few), [str(cores[i]) for i in few])
            axis.set_label_text(name + of)


def line_look(axes: Axes, number: int) -> dict[str, Any]:
    """How the line of that number looks: color, stroke and mark; the first 21 differ in color or stroke."""
    colours = theme_of(axes, None).lines
    return {
        "color": colours[number % len(colours)],
        "linestyle": DASHES[number // len(colours) % len(DASHES)],
        "marker": MARKS[number % len(MARKS)],
        "markersize": 5,
        "linewidth": 1.8,
    }


def edge_of(axes: Axes) -> str:
    """The color of the edges of bars."""
    return "#c8ccd0" if is_dark(axes) else "#3a3f44"


def stack(axes: Axes, bars: Mapping[str, Sequence[float]], flat: bool = False) -> Axes:
    """Stacked bars at 0, 1, 2 … of the names that occur, with a legend beside them; *flat*: from left to right."""
    count = max((len(b) for b in bars.values()), default=0)
    base: list[float] = [0] * count
    edge = edge_of(axes)
    for name, color in zip(bars, theme_of(axes, None).lines, strict=False):
        sizes = bars[name]
        if any(sizes):
            look: dict[str, Any] = {
                "label": name.replace("_", " "), "color": color, "edgecolor": edge, "linewidth": 0.5,
            }  # fmt: skip
            if flat:
                axes.barh(range(count), sizes, left=base, **look)
            else:
                axes.bar(range(count), sizes, bottom=base, **look)
            base = [b + s for b, s in zip(base, sizes, strict=True)]
    if any(base):
        legend(axes)
    return axes


def legend(axes: Axes, handles: Sequence[Any] | None = None) -> None:
    """A legend to the right of the data, never on them, wide enough to show dash and mark of a line."""
    if handles is None:
        handles = axes.get_legend_handles_labels()[0]
    found = axes.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, handlelength=2.6,
        borderaxespad=0.2, borderpad=0.0,
    )  # fmt: skip
    for text in found.get_texts():
        text.set_parse_math(False)
