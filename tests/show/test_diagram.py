"""The state diagram: every transition is there, solid or dashed, and no text lies on another."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from math import hypot
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

import coherence as co
from coherence.protocol.catalog import ALL
from coherence.protocol.find import protocols
from coherence.protocol.model import PROCESSOR, Protocol
from coherence.show.colours import DARK
from coherence.show.curves import curves
from coherence.show.diagram import diagram, save_diagram, to_dot
from coherence.show.labels import size
from coherence.show.routes import arrows
from coherence.show.scene import Curve, Disc, Word
from coherence.show.states import MOST, state_scene
from coherence.transaction.order import order
from tests.show.boxes import clashes
from tests.show.tables import HOSTILE, OWN

EVERY = [*ALL, *OWN, HOSTILE]
NAMES = [*(p.name for p in (*ALL, *OWN)), "hostile"]


@pytest.mark.parametrize("protocol", EVERY, ids=NAMES)
def test_no_text_lies_on_another_at_any_size(protocol: Protocol) -> None:
    axes = diagram(protocol)
    assert clashes(axes) == []
    assert clashes(axes, (6.4, 4.8)) == []


@pytest.mark.parametrize("protocol", EVERY, ids=NAMES)
def test_no_text_lies_on_another_when_every_transition_is_lit(protocol: Protocol) -> None:
    everything = [t for arrow in arrows(protocol, idle=True) for t in arrow.fired_by]
    assert clashes(diagram(protocol, fired=everything, idle=True)) == []


@pytest.mark.parametrize("protocol", EVERY, ids=NAMES)
def test_no_label_lies_on_a_state(protocol: Protocol) -> None:
    axes = diagram(protocol)
    axes.figure.canvas.draw()
    discs = [s for s in state_scene(protocol).shapes if isinstance(s, Disc)]
    radius = max(disc.radius for disc in discs)
    places = [(s.x, s.y) for s in discs if s.radius == radius]
    assert len(places) == len(protocol.states)
    for text in axes.texts[: sum(len(a.lines) for a in arrows(protocol))]:
        (x0, y0), (x1, y1) = axes.transData.inverted().transform(text.get_window_extent())
        for x, y in places:
            assert hypot(max(x0 - x, 0, x - x1), max(y0 - y, 0, y - y1)) > radius, text.get_text()


@pytest.mark.parametrize("protocol", [*ALL, *OWN], ids=lambda p: p.name)
def test_arrows_stand_for_every_transition_of_the_table_once(protocol: Protocol) -> None:
    wanted = sorted(
        (state, event, to)
        for (state, event), cell in protocol.cells.items()
        for to in cell.targets
        if event in PROCESSOR or state != protocol.invalid
    )
    found = arrows(protocol)
    assert sorted(t for a in found for t in a.fired_by) == wanted
    for arrow in found:
        assert {e in PROCESSOR for _, e, _ in arrow.fired_by} == {not arrow.bus}
        assert {(s, to) for s, _, to in arrow.fired_by} == {(arrow.start, arrow.end)}
    ends = {(s, e, t) for s, t, e in ((a, b, d["event"]) for a, b, d in protocol.graph().edges(data=True))}
    assert {t for a in arrows(protocol, idle=True) for t in a.fired_by} == ends


def test_labels_say_event_action_and_condition() -> None:
    said = {(a.start, a.end, a.bus): [line.text for line in a.lines] for a in arrows(protocols["MESI"])}
    assert said["I", "E", False] == ["PrRd / BusRd (alone)"]
    assert said["I", "S", False] == ["PrRd / BusRd (shared)"]
    assert said["M", "M", False] == ["PrRd, PrWr"]
    assert said["S", "I", True] == ["BusRdX, BusUpgr"]
    assert said["M", "I", True] == ["BusRdX / Flush"]


def test_processor_arrows_are_solid_and_bus_arrows_dashed() -> None:
    found = arrows(protocols["MESI"])
    drawn = [s for s in state_scene(protocols["MESI"], title=False).shapes if isinstance(s, Curve)]
    assert [c.dashed for c in drawn] == [a.bus for a in found]
    assert all(c.arrow for c in drawn)


def test_self_loops_stand_outside() -> None:
    at = {"a": (0.0, 10.0), "b": (10.0, 10.0), "c": (5.0, 0.0)}
    mesi = protocols["MSI"].renamed("abc", M="a A", S="b B", I="c C")
    found = arrows(mesi)
    sizes = [size([line.text for line in arrow.lines]) for arrow in found]
    loops = [(a, c) for a, c in zip(found, curves(found, sizes, at, 2.0, 0.6)) if a.start == a.end]
    assert loops
    for arrow, curve in loops:
        x, y = at[arrow.start]
        tip = (curve[1][0] + curve[2][0]) / 2, (curve[1][1] + curve[2][1]) / 2
        assert hypot(tip[0] - 5, tip[1] - 20 / 3) > hypot(x - 5, y - 20 / 3) + 1


def test_what_an_outcome_fired_is_lit_and_nothing_else() -> None:
    mesi = protocols["MESI"]
    outcome = order(mesi, 1, "PrRd", {0: "M"})
    axes = diagram(mesi, fired=outcome)
    assert [t.get_text() for t in axes.texts if t.get_fontweight() == "bold" and "/" in t.get_text()] == [
        "BusRd / Flush",
        "PrRd / BusRd (shared)",
    ]
    wide = [s for s in state_scene(mesi, {("M", "BusRd", "S"), ("I", "PrRd", "S")}).shapes if isinstance(s, Curve)]
    assert sorted(c.dashed for c in wide if c.width > 0.2) == [False, True]
    with pytest.raises(co.InputError, match="MESI has no transition E BusRd M\nMESI has no transition M BusRd E"):
        diagram(mesi, fired=[("M", "BusRd", "E"), ("E", "BusRd", "M")])


def test_labels_keep_their_share_of_axes_of_any_size() -> None:
    figure, (small, large) = plt.subplots(1, 2, width_ratios=(1, 3), figsize=(16, 6))
    diagram("MSI", small)
    diagram("MSI", large)
    figure.canvas.draw()
    for axes in (small, large):
        unit = axes.transData.transform((0, 1))[1] - axes.transData.transform((0, 0))[1]
        assert axes.texts[0].get_fontsize() == pytest.approx(unit * 72 / figure.dpi)
    assert clashes(small) == clashes(large) == []


def test_dark_follows_the_axes() -> None:
    with co.plot.theme(dark=True):
        axes = diagram("MI")
    assert axes.get_facecolor()[0] < 0.2
    words = [s for s in state_scene(protocols["MI"], theme=DARK).shapes if isinstance(s, Word)]
    assert axes.texts[0].get_color() == words[0].colour == "#f4f5f6"


def test_dot_has_every_arrow() -> None:
    text = to_dot(protocols["MOESI"])
    assert text.count("->") == len(arrows(protocols["MOESI"]))
    assert text.count("style=dashed];") == sum(a.bus for a in arrows(protocols["MOESI"]))
    assert '"I" -> "E" [label="PrRd / BusRd (alone)"];' in text


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "dot"])
def test_files_are_the_same_each_time(tmp_path: Path, suffix: str) -> None:
    for name in ("a", "b"):
        save_diagram(protocols["MESI"], tmp_path / f"{name}.{suffix}")
    assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes() != b""


def test_hostile_names_are_only_text(tmp_path: Path) -> None:
    save_diagram(HOSTILE, tmp_path / "x.svg")
    tags = {e.tag.rpartition("}")[2] for e in ET.parse(tmp_path / "x.svg").iter()}
    assert not tags & {"script", "b", "image", "a"}
    dot = to_dot(HOSTILE)
    assert '"<b>M</b>" -> ' in dot and "\u202e" not in dot
    assert "E'&\" [" not in dot.replace('\\"', "")  # every quote of a name is escaped


def test_a_table_too_large_to_be_read_is_refused_and_its_text_is_not(tmp_path: Path) -> None:
    """Within a moment: the arrows are counted before any is laid out."""
    names = [f"S{i}" for i in range(20)]
    rows = "".join(f"{n} | {n} | BusRdX > S{i * 7 % 20} | I | S{i * 3 % 20} | I\n" for i, n in enumerate(names))
    states = "".join(f"{n} State{n}\n" for n in names)
    large = Protocol.parse(
        f"Large: twenty states\n{states}I Invalid invalid\n\n | PrRd | PrWr | Evict | BusRd | BusRdX\n{rows}"
        "I | BusRd > S0 | BusRdX > S1 | never | I | I\n"
    )
    assert len(arrows(large)) > MOST
    with pytest.raises(
        co.InputError, match=r"21 states give \d+ arrows, and a picture shows at most 48; `coherence table`"
    ):
        save_diagram(large, tmp_path / "large.png")
    assert list(tmp_path.iterdir()) == []
    save_diagram(large, tmp_path / "large.dot")
    assert "a picture shows at most 48" in large._repr_html_()
