"""Places and colours of states follow from their properties."""

from __future__ import annotations

from itertools import combinations
from math import dist

import pytest

from coherence.protocol.catalog import ALL
from coherence.protocol.find import protocols
from coherence.protocol.model import Protocol
from coherence.show.colours import DARK, LIGHT, contrast, tiles
from coherence.show.layout import positions
from tests.show.tables import OWN


@pytest.mark.parametrize("protocol", [*ALL, *OWN], ids=lambda p: p.name)
def test_states_stand_apart(protocol: Protocol) -> None:
    at = positions(protocol)
    assert list(at) == [s.name for s in protocol.states]
    assert all(dist(a, b) > 0.7 for a, b in combinations(at.values(), 2))


@pytest.mark.parametrize("protocol", [*ALL, *OWN], ids=lambda p: p.name)
@pytest.mark.parametrize("dark", [False, True])
def test_tiles_differ_and_their_letters_are_readable(protocol: Protocol, dark: bool) -> None:
    found = tiles(protocol, dark)
    assert len({t.fill for t in found.values()}) == len(protocol.states)
    for state in protocol.states:
        tile = found[state.name]
        assert (tile.fill == "none") == state.invalid == tile.dashed
        assert tile.mark == state.dirty
        paper = (DARK if dark else LIGHT).paper
        assert contrast(paper if state.invalid else tile.fill, tile.ink) >= 4.5


def test_the_textbook_places_and_colours_do_not_depend_on_names() -> None:
    moesi = protocols["MOESI"]
    other = moesi.renamed("other", M="Q Queue", O="W Wall", E="X Xray", S="Y Yard", I="Z Zero")
    assert list(positions(moesi).values()) == list(positions(other).values())
    assert list(tiles(moesi).values()) == list(tiles(other).values())
    shared = positions(protocols["MESI"])
    assert {n: p for n, p in positions(moesi).items() if n in shared} == shared
    assert [tiles(moesi)[n].fill for n in "MOESI"] == ["#9c2f00", "#f2b705", "#1c73c4", "#b5e1fa", "none"]
    assert [tiles(moesi, dark=True)[n].fill for n in "MOES"] == ["#f0703a", "#ffd65c", "#4a9cec", "#d6f1ff"]
