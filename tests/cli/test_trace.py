"""`coherence trace` and the hint about lines, as a user meets them."""

from __future__ import annotations

import gzip
import io
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from coherence.accesses.text import named
from coherence.traces.compact import HEAD, MAGIC
from tests.cli.conftest import Said

Call = Callable[..., Said]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one small trace a format."""
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile("b.zip", "w") as bundle:
        bundle.writestr("b_0.data", "2 5\n0 40\n1 44\n2 9\n")
        bundle.writestr("b_1.data", "0 48\n")
        bundle.writestr("b_2.data", "")
    Path("lackey").write_text(" L 3c,8\n")
    Path("view").write_text("1 1: 5 write 8 byte(s) @ 0x3c\n")
    Path("din").write_text("0 40\n2 1\n")
    Path("ncsu").write_text("0 r a1\n1 w b2\n")
    Path("p0.trace").write_text("r 0x40\n")
    Path("native").write_text("0 w x 3\n1 r x\n1 e x\n")
    Path("cut.ctrace").write_bytes(HEAD.pack(MAGIC, 1, 0, 1, 9, 1, 8, 0, 0))
    Path("huge").write_text("0 r 18446744073709551616\n")
    Path("t.jsonl").write_text('{"hash_ids": [1]}\n{"hash_ids": [1]}\n')
    return tmp_path


def test_info_as_json_has_the_specified_keys(call: Call, here: Path) -> None:
    said = call("trace", "info", "b.zip", "--json")
    assert said.err == "b.zip: read as format cs4223\n"
    found = said.json
    assert {key: found[key] for key in ("format", "cores", "accesses", "keys", "per_core")} == {
        "format": "cs4223",
        "cores": 3,
        "accesses": 3,
        "keys": 3,
        "per_core": [
            {"reads": 1, "writes": 1, "compute": 14},
            {"reads": 1, "writes": 0, "compute": 0},
            {"reads": 0, "writes": 0, "compute": 0},
        ],
    }
    assert (found["keys_per_line"], found["lines"], found["evictions"]) == (64, 1, 0)
    assert found["sharing"] == [{"cores": 2, "lines": 1, "written": 1}]
    assert found["fits"]["cs4223"] == {"fits": True, "why": "finds 3 files by their names"}
    assert [name for name, fit in found["fits"].items() if fit["fits"]] == ["cs4223"]


def test_info_to_read(call: Call, here: Path) -> None:
    said = call("trace", "info", "native")
    assert said.code == 0
    words = " ".join(said.out.split())
    assert "native: format native, 2 cores" in words
    assert "accesses keys lines of 1 read share write share explicit evictions" in words
    assert "2 1 1 0.5000 0.5000 1" in words
    assert "core reads writes compute (cycles)" in words
    assert "read or written by (cores) lines of 1 of these written" in words
    assert "native yes reads all 3 lines" in words
    assert "din no stops at line 1: expected 'label address'" in words
    assert "\x1b" not in said.out


@pytest.mark.parametrize(
    ("target", "flags", "accesses", "lines", "keys_per_line"),
    [
        ("lackey", [], 2, 2, 64),  # byte addresses: lines of 64 unless others are asked for
        ("lackey", ["--keys-per-line", 128], 1, 1, 128),
        ("lackey", ["--keys-per-line", 1], 8, 8, 1),
        ("view", [], 2, 2, 64),
        ("ncsu", [], 2, 1, 64),
        ("ncsu", ["--format", "native"], 2, 2, 1),
        ("native", [], 2, 1, 1),
        ("t.jsonl", [], 3, 1, 1),
    ],
)
def test_info_counts_lines_of_a_given_size(
    call: Call, here: Path, target: str, flags: list[object], accesses: int, lines: int, keys_per_line: int
) -> None:
    found = call("trace", "info", target, "--json", *flags).json
    assert (found["accesses"], found["lines"], found["keys_per_line"]) == (accesses, lines, keys_per_line)


def test_info_for_a_machine_of_more_cores(call: Call, here: Path) -> None:
    """They idle; but a mooncake trace deals its requests to as many as there are."""
    assert len(call("trace", "info", "native", "--cores", 4, "--json").json["per_core"]) == 4
    dealt = call("trace", "info", "t.jsonl", "--cores", 2, "--json").json["per_core"]
    assert [(core["reads"], core["writes"]) for core in dealt] == [(1, 1), (1, 0)]


def test_standard_input(call: Call, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"0 w x\r\n1 r x\r\n")))
    said = call("trace", "info", "-", "--json")
    assert (said.json["format"], said.json["accesses"], said.err) == ("native", 2, "")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"0 w x\r\n1 r x\r\n")))
    assert call("trace", "convert", "-", "-o", "out").code == 0
    assert Path("out").read_text() == "0 w x\n1 r x\n"


def test_convert_says_what_is_left_out(call: Call, here: Path) -> None:
    said = call("trace", "convert", "b.zip", "-o", "out.gz")
    assert (said.code, said.out) == (0, "")
    assert said.err.splitlines() == [
        "b.zip: read as format cs4223",
        "b.zip: native has no line for computing after the last access; left out, in cycles: core 0 9",
        "b.zip: native has no line for a core without access (core 2); run it with --cores 3",
        "out.gz: b.zip, native",
    ]
    assert gzip.decompress(Path("out.gz").read_bytes()).decode() == "0 r 0x40 5\n1 r 0x48\n0 w 0x44\n"


@pytest.mark.parametrize("target", ["native", "ncsu", "b.zip", "din", "p0.trace", "t.jsonl", "lackey", "view"])
def test_converted_to_compact_it_runs_the_same(call: Call, here: Path, target: str) -> None:
    """Nothing is lost, so nothing is said of it; the format is found by content.

    Only what writes mean is not in a compact trace: that those of a trace of requests are puts.
    """
    said = call("trace", "convert", target, "-o", "out.ctrace")
    assert (said.code, said.out) == (0, "")
    assert "left out" not in said.err and "has no line" not in said.err
    Path("out.ctrace").rename("renamed")
    for order in ("program", "trace"):
        runs = [call("run", name, "--keys-per-line", 64, "--order", order, "--json") for name in (target, "renamed")]
        meant = {"hit_rates": runs[0].json["hit_rates"]} if target == "t.jsonl" else {}
        assert runs[0].json == runs[1].json | meant
        assert runs[1].err == "renamed: read as format compact\n"
    infos = [call("trace", "info", name, "--json").json for name in (target, "renamed")]
    for told in ("cores", "accesses", "keys", "per_core", "lines", "sharing", "keys_per_line"):
        assert infos[0][told] == infos[1][told]


def test_convert_takes_sizes_apart_for_the_lines_asked_for(call: Call, here: Path) -> None:
    said = call("trace", "convert", "lackey", "-o", "out")
    assert said.err.splitlines()[-2] == "lackey: accesses have sizes, and are taken apart for lines of 64 keys"
    assert Path("out").read_text() == "0 r 0x3c\n0 r 0x40\n"
    assert call("trace", "convert", "lackey", "-o", "out", "--keys-per-line", 128).code == 0
    assert Path("out").read_text() == "0 r 0x3c\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("trace", "the following arguments are required: COMMAND"),
        ("trace look", "invalid choice: 'look'"),
        ("trace info", "the following arguments are required: TARGET"),
        ("trace info nowhere", "nowhere: no such file or folder, expected a trace"),
        ("trace info native --format natve", "unknown format 'natve'; did you mean native?"),
        ("trace info native --keys-per-line 0", "keys-per-line must be a whole number >= 1, not 0"),
        ("trace info native --cores 0", "cores must be a whole number from 1 to 65536, not 0"),
        ("trace info native --cores 1", "native:2: core 1 is out of range, the machine has 1 cores"),
        ("trace info b.zip --cores 1", "b.zip needs 3 cores, the machine has 1"),
        ("trace info ncsu --format din", "ncsu:1: expected 'label address', label 0, 1 or 2"),
        ("trace info b.zip --format lackey", "b.zip: a zip, but format lackey is one file"),
        ("trace convert native", "the following arguments are required: -o/--output"),
        ("trace convert nowhere -o out.ctrace", "nowhere: no such file or folder"),
        (
            "trace convert huge -o out.ctrace",
            "huge: key 18446744073709551616 is neither a number of 64 bits nor a word",
        ),
        ("run cut.ctrace", "cut.ctrace: truncated or damaged: "),
        ("trace convert nowhere -o out", "nowhere: no such file or folder"),
        ("trace convert native -o no/out", "no/out: the folder no does not exist"),
        ("trace convert ncsu -o out --format din", "ncsu:1: expected 'label address'"),
    ],
)
def test_wrong_input_is_told_and_nothing_written(call: Call, here: Path, line: str, said: str) -> None:
    before = sorted(here.iterdir())
    got = call(*line.split())
    assert (got.code, got.out) == (2, "")
    assert said in got.err
    assert "Traceback" not in got.err
    assert sorted(here.iterdir()) == before


@pytest.mark.parametrize("target", ["b.zip", "lackey", "view", "din", "ncsu", "p0.trace"])
def test_byte_addresses_at_one_key_a_line_get_a_hint(call: Call, here: Path, target: str) -> None:
    hint = (
        f"hint: at --keys-per-line 1 every key is a line of its own, but {target} means lines of 64 keys, as byte "
        "addresses do; try --keys-per-line 64"
    )
    assert hint in call("run", target, "--json").err.splitlines()
    assert "hint" not in call("run", target, "--keys-per-line", 64, "--json").err


@pytest.mark.parametrize("target", ["native", "t.jsonl"])
def test_other_traces_get_none(call: Call, here: Path, target: str) -> None:
    assert "hint" not in call("run", target, "--json").err


def test_formats_are_listed(call: Call) -> None:
    names = [f["name"] for f in call("list", "--json").json["formats"]]
    assert names == [
        "native", "ncsu", "per-core", "cs4223", "proc", "din", "smpcache", "dinero", "pin", "lackey", "drmemtrace",
        "compact", "oraclegeneral", "mooncake", "twitter", "cachelib",
    ]  # fmt: skip


def test_columns_that_the_user_names(call: Call, here: Path) -> None:
    """The format in the JSON is as it was asked for, and all three commands take it."""
    Path("t").write_text("0 R 10\n1 W 20\n")
    format = "columns core op key:hex"
    found = call("trace", "info", "t", "--format", format, "--json").json
    assert (found["format"], found["accesses"], found["keys"]) == (format, 2, 2)
    assert call("trace", "convert", "t", "--format", format, "-o", "o").code == 0
    assert Path("o").read_text() == "0 r 0x10\n1 w 0x20\n"
    assert call("run", "t", "--format", format, "--json").json["cores"] == 2
    said = call("run", "t", "--format", "columns core opp")
    assert said.code == 2 and "unknown field 'opp'; did you mean op?" in said.err


@pytest.mark.parametrize("command", [("run",), ("trace", "info"), ("trace", "convert", "-o", "o")])
def test_what_no_format_fits_is_not_said_to_be_read(call: Call, here: Path, command: tuple[str, ...]) -> None:
    """`trace info` says of each format why it does not fit; the others say what to mend."""
    Path("odd").write_text("0 0x10 R\n1 0x10 W\n")
    said = call(*command, "odd")
    assert said.code == 2 and "read as" not in said.err and len(said.err.splitlines()) == 1
    assert "--format din" in said.err and '--format "columns core key op"' in said.err
    words = " ".join(said.out.split())
    assert ("din no stops at line 1: would leave out 'R'" in words) == (command == ("trace", "info"))


def test_why_no_format_fits_as_json(call: Call, here: Path) -> None:
    Path("odd").write_text("hello\n")
    said = call("trace", "info", "odd", "--json")
    assert said.code == 2 and said.json["format"] is None
    assert not any(fit["fits"] for fit in said.json["fits"].values())


@pytest.mark.parametrize("command", [("run",), ("trace", "info"), ("trace", "convert", "-o", "o")])
@pytest.mark.parametrize("name", ["x" * 300, "é" * 200, "x" * 300 + ".gz"])
def test_a_name_too_long_is_one_line(call: Call, here: Path, command: tuple[str, ...], name: str) -> None:
    said = call(*command, name)
    assert said.code == 2 and said.err == f"coherence: {named(name)}: cannot be read (File name too long)\n"


def test_a_key_that_native_text_cannot_hold_is_not_written(call: Call, here: Path) -> None:
    """It would come back as another key, or as a key and a gap."""
    for key in ("a b", "a#b"):
        Path("t.csv").write_text(f"0,r,good\n0,w,{key}\n")
        said = call("trace", "convert", "t.csv", "-o", "o", "--format", "columns core op key")
        assert (said.code, Path("o").exists()) == (2, False)
        assert said.err == f"coherence: t.csv: key {key!r} cannot stand in a line of native text; write it as .ctrace\n"
        assert call("trace", "convert", "t.csv", "-o", "o.ctrace", "--format", "columns core op key").code == 0
        assert call("trace", "info", "o.ctrace", "--json").json["keys"] == 2
