"""Curves and access times show what the models say: asserted on artists."""

from __future__ import annotations

import numpy as np
import pytest

import coherence as co


def test_each_curve_is_a_line_through_its_ratios_and_the_bound_stands_out() -> None:
    found = [co.curve("abcabdabc", [1, 2, 4], policy) for policy in ("LRU", "FIFO", "OPT")]
    axes = co.plot.curves(found)
    assert [line.get_label() for line in axes.lines] == ["LRU", "FIFO", "OPT"]
    for line, curve in zip(axes.lines, found, strict=True):
        assert (tuple(line.get_xdata()), list(line.get_ydata())) == (curve.sizes, curve.ratios)
    widths = [line.get_linewidth() for line in axes.lines]
    assert widths[2] > max(widths[:2])


def test_model_and_difference_add_up_to_what_was_measured() -> None:
    reads = co.Workload.from_accesses(
        "r", lambda: iter([(c, "r", 64 * c + n % 9, 0) for n in range(60) for c in (0, 1)]), 2
    )
    machine = co.Machine(cache=[co.Cache(ways=2), co.Cache(ways=16, lookup=5)])
    waiting = co.access_time(machine, machine.run(reads))
    supplied = co.access_time(machine, machine.run(co.Workload.from_ops("0 w x; 1 r x; 0 r x"), order="trace"))
    assert waiting.difference > 0 > supplied.difference
    axes = co.plot.access_times({"waiting": waiting, "supplied": supplied})
    model, over, under = axes.containers
    assert [bar.get_height() for bar in model] == [waiting.model, supplied.model]
    assert [bar.get_height() for bar in over] == [waiting.difference, 0.0]
    assert [bar.get_height() for bar in under] == [0.0, supplied.difference]
    marks = [segment[0][1] for segment in axes.collections[0].get_segments()]
    assert np.allclose(marks, [waiting.measured, supplied.measured])


@pytest.mark.parametrize("plot", [co.plot.curves, co.plot.access_times])
def test_nothing_to_draw_is_said(plot: object) -> None:
    with pytest.raises(co.InputError, match="expected at least one"):
        plot([])  # type: ignore[operator]
