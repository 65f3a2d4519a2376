"""Plots show the counters: asserted on artists, not on pixels."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import pytest

import coherence as co
from coherence.show.plots import save, save_compare, save_run


@pytest.fixture
def run() -> co.Run:
    machine = co.Machine("MOESI", cores=3, cache=co.Cache(ways=4, keys_per_line=2))
    return machine.run(co.workloads.random(cores=3, accesses=200, keys=40))


def heights(axes: object) -> dict[int, int]:
    """Sum of the stacked bars by position."""
    found: dict[int, int] = {}
    for bar in axes.patches:  # type: ignore[attr-defined]
        at = round(bar.get_x() + bar.get_width() / 2)
        found[at] = found.get(at, 0) + int(bar.get_height())
    return found


def test_traffic_sums_to_the_requests_of_each_core(run: co.Run) -> None:
    assert heights(co.plot.traffic(run)) == {i: sum(c["bus"].values()) for i, c in enumerate(run.per_core)}  # type: ignore[attr-defined]


def test_misses_sum_to_the_misses_of_each_core(run: co.Run) -> None:
    wanted = {i: c["read_misses"] + c["write_misses"] for i, c in enumerate(run.per_core)}  # type: ignore[operator]
    assert heights(co.plot.misses(run)) == wanted


def test_invalidations_show_who_took_from_whom(run: co.Run) -> None:
    axes = co.plot.invalidations(run)
    matrix = axes.images[0].get_array()
    assert matrix is not None
    assert [[int(n) for n in row] for row in matrix] == [
        [run.invalidated_by.get(w, {}).get(v, 0) for v in range(3)] for w in range(3)
    ]
    assert sum(int(t.get_text()) for t in axes.texts) == run.totals["invalidations"]


def test_traffic_of_several_runs_has_a_bar_per_run(run: co.Run) -> None:
    other = co.Machine("Dragon").run(co.workloads.random(cores=3, accesses=200))
    axes = co.plot.traffic([run, other])
    assert heights(axes) == {i: sum(r.totals["bus"].values()) for i, r in enumerate((run, other))}  # type: ignore[union-attr]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["MOESI", "Dragon"]


def test_plots_draw_on_given_axes_and_make_their_own(run: co.Run) -> None:
    _, axes = plt.subplots()
    assert co.plot.traffic(run, axes) is axes
    assert co.plot.traffic(run) is not axes


@pytest.mark.parametrize("cores", [1, 40])
def test_few_and_many_cores_and_a_run_without_traffic(cores: int, tmp_path: Path) -> None:
    idle = co.Machine(cores=cores).run(co.Workload.from_ops("0 e x"))
    save_run(idle, tmp_path / "idle.png")
    assert (tmp_path / "idle.png").stat().st_size > 0


def test_a_hostile_name_is_not_read_as_mathematics(tmp_path: Path) -> None:
    table = co.protocols["MI"].renamed("$\\frac$ <b>", M="$\\input{x}$ M")
    machine = co.Machine(co.Protocol("$\\frac$ <b>", "", table.states, table.columns, table.cells))
    run = machine.run(co.Workload.from_accesses("$\\input{x}$ <b>", lambda: iter([(0, "r", 1, 0)]), 1))
    save_compare([run], tmp_path / "x.svg")
    assert "<b>" not in (tmp_path / "x.svg").read_text()
    save_run(run, tmp_path / "x.svg")
    assert "<b>" not in (tmp_path / "x.svg").read_text()


def test_a_fault_while_writing_leaves_nothing(run: co.Run, tmp_path: Path) -> None:
    figure = co.plot.traffic(run).figure
    with pytest.raises(co.InputError, match=r"ends in \.png, \.svg, \.pdf"):
        save(figure, tmp_path / "x.txt")  # type: ignore[arg-type]
    target = tmp_path / "x.png"
    target.write_text("old")
    broken = type("Broken", (), {"savefig": staticmethod(lambda *a, **k: (_ for _ in ()).throw(OSError("disk full")))})
    with pytest.raises(co.InputError, match="disk full"):
        save(broken, target)  # type: ignore[arg-type]
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x.png"]
