"""The worksheet: its answers are the run's, they are not on the exercise, and each seed has its own."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest

import coherence as co
from coherence.protocol.catalog import ALL
from coherence.protocol.model import Protocol
from coherence.run.steps import steps
from coherence.show.tables import arrow
from coherence.show.worksheet import HALF, WORKED, exercise, worksheet
from tests.show.tables import FIVE, HOSTILE, OWN, SIX  # SIX has a forwarder beside an owner, which the machine stops


def made(protocol: Any, work: co.Workload) -> tuple[co.Run, Any]:
    run = co.Machine(protocol).run(work, order="trace", record=True)
    return run, worksheet(run)


@pytest.mark.parametrize("protocol", [*ALL, *(t for t in OWN if t is not SIX)], ids=lambda p: p.name)
def test_the_answers_are_those_of_the_run(protocol: Protocol) -> None:
    run, sheet = made(protocol, exercise(seed=3))
    for answer, step in zip(sheet.to_json()["steps"], steps(run), strict=True):
        for name in ("core", "key", "bus", "supplier"):
            assert answer[name] == step[name]
        assert answer["states"] == step["states"][answer["key"]]  # type: ignore[index]


def test_memory_is_stale_exactly_while_a_dirty_copy_is_newer() -> None:
    _, sheet = made("MOESI", co.Workload.from_ops("0 w x; 1 r x; 0 e x; 1 r x"))
    assert [r.stale for r in sheet.rows] == [True, True, False, False]


def test_the_exercise_gives_one_row_and_a_half_away_and_the_solution_is_apart() -> None:
    _, sheet = made("MESI", exercise(seed=1))
    page = sheet.html(solution=False)
    assert "because" not in page and "solution" not in page.partition("<body>")[2]
    rows = re.findall(r"<tr><td>\d.*?</tr>", page)
    assert len(rows) == 12
    for number, row in enumerate(rows, start=1):
        given, blank = row.count('class="given"'), row.count('class="blank"')
        assert (given, blank) == {WORKED: (6, 0), HALF: (3, 3)}.get(number, (0, 6))
    whole = sheet.html()
    assert all(r.why.replace("'", "&#x27;") in whole for r in sheet.rows) and "break-before:page" in whole


def test_each_seed_has_its_own_sheet_and_always_the_same() -> None:
    sheets = [made("MESI", exercise(seed=s))[1].html() for s in (0, 1, 2, 0)]
    assert len(set(sheets)) == 3 and sheets[0] == sheets[3]


def test_names_cannot_break_the_page() -> None:
    evil = "<script>alert(1)</script>"
    work = co.Workload.from_accesses("w", lambda: iter([(0, "w", evil, 0), (1, "r", evil, 0), (1, "w", evil, 0)]), 2)
    assert "<script" not in made(HOSTILE, work)[1].html()


def test_a_program_can_mark_with_the_json_alone() -> None:
    """Every answer of the solution's page stands in the JSON, for a table that nobody has seen before."""
    run, sheet = made(FIVE, exercise(cores=3, rows=20, seed=11))
    data = json.loads(json.dumps(sheet.to_json()))
    assert data["protocol"] == "Lab" and data["given"] == WORKED and len(data["steps"]) == 20
    for step, row, access in zip(data["steps"], sheet.rows, run.recorded(), strict=True):
        who = {None: "–", "memory": "memory"}.get(step["supplier"], f"core {step['supplier']}")
        marked = [*step["states"], ", ".join(step["bus"]) or "–", who, "yes" if step["memory_stale"] else "no"]
        assert marked == row.answers()
        assert step["op"] == {"PrRd": "r", "PrWr": "w", "Evict": "e"}[access.event]
    assert {s for step in data["steps"] for s in step["states"]} > {"W", "R", "-"}


def test_many_seeds_many_sheets() -> None:
    answers = [json.dumps(made("MOESI", exercise(seed=seed))[1].to_json()) for seed in range(40)]
    assert len(set(answers)) == 40


@pytest.mark.parametrize("protocol", [*ALL, FIVE], ids=lambda p: p.name)
def test_the_table_of_the_protocol_stands_whole_on_the_sheet(protocol: Protocol) -> None:
    _, sheet = made(protocol, exercise(seed=2))
    exercised = re.sub("<[^>]+>", "", sheet.html(solution=False).partition("<tbody>")[2].partition("</tbody>")[0])
    for cell in protocol.cells.values():
        assert arrow(str(cell)) in unescape(exercised)


def test_the_sheet_says_which_it_is_and_what_it_is_worth() -> None:
    _, sheet = made("MESI", exercise(seed=7))
    page = sheet.html(solution=False)
    assert "exercise, seed 7" in page and "Name:" in page
    rows = re.findall(r"<tr><td>\d.*?</tr>", page)
    blanks = [row.count('class="blank"') for row in rows]
    assert sheet.points == sum(blanks) and f"Points: ____ of {sheet.points}<" in page
    worth = [re.findall(r'class="points">(.*?)<', row) for row in rows]
    assert worth == [[f"/ {n}" if n else "–"] for n in blanks]
    assert "exercise, seed 7" in sheet.html().partition("Solution")[2]  # the solution can be laid beside it


def test_each_line_has_columns_of_its_own() -> None:
    """The states of x and of y do not share a column; the other line's are shaded."""
    _, sheet = made("MESI", co.Workload.from_ops("0 w x; 1 r y; 1 r x; 0 r x; 1 w y"))
    page = sheet.html(solution=False)
    heads = re.findall("<th>([^<]*core [01])</th>", page)
    assert heads == ["x: core 0", "x: core 1", "y: core 0", "y: core 1"]
    for row in re.findall(r"<tr><td>\d.*?</tr>", page):
        cells = re.findall(r'<td class="(given|blank|other)">', row)
        shaded = [k for k, kind in enumerate(cells) if kind == "other"]
        assert len(cells) == 7 and shaded == ([2, 3] if "<bdi>x</bdi>" in row else [0, 1])
    many = co.Workload.from_ops("; ".join(f"0 r {k}" for k in "abcdefg") + "; 1 r a")
    assert 'class="other"' not in made("MESI", many)[1].html()  # too many to stand apart
