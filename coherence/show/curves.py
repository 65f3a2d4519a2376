"""Along which curve each arrow of a state diagram goes: every end has a place of its own at its state's disc."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import asin, atan2, cos, dist, pi, radians, sin, tau

from coherence.show.routes import Arrow
from coherence.show.scene import Point

END = 1.1  # from one arrow's end to the next along the disc: heads stay apart
LOOP, WIDE = 2.6, 0.8  # how far a self-loop reaches, and half of the distance between its two ends
FULL = 0.8  # of a disc's rim that ends may take
LEAST = 2.1  # radius of a disc with few ends
BEND = 0.35  # of an arrow's way, where its curve is bent


@dataclass(slots=True)
class _End:
    """One arrow's end at a disc, or both of a self-loop: the angle that it would like, and half of its width there."""

    arrow: int
    wanted: float
    half: float
    at: float = 0.0


def radius_of(arrows: Sequence[Arrow]) -> float:
    """The radius that the discs need so that the ends of all *arrows* find room on the rim."""
    rims: dict[str, float] = {}
    for arrow in arrows:
        if arrow.start == arrow.end:
            rims[arrow.start] = rims.get(arrow.start, 0.0) + 2 * WIDE + END
        else:
            for state in (arrow.start, arrow.end):
                rims[state] = rims.get(state, 0.0) + END
    return max(LEAST, *(rim / (tau * FULL) for rim in rims.values()))


def curves(
    arrows: Sequence[Arrow], sizes: Sequence[Point], at: Mapping[str, Point], radius: float, room: float
) -> list[tuple[Point, ...]]:
    """The Bézier curve of each arrow between the discs of *radius* that stand *at* these places.

    Arrows between the same two states go side by side, with *room* between labels of these *sizes* and the next;
    self-loops stand where the rim is empty, outside if they can.
    """
    bends = _bends(arrows, sizes, at, room)
    ends: dict[tuple[int, str], _End] = {}
    middle = sum(x for x, _ in at.values()) / len(at), sum(y for _, y in at.values()) / len(at)
    half = asin(END / 2 / radius)
    for state, here in at.items():
        found = [
            _End(n, _angle(here, bends[n][arrow.start != state]), half)
            for n, arrow in enumerate(arrows)
            if state in (arrow.start, arrow.end) and arrow.start != arrow.end
        ]
        outward = _angle(middle, here)
        for n, arrow in enumerate(arrows):
            if arrow.start == arrow.end == state:
                wide = asin(WIDE / radius) + half
                found.append(_End(n, _gap(found, outward), wide))
        _spread(found)
        ends |= {(end.arrow, state): end for end in found}
    made = []
    for n, arrow in enumerate(arrows):
        start, end = at[arrow.start], at[arrow.end]
        if arrow.start == arrow.end:
            made.append(_loop(start, ends[n, arrow.start].at, radius))
            continue
        a, b = (_towards(place, ends[n, state].at, radius) for place, state in ((start, arrow.start), (end, arrow.end)))
        made.append((a, *bends[n], b))
    return made


