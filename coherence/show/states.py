"""The state diagram of any table as a scene: states in their places, arrows, labels that do not collide."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import inf

from coherence.errors import InputError
from coherence.protocol.model import Protocol
from coherence.show.colours import LIGHT, Theme, Tile, tiles_of
from coherence.show.curves import curves, radius_of
from coherence.show.labels import place, size
from coherence.show.layout import positions
from coherence.show.routes import Arrow, Fired, arrows
from coherence.show.scene import LINE, Curve, Disc, Point, Rect, Scene, Shape, Word, around
from coherence.words.plain import plain, width

APART = (24.0, 16.5)  # between neighbors, to the right and upwards
GROW = (  # tried in turn until no rule is broken: to the side first, where a screen has room
    (1.0, 1.0), (1.3, 1.0), (1.6, 1.0), (1.6, 1.2), (1.8, 1.3),
    (2.1, 1.5), (2.5, 1.9), (3.0, 2.4), (3.8, 3.2), (5.0, 4.5),
)  # fmt: skip

ROOMS = (0.6, 1.3)  # between a label and the next arrow of the same two states; the second where it may help:
NEARLY = 4  # fewer rules are broken
MOST = 48  # arrows that a picture may have: a second or two to draw, and nobody reads more


def state_scene(
    protocol: Protocol, fired: Collection[Fired] = (), theme: Theme = LIGHT, idle: bool = False, title: bool = True
) -> Scene:
    """The diagram. *fired*: transitions (state, event, next state) to light, the rest fades · *idle*: also what
    snoops do to a cache without a copy · *title*: with the protocol's name above and the key below. Raises `InputError`
    if the table has more arrows than a picture can show.
    """
    lit = frozenset(fired)
    fit = _fit(protocol, idle)
    shapes: list[Shape] = []
    labels: list[Shape] = []
    every = list(zip(fit.arrows, fit.curves, fit.labels, strict=True))
    for arrow, curve, rect in sorted(every, key=lambda e: bool(e[0].fired_by & lit)):  # the lit ones above
        colour, wide = _look(arrow.fired_by, arrow.bus, lit, theme)
        shapes.append(Curve(curve, colour, wide, dashed=arrow.bus, arrow=True))
        labels += _label(arrow, rect, lit, theme)
    look = tiles_of(protocol, theme)
    states = list(chain.from_iterable(_state(name, fit.at[name], fit.radius, look[name], theme) for name in fit.at))
    shapes = [*shapes, *labels, *states]
    if title:
        shapes += _frame(protocol, around(s.rect for s in shapes), theme)
    return Scene(tuple(shapes), theme.paper, f"State diagram of {plain(protocol.name)}")


@dataclass(frozen=True)
class _Fitted:
    """Arrows with their curves and the boxes of their labels, and where the states stand."""

    at: Mapping[str, Point]
    radius: float
    arrows: tuple[Arrow, ...]
    curves: tuple[tuple[Point, ...], ...]
    labels: tuple[Rect, ...]


@lru_cache(maxsize=64)  # one protocol is often drawn many times, with other transitions lit
def _fit(protocol: Protocol, idle: bool) -> _Fitted:
    """The smallest diagram in which every label has a clear place."""
    found = arrows(protocol, idle)
    if len(found) > MOST:
        raise InputError(
            f"{protocol.name}: {len(protocol.states)} states give {len(found)} arrows, "
            f"and a picture shows at most {MOST}; "
            "`coherence table` and a file that ends in .dot (for graphviz) have no bound"
        )
    sizes = [size([line.text for line in arrow.lines]) for arrow in found]
    radius = radius_of(found)
    places = positions(protocol)
    best, least = None, inf
    step = 0
    while step < len(GROW) and least:
        at = {n: (x * APART[0] * GROW[step][0], y * APART[1] * GROW[step][1]) for n, (x, y) in places.items()}
        fewest = len(found)
        for room in ROOMS:
            routes = curves(found, sizes, at, radius, room)
            rects, broken = place(routes, sizes, list(at.values()), radius)
            if broken < least:
                best, least = _Fitted(at, radius, tuple(found), tuple(routes), tuple(rects)), broken
            fewest = min(fewest, broken)
            if not 0 < broken < NEARLY:
                break
        step += 1 + 6 * fewest // len(found)  # the more is broken, the farther on
    assert best is not None
    return best


def _look(transitions: frozenset[Fired], bus: bool, lit: frozenset[Fired], theme: Theme) -> tuple[str, float]:
    colour = theme.accent if bus else theme.ink
    if not lit:
        return colour, 0.1
    return (colour, 0.3) if transitions & lit else (theme.muted, 0.06)


def _label(arrow: Arrow, rect: Rect, lit: frozenset[Fired], theme: Theme) -> Iterable[Word]:
    x = (rect.left + rect.right) / 2
    for number, line in enumerate(arrow.lines):
        colour, _ = _look(line.stands_for, arrow.bus, lit, theme)
        y = rect.top - LINE * (number + 0.5)
        yield Word(plain(line.text), x, y, colour, bold=bool(line.stands_for & lit), paper=theme.paper)


def _state(name: str, at: Point, radius: float, tile: Tile, theme: Theme) -> Iterable[Shape]:
    yield Disc(*at, radius, theme.paper if tile.fill == "none" else tile.fill, tile.edge, 0.14, tile.dashed)
    shown = plain(name, 9)
    size = min(2.2, 1.75 * radius / width(shown, bold=True))
    yield Word(shown, *at, tile.ink, size=size, bold=True)
    if tile.mark:  # the second sign of a dirty state, for those who see no colours
        yield Disc(at[0], at[1] - 0.68 * radius, 0.2, tile.ink, tile.ink)


def _frame(protocol: Protocol, box: Rect, theme: Theme) -> Iterable[Shape]:
    yield Word(plain(protocol.name), box.left, box.top + 1.9, theme.ink, size=1.7, anchor="start", bold=True)
    if protocol.description:
        after = box.left + width(plain(protocol.name), bold=True) * 1.7 + 0.8
        yield Word(plain(protocol.description, 90), after, box.top + 1.75, theme.muted, anchor="start")
    y, x = box.bottom - 1.3, box.left
    for text, colour, dashed in (
        ("processor event / bus request", theme.ink, False),
        ("bus request / response", theme.accent, True),
    ):
        yield Curve(((x, y), (x + 2.6, y)), colour, 0.12, dashed, arrow=True)
        yield Word(text, x + 3.0, y, colour, anchor="start")
        x += 4.2 + width(text)
    if any(s.dirty for s in protocol.states):
        yield Word("● dirty", x, y, theme.ink, anchor="start")
    if any(c.conditional for c in protocol.cells.values()):
        said = "(alone) no other copy, (shared) otherwise"
        x += 4.2 * any(s.dirty for s in protocol.states)
        if x + width(said) > box.right:
            x, y = box.left, y - 1.6
        yield Word(said, x, y, theme.ink, anchor="start")
