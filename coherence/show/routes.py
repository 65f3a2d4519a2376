"""The arrows of a state diagram: which transitions share one, what it says, and along which curve it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import atan2, cos, hypot, radians, sin
from textwrap import wrap

from coherence.protocol.model import PROCESSOR, Protocol
from coherence.show.scene import Point

WRAP = 24  # characters of a label's line
LANE, BOW = 0.95, 1.7  # how far apart parallel arrows are, at the states and in the middle
WIDER = 3.4  # how much farther where they go up and down: labels are wider than high
LOOP = 3.0  # how far a self-loop reaches
SPREAD = 40  # degrees from the outward direction at which each of two loops stands

Fired = tuple[str, str, str]  # state, event, next state


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an arrow's label, and the transitions it stands for."""

    text: str
    stands_for: frozenset[Fired]


@dataclass(frozen=True, slots=True)
class Arrow:
    """All transitions of one kind (processor's or bus's) from one state to another."""

    start: str
    end: str
    bus: bool
    lines: tuple[Line, ...]

    @property
    def fired_by(self) -> frozenset[Fired]:
        """The transitions it stands for."""
        return frozenset().union(*(line.stands_for for line in self.lines))


def arrows(protocol: Protocol, idle: bool = False) -> list[Arrow]:
    """The arrows of *protocol*; with *idle* also what snoops do to a cache without a copy: nothing.

    Events with the same action share a line: `PrRd, PrWr`, `BusRdX / Flush`. A next state that depends on other
    copies says `(alone)` or `(shared)`.
    """
    found: dict[tuple[str, str, bool], dict[tuple[str, str], list[str]]] = {}
    for (state, event), cell in protocol.cells.items():
        bus = event not in PROCESSOR
        if bus and state == protocol.invalid and not idle:
            continue
        conditions = ("alone", "shared") if cell.conditional else ("",)
        action = ", ".join(map(str, cell.actions))
        for to, condition in zip(cell.targets, conditions, strict=False):
            found.setdefault((state, to, bus), {}).setdefault((action, condition), []).append(event)
    return [
        Arrow(start, end, bus, tuple(_lines(start, end, labels)))
        for (start, end, bus), labels in found.items()
    ]  # fmt: skip


def _lines(start: str, end: str, labels: Mapping[tuple[str, str], list[str]]) -> list[Line]:
    lines = []
    for (action, condition), events in labels.items():
        text = ", ".join(events) + (f" / {action}" if action else "") + (f" ({condition})" if condition else "")
        stands_for = frozenset((start, event, end) for event in events)
        lines += [Line(part, stands_for) for part in wrap(text, WRAP)]
    return lines


def curves(all_arrows: list[Arrow], at: Mapping[str, Point], radius: float) -> list[tuple[Point, ...]]:
    """The Bézier curve of each arrow between the discs of *radius* that stand *at* these places.

    Arrows between the same two states go side by side, those of one direction on one side; self-loops stand outside.
    """
    middle = sum(x for x, _ in at.values()) / len(at), sum(y for _, y in at.values()) / len(at)
    bundles: dict[frozenset[str], list[Arrow]] = {}
    for arrow in all_arrows:
        bundles.setdefault(frozenset((arrow.start, arrow.end)), []).append(arrow)
    found: dict[int, tuple[Point, ...]] = {}
    for bundle in bundles.values():
        if bundle[0].start == bundle[0].end:
            here = at[bundle[0].start]
            out = atan2(here[1] - middle[1], here[0] - middle[0])
            for arrow in bundle:
                side = 0 if len(bundle) == 1 else -1 if arrow.bus else 1
                found[id(arrow)] = _loop(here, out + radians(SPREAD * side), radius)
            continue
        first = bundle[0].start
        # from one side to the other: there by the processor, there by the bus, back by the bus, back by the processor
        ordered = sorted(bundle, key=lambda a: (a.start != first, a.bus == (a.start == first)))
        for number, arrow in enumerate(ordered):
            lane = number - (len(ordered) - 1) / 2
            forth = arrow.start == first
            found[id(arrow)] = _side_by_side(at[arrow.start], at[arrow.end], lane if forth else -lane, radius)
    return [found[id(arrow)] for arrow in all_arrows]


def _side_by_side(a: Point, b: Point, lane: float, radius: float) -> tuple[Point, ...]:
    long = hypot(b[0] - a[0], b[1] - a[1])
    along = (b[0] - a[0]) / long, (b[1] - a[1]) / long
    across = along[1], -along[0]
    aside = max(-0.85 * radius, min(0.85 * radius, lane * LANE))
    inset = (radius**2 - aside**2) ** 0.5

    def point(forward: float, sideways: float) -> Point:
        return (
            a[0] + along[0] * forward + across[0] * sideways,
            a[1] + along[1] * forward + across[1] * sideways,
        )

    bow = lane * (BOW + WIDER * abs(across[0]))
    return (
        point(inset, aside),
        point(long * 0.35, aside + (bow - aside) * 4 / 3),
        point(long * 0.65, aside + (bow - aside) * 4 / 3),
        point(long - inset, aside),
    )


def _loop(here: Point, angle: float, radius: float) -> tuple[Point, ...]:
    def point(turn: float, reach: float) -> Point:
        return here[0] + reach * cos(angle + radians(turn)), here[1] + reach * sin(angle + radians(turn))

    return point(22, radius), point(34, radius + LOOP), point(-34, radius + LOOP), point(-22, radius)
