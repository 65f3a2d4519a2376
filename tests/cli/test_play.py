"""`coherence play` as a user meets it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coherence.protocol.find import protocols
from tests.cli.conftest import Said
from tests.player.conftest import OPS


def test_the_command_writes_the_page(call: Callable[..., Said], tmp_path: Path) -> None:
    out = tmp_path / "run.html"
    said = call("play", "--ops", OPS, "--beside", "dragon", "-o", out)
    assert said.code == 0 and said.out == "" and "12 steps" in said.err
    assert "ops under MESI and Dragon" in out.read_text()
    said = call("play", "random", "--from", 11, "--to", 20, "-o", out)
    assert said.code == 0 and "steps 11–20 of 4,000" in said.err


def test_a_broken_protocol_is_played_up_to_its_breach(call: Callable[..., Said], tmp_path: Path) -> None:
    """The page ends with what is broken; it is said, and the exit code is 1; where nothing happened there is no page."""
    table, out = tmp_path / "broken.txt", tmp_path / "run.html"
    table.write_text(str(protocols["MESI"].but("broken", S={"BusUpgr": "S"})))
    said = call("play", "--ops", "0 r x; 1 r x; 0 w x; 1 r x", "--protocol", table, "-o", out)
    assert said.code == 1 and "3 steps" in said.err and "SWMR is broken" in said.err
    assert '"stopped":"line x: SWMR is broken' in out.read_text()
    out.unlink()
    table.write_text(str(protocols["MESI"].but("broken", I={"PrRd": "never"})))
    said = call("play", "--ops", "0 r x", "--protocol", table, "-o", out)
    assert said.code == 1 and "its cell says never" in said.err and not out.exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--core", 9], "--core: a core must be a whole number from 0 to 2"),
        (["--json"], "unrecognized arguments: --json"),
        (["--protocol", "MEZI"], "did you mean"),
        (["-o", "/nowhere/x.html"], "the folder /nowhere does not exist"),
    ],
)
def test_wrong_use_is_one_line_and_leaves_no_file(
    call: Callable[..., Said],
    tmp_path: Path,
    more: list[Any],
    said: str,
) -> None:
    out = tmp_path / "run.html"
    found = call("play", "--ops", OPS, "-o", out, *more)
    assert found.code == 2 and said in found.err and found.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--beside", "MOESI"], "leave out --beside"),
        (["--from", 3, "--predict"], "leave out --predict and --from"),
        (["--ops", "0 r x"], "leave out --ops"),
        (["--line", "x"], "leave out --line"),
        (["--ways", 2], "leave out --ways"),
    ],
)
def test_find_the_bug_refuses_what_it_would_forget(
    call: Callable[..., Said], tmp_path: Path, more: list[Any], said: str
) -> None:
    found = call("play", "--find-the-bug", "-o", tmp_path / "bug.html", *more)
    assert found.code == 2 and said in found.err and list(tmp_path.iterdir()) == []


def test_predict_opens_the_page_asking(call: Callable[..., Said], tmp_path: Path) -> None:
    out = tmp_path / "run.html"
    for flags, asks in ((["--predict"], "true"), ([], "false")):
        assert call("play", "--ops", OPS, *flags, "-o", out).code == 0
        assert f"predict: {asks}}}" in out.read_text()
