"""What a notebook shows: escaped, small, without scripts, readable on light and dark pages."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

import coherence as co
from coherence.protocol.catalog import ALL
from coherence.protocol.model import Protocol
from coherence.show.colours import PAGE
from coherence.show.routes import arrows
from coherence.show.scene import Curve, Scene, Word
from coherence.show.states import state_scene
from coherence.show.svg import sparkline, svg
from tests.show.tables import HOSTILE, OWN
from tests.show.test_tables import Reader

SVG = "{http://www.w3.org/2000/svg}"
SMALL = 40_000  # characters that one output of a notebook may have


def hostile_run() -> co.Run:
    keys = ["<script>alert(1)</script>", "$\\input{x}$", "\\\\ \"'&", "\u202egnirts"]
    work = [(core, op, key) for key in keys for core in (0, 1) for op in "rw"]
    return co.Machine(HOSTILE).run(work, record=True)


@pytest.mark.parametrize("protocol", [*ALL, *OWN, HOSTILE], ids=lambda p: p.name[:12])
def test_a_protocol_shows_its_table_and_its_diagram(protocol: Protocol) -> None:
    html = protocol._repr_html_()
    assert len(html) < SMALL
    reader = Reader(html)
    assert reader.open == []
    assert not reader.tags & {"script", "img", "a", "iframe", "foreignobject"}
    assert not {a for a in reader.attributes if a.startswith("on") or a in ("href", "src")}
    picture = ET.fromstring(html[html.index("<svg") : html.index("</svg>") + 6])
    assert len(picture.findall(f"{SVG}circle")) == len(protocol.states) + sum(s.dirty for s in protocol.states)
    dashed = sum("stroke-dasharray" in p.attrib for p in picture.iter(f"{SVG}path"))
    assert dashed == sum(a.bus for a in arrows(protocol))


def test_lines_leave_room_for_words_on_any_background() -> None:
    """A mask, not a painted box: the page's background is not known."""
    scene = state_scene(co.protocols["MESI"], theme=PAGE)
    picture = ET.fromstring(svg(scene))
    (mask,) = picture.iter(f"{SVG}mask")
    words = [s for s in scene.shapes if isinstance(s, Word) and s.paper]
    assert len(mask) == 1 + len(words) > 5
    lines = [p for group in picture.findall(f"{SVG}g") for p in group.iter(f"{SVG}path")]
    assert lines == list(picture.iter(f"{SVG}path")) != []
    assert {g.attrib["mask"] for g in picture.findall(f"{SVG}g")} == {f"url(#{mask.attrib['id']})"}
    assert PAGE.paper not in svg(scene).replace(f'fill="{PAGE.paper}"', "", 1)


def test_the_diagram_takes_the_ink_of_the_page() -> None:
    text = svg(state_scene(co.protocols["MESI"], theme=PAGE))
    assert 'fill="currentColor"' in text
    assert "#111111" not in text
    picture = ET.fromstring(text)
    assert picture.attrib["aria-label"] == "State diagram of MESI"


def test_svg_holds_names_as_text_only() -> None:
    scene = Scene((Word('</text><script>"', 0, 0, "red"), Curve(((0, 0), (1, 1)), "red")), "white", '"><script>')
    picture = ET.fromstring(svg(scene))
    assert {e.tag for e in picture.iter()} == {f"{SVG}svg", f"{SVG}text", f"{SVG}path"}
    assert picture.findall(f"{SVG}text")[0].text == '</text><script>"'
    assert picture.attrib["aria-label"] == '"><script>'


def test_a_run_shows_its_totals_and_sparklines() -> None:
    work = co.workloads.random(cores=3, accesses=60, keys=9)
    for record in (True, False):
        run = co.Machine("MESI").run(work, record=record)
        html = run._repr_html_()
        assert f"{run.cycles:,}" in html and f"{run.totals['invalidations']:,}" in html
        assert html.count("<svg") == 3
        assert ("over time" in html) == record
        assert len(html) < SMALL
        assert Reader(html).open == []


