"""Timeline and rates: lanes tile the run, shares add up to the counters."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from matplotlib.colors import to_hex

import coherence as co
from coherence.run import timeline
from coherence.run.steps import steps
from coherence.run.worst import ranked
from coherence.show.colours import tiles
from coherence.show.plots.time import MANY, PIXELS


@pytest.fixture(scope="module")
def run() -> co.Run:
    machine = co.Machine("MOESI", cores=3, cache=co.Cache(ways=4, keys_per_line=2))
    return machine.run(co.workloads.random(cores=3, accesses=120, keys=14), record=True)


def test_lanes_tile_the_run(run: co.Run) -> None:
    for line in run.lines:
        lanes = timeline.intervals(run, line)
        assert len(lanes) == run.cores
        for core, lane in enumerate(lanes):
            assert (lane[0].start, lane[-1].end) == (0, run.cycles)
            assert all(a.end == b.start and a.state != b.state for a, b in pairwise(lane))
            assert all(i.core == core and i.end > i.start for i in lane)


def test_lanes_end_in_the_states_of_the_caches(run: co.Run) -> None:
    for line in run.lines:
        last = [lane[-1].state for lane in timeline.intervals(run, line)]
        assert last == [held[line].state if line in held else run.protocol.invalid for held in run.caches]


def test_lanes_follow_the_steps_of_a_short_trace() -> None:
    short = co.Machine("MESI").run(co.Workload.from_ops("0 r x; 1 r x; 0 w x; 1 r x"), order="trace", record=True)
    states: list[list[str]] = [step["states"]["x"] for step in steps(short)]  # type: ignore[index]
    at = [a.effective for a in short.recorded()]
    lanes = timeline.intervals(short, "x")
    for cycle, wanted in zip(at, states):
        assert [next(i.state for i in lane if i.start <= cycle < i.end) for lane in lanes] == wanted


def test_a_victim_leaves_its_lane() -> None:
    machine = co.Machine("MSI", cache=co.Cache(ways=1))
    short = machine.run([(0, "w", 1), (0, "r", 2)], order="trace", record=True)
    assert [i.state for i in timeline.intervals(short, 1)[0]] == ["I", "M", "I"]


def test_timeline_draws_every_interval_in_its_colour(run: co.Run) -> None:
    axes = co.plot.timeline(run, line=3)
    look = tiles(run.protocol)
    for lane, collection in zip(timeline.intervals(run, 3), axes.collections, strict=True):
        boxes = [p.get_extents() for p in collection.get_paths()]
        assert [(b.x0, b.x1) for b in boxes] == [(i.start, i.end) for i in lane]
        colours: Any = collection.get_facecolor()
        wanted = ["#ffffff" if i.state == "I" else look[i.state].fill for i in lane]
        assert [to_hex(c) for c in colours] == wanted
    legend = axes.get_legend()
    assert legend is not None
    assert next(t.get_text() for t in legend.get_texts()) == "M Modified ●"


def test_timeline_shows_the_worst_line_unless_told(run: co.Run) -> None:
    worst = ranked(run.lines)[0]
    assert co.plot.timeline(run).get_title(loc="left") == f"States of line {worst}, MOESI"
    assert co.plot.timeline(run, cycles=(10, 20)).get_xlim() == (10, 20)
    assert list(co.plot.timeline(run).get_yticks()) == [0, 1, 2]


def test_shares_of_pixels_add_up_to_the_lane(run: co.Run) -> None:
    lane = timeline.intervals(run, 3)[0]
    span = run.cycles / 37
    found = list(timeline.shares(lane, 0, span, 37))
    assert {pixel for pixel, _, _ in found} == set(range(37))
    for state in {i.state for i in lane}:
        wanted = sum(i.end - i.start for i in lane if i.state == state)
        assert sum(time for _, s, time in found if s == state) == pytest.approx(wanted)
    for pixel in range(37):
        assert sum(time for p, _, time in found if p == pixel) == pytest.approx(span)


def test_a_long_timeline_becomes_pixels_that_tile_the_run() -> None:
    machine = co.Machine("MESI", cache=co.Cache(keys_per_line=64), watch=False)
    long = machine.run(co.workloads.false_sharing(cores=2, writes=6_000), record=True)
    assert sum(map(len, timeline.intervals(long, 0))) > MANY
    axes = co.plot.timeline(long)
    assert len(axes.collections) == 0 and len(axes.images) == 2
    for core, image in enumerate(axes.images):
        assert image.get_extent()[:2] == [0, long.cycles] or tuple(image.get_extent()[:2]) == (0, long.cycles)
        array = image.get_array()
        assert array is not None and array.shape[:2] == (1, PIXELS)
        assert abs(image.get_extent()[2] - core) == pytest.approx(0.4)
    assert axes.get_xlim() == (0, long.cycles)


@pytest.mark.parametrize("bins", [1, 7, 60])
def test_rates_add_up_to_the_counters(run: co.Run, bins: int) -> None:
    found = timeline.rates(run, bins)
    span = run.cycles / bins
    assert len(found.middles) == bins
    assert sum(found.utilisation) * span == pytest.approx(run.totals["bus_busy"])
    assert sum(found.queue) * span == pytest.approx(run.totals["bus_wait"])
    if bins == 1:
        assert found.hit_rate[0] == pytest.approx(run.totals["hit_rate"])


def test_rates_plot_shows_the_data(run: co.Run) -> None:
    axes = co.plot.rates(run, bins=20)
    found = timeline.rates(run, 20)
    hits, busy = axes.get_lines()
    assert list(hits.get_ydata()) == list(found.hit_rate)
    assert list(busy.get_ydata()) == list(found.utilisation)
    assert axes.figure is not None and axes.figure.axes == [axes]  # one scale, in per cent


def idle(core: co.Core) -> Iterator[object]:
    yield core.compute(1)


def test_what_cannot_be_drawn_says_so(run: co.Run) -> None:
    kept_none = co.Machine().run([(0, "r", 1)])
    for plot in (co.plot.timeline, co.plot.rates, co.plot.sequence):
        with pytest.raises(co.InputError, match="kept no events; run it with record=True"):
            plot(kept_none)  # type: ignore[operator]
    with pytest.raises(co.InputError, match="never touched line nowhere"):
        co.plot.timeline(run, line="nowhere")
    with pytest.raises(co.InputError, match="not 5 to 5"):
        co.plot.timeline(run, cycles=(5, 5))
    with pytest.raises(co.InputError, match="bins must be a whole number >= 1, not 0"):
        co.plot.rates(run, bins=0)
    with pytest.raises(co.InputError, match="touched no line"):
        co.plot.timeline(co.Machine().run([idle], record=True))
