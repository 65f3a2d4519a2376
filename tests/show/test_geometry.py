"""State diagrams are read without doubt, by geometry: each head at one arrow, each label at its own.

For every table of the catalog, the tests' own, and 200 drawn at random.
"""

from __future__ import annotations

from itertools import combinations
from math import dist, hypot

import pytest

from coherence.protocol.catalog import ALL
from coherence.protocol.model import Protocol
from coherence.show.routes import arrows
from coherence.show.scene import Curve, Disc, Point, Rect, Word, around, sample
from coherence.show.states import state_scene
from tests.show.tables import OWN, any_table

APART = 0.9  # ems between the ends of two arrows: a head is 0.7 wide
NEARER = 0.4  # ems by which a label is nearer to its own arrow than to any other
OWNED = 1.5  # ems that a label is from its own arrow at most


def away(rect: Rect, point: Point) -> float:
    x, y = point
    return hypot(max(rect.left - x, 0, x - rect.right), max(rect.bottom - y, 0, y - rect.top))


def faults(protocol: Protocol) -> list[str]:
    """Everything that could be misread in the diagram of *protocol*."""
    found = arrows(protocol)
    shapes = state_scene(protocol, title=False).shapes
    drawn = [s for s in shapes if isinstance(s, Curve)]
    discs = sorted((s for s in shapes if isinstance(s, Disc)), key=lambda d: -d.radius)[: len(protocol.states)]
    words = [s.rect for s in shapes if isinstance(s, Word)]
    assert len(drawn) == len(found) and all(c.arrow for c in drawn)
    names = [f"{a.start}→{a.end}{' (bus)' * a.bus}" for a in found]
    labels = []
    for arrow in found:
        labels.append(around(words[: len(arrow.lines)]))
        words = words[len(arrow.lines) :]
    trails = [sample(c.points, 90) for c in drawn]
    said = []
    for (one, a), (other, b) in combinations(zip(names, drawn, strict=True), 2):
        ends = min(dist(p, q) for p in (a.points[0], a.points[-1]) for q in (b.points[0], b.points[-1]))
        if ends < APART:
            said.append(f"{one} and {other} end {ends:.2f} from each other")
    for name, trail in zip(names, trails, strict=True):
        through = sum(min(dist((d.x, d.y), p) for p in trail[3:-3]) < d.radius - 0.1 for d in discs)
        said += [f"{name} goes through a state"] * through
    for number, (name, label) in enumerate(zip(names, labels, strict=True)):
        near = [min(away(label, p) for p in trail) for trail in trails]
        own = near.pop(number)
        if own > OWNED or min(near, default=99) < own + NEARER:
            said.append(f"the label of {name} is {own:.2f} from it, and {min(near):.2f} from another")
        said += [f"the label of {name} lies on a state" for d in discs if away(label, (d.x, d.y)) < d.radius]
    said += [
        f"the labels of {one} and {other} meet"
        for (one, a), (other, b) in combinations(zip(names, labels, strict=True), 2)
        if a.meets(b, 0.3)
    ]
    return said


@pytest.mark.parametrize("protocol", [*ALL, *OWN], ids=lambda p: p.name)
def test_no_head_and_no_label_can_be_taken_for_another_s(protocol: Protocol) -> None:
    assert faults(protocol) == []


@pytest.mark.parametrize("first", range(0, 200, 10))
def test_the_same_of_tables_drawn_at_random(first: int) -> None:
    assert {seed: said for seed in range(first, first + 10) if (said := faults(any_table(seed)))} == {}
