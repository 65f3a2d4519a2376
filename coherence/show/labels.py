"""Where the labels of arrows go: each at its own arrow, clearly nearer to it than to any other, on no state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, dist, hypot, inf
from typing import TypeAlias

from coherence.show.scene import LINE, Point, Rect, bezier, sample
from coherence.words.plain import width

GAP = 0.6  # between two labels
CLEARER = 0.5  # how much nearer a label is to its own arrow than to any other
OFF = 0.3  # between a label and a state, and between a label and its arrow where it stands beside it
PAD, BOLD = 0.3, 1.12  # a label's box is so much wider than its text, and text so many times as wide where it is lit
SEEN = 1.5, 0.8  # of an arrow: before its head, and behind its start, where its label stands on it
STEP = 0.45  # between the points of an arrow that are looked at
CELL = 2.0  # the points are found by squares of this size
CLASH, BESIDE = 1000.0, 4.0  # what makes a place bad: a rule broken; beside the arrow instead of on it
STARTS, ROUNDS = 4, 6

Grid: TypeAlias = "dict[tuple[int, int], list[tuple[int, Point]]]"


@dataclass(frozen=True, slots=True)
class Spot:
    """One place for a label and how bad it is, other labels aside."""

    rect: Rect
    cost: float


def size(lines: Sequence[str]) -> Point:
    """Width and height of a label, as if all of it were bold: a lit one is."""
    return max(map(width, lines)) * BOLD + PAD, LINE * len(lines)


def away(rect: Rect, point: Point) -> float:
    """How far *point* is from *rect*; 0 within.

    >>> away(Rect(0, 0, 2, 2), (5, 6))
    5.0
    """
    x, y = point
    return hypot(max(rect.left - x, 0.0, x - rect.right), max(rect.bottom - y, 0.0, y - rect.top))


def trail(curve: tuple[Point, ...]) -> list[Point]:
    """Points along a curve, no two farther than about `STEP` apart."""
    return sample(curve, max(8, ceil(sum(dist(a, b) for a, b in pairwise(curve)) / STEP)))


def place(
    curves: Sequence[tuple[Point, ...]], sizes: Sequence[Point], discs: Sequence[Point], radius: float
) -> tuple[list[Rect], int]:
    """A box for each arrow's label, and how many of the rules are broken (0: all hold).

    Each label starts at its cheapest spot, then each in turn moves to the spot that is best given the others.
    """
    grid: Grid = {}
    for number, curve in enumerate(curves):
        for x, y in trail(curve):
            grid.setdefault((int(x // CELL), int(y // CELL)), []).append((number, (x, y)))
    spots = [_spots(number, curve, sizes[number], grid, discs, radius) for number, curve in enumerate(curves)]
    hopeless = any(found[0].cost >= CLASH for found in spots)
    best, least = _settle(spots, 0)
    for start in range(1, 1 if hopeless else STARTS):
        if least >= CLASH:
            best, least = min((best, least), _settle(spots, start), key=lambda tried: tried[1])
    return [spot.rect for spot in best], int(least // CLASH)


def _settle(spots: Sequence[Sequence[Spot]], start: int) -> tuple[list[Spot], float]:
    """One way to a good whole: it depends on which label goes first, so several are tried."""
    order = sorted(range(len(spots)), key=lambda i: spots[i][0].rect.left - spots[i][0].rect.right)
    turn = start * len(order) // STARTS
    order = order[turn:] + order[:turn]
    chosen: dict[int, Spot] = {}
    for _ in range(ROUNDS):
        before = dict(chosen)
        for i in order:
            chosen[i] = _best(spots[i], [spot.rect for j, spot in chosen.items() if j != i])
        if chosen == before:
            break
    clashes = sum(chosen[i].rect.meets(chosen[j].rect, GAP) for i in range(len(spots)) for j in range(i))
    return [chosen[i] for i in range(len(spots))], CLASH * clashes + sum(s.cost for s in chosen.values())


def _best(spots: Sequence[Spot], others: Sequence[Rect]) -> Spot:
    """The cheapest spot given where the other labels are; *spots* begin with the cheapest by itself."""
    best, least = spots[0], inf
    for spot in spots:
        if spot.cost >= least:
            break
        cost = spot.cost + CLASH * sum(spot.rect.meets(other, GAP) for other in others)
        if cost < least:
            best, least = spot, cost
    return best


def _spots(
    own: int,
    curve: tuple[Point, ...],
    extent: Point,
    grid: Grid,
    discs: Sequence[Point],
    radius: float,
) -> list[Spot]:
    wide, high = extent
    found = []
    loop = dist(curve[0], curve[-1]) < 2 * radius
    for i in range(10, 91, 4):
        t = i / 100
        x, y = bezier(curve, t)
        (x0, y0), (x1, y1) = bezier(curve, t - 0.05), bezier(curve, t + 0.05)
        long = dist((x0, y0), (x1, y1))
        nx, ny = (y1 - y0) / long, (x0 - x1) / long
        for side in (-1, 1) if loop else (0, -1, 1):
            # beside it the box is clear of the whole tangent; of a loop only the point itself
            off = (
                min(wide / 2 / max(abs(nx), 0.01), high / 2 / max(abs(ny), 0.01))
                if loop
                else (abs(nx) * wide / 2 + abs(ny) * high / 2)
            )
            cx, cy = x + nx * (off + OFF) * side, y + ny * (off + OFF) * side
            rect = Rect(cx - wide / 2, cy - high / 2, cx + wide / 2, cy + high / 2)
            cost = abs(t - 0.5) * 3 + BESIDE * (side != 0 and not loop)
            hidden = side == 0 and (away(rect, curve[-1]) < SEEN[0] or away(rect, curve[0]) < SEEN[1])
            if hidden or any(away(rect, disc) < radius + OFF for disc in discs):
                cost += CLASH
            else:
                thin = (wide - PAD) / BOLD / 2
                text = Rect(cx - thin, rect.bottom, cx + thin, rect.top)  # as wide as it is while it is not lit
                most = 2 * OFF + wide / 2 - thin if side else 0.0
                near = _near(text, most + CLEARER, grid)
                mine = near.pop(own, inf)
                mine = mine if side else 0.0
                cost += CLASH * (mine > most or (side != 0 and mine < OFF / 2))
                cost += CLASH * sum(far < mine + CLEARER for far in near.values())
            found.append(Spot(rect, cost))
    return sorted(found, key=lambda spot: spot.cost)


def _near(rect: Rect, reach: float, grid: Grid) -> dict[int, float]:
    """How near each arrow comes to *rect*, of those that come nearer than *reach*."""
    low_x, low_y, high_x, high_y = rect.left - reach, rect.bottom - reach, rect.right + reach, rect.top + reach
    found: dict[int, float] = {}
    for column in range(int(low_x // CELL), int(high_x // CELL) + 1):
        for row in range(int(low_y // CELL), int(high_y // CELL) + 1):
            for number, point in grid.get((column, row), ()):
                if low_x < point[0] < high_x and low_y < point[1] < high_y:
                    far = away(rect, point)
                    if far < found.get(number, reach):
                        found[number] = far
    return found
