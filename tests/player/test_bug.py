"""Find the bug: the hidden fault is real, is first at the step said, and differs from seed to seed."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import pytest

import coherence as co
from coherence.protocol.catalog import ALL
from coherence.protocol.model import Protocol
from coherence.show.player.bug import find_the_bug
from tests.player.test_data import lived
from tests.show.tables import EIGHT, SIX


@pytest.mark.parametrize("protocol", [*ALL, SIX, EIGHT], ids=lambda p: p.name)
def test_every_table_has_a_bug_to_find(protocol: Protocol) -> None:
    data: Any = find_the_bug(protocol, seed=3).players[0]
    secret = json.loads(b64decode(data["bug"]))
    assert 4 <= secret["step"] == len(data["steps"]) - 3
    cell = secret["cell"].split("; the right table says ")
    place = cell[0].removeprefix("The cell ").split(" said ")[0]
    assert cell[1] == data["protocol"]["cells"][place] + "."  # what the page's table shows is the right one


def test_before_the_step_said_nothing_is_wrong() -> None:
    """By the states alone: an exclusive copy is alone, there is one owner."""
    for seed in range(12):
        data: Any = find_the_bug(co.protocols["MOESI"], seed=seed).players[0]
        secret = json.loads(b64decode(data["bug"]))
        properties = [s[2].split() for s in data["protocol"]["states"]]
        for now in lived(data)[: secret["step"] - 1]:
            held = [
                properties[s] for (_, where), (s, _) in now.items() if where >= 0 and s != data["protocol"]["invalid"]
            ]
            assert len(held) <= 1 or not any("exclusive" in h for h in held)
            assert sum("dirty" in h or "exclusive" in h for h in held) <= 1


def test_another_seed_another_bug_and_the_same_seed_the_same() -> None:
    pages = [find_the_bug(co.protocols["MESI"], seed=seed).html() for seed in (1, 2, 1)]
    assert pages[0] == pages[2] != pages[1]


def test_too_few_cores_are_refused() -> None:
    with pytest.raises(co.InputError, match="cores must be a whole number from 2 to 8"):
        find_the_bug(co.protocols["MESI"], cores=1)
