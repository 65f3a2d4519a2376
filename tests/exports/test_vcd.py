"""The VCD, read back by pyvcd's own reader, is the run."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest
from vcd.reader import TokenKind, tokenize

import coherence as co
from coherence.exports.vcd import IDLE, line_names, word
from coherence.run.timeline import intervals
from coherence.words.say import show_key
from tests.exports.conftest import NASTY, RUNS

Changes = dict[tuple[str, ...], list[tuple[int, str]]]


def read(path: Path) -> tuple[Changes, int, str]:
    """Scope and name → (cycle, value) of each change, the first being the initial value; the last cycle; comments."""
    scope: list[str] = []
    names: dict[str, tuple[str, ...]] = {}
    found: Changes = defaultdict(list)
    now, comment = 0, ""
    with open(path, "rb") as raw:
        for token in tokenize(raw):
            match token.kind:
                case TokenKind.SCOPE:
                    scope.append(token.scope.ident)
                case TokenKind.UPSCOPE:
                    scope.pop()
                case TokenKind.VAR:
                    assert token.var.type_.value == "string"
                    names[token.var.id_code] = (*scope, token.var.reference)
                case TokenKind.TIMESCALE:
                    assert str(token.timescale) == "1 ns"
                case TokenKind.COMMENT:
                    comment += token.comment
                case TokenKind.CHANGE_TIME:
                    assert token.time_change >= now
                    now = token.time_change
                case TokenKind.CHANGE_STRING:
                    found[names[token.string_change.id_code]].append((now, token.string_change.value))
                case TokenKind.DATE:
                    raise AssertionError("a file that tells the time is another file each time")
                case kind:
                    assert kind in (TokenKind.ENDDEFINITIONS, TokenKind.DUMPVARS, TokenKind.END), kind
    assert scope == []
    return found, now, comment


def lasting(changes: list[tuple[int, str]], end: int) -> list[tuple[int, int, str]]:
    """(from, to, value) of all that lasted at least a cycle."""
    return [(at, after, value) for (at, value), (after, _) in pairwise([*changes, (end, "")]) if after > at]


def core_scope(core: int, cores: int) -> str:
    return f"core{core:0{len(str(cores - 1))}}"


def test_the_states_read_back_are_the_run_s_intervals(run: co.Run, tmp_path: Path) -> None:
    co.export(run, tmp_path / "run.vcd", tracks=99)
    found, end, comment = read(tmp_path / "run.vcd")
    assert end == run.cycles
    traffic = {line: sum(a.line == line and a.granted is not None for a in run.recorded()) for line in run.lines}
    first_seen = list(dict.fromkeys(a.line for a in run.recorded()))
    ranked = sorted(first_seen, key=lambda line: -traffic[line])
    names = dict(zip(ranked, line_names([show_key(line) for line in ranked])))
    assert {scope for scope, *_ in found} == {"bus"} | {core_scope(c, run.cores) for c in range(run.cores)}
    for line, name in names.items():
        for core, lane in enumerate(intervals(run, line)):
            wanted = [(i.start, i.end, word(i.state).replace("\\", "\\\\")) for i in lane]
            assert lasting(found[core_scope(core, run.cores), name], run.cycles) == wanted
    assert comment.count(" is line ") == len(names)


def test_the_bus_has_an_owner_its_requests_and_the_access(run: co.Run, tmp_path: Path) -> None:
    co.export(run, tmp_path / "run.vcd")
    found, end, _ = read(tmp_path / "run.vcd")
    taken = [(n, a) for n, a in enumerate(run.recorded(), 1) if a.granted is not None and a.outcome and a.held]
    for name, wanted in (
        ("step", [str(n) for n, _ in taken]),
        ("owner", [core_scope(a.core, run.cores) for _, a in taken]),
        ("request", ["+".join(a.outcome.bus) for _, a in taken if a.outcome]),
    ):
        spans = [
            (a.granted, a.granted + a.held, value) for (_, a), value in zip(taken, wanted) if a.granted is not None
        ]
        merged: list[tuple[int, int, str]] = []
        for start, stop, value in spans:  # the same again without a pause is no change
            if merged and merged[-1][1:] == (start, value):
                start = merged.pop()[0]
            merged.append((start, stop, value))
        assert [s for s in lasting(found["bus", name], end) if s[2] != IDLE] == merged


def test_the_same_run_is_the_same_file(tmp_path: Path) -> None:
    for name in ("a.vcd", "b.vcd"):
        co.export(RUNS["MESI"](), tmp_path / name)
    assert (tmp_path / "a.vcd").read_bytes() == (tmp_path / "b.vcd").read_bytes()


def test_a_window_begins_with_the_states_that_were_there(tmp_path: Path) -> None:
    run = RUNS["MESI"]()
    co.export(run, tmp_path / "run.vcd", first=40, last=60, lines=["3"])
    found, end, comment = read(tmp_path / "run.vcd")
    shown = [
        a
        for a in run.recorded()[39:60]
        if a.line == 3 or (a.outcome and a.outcome.victim and a.outcome.victim.line == 3)
    ]
    first, last = min(a.start for a in shown), max(a.end for a in shown)
    assert end == last and "only of line 3" in comment
    for core, lane in enumerate(intervals(run, 3)):
        wanted = [(max(i.start, first), min(i.end, last), i.state) for i in lane if i.end > first and i.start < last]
        assert lasting(found[core_scope(core, run.cores), "line_3"], end) == wanted


def test_no_name_breaks_the_file(tmp_path: Path) -> None:
    run = RUNS["nasty"]()
    co.export(run, tmp_path / "run.vcd")
    found, _, comment = read(tmp_path / "run.vcd")
    names = {name for scope, name in found if scope == "core0"}
    assert len(names) == len(NASTY)
    assert all(name.isascii() and name.replace("_", "").isalnum() for name in names)
    assert comment.count("\n") == len(NASTY) and "$" not in comment


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (["a.b", "a b", "a_b", "a_b_2"], ["line_a_b", "line_a_b_2", "line_a_b_3", "line_a_b_2_2"]),
        (["", "\u05d0", "x" * 99], ["line_", "line__2", "line_" + "x" * 40]),
    ],
)
def test_names_of_lines_are_all_different(lines: list[str], names: list[str]) -> None:
    assert line_names(lines) == names
