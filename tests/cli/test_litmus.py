"""`litmus` on the command line: JSON, exit codes, folders, tables of verdicts, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from coherence.consistency.catalog import TESTS, as_text
from coherence.protocol.find import protocols
from tests.cli.conftest import Said

Call = Callable[..., Said]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three tests: SC forbids what SB asks for."""
    where = tmp_path / "tests"
    where.mkdir()
    for name in ("MP", "SB", "XCHG"):
        (where / f"{name}.litmus").write_text(as_text(name, TESTS[name]))
    return where


def test_json_of_one_test(call: Call) -> None:
    said = call("litmus", "SB", "--model", "tso", "--protocol", "moesi", "--json")
    assert (said.code, said.err) == (0, "")
    assert list(said.json) == [
        "file",
        "test",
        "model",
        "protocol",
        "quantifier",
        "holds",
        "states",
        "outcomes",
        "steps",
    ]
    head = {k: said.json[k] for k in ("file", "test", "model", "protocol", "quantifier", "holds", "outcomes")}
    assert head == {
        "file": None, "test": "SB", "model": "tso", "protocol": "MOESI", "quantifier": "exists", "holds": True,
        "outcomes": [
            {"0:EAX": 0, "1:EAX": 0, "x": 1, "y": 1}, {"0:EAX": 0, "1:EAX": 1, "x": 1, "y": 1},
            {"0:EAX": 1, "1:EAX": 0, "x": 1, "y": 1}, {"0:EAX": 1, "1:EAX": 1, "x": 1, "y": 1},
        ],
    }  # fmt: skip
    assert [(s["core"], s["op"], s["location"], s["value"], s["states"]) for s in said.json["steps"]] == [
        (0, "load", "y", 0, ["E", "I"]),
        (1, "drain", "y", 1, ["I", "M"]),
        (1, "load", "x", 0, ["I", "E"]),
        (0, "drain", "x", 1, ["M", "I"]),
    ]


def test_json_of_a_folder_names_each_file(call: Call, folder: Path) -> None:
    said = call("litmus", folder, "--protocol", "flat", "--json")
    assert said.code == 1, "SB does not hold under SC"
    assert [(Path(t["file"]).name, t["holds"], t["protocol"]) for t in said.json["tests"]] == [
        ("MP.litmus", True, "flat"), ("SB.litmus", False, "flat"), ("XCHG.litmus", True, "flat"),
    ]  # fmt: skip
    (folder / "SB.litmus").unlink()
    (folder / "MP.litmus").unlink()
    one = call("litmus", folder, "--json")
    assert (one.code, len(one.json["tests"])) == (0, 1), "a folder of one test is a folder"


def test_exit_codes_and_text(call: Call, folder: Path) -> None:
    assert call("litmus", "SB").code == 1
    said = call("litmus", "SB", "--model", "tso")
    assert said.code == 0
    assert said.out.startswith(
        "SB holds under TSO on MESI: 1 of 4 outcomes meets the condition (exists asks for at least one)"
    )
    assert "core 0's buffer writes x = 1" in said.out
    table = call("litmus", folder)
    assert table.code == 1
    assert "3 tests under SC on MESI" in table.out
    assert "does not hold" in next(line for line in table.out.splitlines() if line.split()[:1] == ["SB"])


def test_a_wrong_table_is_told_with_its_cell(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "broken.txt"
    file.write_text(str(protocols["MESI"].but("broken", S={"BusUpgr": "S"})))
    said = call("litmus", "SB+mfences", "--protocol", file, "--start", "touched")
    assert said.code == 1
    assert "Step 1 breaks coherence of x: SWMR" in said.out
    assert call("litmus", "SB+mfences", "--protocol", file).code == 0, "cold caches do not show it"
    file.write_text(str(protocols["MESI"].but("claims", S={"BusUpgr": "never"})))
    stopped = call("litmus", "SB", "--protocol", file, "--start", "touched", "--json")
    assert (stopped.code, stopped.out) == (1, "")
    assert "SB: core 1 in state S met BusUpgr, and its cell says never, on location x" in stopped.err


def test_evictions_are_steps(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "drops.txt"
    file.write_text(str(protocols["MESI"].but("drops", M={"Evict": "I"})))
    assert call("litmus", "CoWW", "--protocol", file).code == 0
    said = call("litmus", "MP", "--protocol", file, "--evict", "--json")
    assert said.code == 1
    assert "evict" in [step["op"] for step in said.json["steps"]]


def test_expected_verdicts(call: Call, folder: Path, tmp_path: Path) -> None:
    """With a table of verdicts the exit code says whether they agree, not whether the conditions hold."""
    file = tmp_path / "expected.csv"
    file.write_text("file,sc,tso\nMP.litmus,1,1\nSB.litmus,0,1\nXCHG.litmus,1,1\nother.litmus,1,1\n")
    for model in ("sc", "tso"):
        said = call("litmus", folder, "--model", model, "--expect", file)
        assert said.code == 0
        assert said.out.rstrip().endswith("3 agree, 0 differ")
    file.write_text("file,sc,tso\nMP.litmus,1,1\nSB.litmus,1,1\nXCHG.litmus,0,1\n")
    said = call("litmus", folder, "--expect", file)
    assert said.code == 1
    assert "SB.litmus: expected that it holds, but it does not hold" in said.out
    assert said.out.rstrip().endswith("1 agree, 2 differ")
    as_json = call("litmus", folder, "--expect", file, "--json")
    assert (as_json.code, list(as_json.json)) == (1, ["tests"])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (None, "cannot be read"),
        ("", "has no column file, sc (it has: )"),
        ("file,tso\nMP.litmus,1\n", "has no column sc (it has: file, tso)"),
        ("file,sc\nMP.litmus,maybe\nSB.litmus,1\n", "line 2: sc is 'maybe' (known: 1, 0, true, false)"),
        ("file,sc\nMP.litmus,1\n", "has no row for SB.litmus"),
        ("file,sc\nMP.litmus\n", "line 2: sc is 'none'"),
    ],
)
def test_a_table_of_verdicts_that_is_none(
    call: Call, folder: Path, tmp_path: Path, table: str | None, message: str
) -> None:
    file = tmp_path / "expected.csv"
    if table is not None:
        file.write_text(table)
    said = call("litmus", folder, "--expect", file)
    assert (said.code, said.out) == (2, "")
    assert message in said.err


def test_every_fault_at_once(call: Call, folder: Path) -> None:
    (folder / "MP.litmus").write_text("X86 MP\n{ }\nP0;\nINC [x];\nexists (x=1)\n")
    (folder / "SB.litmus").write_text("X86 SB\n{ }\nP0;\nMOV [x],1;\nperhaps (x=1);\n")
    said = call("litmus", folder, "--model", "pso", "--start", "hot", "--interconnect", "ring", "--protocol", "MEZI")
    assert (said.code, said.out) == (2, "")
    for words in (
        "unknown model 'pso'", "unknown start 'hot' (known: cold, touched, owned)",
        "unknown interconnect 'ring' (known: bus)", "unknown protocol 'MEZI'", "or flat for memory without caches",
        "MP.litmus, line 4: unknown instruction 'INC'", "SB.litmus, line 5: ",
    ):  # fmt: skip
        assert words in said.err, words
    assert call("litmus", "SBB").code == 2
