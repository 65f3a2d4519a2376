"""Tables: a number is never cut, however narrow the terminal, and is written one way everywhere."""

from __future__ import annotations

import os
import pty
import random
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterable, Iterator
from fcntl import ioctl
from pathlib import Path
from typing import Any

import pytest

from coherence.cli import compare, output, sweep
from coherence.cli.output import print_table, show
from coherence.protocol.find import protocols
from tests.cli.conftest import Said

Call = Callable[..., Said]
WIDTHS = (60, 80, 120, 200)


def rows_of(text: str) -> dict[str, list[str]]:
    """First words of a row → its numbers, in the order in which the parts of the table have them."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, *cells = re.split(r" {2,}", line.strip())
        found.setdefault(name, []).extend(cells)
    return found


def flat(counts: dict[str, Any]) -> Iterator[tuple[str, object]]:
    for name, value in counts.items():
        yield from value.items() if isinstance(value, dict) else [(name.replace("_", " "), value)]


def many(cores: int) -> str:
    """Accesses of so many cores that share and wait long, so that numbers are long."""
    return "; ".join(f"{core} {op} {core % 3} {7**core % 10**7}" for core in range(cores) for op in "rw")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("cores", [1, 8, 16, 64])
def test_every_counter_of_every_core_stands_whole(
    call: Call, monkeypatch: pytest.MonkeyPatch, width: int, cores: int
) -> None:
    monkeypatch.setattr(output, "WIDE", width)
    asked = ("run", "--ops", many(cores))
    counters = call(*asked).out.split("counters\n")[1].split("worst lines")[0]
    said = call(*asked, "--json").json
    shown = rows_of(counters)
    totals = dict(flat(said["totals"])) | {"finish": said["cycles"]}
    each = [dict(flat(core)) for core in said["per_core"]]
    for name in each[0]:
        if totals[name]:
            assert shown[name] == [show(n) for n in (totals[name], *(core[name] for core in each))], name
    assert max(map(len, counters.splitlines())) <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_compare_of_thirteen_protocols_stands_whole(call: Call, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setattr(output, "WIDE", width)
    asked = ("compare", "false_sharing", "--keys-per-line", 64, "--protocols", ",".join(protocols))
    first, ratios = call(*asked).out.split("times that of")
    shown, over = rows_of(first), rows_of(ratios)
    runs = call(*asked, "--json").json["runs"]
    there = sum(1 for name in compare.SHOWN if runs[0]["totals"][name])
    for run in runs:
        numbers = [run["totals"][name] for name in compare.SHOWN]
        assert shown[run["protocol"]] == [show(number) for number in numbers]
        assert run is runs[0] or len(over[run["protocol"]]) == there


@pytest.mark.parametrize("width", WIDTHS)
def test_means_of_a_sweep_stand_whole_and_without_exponents(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, width: int
) -> None:
    monkeypatch.setattr(output, "WIDE", width)
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text('workload = "random"\naccesses = 200\nprotocol = ["MESI", "Dragon"]\nseed = [0, 1]\n')
    shown = rows_of(call("sweep", "s.toml", "--jobs", 1).out)
    for name in ("MESI", "Dragon"):
        assert len(shown[name]) == len(sweep.SHOWN) + 1
        assert all(re.fullmatch(r"[\d,.]+", cell) for cell in shown[name])


def test_any_table_at_any_width(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Long text gives way, numbers do not."""
    draw = random.Random(18)
    for _ in range(100):
        words, numbers, width = draw.randint(0, 3), draw.randint(1, 12), draw.randint(60, 200)
        monkeypatch.setattr(output, "WIDE", width)
        table = [
            ["a long text " * draw.randint(1, 6)] * words + [draw.choice((1, 0.1, 1e6)) * n for n in range(numbers)]
            for _ in range(3)
        ]
        print_table("title", ["head of text"] * words + ["head of it"] * numbers, table, words)
        out = capsys.readouterr().out
        assert max(map(len, out.splitlines())) <= width
        for row in table:
            assert {show(cell) for cell in row[words:]} <= set(out.split())
        assert "…" not in out


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (0, "0"), (29082, "29,082"), (48123.0, "48,123"), (11890.5, "11,890"), (1.0, "1.0000"), (0.9997, "0.9997"),
        (0.0, "0.0000"), (72.526, "72.53"), (999.96, "1,000"), (1.0001, "1.000"), (-1234567, "-1,234,567"),
        ("×0.46", "×0.46"), (None, ""), (True, "True"),
    ],
)  # fmt: skip
def test_a_number_is_written_one_way(value: object, cell: str) -> None:
    assert show(value) == cell


@pytest.mark.parametrize("width", WIDTHS)
def test_a_terminal_s_own_width_is_kept(width: int) -> None:
    """What the matrix above has in this process, once in a real terminal."""
    out = terminal(["run", "--ops", many(16)], width)
    assert max(map(len, out.splitlines())) <= width
    assert len(rows_of(out)["finish"]) == 17
    assert "…" not in out


def terminal(arguments: Iterable[str], width: int) -> str:
    """What the command prints in a terminal of that width, without colors."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    unset = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "coherence", *arguments], stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL,
        env=unset | {"TERM": "xterm"},
    )  # fmt: skip
    os.close(theirs)
    said = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the terminal's other side is closed
            break
        if not piece:
            break
        said += piece
    assert process.wait() == 0
    os.close(ours)
    return re.sub(r"\x1b\[[0-9;]*m", "", said.decode()).replace("\r\n", "\n")
