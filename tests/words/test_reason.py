"""The sentence of reason: for every cell of every table, true to the outcome and short enough for two lines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from coherence.protocol.catalog import ALL
from coherence.protocol.find import protocols
from coherence.protocol.model import PROCESSOR, Protocol, Undefined
from coherence.transaction.order import order
from coherence.transaction.outcome import MEMORY, Outcome
from coherence.words.reason import reason
from tests.show.tables import OWN

LONGEST = 150  # characters: two lines at 4.1 % of the height on a 16:9 screen; measured in test_browser


def reachable(protocol: Protocol, cores: int = 4) -> Iterator[Outcome]:
    """Every outcome of one line that a run on *cores* cores can meet, core 0 or 1 being the requester."""
    seen: set[tuple[tuple[int, str], ...]] = set()
    todo: list[dict[int, str]] = [{}]
    while todo:
        copies = todo.pop()
        for core, event in product(range(cores), PROCESSOR):
            if event == "Evict" and core not in copies:
                continue
            try:
                outcome = order(protocol, core, event, copies)
            except Undefined:
                continue
            yield outcome
            after = {**copies, **{c: to for c, (_, to) in outcome.changes.items()}}
            after = {c: s for c, s in after.items() if s != protocol.invalid}
            if (key := tuple(sorted(after.items()))) not in seen:
                seen.add(key)
                todo.append(after)


@pytest.mark.parametrize("protocol", [*ALL, *OWN], ids=lambda p: p.name)
def test_every_cell_has_its_reason(protocol: Protocol) -> None:
    fired = set()
    for o in reachable(protocol):
        said = reason(protocol, o, "x", "12", "13")
        fired.add((o.before, o.event))
        assert said.endswith(".") and "  " not in said and len(said) <= LONGEST, said
        assert said.startswith("Miss.") == (o.before == protocol.invalid and o.event != "Evict")
        if o.requests and o.event != "Evict" and o.after != protocol.invalid:
            assert f" {o.after}" in said
        if o.supplier == MEMORY:
            assert "emory supplies 12" in said
        elif o.supplier is not None:
            assert f"ore {o.supplier} " in said
        lost = [c for c, (_, after) in o.changes.items() if after == protocol.invalid and c != o.core]
        assert ("lose" in said) == bool(lost and o.requests)
        if o.flushes and o.supplier != o.core:
            assert "also to memory" in said or o.supplier not in o.flushes
    assert fired == {at for at, cell in protocol.cells.items() if at[1] in PROCESSOR and not cell.never}
    assert {e for _, e in fired} == set(PROCESSOR)


def test_it_says_what_decided() -> None:
    mesi = protocols["MESI"]
    alone = reason(mesi, order(mesi, 0, "PrRd", {}), "x")
    assert alone == "Miss. Nobody else has a copy: memory supplies the line and core 0 gets E, not S."
    silent = reason(mesi, order(mesi, 0, "PrWr", {0: "E"}), "x")
    assert silent == "Hit. Nobody else has a copy, so core 0 writes in silence: E becomes M."
    upgrade = reason(mesi, order(mesi, 1, "PrWr", {0: "S", 1: "S", 2: "S"}), "x", "", "2")
    assert upgrade == "S may not be written without BusUpgr. Cores 0 and 2 lose their copies. Core 1 goes to M."
    moesi = protocols["MOESI"]
    assert "memory is not told" in reason(moesi, order(moesi, 1, "PrRd", {0: "M"}), "x", "7")


def test_broadcasts_name_who_hears_them() -> None:
    dragon = protocols["Dragon"]
    said = reason(dragon, order(dragon, 0, "PrWr", {0: "Sc", 1: "Sm"}), "x", "", "5")
    assert said.endswith("BusUpd sends 5 to core 1. A copy is left, so core 0 goes to Sm, not M.")
    once = protocols["WriteOnce"]
    said = reason(once, order(once, 0, "PrWr", {0: "V", 1: "V"}), "x", "", "5")
    assert "BusWr writes 5 to memory." in said and "Core 1 loses its copy." in said
