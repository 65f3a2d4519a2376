"""The colours the package uses hold what they promise: letters are read, tiles stand out, states are told apart by all.

Colour blindness is simulated with the matrices of Machado, Oliveira & Fernandes (IEEE TVCG 15(6), 2009; severity 1) on
linear RGB; differences are CIE 1976 ΔE (the distance in CIELAB, D65), as the figures that this palette began with.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from coherence.protocol.catalog import ALL
from coherence.protocol.model import Protocol
from coherence.show.colours import DARK, KINDS, LIGHT, contrast, tiles
from tests.show.tables import OWN

Floats = npt.NDArray[np.float64]

VISION = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def lab(colour: str, vision: str) -> Floats:
    """CIELAB of *colour* as *vision* sees it."""
    v = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    x = TO_XYZ @ np.clip(VISION[vision] @ linear, 0, 1) / WHITE
    f = np.where(x > 216 / 24389, np.cbrt(x), (24389 / 27 * x + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one: str, other: str, vision: str) -> float:
    return float(np.linalg.norm(lab(one, vision) - lab(other, vision)))


def test_the_measure_itself() -> None:
    """Black and white are 100 apart for everybody; red and green are far apart, and near for a deuteranope."""
    for vision in VISION:
        assert difference("#000000", "#ffffff", vision) == pytest.approx(100, abs=0.1)
    assert difference("#c00000", "#6b6b00", "normal") > 3 * difference("#c00000", "#6b6b00", "deutan")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("protocol", [*ALL, *OWN], ids=lambda p: p.name)
def test_letters_edges_and_differences(protocol: Protocol, dark: bool) -> None:
    paper = (DARK if dark else LIGHT).paper
    found = tiles(protocol, dark)
    for name, tile in found.items():
        under = paper if tile.fill == "none" else tile.fill
        assert contrast(tile.ink, under) >= 4.5, name
        assert contrast(tile.edge, paper) >= 3, name
    filled = {name: tile.fill for name, tile in found.items() if tile.fill != "none"}
    for vision in VISION:
        for one, other in combinations(filled, 2):
            assert difference(filled[one], filled[other], vision) >= 20, (one, other, vision)
    assert [n for n, t in found.items() if t.dashed] == [protocol.invalid]  # which no colour tells
    assert {n for n, t in found.items() if t.mark} == {s.name for s in protocol.states if s.dirty}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_two_states_of_every_kind_are_told_apart(theme: object) -> None:
    fills = [fill for pair in theme.fills.values() for fill in pair]  # type: ignore[attr-defined]
    assert len(fills) == 2 * (len(KINDS) - 1)
    worst = min(difference(a, b, vision) for vision in VISION for a, b in combinations(fills, 2))
    assert worst >= 20


def test_the_four_states_of_the_layout_differ_by_what_it_says() -> None:
    """24 is the smallest difference among M, O, E and S on either ground: it shows that the same measure is used."""
    kinds = ("exclusive dirty", "dirty", "exclusive", "shared")
    worst = min(
        difference(a, b, vision)
        for theme in (LIGHT, DARK)
        for vision in ("protan", "deutan", "tritan")
        for a, b in combinations([theme.fills[k][0] for k in kinds], 2)
    )
    assert round(worst) == 24


def test_further_states_of_a_kind_have_shades_of_their_own() -> None:
    """Colour cannot tell any number of states apart, the letter does; still no two fills are the same, and all read."""
    names = "ABCDE"
    rows = "".join(f"{n} | {n} | {n} | I | {n}\n" for n in names)
    states = "".join(f"{n} State{n}\n" for n in names)
    table = Protocol.parse(
        f"Five: shared\n{states}I Invalid invalid\n\n | PrRd | PrWr | Evict | BusRd\n{rows}I | BusRd > A | BusRd > A | never | I\n"
    )
    for dark in (False, True):
        found = tiles(table, dark)
        assert len({found[n].fill for n in names}) == len(names)
        for n in names:
            assert contrast(found[n].ink, found[n].fill) >= 4.5
            assert contrast(found[n].edge, (DARK if dark else LIGHT).paper) >= 3


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_what_is_no_state_has_colors_of_its_own_told_apart_by_all(theme: object) -> None:
    """Requests, causes, policies and protocols must not be read as states, nor as each other."""
    lines = theme.lines  # type: ignore[attr-defined]
    fills = [pair[0] for pair in theme.fills.values()]  # type: ignore[attr-defined]
    assert min(difference(a, b, vision) for vision in VISION for a, b in combinations(lines, 2)) >= 20
    assert min(difference(a, b, "normal") for a in lines for b in fills) >= 18
