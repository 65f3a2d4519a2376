"""Where the labels of arrows go so that none lies on another, on a state, or on a foreign arrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from typing import TypeAlias

from coherence.show.scene import LINE, Point, Rect, around, bezier, sample
from coherence.words.plain import width

GAP = 0.3  # between two labels
NEAR_GAP = 0.6  # at which a label seems to belong to an arrow
STEPS = tuple(i / 100 for i in range(18, 84, 4))  # along an arrow
SAMPLES = 48  # points of an arrow that are looked at
# What makes a place bad: on something, over a foreign arrow, near one, beside its own instead of on it.
CLASH, COVERS, NEAR, BESIDE = 1000.0, 5.0, 2.0, 1.5
STARTS, ROUNDS = 4, 6


Path: TypeAlias = "tuple[list[Point], Rect]"  # points along an arrow, and the box around them


@dataclass(frozen=True, slots=True)
class Spot:
    """One place for a label and how bad it is, other labels aside."""

    rect: Rect
    cost: float


def size(lines: Sequence[str]) -> Point:
    """Width and height of a label, as if all of it were bold: a lit one is."""
    return max(width(line, bold=True) for line in lines) + 0.3, LINE * len(lines)


def place(
    curves: Sequence[tuple[Point, ...]], texts: Sequence[Sequence[str]], discs: Sequence[Point], radius: float
) -> tuple[list[Rect], float]:
    """A box for each arrow's label, and how bad the whole is (≥ CLASH if something lies on something).

    Each label starts at its cheapest spot, then each in turn moves to the spot that is best given the others.
    """
    points = [sample(c, SAMPLES) for c in curves]
    paths = [(along, around(Rect(x, y, x, y) for x, y in along)) for along in points]
    spots = [
        _spots(number, curve, size(text), paths, discs, radius)
        for number, (curve, text) in enumerate(zip(curves, texts, strict=True))
    ]
    tried = [_settle(spots, start) for start in range(STARTS)]
    cost, chosen = min(tried, key=lambda t: t[0])
    return [spot.rect for spot in chosen], cost


def _settle(spots: Sequence[Sequence[Spot]], start: int) -> tuple[float, list[Spot]]:
    """One way to a good whole: it depends on which label goes first, so several are tried."""
    order = sorted(range(len(spots)), key=lambda i: spots[i][0].rect.left - spots[i][0].rect.right)
    turn = start * len(order) // STARTS
    order = order[turn:] + order[:turn]
    chosen: dict[int, Spot] = {}
    for _ in range(ROUNDS):
        before = dict(chosen)
        for i in order:
            others = [spot.rect for j, spot in chosen.items() if j != i]
            chosen[i] = min(spots[i], key=lambda s: s.cost + CLASH * sum(s.rect.meets(o, GAP) for o in others))
        if chosen == before:
            break
    clashes = sum(chosen[i].rect.meets(chosen[j].rect, GAP) for i in range(len(spots)) for j in range(i))
    return CLASH * clashes + sum(s.cost for s in chosen.values()), [chosen[i] for i in range(len(spots))]


def _spots(
    own: int,
    curve: tuple[Point, ...],
    extent: Point,
    paths: Sequence[Path],
    discs: Sequence[Point],
    radius: float,
) -> list[Spot]:
    wide, high = extent
    found = []
    loop = hypot(curve[0][0] - curve[3][0], curve[0][1] - curve[3][1]) < 2 * radius
    for t in (0.5, 0.4, 0.6, 0.3, 0.7) if loop else STEPS:
        x, y = bezier(curve, t)
        (x0, y0), (x1, y1) = bezier(curve, t - 0.05), bezier(curve, t + 0.05)
        long = hypot(x1 - x0, y1 - y0)
        nx, ny = (y1 - y0) / long, (x0 - x1) / long
        if loop:  # only the tip must be clear of the box, not the whole tangent
            away = min(wide / 2 / max(abs(nx), 0.01), high / 2 / max(abs(ny), 0.01)) + 0.3
        else:
            away = abs(nx) * wide / 2 + abs(ny) * high / 2 + 0.25
        for side in (-1, 1) if loop else (0, -1, 1):
            cx, cy = x + nx * away * side, y + ny * away * side
            rect = Rect(cx - wide / 2, cy - high / 2, cx + wide / 2, cy + high / 2)
            cost = abs(t - 0.5) * 3 + BESIDE * abs(side)
            found.append(Spot(rect, cost + _covered(own, loop, rect, paths, discs, radius)))
    return found


def _covered(own: int, loop: bool, rect: Rect, paths: Sequence[Path], discs: Sequence[Point], radius: float) -> float:
    """How bad it is what lies under *rect*, or so near that one might think the label is its."""
    cost = 0.0
    for x, y in discs:
        dx, dy = max(rect.left - x, 0, x - rect.right), max(rect.bottom - y, 0, y - rect.top)
        if hypot(dx, dy) < radius + 0.2:
            cost += CLASH
    for number, (path, box) in enumerate(paths):
        if not rect.meets(box, NEAR_GAP):
            continue
        under = sum(rect.holds(p, 0.15) for p in path)
        if number == own and not loop:  # of the arrow itself enough must be seen
            cost += max(0.0, under / len(path) - 0.5) * 20
        elif number == own:
            cost += 20 * under / len(path)
        elif under:
            cost += COVERS + 20 * under / len(path)
        elif any(rect.holds(p, NEAR_GAP) for p in path):
            cost += NEAR
    return cost