def test_a_run_of_many_cores_shows_the_first_ones() -> None:
    run = co.Machine("MESI", cores=300).run(co.workloads.random(cores=300, accesses=2))
    assert "and 292 more cores" in run._repr_html_()
    assert len(run._repr_html_()) < SMALL * 2


def test_a_cache_shows_its_lines_by_state() -> None:
    run = co.Machine("MESI", cache=co.Cache(keys_per_line=2)).run(
        [(0, "w", 1), (0, "r", 5), (1, "r", 5), (1, "w", "x")]
    )
    cache = run.cache(0)
    assert cache.by_state() == {"M": [0], "S": [2]}
    assert repr(cache) == "<Cache of core 0 at the end: M 1 line, S 1 line>"
    assert repr(run.cache(1)) == "<Cache of core 1 at the end: M 1 line, S 1 line>"
    html = cache._repr_html_()
    assert Reader(html).open == []
    assert "{<bdi>1</bdi>: <bdi>1</bdi>}" in html
    assert "<bdi>x</bdi> = " in run.cache(1)._repr_html_()
    with pytest.raises(co.InputError, match="core must be a whole number from 0 to 1, not 2"):
        run.cache(2)
    empty = co.Machine(cores=2).run([(0, "r", 1)])
    assert repr(empty.cache(1)) == "<Cache of core 1 at the end: nothing>"
    assert "holds nothing" in empty.cache(1)._repr_html_()


def test_a_full_cache_shows_the_last_lines() -> None:
    run = co.Machine("MESI").run([(0, "w", key) for key in range(500)])
    html = run.cache(0)._repr_html_()
    assert "488 more" in html and "499" in html
    assert len(html) < SMALL


def test_a_verification_shows_verdict_counts_and_story() -> None:
    broken = co.protocols["MESI"].but("forgetful", S={"BusUpgr": "S"})
    html = co.verify(broken, caches=2)._repr_html_()
    assert html.count("forgetful breaks SWMR") == 1
    assert "SWMR: core 1 still reads 0" in html
    holds = co.verify("MESI", caches="any")
    html = holds._repr_html_()
    assert "✓ MESI holds for any number of caches" in html and f"{holds.fired:,}" in html
    for text in (html, co.verify(broken, caches=2)._repr_html_()):
        assert Reader(text).open == []


def test_hostile_names_do_nothing() -> None:
    run = hostile_run()
    broken = HOSTILE.but("<img src=x>", **{HOSTILE.states[2].name: {"BusUpgr": HOSTILE.states[2].name}})
    for html in (run._repr_html_(), run.cache(1)._repr_html_(), co.verify(broken, caches=2)._repr_html_()):
        reader = Reader(html)
        assert reader.open == []
        assert not reader.tags & {"script", "img"}
        assert "\u202e" not in html and "$\\input" not in html


def test_sparklines_stay_inside() -> None:
    for bars in (False, True):
        for values in ([], [0.0], [1.0, 5.0, 3.0], [0.0] * 200):
            picture = ET.fromstring(sparkline(values, 5.0, "a title", bars))
            assert picture.attrib["aria-label"] == "a title"
            points = [
                float(y)
                for p in picture.iter(f"{SVG}polyline")
                for xy in p.attrib["points"].split()
                for y in xy.split(",")[1:]
            ]
            assert all(0 <= y <= 28 for y in points)
            assert len(list(picture.iter(f"{SVG}rect"))) == (len(values) if bars else 0)


def test_showing_in_a_notebook_loads_nothing_heavy() -> None:
    code = (
        "import coherence as co, sys; r = co.Machine().run(co.workloads.false_sharing(), record=True);"
        "r._repr_html_(); r.cache(0)._repr_html_(); co.protocols['MESI']._repr_html_(); co.verify('MESI')._repr_html_();"
        "print(*[m for m in ('numpy', 'networkx', 'matplotlib', 'pandas') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""
