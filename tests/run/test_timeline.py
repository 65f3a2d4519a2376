"""The changes, intervals and rates that plots and files are made of."""

from __future__ import annotations

from itertools import pairwise

import pytest

import coherence as co
from coherence.run.timeline import changes, intervals, lives, rates


@pytest.fixture(scope="module")
def run() -> co.Run:
    machine = co.Machine("MOESI", cores=3, cache=co.Cache(ways=4, keys_per_line=2))
    return machine.run(co.workloads.random(cores=3, accesses=120, keys=14), record=True)


def test_changes_come_in_order_of_time_and_each_changes_something(run: co.Run) -> None:
    now: dict[object, str] = {}
    found = list(changes(run, run.lines))
    assert all(a.at <= b.at for a, b in pairwise(found))
    for change in found:
        assert now.get((change.line, change.core), "I") != change.state
        now[change.line, change.core] = change.state
    for core, held in enumerate(run.caches):
        of_core = {line: state for (line, c), state in now.items() if c == core and state != "I"}  # type: ignore[misc]
        assert of_core == {line: h.state for line, h in held.items() if h.state != "I"}


def test_the_lives_of_many_lines_in_one_pass_are_those_of_each(run: co.Run) -> None:
    chosen = list(run.lines)[:3]
    found = list(lives(run, chosen))
    for line in chosen:
        for core, lane in enumerate(intervals(run, line)):
            own = [i for of, i in found if of == line and i.core == core]
            assert own == (lane if own else []) and (own or {i.state for i in lane} == {"I"})
    assert {line for line, _ in found} == set(chosen)


def test_the_rates_of_two_halves_are_those_of_the_whole(run: co.Run) -> None:
    middle = run.cycles // 2
    end = 2 * middle
    whole = rates(run, 20, (0, end))
    left, right = rates(run, 10, (0, middle)), rates(run, 10, (middle, end))
    assert left.utilisation + right.utilisation == pytest.approx(whole.utilisation)
    assert left.queue + right.queue == pytest.approx(whole.queue)
    assert sum(rates(run, 7).invalidations) == run.totals["invalidations"]
