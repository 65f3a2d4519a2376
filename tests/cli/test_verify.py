"""`verify` on the command line, and `table --diff`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from coherence.protocol.find import protocols
from tests.cli.conftest import Said

Call = Callable[..., Said]


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    file = tmp_path / "broken.txt"
    file.write_text(str(protocols["MESI"].but("broken", S={"BusUpgr": "S"})))
    return file


def test_json_of_what_holds(call: Call) -> None:
    said = call("verify", "MESI", "--caches", 3, "--json")
    assert (said.code, said.err) == (0, "")
    wanted = {
        "protocol": "MESI",
        "caches": 3,
        "holds": True,
        "states": 14,
        "fired": 102,
        "depth": 3,
        "property": None,
        "steps": [],
        "unreached": [],
    }
    assert {k: said.json[k] for k in wanted} == wanted
    assert call("verify", "MOESI", "--any", "--json").json["caches"] == "any"
    assert call("verify", "MESI", "--caches", 40, "--symmetry", "--json").json["states"] == 43


@pytest.mark.parametrize("flags", [["--caches", 2], ["--caches", 4, "--symmetry"], ["--any"]])
def test_what_breaks_exits_1_with_a_story(call: Call, broken: Path, flags: list[object]) -> None:
    said = call("verify", broken, *flags, "--json")
    assert said.code == 1
    assert (said.json["holds"], said.json["property"], len(said.json["steps"])) == (False, "SWMR", 3)
    text = call("verify", broken, *flags)
    assert text.code == 1
    assert "S on BusUpgr stayed S" in text.out


def test_a_partial_answer_is_no_proof(call: Call) -> None:
    said = call("verify", "MOESI", "--caches", 8, "--max-states", 50)
    assert said.code == 1
    assert said.out.startswith("PARTIAL: ")


def test_like(call: Call) -> None:
    same = call("verify", "Berkeley", "--like", "MOSI")
    assert same.code == 0
    assert "Berkeley is like MOSI with 3 caches" in same.out
    other = call("verify", "Illinois", "--any", "--like", "MESI", "--json")
    assert (other.code, other.json["holds"], other.json["like"]["same"]) == (1, True, False)
    assert other.json["like"]["differences"] == ["line from a cache, not memory"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("verify MESI --caches 0", "caches must be a whole number from 1 to 16, not 0"),
        ("verify MESI --caches 40", "not 40 (up to 1000 with symmetry, or any number at once)"),
        ("verify MESI --words 3", "words must be 1 or 2, not 3"),
        ("verify MESI --any --caches 3", "not allowed with argument"),
        ("verify MESI --any --symmetry", "--symmetry and --max-states go with --caches"),
        ("verify MESSI", "unknown protocol 'MESSI'; did you mean MESI"),
        ("verify MESI --like MESSI", "unknown protocol 'MESSI'; did you mean MESI"),
        ("verify", "the following arguments are required: PROTOCOL"),
        ("table MESI --diff MESSI", "unknown protocol 'MESSI'"),
    ],
)
def test_wrong_use_is_told(call: Call, line: str, said: str) -> None:
    got = call(*line.split())
    assert (got.code, got.out) == (2, "")
    assert said in got.err


def test_a_faulty_table_is_told_with_every_fault(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "bad.txt"
    file.write_text(str(protocols["MESI"]).replace("Flush > S", "Fluhs > S").replace("BusUpgr > M", "BusUpgr > Q"))
    said = call("verify", file)
    assert (said.code, len(said.err.splitlines())) == (2, 2)


def test_diff_shows_the_cells_that_differ(call: Call) -> None:
    said = call("table", "MESI", "--diff", "Illinois")
    assert said.code == 0
    assert [line.split() for line in said.out.splitlines()] == [
        ["MESI", "→", "Illinois"],
        ["E", "on", "BusRd", "S", "→", "Supply", ">", "S"],
        ["E", "on", "BusRdX", "I", "→", "Supply", ">", "I"],
        ["S", "on", "BusRd", "S", "→", "Supply", ">", "S"],
        ["S", "on", "BusRdX", "I", "→", "Supply", ">", "I"],
    ]
    assert "no cell differs" in call("table", "MESI", "--diff", "MESI").out
    assert "state E: only in MESI" in call("table", "MESI", "--diff", "MSI").out
