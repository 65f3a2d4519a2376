"""A picture as data: shapes in a plane, made by geometry alone, painted by matplotlib or written as SVG.

The unit is the size (em) of an ordinary label; x goes to the right and y upwards. Colours are those of the painter:
`#rrggbb`, or what CSS knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import dist
from typing import Literal, NamedTuple, TypeAlias

from coherence.words.plain import width

LINE = 1.25  # height of a line of text, in ems
MARGIN = 0.6  # around a picture
Point: TypeAlias = "tuple[float, float]"
Anchor = Literal["start", "middle", "end"]


class Rect(NamedTuple):
    """A box in the plane."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Rect, gap: float = 0.0) -> bool:
        """Whether the two are less than *gap* apart.

        >>> Rect(0, 0, 1, 1).meets(Rect(1.1, 0, 2, 1)), Rect(0, 0, 1, 1).meets(Rect(1.1, 0, 2, 1), 0.2)
        (False, True)
        """
        return (
            self.left < other.right + gap
            and other.left < self.right + gap
            and self.bottom < other.top + gap
            and other.bottom < self.top + gap
        )

    def holds(self, point: Point, gap: float = 0.0) -> bool:
        """Whether *point* lies in it, or less than *gap* outside."""
        return self.left - gap < point[0] < self.right + gap and self.bottom - gap < point[1] < self.top + gap


@dataclass(frozen=True, slots=True)
class Word:
    """One line of text, its middle at height y; `paper` colours what is behind it."""

    text: str
    x: float
    y: float
    colour: str
    size: float = 1.0
    anchor: Anchor = "middle"
    bold: bool = False
    paper: str | None = None

    @property
    def rect(self) -> Rect:
        """Where it is, about."""
        wide = width(self.text, self.bold) * self.size
        left = self.x - {"start": 0.0, "middle": wide / 2, "end": wide}[self.anchor]
        return Rect(left, self.y - LINE * self.size / 2, left + wide, self.y + LINE * self.size / 2)


@dataclass(frozen=True, slots=True)
class Disc:
    """A circle."""

    x: float
    y: float
    radius: float
    fill: str
    edge: str
    width: float = 0.1
    dashed: bool = False

    @property
    def rect(self) -> Rect:
        """Around it."""
        return Rect(self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with round corners."""

    rect: Rect
    fill: str
    edge: str = "none"
    width: float = 0.08
    dashed: bool = False
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Curve:
    """Lines (2 points) or a cubic Bézier curve (4), with an arrow head at its end if `arrow`."""

    points: tuple[Point, ...]
    colour: str
    width: float = 0.09
    dashed: bool = False
    arrow: bool = False

    @property
    def rect(self) -> Rect:
        """Around its points."""
        return around(Rect(x, y, x, y) for x, y in sample(self.points, 12))


Shape: TypeAlias = "Word | Disc | Box | Curve"


@dataclass(frozen=True)
class Scene:
    """Shapes in the order in which they are painted, on `paper`; `title` is said to those who cannot see it."""

    shapes: tuple[Shape, ...]
    paper: str
    title: str = ""

    @property
    def rect(self) -> Rect:
        """The whole picture."""
        box = around(s.rect for s in self.shapes)
        return Rect(box.left - MARGIN, box.bottom - MARGIN, box.right + MARGIN, box.top + MARGIN)


def around(rects: Iterable[Rect]) -> Rect:
    """The smallest box around all."""
    left, bottom, right, top = zip(*rects, strict=True)
    return Rect(min(left), min(bottom), max(right), max(top))


def bezier(points: tuple[Point, ...], t: float) -> Point:
    """The point at *t* of a straight line (2 points) or a cubic curve (4)."""
    u = 1 - t
    weights: tuple[float, ...] = (u, t) if len(points) == 2 else (u**3, 3 * t * u * u, 3 * t * t * u, t**3)
    return (
        sum(w * p[0] for w, p in zip(weights, points, strict=True)),
        sum(w * p[1] for w, p in zip(weights, points, strict=True)),
    )


def sample(points: tuple[Point, ...], count: int) -> list[Point]:
    """*count* + 1 points along it, its ends included."""
    return [bezier(points, i / count) for i in range(count + 1)]


def head(curve: Curve) -> tuple[tuple[Point, ...], tuple[Point, Point, Point]]:
    """The points of an arrow's curve, cut short, and the triangle of its head."""
    tip = curve.points[-1]
    size = 0.55 + 2.2 * curve.width
    cut, off = 0.5, 0.25
    for _ in range(12):  # halve the way to where the head begins
        cut += off if dist(bezier(curve.points, cut), tip) > size * 0.8 else -off
        off /= 2
    back = bezier(curve.points, cut)
    long = dist(back, tip) or 1.0
    along = (tip[0] - back[0]) / long, (tip[1] - back[1]) / long
    foot = tip[0] - along[0] * size, tip[1] - along[1] * size
    half = size * 0.42
    wings = (
        (foot[0] - along[1] * half, foot[1] + along[0] * half),
        (foot[0] + along[1] * half, foot[1] - along[0] * half),
    )
    return _until(curve.points, cut), (wings[0], tip, wings[1])


def _until(points: tuple[Point, ...], t: float) -> tuple[Point, ...]:
    """The part of a curve before *t* (de Casteljau)."""
    kept, rest = [points[0]], list(points)
    while len(rest) > 1:
        rest = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(rest)]
        kept.append(rest[0])
    return tuple(kept)
