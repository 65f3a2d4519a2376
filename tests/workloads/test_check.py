"""A workload's own check: run at the end of every run, a Breach where it fails, and nothing left over for the next."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

import coherence as co
from coherence.cli.main import main
from coherence.workloads import Inside, check_count, check_once

Steps = Generator[Any, Any, Any]

RACY = """
import coherence as co
from coherence.workloads import check_count

def workload(cores, seed):
    def program(core):
        for _ in range(3):
            n = yield from core.get("n")
            yield from core.put("n", (n or 0) + 1)
    def check(run):
        check_count("n", 3 * cores, run.values["n"])
    return co.Workload.from_programs("racy", [program] * cores, check)
"""


def adder(core: co.Core) -> Steps:
    yield from core.update("n", lambda n: (n or 0) + 1)


def test_the_check_sees_the_run_and_stops_it() -> None:
    seen: list[co.Run] = []
    fine = co.Workload.from_programs("fine", [adder] * 3, seen.append)
    run = co.Machine().run(fine)
    assert seen == [run]
    assert run.values["n"] == 3

    def wrong(run: co.Run) -> None:
        raise co.Breach("it is wrong")

    with pytest.raises(co.Breach, match="it is wrong"):
        co.Machine().run(co.Workload.from_programs("wrong", [adder], wrong))


def test_a_check_belongs_to_any_workload_and_survives_more_cores() -> None:
    from dataclasses import replace

    seen: list[int] = []
    stream = replace(co.workloads.ping_pong(), check=lambda run: seen.append(run.cores))
    co.Machine(cores=5).run(stream)
    co.Machine().run(stream, order="trace")
    assert seen == [5, 2]


def test_a_failed_check_of_ones_own_file_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The racy counter loses additions under a right protocol: the program's fault, told as a breach."""
    file = tmp_path / "racy.py"
    file.write_text(RACY)
    assert main(["run", str(file), "--cores", "2"]) == 1
    out, err = capsys.readouterr()
    assert "n is 3 after 6 additions of 1" in err
    assert out == ""
    assert main(["run", str(file), "--cores", "1"]) == 0


def test_notes_begin_empty_in_every_run_and_are_shared_by_its_cores() -> None:
    def program(core: co.Core) -> Steps:
        found = dict(core.notes)
        yield core.compute(10)
        core.notes[core.index] = "was here"
        yield core.compute(10)
        return found, sorted(core.notes)

    workload = co.Workload.from_programs("noting", [program] * 2)
    first, second = (co.Machine().run(workload).returned for _ in range(2))
    assert first == second == (({}, [0, 1]), ({}, [0, 1]))


def test_stop_is_a_breach_with_the_lines_last_events() -> None:
    def program(core: co.Core) -> Steps:
        yield from core.put("x", 1)
        core.stop("I do not like it", "x")

    with pytest.raises(co.Breach) as caught:
        co.Machine().run([program])
    assert str(caught.value).splitlines() == [
        "line x: I do not like it",
        "its last events:",
        "  cycle 1: core 0 writes x (I → M) by BusRdX; memory supplies",
    ]


@pytest.mark.parametrize("hit", [1, 2, 5])
def test_a_core_knows_what_a_hit_takes(hit: int) -> None:
    def program(core: co.Core) -> Steps:
        yield from core.get("x")
        start = core.time
        yield from core.get("x")
        return core.time - start, core.hit

    assert co.Machine(timing=co.Timing(hit=hit)).run([program]).returned == ((hit, hit),)


def test_inside_lets_one_in_at_a_time_and_again_after_it_left() -> None:
    def program(core: co.Core) -> Steps:
        yield core.compute(10 * core.index)
        Inside("lock").enter(core)
        yield core.compute(length)
        Inside("lock").leave(core)

    length = 9
    assert co.Machine().run([program] * 3).cycles == 29
    length = 11
    with pytest.raises(co.Breach, match="at cycle 10 core 1 came in, but core 0 is in since cycle 0"):
        co.Machine().run([program] * 3)


ONCE = {
    "right": ([1, 2], []),
    "lost": ([2], ["item 1 was lost"]),
    "doubled": ([1, 2, 2, 2], ["item 2 came 3 times"]),
    "strange": ([1, None, 2], ["item None came, which nobody gave"]),
    "all": ([2, 2, "x"], ["item 1 was lost", "item 2 came 2 times", "item 'x' came, which nobody gave"]),
}


@pytest.mark.parametrize("what", ONCE)
def test_check_once_names_what_is_wrong(what: str) -> None:
    found, said = ONCE[what]
    told: list[str] = []
    try:
        check_once("item", [1, 2], found)  # type: ignore[arg-type]
    except co.Breach as breach:
        told = str(breach).splitlines()
    assert told == said


def test_check_once_names_a_few_and_counts_the_rest() -> None:
    with pytest.raises(co.Breach) as caught:
        check_once("task", range(8), [])
    assert str(caught.value).splitlines()[-2:] == ["task 4 was lost", "… and 3 more"]


def test_check_count_takes_what_it_expects_only() -> None:
    check_count("n", 2, 2)
    for found in (1, 3, None):
        with pytest.raises(co.Breach, match=f"n is {found} after 2 additions"):
            check_count("n", 2, found)
