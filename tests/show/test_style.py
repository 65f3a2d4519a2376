"""One house style: titles on the left, legends beside the data, states' colors for states, ticks that exist."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex

import coherence as co
from coherence.protocol.find import protocols
from coherence.show.colours import LIGHT
from coherence.show.plots import KINDS, RECORDED, draw
from coherence.show.plots.axes import CORES, line_look
from tests.show.boxes import clashes

STATES = {fill for pair in LIGHT.fills.values() for fill in pair}


@pytest.fixture(scope="module")
def run() -> co.Run:
    machine = co.Machine("MOESI", cache=co.Cache(ways=4, keys_per_line=2))
    return machine.run(co.workloads.random(cores=16, accesses=40), record=True)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "sequence"])
def test_every_kind_follows_the_style(run: co.Run, kind: str) -> None:
    axes = draw(run, kind)
    figure = axes.figure
    figure.canvas.draw()
    assert axes.get_title(loc="left") and not axes.get_title()
    assert not axes.spines["top"].get_visible() and not axes.spines["right"].get_visible()
    if legend := axes.get_legend():
        assert legend.get_window_extent().x0 >= axes.get_window_extent().x1
    if kind != "timeline":  # which shows states
        assert not STATES & {to_hex(p.get_facecolor()) for p in axes.patches}
        assert not STATES & {to_hex(line.get_color()) for line in axes.lines}
    high = figure.get_size_inches()[1] * 72
    assert min(t.get_fontsize() for t in [*axes.texts, *axes.get_xticklabels(), axes.xaxis.label]) / high >= 0.024


@pytest.mark.parametrize("kind", ["traffic", "misses", "invalidations", "timeline"])
def test_ticks_stand_at_cores_that_there_are(run: co.Run, kind: str) -> None:
    axes = draw(run, kind)
    axis = axes.yaxis if kind == "timeline" else axes.xaxis
    said = [int(label.get_text()) for label in axis.get_ticklabels()]
    assert said and set(said) <= set(range(run.cores))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "sequence"])
def test_of_very_many_cores_the_busiest_are_shown_and_it_says_so(kind: str) -> None:
    many = co.Machine("MESI", cores=3_000).run(
        [(2_999, "w", "x"), (7, "r", "x")], order="trace", record=kind in RECORDED
    )
    axes = draw(many, kind)
    shown = max(len(axes.patches), len(axes.collections), *(len(i.get_array()) for i in axes.images), 0)
    assert shown <= 8 * CORES
    if kind in ("traffic", "misses", "invalidations", "timeline"):
        assert "the 64 of 3,000 that access most" in axes.get_xlabel() + axes.get_ylabel()


def test_more_series_than_colors_differ_in_their_dash() -> None:
    _, axes = plt.subplots()
    looks = [line_look(axes, number) for number in range(21)]
    assert len({(look["color"], look["linestyle"]) for look in looks}) == 21


def test_value_labels_of_all_protocols_do_not_meet() -> None:
    runs = [co.Machine(p).run(co.workloads.false_sharing(cores=4)) for p in protocols]
    figure = co.plot.comparison(runs)
    for axes in (figure.axes[0], figure.axes[3], figure.axes[5]):
        assert clashes(axes) == []


def test_only_plots_are_public() -> None:
    assert dir(co.plot) == sorted(co.plot.__all__)
    assert not {"KINDS", "PICTURES", "RECORDED", "check_figure", "compare", "draw", "save", "save_run"} & {
        *dir(co.plot)
    }
