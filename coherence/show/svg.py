"""A scene as an inline SVG for a page: small, escaped, in the page's own ink."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from html import escape
from itertools import groupby
from typing import TypeAlias

from coherence.show.scene import Box, Curve, Disc, Point, Rect, Scene, Shape, Word, head

EM = 13  # pixels of the unit where there is room
Value: TypeAlias = "str | float"


def svg(scene: Scene) -> str:
    """The scene as an `<svg>` element, never wider than the page.

    Every name in it is text: nothing of it can become an element, an attribute or a script.
    """
    box = scene.rect
    wide, high = box.right - box.left, box.top - box.bottom
    written = [shape.rect for shape in scene.shapes if isinstance(shape, Word) and shape.paper]
    body = "".join(map(_shape, scene.shapes))
    if written:
        name = "m" + sha256(body.encode()).hexdigest()[:8]
        runs = groupby(scene.shapes, lambda shape: isinstance(shape, Curve))
        parts = [("".join(map(_shape, shapes)), curves) for curves, shapes in runs]
        body = _mask(name, box, written) + "".join(f'<g mask="url(#{name})">{p}</g>' if c else p for p, c in parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(scene.title)}" '
        f'viewBox="{_n(box.left)} {_n(-box.top)} {_n(wide)} {_n(high)}" '
        f'style="width:{_n(wide * EM)}px;max-width:100%;height:auto" '
        f'font-family="DejaVu Sans, Verdana, sans-serif">{body}</svg>'
    )


def _mask(name: str, whole: Rect, written: Sequence[Rect]) -> str:
    """Lines are not drawn where a word stands: so words are read on any page, whatever its background."""
    holes = "".join(_shape(Box(rect, "#000")) for rect in written)
    left, bottom, right, top = whole
    place = _attributes(x=left, y=-top, width=right - left, height=top - bottom)
    return f'<mask id="{name}" maskUnits="userSpaceOnUse"{place}>{_shape(Box(whole, "#fff"))}{holes}</mask>'


def _shape(shape: Shape) -> str:
    match shape:
        case Word():
            bold = ' font-weight="700"' if shape.bold else ""
            return (
                f"<text{_attributes(x=shape.x, y=-shape.y, font_size=shape.size, text_anchor=shape.anchor)}"
                f"{_attributes(fill=shape.colour, dy='.35em', style='unicode-bidi:isolate')}"
                f"{bold}>{_text(shape.text)}</text>"
            )
        case Disc():
            return f"<circle{_attributes(cx=shape.x, cy=-shape.y, r=shape.radius, fill=shape.fill)}{_line(shape)}/>"
        case Box():
            left, bottom, right, top = shape.rect
            place = _attributes(x=left, y=-top, width=right - left, height=top - bottom, rx=shape.radius)
            return f"<rect{place}{_attributes(fill=shape.fill)}{_line(shape)}/>"
        case Curve():
            points, wings = head(shape) if shape.arrow else (shape.points, ())
            path = f'<path d="{_path(points)}" fill="none"{_line(shape)}/>'
            if not wings:
                return path
            corners = " ".join(f"{_n(x)},{_n(-y)}" for x, y in wings)
            return f"{path}<polygon{_attributes(points=corners, fill=shape.colour)}/>"


def _text(text: str) -> str:
    """Escaped, and no mathematics for a notebook."""
    shown = escape(text)
    for sign in ("\\", "$"):
        shown = shown.replace(sign, f"<tspan>{sign}</tspan>")
    return shown


def _line(shape: Disc | Box | Curve) -> str:
    colour = shape.colour if isinstance(shape, Curve) else shape.edge
    if colour == "none":
        return ""
    dash = {"stroke_dasharray": f"{_n(shape.width * 2.6)} {_n(shape.width * 1.6)}"} if shape.dashed else {}
    return _attributes(stroke=colour, stroke_width=shape.width, **dash)


def _path(points: Sequence[Point]) -> str:
    start, *rest = [f"{_n(x)} {_n(-y)}" for x, y in points]
    return f"M {start}{'L' if len(rest) == 1 else 'C'}{' '.join(rest)}"


def _attributes(**values: Value) -> str:
    return "".join(
        f' {name.replace("_", "-")}="{escape(value) if isinstance(value, str) else _n(value)}"'
        for name, value in values.items()
    )


def _n(value: float) -> str:
    """A number with two places at the most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def sparkline(values: Sequence[float], most: float, title: str, bars: bool = False) -> str:
    """A small curve of *values* from 0 to *most*, or a bar each, as an inline SVG.

    *title* is said to those who cannot see it.
    """
    wide, high = 140, 28
    tops = [high - 1 - (high - 3) * min(1.0, v / (most or 1)) for v in values]
    if bars:
        step = wide / max(1, len(values))
        body = "".join(
            f'<rect x="{_n(i * step)}" y="{_n(y)}" width="{_n(max(step - 2, step / 2))}" height="{_n(high - 1 - y)}"/>'
            for i, y in enumerate(tops)
        )
    else:
        step = wide / max(1, len(values) - 1)
        points = [f"{_n(i * step)},{_n(y)}" for i, y in enumerate(tops)]
        body = f'<polyline points="{" ".join(points)}" fill="none" stroke="currentColor" stroke-width="1.6"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(title)}" width="{wide}" '
        f'height="{high}" viewBox="0 0 {wide} {high}" fill="currentColor"><path d="M 0 {high - 0.5} h {wide}" '
        f'stroke="currentColor" stroke-opacity=".3"/>{body}</svg>'
    )
