"""`coherence export` as a user meets it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Said

OPS = "0 w 0x40; 1 r 0x41; 0 w 0x40 5; 1 e 0x40"


def test_the_command_writes_the_file_and_says_what_opens_it(call: Callable[..., Said], tmp_path: Path) -> None:
    out = tmp_path / "run.json"
    said = call("export", "--ops", OPS, "--keys-per-line", 64, "-o", out)
    assert said.code == 0 and said.out == ""
    assert said.err == f"{out}: 4 accesses; Chrome's trace format, for ui.perfetto.dev or chrome://tracing\n"
    assert json.loads(out.read_text())["otherData"]["order"] == "trace"
    said = call("export", "random", "--from", 11, "--to", 20, "--tracks", 2, "-o", out)
    assert said.code == 0 and "steps 11–20 of 4,000; the states of 2 of " in said.err


def test_keys_are_written_as_in_the_trace(call: Callable[..., Said], tmp_path: Path) -> None:
    call("export", "--ops", OPS, "-o", tmp_path / "run.csv")
    with open(tmp_path / "run.csv", newline="") as file:
        assert [row["key"] for row in csv.DictReader(file)] == ["0x40", "0x41", "0x40", "0x40"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["-o", "run.txt"], "expected a name that ends in .json, .vcd, .parquet, .csv"),
        (["--core", 9], "--core: a core must be a whole number from 0 to 1"),
        (["--tracks", 0], "tracks must be a whole number >= 1, not 0"),
        (["--protocol", "MEZI"], "did you mean"),
        (["-o", "/nowhere/x.json"], "the folder /nowhere does not exist"),
        (["--json"], "unrecognized arguments: --json"),
    ],
)
def test_wrong_use_is_one_line_and_leaves_no_file(
    call: Callable[..., Said], tmp_path: Path, more: list[Any], said: str
) -> None:
    found = call("export", "--ops", OPS, "-o", tmp_path / "run.vcd", *more)
    assert found.code == 2 and found.out == "" and said in found.err and found.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
