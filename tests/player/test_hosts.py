"""Where the player lives besides a file: an exported notebook, and paper; and how the keyboard gets in and out."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import coherence as co
from coherence.protocol.catalog import ALL
from tests.player.conftest import OPS, at, press, record, said
from tests.show.tables import FIVE

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Opened = Callable[..., "Page"]

BROKEN = co.protocols["MESI"].but("broken", S={"BusUpgr": "S"})


def test_22_a_notebook_exported_to_html_plays_on(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exported page runs without a kernel, asks for nothing and says nothing on the console."""
    nbformat = pytest.importorskip("nbformat")
    nbconvert = pytest.importorskip("nbconvert")
    monkeypatch.setenv(
        "JUPYTER_PATH", str(Path(nbconvert.__file__).parents[4] / "share" / "jupyter")
    )  # a venv on a venv
    exporter = nbconvert.HTMLExporter(mathjax_url="data:,", require_js_url="data:,")
    book = nbformat.v4.new_notebook()
    lines = ["import coherence as co", f'ops = co.Workload.from_ops("{OPS}")']
    lines.append('co.Machine("MOESI").run(ops, order="trace", record=True).play()')
    book.cells.append(nbformat.v4.new_code_cell("\n".join(lines)))
    pytest.importorskip("nbclient").NotebookClient(book, timeout=120).execute()
    html, _ = exporter.from_notebook_node(book)
    page = opened(html, 1280, 900)
    root = page.frame_locator("iframe[title='coherence player']").locator(".coh")
    root.click(position={"x": 300, "y": 20})
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown"):
        root.press(key)
    assert root.get_attribute("data-step") == "4" and root.get_attribute("data-phase") == "ask"
    root.press("End")
    assert root.locator(".op").inner_text() == "Core 2 evicts x"


STATES: dict[str, tuple[str, ...]] = {
    "a step": ("ArrowRight",),
    "a question": ("p", "ArrowRight"),
    "the help": ("?",),
    "the find box": ("/",),
    "the black screen": ("b",),
}


@pytest.mark.parametrize("tables", [["MESI"], ["MESI", "MOESI"]])
@pytest.mark.parametrize("state", STATES)
def test_18_tab_leaves_the_player_in_both_directions(opened: Opened, state: str, tables: list[str]) -> None:
    html = co.play(*(record(name, OPS) for name in tables)).html()
    box = '<div class="players"></div>'
    assert html.count(box) == 1
    html = html.replace(box, f'<button id="before">b</button>{box}<button id="after">a</button>')
    page = opened(html)
    for key, start, end in (("Tab", "before", "after"), ("Shift+Tab", "after", "before")):
        page.focus(".coh")
        press(page, "Escape", *STATES[state])
        page.focus(f"#{start}")
        seen = []
        for _ in range(30):
            press(page, key)
            seen.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
            if seen[-1] == end:
                break
        assert seen[-1] == end, (key, seen)
        assert any(s.startswith("coh") for s in seen)
        page.focus(".coh")
        press(page, "Escape", *(["p"] if state == "a question" else []))


def test_18_what_is_heard_names_operation_states_reason_and_verdict(opened: Opened) -> None:
    page = opened(co.play(record("MOESI", OPS)))
    press(page, "End")
    heard = page.inner_text("[aria-live]")
    assert heard.startswith("Step 12. Core 2 evicts x. ") and heard.endswith(said(page))
    press(page, "Home", "p", "ArrowRight", "a")
    assert "You said M; right is E." in page.inner_text("[aria-live]")
    assert page.get_attribute("[aria-live]", "aria-live") == "polite"


OWN_SUPPLY = co.protocols["MOSI"].but("by itself", "", O={"PrWr": "BusRdX > M"})


def test_15_an_owner_that_supplies_itself_is_marked_like_any_supplier(opened: Opened) -> None:
    run = record(OWN_SUPPLY, "0 w x; 1 r x; 0 w x")
    assert run.recorded()[2].outcome.supplier == 0  # type: ignore[union-attr]
    page = opened(co.play(run))
    press(page, "ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown")
    assert page.locator("[data-supplier]").count() == 0  # the data phase tells
    for key in ("ArrowDown", "ArrowDown"):
        press(page, key)
        marked = page.eval_on_selector_all("[data-supplier]", "es => es.map(e => e.dataset.core)")
        assert marked == ["0"] and "data from core 0" in page.inner_text(".bus")
        assert "own copy" in page.inner_text(".stem >> nth=0")
    assert said(page).startswith(
        "O may not be written without BusRdX. Core 0 holds x in O, so it supplies write 1 by core 0 to itself."
    )


ARBITRATIONS = {
    "fifo": ("fifo: queued in the same cycle, the lowest core goes first", "fifo: it was queued first"),
    "priority": ("priority: the lowest core goes first", "priority: the lowest core goes first"),
    "round-robin": ("round-robin: the search starts at core 0", "round-robin: the next one after core 0"),
    "random": ("random: drawn among 4", "random: drawn among 3"),
}


