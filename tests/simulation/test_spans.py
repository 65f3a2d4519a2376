"""Where the cycles of an access go: its spans, and what follows from them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coherence as co
from coherence.transaction.access import BUS, HIT, ISSUE, LOOKUP, REPLY, WAIT
from tests.simulation.test_properties import cases
from tests.simulation.test_properties import run as run_of

TWO_LEVELS = [co.Cache(ways=1), co.Cache(ways=4, lookup=6)]


@settings(max_examples=200, deadline=None)
@given(case=cases(), order=st.sampled_from(["program", "trace"]))
def test_spans_cover_every_access_and_events_are_in_order(case: dict[str, Any], order: str) -> None:
    """From start to end without a gap; and the events of a run lie in the order in which they took effect."""
    run = run_of(case, order, record=True)
    for a in run.recorded():
        assert (a.spans[0].start, a.spans[-1].end) == (a.start, a.end)
        assert all(one.end == next_.start for one, next_ in pairwise(a.spans))
        assert (a.granted is None) == (a.queued is None)
    assert [a.effective for a in run.recorded()] == sorted(a.effective for a in run.recorded())
    assert sum(a.held for a in run.recorded()) == run.totals["bus_busy"]


@pytest.mark.parametrize(
    ("cache", "ops", "number", "spans"),
    [
        (co.Cache(), "0 r x; 0 r x", 1, [(HIT, 102, 103)]),
        (co.Cache(), "0 r x", 0, [(ISSUE, 0, 1), (WAIT, 1, 1), (BUS, 1, 102), (REPLY, 102, 102)]),
        (TWO_LEVELS, "0 r x; 0 r y; 0 r x", 2, [(HIT, 216, 217), (LOOKUP, 217, 223)]),
        (TWO_LEVELS, "0 r x", 0, [(ISSUE, 0, 1), (LOOKUP, 1, 7), (WAIT, 7, 7), (BUS, 7, 108), (REPLY, 108, 108)]),
    ],
)
def test_the_spans_of_one_access(cache: Any, ops: str, number: int, spans: list[tuple[str, int, int]]) -> None:
    """A hit, a miss, a hit in the second level, a miss that looked there."""
    run = co.Machine(cache=cache).run(co.Workload.from_ops(ops), order="trace", record=True)
    assert [tuple(s) for s in run.recorded()[number].spans] == spans


def test_a_request_that_became_local_ends_with_a_hit() -> None:
    """Core 0's eviction of its M copy waits for the bus while core 1's read makes that copy one that may just go."""
    ops = [(0, "w", "x"), (1, "r", "x", 50), (2, "r", "y"), (0, "e", "x")]
    evicted = co.Machine().run(ops, record=True).recorded()[-1]
    assert [tuple(s) for s in evicted.spans] == [(ISSUE, 102, 103), (WAIT, 103, 224), (HIT, 224, 225)]
    assert evicted.outcome is not None and evicted.outcome.requests == ()
