"""The split bus: published counts, an independent explorer, every protocol, and what catches each broken rule."""

from __future__ import annotations

import pytest

from coherence.errors import InputError
from coherence.protocol.catalog import ALL
from coherence.protocol.find import protocols
from coherence.protocol.model import Protocol
from coherence.verifier.split import explore_split

# (protocol, overlap, caches): states, fired, depth
COUNTS = {
    ("MI", False, 2): (63, 150, 10),
    ("MI", False, 3): (351, 1197, 14),
    ("MSI", False, 2): (79, 182, 9),
    ("MSI", False, 3): (515, 1689, 13),
    ("MESI", False, 2): (87, 206, 9),
    ("MESI", False, 3): (599, 1974, 13),
    ("MOESI", False, 2): (145, 332, 12),
    ("MOESI", False, 3): (1163, 3777, 17),
    ("MSI", True, 2): (167, 429, 11),
    ("MSI", True, 3): (1494, 5337, 15),
    ("MESI", True, 2): (185, 489, 10),
    ("MESI", True, 3): (1725, 6282, 15),
    ("MOESI", True, 2): (152, 380, 12),
    ("MOESI", True, 3): (1704, 6078, 17),
}
UPDATES = {"Dragon", "Firefly"}
PAIRS = [(p, overlap) for p in ALL for overlap in (False, True) if not (overlap and p.name in UPDATES)]
EVERY = pytest.mark.parametrize(("protocol", "overlap"), PAIRS, ids=lambda x: getattr(x, "name", str(x)))


@pytest.mark.parametrize(("name", "overlap", "caches"), COUNTS)
def test_the_published_counts(name: str, overlap: bool, caches: int) -> None:
    found, _ = explore_split(protocols[name], caches, overlap)
    assert (found.states, found.fired, found.depth) == COUNTS[name, overlap, caches]
    assert found.broken is None


@EVERY
def test_every_catalogue_protocol_holds_and_uses_each_cell(protocol: Protocol, overlap: bool) -> None:
    for caches in (1, 2, 3):
        found, unused = explore_split(protocol, caches, overlap)
        assert (found.broken, found.stuck) == (None, 0)
    assert unused == []


@pytest.mark.slow
@EVERY
def test_every_catalogue_protocol_holds_with_four_caches(protocol: Protocol, overlap: bool) -> None:
    assert explore_split(protocol, 4, overlap)[0].broken is None


@pytest.mark.parametrize("name", sorted(UPDATES))
def test_overlap_of_an_update_protocol_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="without overlap the split bus verifies every protocol"):
        explore_split(protocols[name], 2, overlap=True)
