"""Sweeps as lines: means and bands are the numbers, legends lie off the data, and what would mislead is refused."""

from __future__ import annotations

from statistics import fmean
from typing import Any

import matplotlib.pyplot as plt
import pytest
from matplotlib.axes import Axes

import coherence as co
from coherence.sweeps.means import mean_of


@pytest.fixture(scope="module")
def found() -> co.Sweep:
    return co.sweep(
        "random",
        protocol=["MESI", "Dragon", "WriteThrough"],
        cores=[1, 2, 8],
        accesses=60,
        keys=16,
        seed=range(4),
        jobs=1,
    )


def line(axes: Axes, name: str) -> list[tuple[float, float]]:
    (drawn,) = [found for found in axes.get_lines() if found.get_label() == name]
    return [(float(x), float(y)) for x, y in zip(drawn.get_xdata(), drawn.get_ydata(), strict=True)]  # type: ignore[arg-type]


def cycles(found: co.Sweep, protocol: str, cores: int) -> list[float]:
    return [float(r["cycles"]) for r in found.rows() if r["protocol"] == protocol and r["cores"] == cores]  # type: ignore[arg-type]


def test_lines_are_the_means_and_bands_their_intervals(found: co.Sweep) -> None:
    axes = co.plot.sweep(found, "cores", "cycles")
    assert line(axes, "Dragon") == [(n, pytest.approx(fmean(cycles(found, "Dragon", n)))) for n in (1, 2, 8)]
    assert len(axes.collections) == 3
    reached = axes.collections[0].get_paths()[0].vertices
    interval = mean_of(cycles(found, "MESI", 8))
    assert max(v[1] for v in reached) == pytest.approx(interval.high)  # type: ignore[union-attr]
    assert axes.get_ylim()[0] == 0
    assert [t.get_text() for t in axes.get_xticklabels()] == ["1", "2", "8"]  # by doublings
    assert axes.get_xscale() == "log"


def test_a_dataframe_and_a_part_of_it_are_drawn_as_well(found: co.Sweep) -> None:
    table = found.to_pandas()
    axes = co.plot.sweep(table[table["protocol"] == "MESI"], "cores", "hit_rate", None)
    assert [at for at, _ in line(axes, "mean")] == [1, 2, 8]
    assert axes.get_legend() is None


def test_a_mean_of_what_differs_is_refused(found: co.Sweep) -> None:
    with pytest.raises(co.InputError, match="choose one value of protocol first"):
        co.plot.sweep(found, "cores", "cycles", None)
    with pytest.raises(co.InputError, match=r"unknown column 'cycels'; did you mean cycles or"):
        co.plot.sweep(found, "cores", "cycels")


def test_throughput_is_work_a_cycle_over_that_of_the_least_x(found: co.Sweep) -> None:
    axes = co.plot.speedup(found)
    singles, eights = cycles(found, "MESI", 1), cycles(found, "MESI", 8)
    wanted = fmean(8 * one / eight for one, eight in zip(singles, eights, strict=True))
    assert line(axes, "MESI")[0] == (1, 1.0) and line(axes, "MESI")[2] == (8, pytest.approx(wanted))
    assert all(x == pytest.approx(y) for x, y in line(axes, "ideal"))
    assert axes.get_ylabel() == "throughput, times that at cores = 1"
    assert axes.get_xlabel() == "cores (60 accesses each)"
    timed = co.plot.speedup(found, time=True)
    assert line(timed, "MESI")[2] == (8, pytest.approx(wanted / 8))


def test_ratios_are_of_pairs_and_leave_the_base_out(found: co.Sweep) -> None:
    axes = co.plot.ratios(found, "cores", "cycles", "MESI")
    pairs = zip(cycles(found, "Dragon", 8), cycles(found, "MESI", 8), strict=True)
    assert line(axes, "Dragon")[2] == (8, pytest.approx(fmean(d / m for d, m in pairs)))
    assert "MESI" not in [drawn.get_label() for drawn in axes.get_lines()]
    same = co.plot.sweep(found, "cores", "cycles")
    colour = {drawn.get_label(): drawn.get_color() for drawn in same.get_lines()}
    assert next(d for d in axes.get_lines() if d.get_label() == "Dragon").get_color() == colour["Dragon"]


def test_a_crossover_is_marked_where_it_is() -> None:
    rows = [
        {"protocol": p, "writes": x, "seed": seed, "cycles": 100 + slope * x + seed * x}
        for p, slope, x, seed in ((p, s, x, e) for p, s in (("A", 9), ("B", -9)) for x in range(5) for e in range(3))
    ]
    for row in rows:
        row["cycles"] += 18 if row["protocol"] == "B" else 0  # type: ignore[operator]
    axes = co.plot.crossover(rows, "writes", "cycles", "A", "B")
    assert axes.texts[-1].get_text().startswith("B overtakes A at 1 ")
    (mark,) = [found for found in axes.get_lines() if found.get_linestyle() == "--"]
    assert list(mark.get_xdata()) == [1, 1]  # type: ignore[arg-type]
    never = co.plot.crossover([r for r in rows if r["writes"] > 2], "writes", "cycles", "A", "B")  # type: ignore[operator]
    assert never.texts[-1].get_text() == "B stays below A throughout."


def draw_all(found: Any) -> list[Axes]:
    return [
        co.plot.sweep(found, "cores", "cycles"),
        co.plot.sweep(found, "protocol", "bus_utilization", "cores"),
        co.plot.speedup(found),
        co.plot.ratios(found, "cores", "cycles", "MESI"),
        co.plot.crossover(found, "cores", "cycles", "MESI", "Dragon"),
    ]


@pytest.mark.parametrize("dark", [False, True])
def test_the_legend_stands_beside_the_data(found: co.Sweep, dark: bool) -> None:
    with co.plot.theme(dark):
        for axes in draw_all(found):
            axes.figure.canvas.draw()
            legend = axes.get_legend()
            assert legend is not None
            assert legend.get_window_extent().x0 >= axes.get_window_extent().x1
            assert legend.get_window_extent().x1 <= axes.figure.bbox.x1
            assert (axes.get_facecolor()[0] < 0.2) == dark


def test_plots_draw_on_given_axes(found: co.Sweep) -> None:
    _, axes = plt.subplots()
    assert co.plot.sweep(found, "cores", "cycles", ax=axes) is axes
    assert co.plot.speedup(found, ax=axes) is axes


def test_numbers_as_hues_say_what_they_are(found: co.Sweep) -> None:
    axes = co.plot.sweep(found, "protocol", "cycles", "cores")
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["cores 1", "cores 2", "cores 8"]  # type: ignore[union-attr]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["MESI", "Dragon", "WriteThrough"]


def test_hostile_names_are_not_read_as_mathematics(tmp_path: Any) -> None:
    rows = [
        {"protocol": p, "workload_$x$": x, "seed": 0, "cycles": 1}
        for p in ("$\\frac$", "<script>") for x in ("$\\input{x}$", "b")
    ]  # fmt: skip
    axes = co.plot.sweep(rows, "workload_$x$", "cycles")
    axes.figure.savefig(tmp_path / "x.svg")
    assert "<script" not in (tmp_path / "x.svg").read_text()
