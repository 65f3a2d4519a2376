"""Bars, matrices, overviews: the numbers drawn are the counters, the sentences say them."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_hex

import coherence as co
from coherence.analysis.bytes_moved import moved
from coherence.run.worst import ranked
from coherence.show import sentences
from coherence.show.colours import contrast
from coherence.show.plots import KINDS, PICTURES, RECORDED, draw, save_compare, save_run
from coherence.show.plots.matrix import degrees, share
from tests.show.tables import HOSTILE


@pytest.fixture(scope="module")
def run() -> co.Run:
    machine = co.Machine("MOESI", cores=3, cache=co.Cache(ways=4, keys_per_line=2))
    return machine.run(co.workloads.random(cores=3, accesses=150, keys=30), record=True)


@pytest.fixture(scope="module")
def runs() -> list[co.Run]:
    work = co.workloads.random(cores=3, accesses=80, keys=8)
    return [co.Machine(p).run(work) for p in ("MESI", "MOESI", "Dragon")]


def test_worst_lines_are_sorted_and_sum_to_their_counters(run: co.Run) -> None:
    axes = co.plot.worst_lines(run, count=5)
    worst = ranked(run.lines)[:5]
    assert [t.get_text().split()[0] for t in axes.get_yticklabels()] == [str(line) for line in worst]
    for at, line in enumerate(worst):
        wide = sum(b.get_width() for b in axes.patches if round(b.get_y() + b.get_height() / 2) == at)
        assert wide == run.lines[line].requests
    costs = [run.lines[line].sharing for line in ranked(run.lines)]
    assert costs == sorted(costs, reverse=True)
    with pytest.raises(co.InputError, match="count must be a whole number >= 1, not 0"):
        co.plot.worst_lines(run, count=0)


def test_sharing_counts_every_line_once(run: co.Run) -> None:
    axes = co.plot.sharing(run)
    array = axes.images[0].get_array()
    assert array is not None
    assert int(array.sum()) == sum(bool(c.reads + c.writes) for c in run.lines.values())
    assert sum(int(t.get_text()) for t in axes.texts) == int(array.sum())
    for c in run.lines.values():
        column = len({*c.readers, *c.writers}) - 1
        assert array[share(c)][column] > 0


def test_columns_of_sharing_cover_every_number_of_cores() -> None:
    for cores in (1, 2, 8, 9, 64, 100):
        covered = [n for first, last in degrees(cores) for n in range(first, last + 1)]
        assert covered == list(range(1, cores + 1))


def test_bytes_are_reckoned_as_said(runs: list[co.Run]) -> None:
    for run in runs:
        counts = moved(run, bytes_per_line=100, bytes_per_word=10, bytes_per_request=1)
        t = run.totals
        bus = t["bus"]
        assert isinstance(bus, dict)
        assert counts["line from memory"] + counts["line from a cache"] == 100 * (bus["BusRd"] + bus["BusRdX"])
        assert counts["write-back"] == 100 * bus["BusWB"]
        assert counts["word"] == 10 * (bus["BusUpd"] + bus["BusWr"])
        assert counts["request"] == sum(bus.values())
    axes = co.plot.bytes_moved(runs, bytes_per_line=32)
    for at, run in enumerate(runs):
        high = sum(b.get_height() for b in axes.patches if round(b.get_x() + b.get_width() / 2) == at)
        assert high == sum(moved(run, bytes_per_line=32).values())
    assert "32 bytes per line, 8 per word" in axes.get_xlabel()
    with pytest.raises(co.InputError, match="bytes_per_word must be a whole number >= 0, not -1"):
        co.plot.bytes_moved(runs, bytes_per_word=-1)


def test_an_overview_has_a_sentence_a_panel(run: co.Run, runs: list[co.Run]) -> None:
    timed = [a for a in co.plot.overview(run).axes if a.get_title(loc="left")]
    assert len(timed) == 8
    untimed = [a for a in co.plot.overview(runs[0]).axes if a.get_title(loc="left")]
    assert len(untimed) == 6
    for axes in timed + untimed:
        assert axes.texts[-1].get_text().endswith(".")
    invalidated = next(a for a in timed if "Invalidations" in a.get_title(loc="left"))
    assert (
        invalidated.texts[-1].get_text().replace("\n", " ").startswith(f"{run.totals['invalidations']:,} copies lost")
    )


def test_a_comparison_has_a_bar_a_run_and_a_sentence_a_panel(runs: list[co.Run]) -> None:
    figure = co.plot.comparison(runs)
    assert len(figure.axes) == 6
    assert [b.get_height() for b in figure.axes[0].patches] == [r.cycles for r in runs]
    assert [b.get_height() for b in figure.axes[3].patches] == [r.totals["invalidations"] for r in runs]
    asked = [sum(r.totals["bus"].values()) for r in runs]  # type: ignore[union-attr]
    assert f"Fewest requests ({min(asked):,})" in figure.axes[1].texts[-1].get_text()
    for axes in figure.axes:
        assert [t.get_text() for t in axes.get_xticklabels()] == [r.protocol.name for r in runs]
        assert axes.texts[-1].get_text().endswith(".")
    for plot in (co.plot.comparison, co.plot.traffic, co.plot.misses, co.plot.bytes_moved):
        with pytest.raises(co.InputError, match="at least one run"):
            plot([])


def test_sentences_say_the_numbers(runs: list[co.Run]) -> None:
    fast = min(runs, key=lambda r: r.cycles)
    assert sentences.fastest(runs).startswith(f"Fastest with {fast.cycles:,} cycles: {fast.protocol.name}; ")
    assert sentences.fastest(runs[:1]) == f"All take {runs[0].cycles:,} cycles."
    three = [runs[0], runs[2], runs[0]]
    assert sentences.least(three, [float(r.totals["invalidations"]) for r in three], "invalidations") == (  # type: ignore[arg-type]
        f"Fewest invalidations (0): Dragon; most ({runs[0].totals['invalidations']:,}): MESI, MESI."
    )
    taken = {(w, v): n for w, row in runs[0].invalidated_by.items() for v, n in row.items()}
    said = sentences.invalidations(runs[0])
    assert f"({max(taken.values()):,})" in said
    assert sentences.invalidations(runs[2]) == "No core lost a copy to another."  # updates take no copies
    bus = runs[0].totals["bus"]
    assert isinstance(bus, dict)
    assert max(bus, key=lambda n: bus[n]) in sentences.traffic(runs[0])


def test_sentences_of_a_run_in_which_nothing_happened() -> None:
    nothing = co.Machine().run(co.Workload.from_ops("0 e x"), record=True)
    assert sentences.traffic(nothing) == "No request went over the bus."
    assert sentences.misses(nothing) == "Nothing misses."
    assert sentences.moved(nothing) == "Nothing moved over the bus."
    assert sentences.worst_lines(nothing) == "No line costs anything because it is shared."
    assert len(co.plot.overview(nothing).axes) >= 6


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_draws_on_given_axes(run: co.Run, kind: str) -> None:
    _, axes = plt.subplots()
    assert KINDS[kind](run, axes) is axes
    assert axes.has_data() or axes.texts


@pytest.mark.parametrize("dark", [False, True])
def test_a_user_s_own_curves_look_like_those_of_the_plots(dark: bool) -> None:
    with co.plot.theme(dark):
        curves = co.plot.curves([co.curve("abcab", [1, 2], policy) for policy in ("LRU", "FIFO", "ARC")])
        own = plt.subplots()[1]
    for theirs in curves.lines:
        assert own.plot([1, 2])[0].get_color() == theirs.get_color()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_dark_on_dark(run: co.Run, kind: str) -> None:
    with co.plot.theme(dark=True):
        axes = draw(run, kind)
        assert axes.get_facecolor()[0] < 0.2
        title = axes._left_title.get_color() if axes.get_title(loc="left") else axes.texts[0].get_color()  # type: ignore[attr-defined]
        assert title == "#f4f5f6"


def test_kinds_that_need_events_are_known() -> None:
    kept_none = co.Machine().run([(0, "r", 1)])
    for kind in KINDS:
        if kind in RECORDED:
            with pytest.raises(co.InputError, match="kept no events"):
                draw(kept_none, kind)
        else:
            assert draw(kept_none, kind).has_data()
    with pytest.raises(co.InputError, match=r"unknown kind 'trafic'; did you mean traffic\?"):
        draw(kept_none, "trafic")


@pytest.mark.parametrize("kind", PICTURES)
def test_hostile_names_do_nothing_in_any_picture(tmp_path: Path, kind: str) -> None:
    keys = ["<script>alert(1)</script>", "$\\input{x}$", "\\\\ \"'&", "\u202egnirts", "_hidden", "a\nb"]
    work = [(core, op, key) for key in keys for core in (0, 1) for op in "rw"]
    hostile = co.Machine(HOSTILE).run(work, record=True)
    save_run(hostile, tmp_path / "x.svg", kind)
    text = (tmp_path / "x.svg").read_text()
    assert "<script" not in text and "\u202e" not in text


def test_hostile_names_do_nothing_in_a_comparison(tmp_path: Path) -> None:
    hostile = co.Machine(HOSTILE).run([(0, "w", "<script>")])
    save_compare([hostile, hostile], tmp_path / "y.svg")
    assert "<script" not in (tmp_path / "y.svg").read_text()


@pytest.mark.parametrize("dark", [False, True])
def test_numbers_in_a_matrix_are_read_on_every_shade(dark: bool) -> None:
    shades = [(core, "w", key) for key in range(20) for core in range(5) if core == 0 or key < 5 * core]
    with co.plot.theme(dark):
        axes = co.plot.invalidations(co.Machine("MESI").run(shades, order="trace"))
    image = axes.images[0]
    for text in axes.texts:
        under = image.to_rgba(float(text.get_text()))
        assert contrast(str(text.get_color()), to_hex(under)) >= 4.5, text.get_text()
