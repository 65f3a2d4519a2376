"""A scene painted by matplotlib: every size follows the scene's unit, whatever the size of the Axes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from coherence.show.scene import Box, Curve, Disc, Scene, Word, head

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FONT = 12.0  # points of the unit in a figure of its own
MOST = 20.0  # inches that such a figure is wide or high


def paint(scene: Scene, ax: Axes | None = None) -> Axes:
    """Paint *scene* on *ax*, or on a new figure in which a label has twelve points."""
    box = scene.rect
    wide, high = box.right - box.left, box.top - box.bottom
    if ax is None:
        import matplotlib.pyplot as plt

        inch = min(FONT / 72, MOST / max(wide, high))
        figure = plt.figure(figsize=(wide * inch, high * inch), facecolor=scene.paper)
        ax = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    ax.set(xlim=(box.left, box.right), ylim=(box.bottom, box.top), xticks=[], yticks=[], aspect="equal")
    ax.set_facecolor(scene.paper)
    ax.spines[:].set_visible(False)
    for depth, shape in enumerate(scene.shapes):
        for artist in _artists(shape):
            artist.set_zorder(2 + depth / 1000)
            ax.add_artist(artist)
    return ax


def _artists(shape: Word | Disc | Box | Curve) -> list[Any]:
    from matplotlib.path import Path

    sized_text, sized_path = _kinds()
    match shape:
        case Word():
            align = {"start": "left", "middle": "center", "end": "right"}[shape.anchor]
            text = sized_text(
                shape.x, shape.y, shape.text, color=shape.colour, ha=align, va="center_baseline",
                fontweight="bold" if shape.bold else "normal", parse_math=False,
            )  # fmt: skip
            text.units = shape.size
            if shape.paper is None:
                return [text]
            return [*_artists(Box(shape.rect, shape.paper)), text]
        case Disc():
            path = Path.circle((shape.x, shape.y), shape.radius)
            return [_patch(sized_path, path, shape.fill, shape.edge, shape.width, shape.dashed)]
        case Box():
            return [_patch(sized_path, _round(shape), shape.fill, shape.edge, shape.width, shape.dashed)]
        case Curve():
            points, wings = head(shape) if shape.arrow else (shape.points, None)
            codes = [Path.MOVETO, *[Path.LINETO if len(points) == 2 else Path.CURVE4] * (len(points) - 1)]
            line = _patch(sized_path, Path(points, codes), "none", shape.colour, shape.width, shape.dashed)
            if wings is None:
                return [line]
            closed = Path([*wings, wings[0]], closed=True)
            return [line, _patch(sized_path, closed, shape.colour, "none", 0.0, False)]


def _patch(kind: Any, path: object, fill: str, edge: str, width: float, dashed: bool) -> Any:
    style = (0, (2.6, 1.6)) if dashed else "-"
    patch = kind(path, facecolor=fill, edgecolor=edge, linestyle=style, capstyle="butt", joinstyle="round")
    patch.units = width
    return patch


def _round(box: Box) -> Any:
    """The path of a rectangle whose corners are round."""
    from matplotlib.path import Path

    left, bottom, right, top = box.rect
    r = min(box.radius, (right - left) / 2, (top - bottom) / 2)
    if not r:
        return Path([(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)], closed=True)
    points = [
        (left + r, bottom), (right - r, bottom), (right, bottom), (right, bottom + r), (right, top - r), (right, top),
        (right - r, top), (left + r, top), (left, top), (left, top - r), (left, bottom + r), (left, bottom),
        (left + r, bottom), (left + r, bottom),
    ]  # fmt: skip
    corner = [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path(points, [Path.MOVETO, *corner * 4, Path.CLOSEPOLY])


@cache
def _kinds() -> tuple[type[Any], type[Any]]:
    """A Text and a PathPatch whose size, `units` of the Axes' data, is set anew at each drawing.

    A layout that resizes the Axes, or a figure saved at another size, so keeps every label in its place.
    """
    from matplotlib.patches import PathPatch
    from matplotlib.text import Text

    def points(artist: Any) -> float:
        transform = artist.axes.transData
        pixels = abs(transform.transform((0.0, 1.0))[1] - transform.transform((0.0, 0.0))[1])
        return float(artist.units * pixels * 72 / artist.get_figure(root=True).dpi)

    class SizedText(Text):
        units = 1.0

        def draw(self, renderer: Any) -> None:
            self.set_fontsize(points(self))
            super().draw(renderer)

        def get_window_extent(self, renderer: Any = None, dpi: float | None = None) -> Any:
            self.set_fontsize(points(self))
            return super().get_window_extent(renderer, dpi)

    class SizedPath(PathPatch):
        units = 0.0

        def draw(self, renderer: Any) -> None:
            self.set_linewidth(points(self))
            super().draw(renderer)

    return SizedText, SizedPath
