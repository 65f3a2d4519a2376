"""`verify` on the command line, and `table --diff`."""

from __future__ import annotations

import json
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


def test_the_split_bus_gives_each_step_its_phase(call: Call, broken: Path) -> None:
    holds = call("verify", "MSI", "--caches", 2, "--interconnect", "split", "--overlap", "--json")
    wanted = {"holds": True, "states": 167, "fired": 429, "depth": 11, "interconnect": "split", "steps": []}
    assert {k: holds.json[k] for k in wanted} == wanted
    said = call("verify", broken, "--caches", 2, "--interconnect", "split", "--json")
    assert (said.code, said.json["property"]) == (1, "SWMR")
    assert {"wish", "order"} <= {s["phase"] for s in said.json["steps"]} <= {"wish", "order", "data"}


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
        ("verify MESI --interconnect splt", "unknown interconnect 'splt'; did you mean split?"),
        ("verify MESI --interconnect split --any", "not with any number of caches; the bus can do that"),
        ("verify MESI --interconnect split --words 2", "not with two words; the bus can do that"),
        ("verify MESI --interconnect split --symmetry", "not with symmetry; the bus can do that"),
        ("verify MESI --overlap", "overlap goes with split, not with bus"),
        ("verify Dragon --interconnect split --overlap", "without overlap the split bus verifies every protocol"),
        ("verify MESI --interconnect directory --overlap", "overlap goes with split, not with directory"),
        ("verify MESI --interconnect split --silent", "silent goes with directory, not with split"),
        ("verify Dragon --interconnect directory", "Dragon asks for BusUpd, which a directory does not carry"),
        ("verify", "the following arguments are required: PROTOCOL"),
        ("table MESI --diff MESSI", "unknown protocol 'MESSI'"),
    ],
)
def test_wrong_use_is_told(call: Call, line: str, said: str) -> None:
    got = call(*line.split())
    assert (got.code, got.out) == (2, "")
    assert said in got.err


def test_a_directory_is_verified_and_its_bug_told(call: Call, tmp_path: Path) -> None:
    """Counts of both kinds of lists, and a story by messages that ends with the step that breaks."""
    for flags, states in (((), 294), (("--silent",), 498)):
        said = json.loads(
            call(
                "verify", "MSI" if flags else "MESI", "--caches", 2, "--interconnect", "directory", *flags, "--json"
            ).out
        )
        assert (said["interconnect"], said["holds"], said["states"], said["steps"]) == ("directory", True, states, [])
    file = tmp_path / "forgetful.txt"
    file.write_text(str(protocols["MESI"].but("forgetful", S={"BusUpgr": "S"})))
    got = call("verify", file, "--caches", 2, "--interconnect", "directory")
    assert got.code == 1
    assert "the home serves core 1: I on PrRd puts BusRd; it probes core 0" in got.out
    assert got.out.splitlines()[-1] == "SWMR: core 0 writes its own line: its S becomes M."
    steps = json.loads(call("verify", file, "--caches", 2, "--interconnect", "directory", "--json").out)["steps"]
    assert [step["phase"] for step in steps[:3]] == ["wish", "serve", "wish"]


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
