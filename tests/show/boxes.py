"""Where the renderer puts texts, and which of them lie on each other."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from matplotlib.axes import Axes

SLACK = 0.5  # pixels by which boxes may touch: the renderer rounds


def clashes(axes: Axes, size: tuple[float, float] | None = None) -> list[tuple[str, str]]:
    """Pairs of texts of *axes* whose boxes intersect, and texts outside of the figure, drawn at *size* (inches)."""
    figure: Any = axes.figure
    if size:
        figure.set_size_inches(size)
    figure.canvas.draw()
    boxes = [(t.get_text(), t.get_window_extent()) for t in axes.texts if t.get_text() and t.get_visible()]
    found = [
        (a, b)
        for (a, one), (b, other) in combinations(boxes, 2)
        if min(one.x1, other.x1) - max(one.x0, other.x0) > SLACK
        and min(one.y1, other.y1) - max(one.y0, other.y0) > SLACK
    ]
    page = figure.bbox
    found += [
        (text, "the edge of the picture")
        for text, box in boxes
        if box.x0 < page.x0 or box.y0 < page.y0 or box.x1 > page.x1 or box.y1 > page.y1
    ]
    return found
