"""The colours of every picture: told apart under simulated deutan, protan and tritan vision, dirty warm, clean cool.

Any two filled states of a table with at most two of a kind differ by at least 20 (CIE 1976 ΔE) in every vision, as
simulated by Machado, Oliveira & Fernandes (IEEE TVCG 2009); no copy is told by its dashed edge. A test holds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from coherence.protocol.model import Protocol, State

BRICK, AMBER, BLUE, PALE, PALE_EDGE = "#9c2f00", "#f2b705", "#1c73c4", "#b5e1fa", "#2b6f96"
ACCENT, DATA = "#c2185b", "#8a5a00"

CLEAR = 3.0  # the least contrast of a tile's edge with the paper

# The kinds of state, in the order in which a picture lists them.
ONLY_DIRTY, DIRTY, ONLY, OWNER, SHARED, NONE = "exclusive dirty", "dirty", "exclusive", "owner", "shared", "invalid"
KINDS = (ONLY_DIRTY, DIRTY, ONLY, OWNER, SHARED, NONE)


def kind(state: State) -> str:
    """Which of `KINDS` a state is, from its properties alone.

    >>> kind(State("Q", "Quiet", ("dirty",)))
    'dirty'
    """
    if state.invalid:
        return NONE
    if state.exclusive:
        return ONLY_DIRTY if state.dirty else ONLY
    return DIRTY if state.dirty else OWNER if state.owner else SHARED


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one background.

    `paper`, `ink` (text), `muted` (what rests), `accent` (lit), `data`, `band` (a stripe of the paper); `fills` gives
    each kind of state its colour, then that of a second state of the kind; `edges` where a fill alone is too pale;
    `lines` are for all that is not a state (protocols, requests, causes, policies): far from the states' and from each
    other in every vision.
    """

    paper: str
    ink: str
    muted: str
    accent: str
    data: str
    band: str
    fills: Mapping[str, tuple[str, str]]
    edges: Mapping[str, str]
    lines: tuple[str, ...]


LIGHT = Theme(
    "#ffffff",
    "#111111",
    "#6b7077",
    ACCENT,
    DATA,
    "#f3f4f6",
    {
        ONLY_DIRTY: (BRICK, "#e4611c"),
        DIRTY: (AMBER, "#bdc67e"),
        ONLY: (BLUE, "#0811d1"),
        OWNER: ("#2b1550", "#5e475e"),
        SHARED: (PALE, "#39b7ff"),
    },
    {SHARED: PALE_EDGE, DIRTY: "#8a6700"},
    ("#5c00e6", "#06b200", "#99266b", "#939973", "#e673e6", "#006611", "#6b2699"),
)
DARK = Theme(
    "#14171a",
    "#f4f5f6",
    "#9aa1a9",
    "#ff7eb6",
    "#ffc44d",
    "#1e2327",
    {
        ONLY_DIRTY: ("#f0703a", "#88451b"),
        DIRTY: ("#ffd65c", "#aa9a81"),
        ONLY: ("#4a9cec", "#7889a3"),
        OWNER: ("#8f45ff", "#7c0896"),
        SHARED: ("#d6f1ff", "#15515a"),
    },
    {},
    ("#b8ace6", "#58cc00", "#cc0052", "#a300cc", "#518000", "#b28698", "#b2008f"),
)


# Inside somebody else's page, light or dark: ink is the page's own, and the rest is read on both.
PAGE = Theme(
    "var(--jp-layout-color0, var(--vscode-editor-background, transparent))",
    "currentColor",
    "#80868e",
    "#d0388a",
    "#a87716",
    "rgba(128, 134, 142, 0.12)",
    LIGHT.fills,
    dict.fromkeys(KINDS, "#80868e"),
    LIGHT.lines,
)


@dataclass(frozen=True, slots=True)
class Tile:
    """How a state is drawn.

    `fill` ("none" for no copy), `ink` of its letter, `edge`; `dashed` edge; `mark`: a second sign, for dirty ones.
    """

    fill: str
    ink: str
    edge: str
    dashed: bool = False
    mark: bool = False


def tiles(protocol: Protocol, dark: bool = False) -> dict[str, Tile]:
    """State name → its Tile on a light or a *dark* background; states of the same kind get shades of its colour.

    >>> import coherence as co
    >>> tiles(co.protocols["MESI"])["M"].fill
    '#9c2f00'
    """
    return tiles_of(protocol, DARK if dark else LIGHT)


def tiles_of(protocol: Protocol, theme: Theme) -> dict[str, Tile]:
    """The same in the colours of *theme*."""
    nth = {k: count() for k in KINDS}
    return {s.name: _tile(s, theme, next(nth[kind(s)])) for s in protocol.states}


def _tile(state: State, theme: Theme, number: int) -> Tile:
    if state.invalid:
        return Tile("none", theme.ink, theme.muted, dashed=True)
    first, second = theme.fills[kind(state)]
    fill = second if number else first
    if number > 1:  # a table with three states of a kind is rare; their letters tell them apart
        fill = mix(first, second, 0.5 ** (number - 1))
    return Tile(fill, letter(fill), theme.edges.get(kind(state)) or _edge(fill, theme), mark=state.dirty)


def _edge(fill: str, theme: Theme) -> str:
    """*fill* itself where it stands out from the paper, otherwise as near to it as does."""
    shades = (mix(fill, theme.ink, share / 10) for share in range(10))
    return next((s for s in shades if contrast(s, theme.paper) >= CLEAR), theme.ink)


def letter(fill: str) -> str:
    """Black or white, whichever is read better on *fill*.

    >>> letter("#9c2f00"), letter("#b5e1fa")
    ('#ffffff', '#000000')
    """
    light = luminance(fill) + 0.05
    return "#ffffff" if 1.05 / light > light / 0.05 else "#000000"


def contrast(one: str, other: str) -> float:
    """The contrast of WCAG of two colours, 1 to 21.

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """The colour *share* of the way from *one* to *other*.

    >>> mix("#000000", "#ffffff", 0.5)
    '#808080'
    """
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(_rgb(one), _rgb(other), strict=True))


def luminance(colour: str) -> float:
    """The relative luminance of WCAG, 0 to 1, of a colour `#rrggbb`."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in _rgb(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(colour: str) -> Sequence[int]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
