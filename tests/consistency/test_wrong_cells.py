"""Litmus tests do not replace the verifier: which of 16 wrong cells they show, from which start; it finds them all."""

from __future__ import annotations

import pytest

from coherence.consistency.catalog import TESTS
from coherence.consistency.report import LitmusResult, litmus
from coherence.errors import Breach
from coherence.protocol.find import protocols
from coherence.protocol.model import Protocol
from coherence.verifier.report import verify

STARTS = [("cold", False), ("touched", False), ("owned", False), ("cold", True), ("touched", True)]

# MESI with one wrong cell → the first test of the catalogue that shows it under SC from each of STARTS (with True: with
# evictions), "-" if none does, and the number of steps in which the verifier does, with 3 caches. A test shows a cell
# if it ends as it cannot end on flat memory, or reaches a cell that says never (!).
TABLE = """
S PrWr    M                | -     SB     -     -     SB    | 3
S PrWr    BusUpgr > S      | CoRW  SB     SB    CoRW  SB    | 3
S PrWr    BusUpgr > E      | CoRW  SB     SB    CoRW  SB    | 3
S PrWr    BusRd > M        | -     SB     -     -     SB    | 3
S BusUpgr S                | -     SB     -     -     SB    | 3
S BusRdX  S                | -     -      !CoRR2 -    SB    | 3
E PrWr    E                | -     CoWW   SB    CoRW  CoWW  | 2
E BusRd   E                | -     !SB    -     -     !SB   | 2
E BusRdX  S                | !CoRW -      SB    !CoRW !CoRW | 2
E BusRdX  E                | -     -      SB    -     -     | 2
M BusRd   S                | SB    SB     SB    SB    SB    | 2
M BusRd   Flush > M        | !CoRW !CoRW  !CoRW !CoRW !CoRW | 2
M BusRd   Supply > S       | SB    SB     SB    SB    SB    | 2
M BusRdX  Flush > S        | -     -      -     -     -     | 2
M Evict   I                | -     -      -     SB    SB    | 2
I PrRd    BusRd > E        | -     !SB    !SB   -     !SB   | 2
"""


def wrong(row: str) -> Protocol:
    state, event, cell = row.split("|")[0].split(None, 2)
    return protocols["MESI"].but("wrong", **{state: {event: cell.strip()}})


def ends(found: LitmusResult) -> set[tuple[int, ...]]:
    return {tuple(outcome.values()) for outcome in found.outcomes}


def shows(name: str, table: Protocol, start: str, evict: bool) -> str | None:
    try:
        found = litmus(name, protocol=table, start=start, evict=evict)
    except Breach:
        return f"!{name}"
    return name if ends(found) - ends(litmus(name, protocol="flat")) else None


@pytest.mark.parametrize("row", TABLE.strip().splitlines())
def test_what_shows_a_wrong_cell(row: str) -> None:
    """Protects what is taught: cold caches hide a wrong upgrade, and no litmus test here shows one wrong snoop."""
    table = wrong(row)
    seen = [next((s for name in TESTS if (s := shows(name, table, start, evict))), "-") for start, evict in STARTS]
    found = verify(table, 3)
    assert found.story is not None
    assert (seen, len(found.story.steps)) == (row.split("|")[1].split(), int(row.split("|")[2]))


def test_a_forgotten_upgrade_is_told_with_its_cell() -> None:
    """S|BusUpgr: S: no test shows it from cold caches; from touched ones SB does, and the story names the cell."""
    table = protocols["MESI"].but("forgetful", S={"BusUpgr": "S"})
    assert [name for name in TESTS if shows(name, table, "cold", False)] == []
    found = litmus("SB", protocol=table, start="touched")
    assert found.holds
    assert found.story is not None
    assert "Every core has read every line before." in found.story.ending
    assert "SWMR: core 1 still reads 0 after core 0 wrote 1: S on BusUpgr stayed S." in found.story.ending
    assert "core 1: S on BusUpgr: S" in found.story.text()
