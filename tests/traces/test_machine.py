"""Traces on a machine: gaps, trailing compute and sizes reach the counters."""

from __future__ import annotations

import coherence as co
from tests.traces.conftest import Put


def test_trailing_compute_is_part_of_the_finish(put: Put) -> None:
    """A read miss from cycle 5 takes 102 (issue, arbitrate, memory), and 7 cycles of computing follow it."""
    path = put("x", {"a_0.data": "2 5\n0 40\n2 7\n", "a_1.data": "2 9\n"})
    run = co.Machine(cache=co.Cache(keys_per_line=64)).run(co.read_trace(path))
    assert [core["finish"] for core in run.per_core] == [5 + 102 + 7, 9]
    assert (run.totals["reads"], run.cycles) == (1, 114)


def test_the_machine_says_how_long_a_line_is(put: Put) -> None:
    """Eight bytes across a boundary of 64 touch two lines of 64, one of 128, and eight of 1."""
    workload = co.read_trace(put("t", " L 3c,8\n"))
    for keys_per_line, touched in ((64, 2), (128, 1), (1, 8)):
        for order in ("program", "trace"):
            run = co.Machine(cache=co.Cache(keys_per_line=keys_per_line)).run(workload, order=order)
            assert (run.totals["reads"], run.totals["read_misses"]) == (touched, touched)


def test_a_trace_with_sizes_can_be_bound_to_a_line_size(put: Put) -> None:
    """Once bound it stays so, whatever machine runs it."""
    workload = co.read_trace(put("t", " L 3c,8\n"))
    assert workload.keys_per_line == 64
    assert len(list(workload.at(128).at(64).sequence())) == 1
    assert len(list(workload.sequence())) == 2
