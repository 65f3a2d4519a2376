"""What the plots share: new Axes, stacked bars, whole numbers on the axes, legends off the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from coherence.show.style import is_dark, theme_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 0.13  # share of the Axes' height that a row of the legend needs
MARKS = "os^dvPX*"  # of lines


def new() -> Axes:
    """Axes of a figure of their own."""
    import matplotlib.pyplot as plt

    axes: Axes = plt.subplots(layout="constrained")[1]
    return axes


def bare(axes: Axes) -> None:
    """Take away the frame's upper and right side."""
    axes.spines[["top", "right"]].set_visible(False)


def whole_ticks(axes: Axes, x: bool = False, y: bool = False) -> None:
    """Whole numbers with thousands separators."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    for axis in [axes.xaxis] * x + [axes.yaxis] * y:
        axis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def core_ticks(axes: Axes, x: bool = False, y: bool = False) -> None:
    """Numbers of cores: each while there are no more than a dozen."""
    from matplotlib.ticker import MaxNLocator

    for axis in [axes.xaxis] * x + [axes.yaxis] * y:
        axis.set_major_locator(MaxNLocator(nbins=12, integer=True, steps=[1, 2, 4, 5, 8, 10]))


def line_look(axes: Axes, number: int) -> dict[str, Any]:
    """How the line of that number looks: colour, stroke and mark."""
    colours = theme_of(axes, None).lines
    return {
        "color": colours[number % len(colours)],
        "linestyle": "-" if number < len(colours) else "--",
        "marker": MARKS[number % len(MARKS)],
        "markersize": 4.5,
        "linewidth": 1.8,
    }


def edge_of(axes: Axes) -> str:
    """The colour of the edges of bars."""
    return "#c8ccd0" if is_dark(axes) else "#3a3f44"


def stack(axes: Axes, bars: Mapping[str, Sequence[float]], colours: Mapping[str, str], flat: bool = False) -> Axes:
    """Stacked bars at 0, 1, 2 … of the names that occur, with a legend above; *flat*: from left to right."""
    count = max((len(b) for b in bars.values()), default=0)
    base: list[float] = [0] * count
    edge = edge_of(axes)
    for name, sizes in bars.items():
        if any(sizes):
            look: dict[str, Any] = {
                "label": name.replace("_", " "), "color": colours[name], "edgecolor": edge, "linewidth": 0.5,
            }  # fmt: skip
            if flat:
                axes.barh(range(count), sizes, left=base, **look)
            else:
                axes.bar(range(count), sizes, bottom=base, **look)
            base = [b + s for b, s in zip(base, sizes, strict=True)]
    bare(axes)
    if any(base):
        legend(axes)
    return axes


def legend(axes: Axes, handles: Sequence[Any] | None = None, columns: int = 3) -> None:
    """A legend inside, in room made for it above the data: there it stays when somebody sets another title."""
    if handles is None:
        handles = axes.get_legend_handles_labels()[0]
    rows = -(-len(handles) // columns)
    columns = -(-len(handles) // rows)  # no row much longer than another
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + (high - low) * (0.04 + ROW * rows))
    found = axes.legend(
        handles=handles, loc="upper center", ncols=columns, frameon=False, fontsize="small", borderaxespad=0.2,
        columnspacing=1.2, handlelength=1.2,
    )  # fmt: skip
    for text in found.get_texts():
        text.set_parse_math(False)