def _bends(
    arrows: Sequence[Arrow], sizes: Sequence[Point], at: Mapping[str, Point], room: float
) -> dict[int, tuple[Point, ...]]:
    """The two points that bend each arrow between two states, far enough apart for the labels in the middle."""
    bundles: dict[frozenset[str], list[int]] = {}
    for n, arrow in enumerate(arrows):
        if arrow.start != arrow.end:
            bundles.setdefault(frozenset((arrow.start, arrow.end)), []).append(n)
    found: dict[int, tuple[Point, ...]] = {}
    for bundle in bundles.values():
        first, second = arrows[bundle[0]].start, arrows[bundle[0]].end
        # from one side to the other: there by the processor, there by the bus, back by the bus, back by the processor
        ordered = sorted(bundle, key=lambda n: (arrows[n].start != first, arrows[n].bus == (arrows[n].start == first)))
        (x0, y0), (x1, y1) = at[first], at[second]
        long = dist(at[first], at[second])
        along = (x1 - x0) / long, (y1 - y0) / long
        across = along[1], -along[0]
        halves = [(sizes[n][0] * abs(across[0]) + sizes[n][1] * abs(across[1])) / 2 for n in ordered]
        lanes = [0.0]
        for one, other in pairwise(halves):
            lanes.append(lanes[-1] + max(one, other) + room)
        sides = {
            (x - x0) * across[0] + (y - y0) * across[1] > 0
            for name, (x, y) in at.items()
            if name not in (first, second)
        }
        # at the rim of the picture the innermost goes straight, the others outside, where there is room
        straight = lanes[-1] * (sides == {True}) if len(sides) == 1 else lanes[-1] / 2
        scale = min(1.0, 1.3 * long / (lanes[-1] or 1.0))
        for n, lane in zip(ordered, lanes, strict=True):
            aside = (lane - straight) * scale * 4 / 3
            points = tuple(
                (x0 + along[0] * long * part + across[0] * aside, y0 + along[1] * long * part + across[1] * aside)
                for part in (BEND, 1 - BEND)
            )
            found[n] = points if arrows[n].start == first else points[::-1]
    return found


def _angle(here: Point, there: Point) -> float:
    return atan2(there[1] - here[1], there[0] - here[0])


def _towards(here: Point, angle: float, reach: float) -> Point:
    return here[0] + reach * cos(angle), here[1] + reach * sin(angle)


def _gap(ends: Sequence[_End], outward: float) -> float:
    """The angle that is farthest from all *ends*; of those that are far enough, the one most *outward*."""

    def worth(angle: float) -> float:
        far = min((abs(_turn(angle - e.wanted)) - e.half for e in ends), default=pi)
        return min(far, radians(70)) + 0.25 * cos(angle - outward)

    return max((outward + radians(5 * step) * side for step in range(37) for side in (1, -1)), key=worth)


def _turn(angle: float) -> float:
    """The same angle between -π and π."""
    return (angle + pi) % tau - pi


def _spread(ends: list[_End]) -> None:
    """Give each end the place nearest to the one that it wants (least squares), none within another's width."""
    if not ends:
        return
    ends.sort(key=lambda e: e.wanted % tau)
    gaps = [(later.wanted - e.wanted) % tau for e, later in zip(ends, ends[1:] + ends[:1], strict=True)]
    cut = (max(range(len(ends)), key=lambda i: gaps[i]) + 1) % len(ends) if len(ends) > 1 else 0
    ends[:] = ends[cut:] + ends[:cut]
    first = ends[0].wanted
    offsets = [0.0]
    for e, later in pairwise(ends):
        offsets.append(offsets[-1] + e.half + later.half)
    blocks: list[tuple[float, int]] = []  # mean and number: pool adjacent violators
    for e, offset in zip(ends, offsets, strict=True):
        mean, count = first + (e.wanted - first) % tau - offset, 1
        while blocks and blocks[-1][0] > mean:
            before, many = blocks.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        blocks.append((mean, count))
    means = [mean for mean, count in blocks for _ in range(count)]
    over = means[-1] + offsets[-1] + ends[-1].half - (means[0] - ends[0].half)
    if over > tau:  # all the way round: evenly
        stretch = tau / (offsets[-1] + ends[-1].half + ends[0].half)
        turn = sum(means) / len(means) + offsets[-1] * (1 - stretch) / 2
        means, offsets = [turn] * len(ends), [offset * stretch for offset in offsets]
    for e, mean, offset in zip(ends, means, offsets, strict=True):
        e.at = mean + offset


def _loop(here: Point, angle: float, radius: float) -> tuple[Point, ...]:
    near, far = asin(WIDE / radius), asin(min(0.9, 1.5 * WIDE / radius))
    return (
        _towards(here, angle + near, radius),
        _towards(here, angle + far, radius + LOOP),
        _towards(here, angle - far, radius + LOOP),
        _towards(here, angle - near, radius),
    )