@pytest.mark.parametrize("arbitration", ARBITRATIONS)
def test_24_it_says_why_one_wins(opened: Opened, arbitration: str) -> None:
    """All queue in cycle 1, but core 3, which is first to ask again, comes later."""
    work = co.Workload.from_accesses(
        "w", lambda: iter([(0, "w", "x", 0), (1, "w", "x", 0), (2, "w", "x", 5), (3, "w", "x", 9)]), 4
    )
    run = record("MESI", work, order="program", arbitration=arbitration)
    assert run.arbitration == arbitration
    page = opened(co.play(run))
    press(page, "ArrowDown")
    first, second = ARBITRATIONS[arbitration]
    if arbitration == "random":  # at the first grant only those queued with it are candidates
        first = "random: drawn among 2"
    assert f"It wins the bus ({first})." in said(page)
    press(page, "ArrowRight", "ArrowDown")
    assert f"It wins the bus ({second})." in said(page)
    press(page, "End")
    assert "wins the bus" not in page.inner_text(".why") and page.locator(".waits").count() == 0


def test_a_run_that_breaks_its_protocol_ends_with_what_is_broken(opened: Opened) -> None:
    with pytest.raises(co.Breach) as caught:
        record(BROKEN, "0 r x; 1 r x; 0 w x; 1 r x")
    run = caught.value.run
    assert run is not None
    page = opened(run.play(record("MESI", "0 r x; 1 r x; 0 w x; 1 r x")), 1920, 1080)
    left, right = page.locator(".half").nth(0), page.locator(".half").nth(1)
    press(page, "ArrowRight", "ArrowRight")
    assert "stops" not in left.locator(".why").inner_text()
    press(page, "ArrowRight")
    wrong = "SWMR is broken: core 0 is exclusive but not alone (core 0 has M, core 1 has S)"
    assert "The run stops here: line x: " + wrong in left.locator(".say").inner_text()
    assert wrong in page.inner_text("[aria-live]")
    assert "Core 1 keeps it in S and core 0 goes to M." in left.locator(".sub").first.inner_text()
    assert left.locator(".card .tile").all_inner_texts()[:2] == ["M", "S"]
    press(page, "End")
    assert page.inner_text(".count").endswith("4/4") and "SWMR" in left.locator(".say").inner_text()
    assert right.locator(".row.cur .tile").all_inner_texts() == ["S", "S"], "the right one goes on"


def gray(png: bytes) -> object:
    from PIL import Image

    return Image.open(io.BytesIO(png)).convert("L")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("tables", [["MOESI"], ["MOESI", "MESI"]])
def test_26_on_paper_everything_is_there_on_white(opened: Opened, theme: str, tables: list[str]) -> None:
    page = opened(co.play(*(record(name, OPS) for name in tables)), theme=theme, hash="#step=5")
    page.emulate_media(media="print")
    page.wait_for_function("getComputedStyle(document.querySelector('.coh')).backgroundColor === 'rgb(255, 255, 255)'")
    for what in (".op", ".say", ".count", ".legend", ".dia svg", ".time"):
        assert page.is_visible(what)
    assert not page.is_visible(".bar")
    page.set_viewport_size({"width": 700, "height": 900})  # a page is narrower than the screen
    page.wait_for_function("getComputedStyle(document.querySelector('.coh')).getPropertyValue('--u').includes('vw')")
    over = page.evaluate(
        "[...document.querySelectorAll('.pic *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className)"
    )
    assert over == []
    image = gray(page.screenshot())
    assert image.getpixel((3, 3)) > 250  # type: ignore[attr-defined]


@pytest.mark.parametrize("protocol", [*ALL, FIVE], ids=lambda p: p.name)
def test_26_states_are_told_apart_without_colour(opened: Opened, protocol: object) -> None:
    """In grey, and with its letter covered, dirty has a corner mark and no copy a dashed edge; each has its letter."""
    page = opened(co.play(record(protocol, "0 r x; 1 w x")))
    page.emulate_media(media="print")
    legend = page.eval_on_selector_all(
        ".legend .tile",
        "es => es.map(e => [e.innerText, getComputedStyle(e, '::after').content !== 'none', getComputedStyle(e).borderTopStyle])",
    )
    states = protocol.states  # type: ignore[attr-defined]
    assert legend == [[s.name, s.dirty, "dashed" if s.invalid else "solid"] for s in states]
    assert len({name for name, *_ in legend}) == len(states)


@pytest.mark.parametrize("tables", [["MESI"], ["MESI", "MOESI"]])
def test_26_a_pdf_is_one_page(opened: Opened, tmp_path: Path, tables: list[str]) -> None:
    page = opened(co.play(*(record(name, OPS) for name in tables)), hash="#step=3")
    pdf = page.pdf()
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type /Page/") == 1
    assert at(page)[0] == "3"
