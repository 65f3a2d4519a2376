"""What the picture says: lines as lines, their words, whose value it is, sets and ways, and the hands that work it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

import coherence as co
from tests.player.conftest import OPS, at, press, record, said
from tests.player.test_browser import FRAMES, SHARING, one, shown, two

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser
Opened = Callable[..., "Page"]
WIDE = co.Cache(keys_per_line=64)
VICTIM = "0 w 2; 3 w 1; 0 w 1"


def words(where: Locator) -> list[tuple[str, bool]]:
    """The words shown there, each with whether it is marked as stale."""
    found = where.locator(".w").all()
    return [(w.inner_text(), "old" in (w.get_attribute("class") or "")) for w in found]


@pytest.mark.parametrize("size", FRAMES[:4])
def test_a_line_is_named_as_a_line_and_all_its_words_are_drawn(opened: Opened, size: tuple[int, int]) -> None:
    """False sharing: four counters of four cores lie on one line, and each word says who wrote it."""
    page = opened(co.play(record("MESI", SHARING, cache=WIDE)), *size)
    for _ in range(12):
        press(page, "ArrowRight")
        assert page.inner_text(".time .h >> nth=0") == "line 0"
        names = page.locator(".row .lab, .box .key").all_inner_texts()
        assert set(names) <= {"line 0"}
    assert page.inner_text(".op") == "Core 3 reads key 3 (line 0)"
    press(page, *["ArrowLeft"] * 4)  # core 3 has written last
    own = page.locator(".card[data-core='3']")
    assert words(own) == [("0: w1 C0", False), ("1: w2 C1", False), ("2: w3 C2", False), ("3: w4 C3", False)]
    memory = words(page.locator(".box"))
    assert memory[:3] == [("0: w1 C0", False), ("1: w2 C1", False), ("2: w3 C2", False)]
    assert memory[3] == ("3: init", True) and "stale" in page.inner_text(".box")
    assert "BusRdX\nline 0" in page.inner_text(".bus")


def test_a_word_is_marked_stale_exactly_if_it_is_not_the_newest(opened: Opened) -> None:
    work = co.workloads.random(cores=3, accesses=12, keys=4, seed=3)
    run = record("Dragon", work, cache=WIDE)
    page = opened(co.play(run), 1920, 1080)
    newest: dict[str, str] = {}
    old = 0
    for a in run.recorded():
        press(page, "ArrowRight")
        if a.event == "PrWr":
            newest[str(a.key)] = f"w{a.value} C{a.core}"
        for text, stale in words(page.locator(".main")):
            key, value = text.split(": ")
            assert stale == (value != newest.get(key, "init")), (text, newest)
            old += stale
    assert old > 5


def test_numbers_are_told_apart(opened: Opened) -> None:
    """A key, a line and a value that are numbers each say which they are."""
    page = opened(co.play(record("MESI", VICTIM, cache=co.Cache(ways=1))), 1920, 1080)
    press(page, "End")
    assert page.inner_text(".op") == "Core 0 writes key 1"
    assert said(page).startswith("Miss. Core 3 holds key 1 in M, so it supplies write 2 by core 3, also to memory.")
    assert page.inner_text(".sub").startswith("Line 2 leaves to make room and is written back")
    heard = page.inner_text("[aria-live]")
    assert "Core 0 writes key 1" in heard and "supplies write 2 by core 3" in heard
    assert page.locator(".card[data-core='0'] .row.cur .val").inner_text() == "w3"

    def program(core: co.Core) -> object:
        if core.index == 0:
            yield from core.put("x", 47)
        else:
            yield core.compute(500)
            yield from core.get("x")

    own = opened(co.play(co.Machine("MESI").run([program] * 2, record=True)))
    press(own, "End")
    assert "supplies value 47 by core 0" in said(own)


def test_sets_and_ways_are_drawn_with_the_free_ones_and_the_victim(opened: Opened) -> None:
    run = record("MESI", "0 r 0; 0 r 2; 0 r 1; 0 w 4; 1 r 4", cache=co.Cache(sets=2, ways=2))
    page = opened(co.play(run), 1920, 1080)
    strip = page.locator(".card[data-core='0'] .ways")
    seen = []
    for _ in range(4):
        press(page, "ArrowRight")
        shown = [(w.inner_text(), "free" in (w.get_attribute("class") or "")) for w in strip.locator(".way").all()]
        seen.append((strip.locator("i").inner_text(), shown))
    assert seen == [
        ("set 0", [("0", False), ("", True)]),
        ("set 0", [("0", False), ("2", False)]),
        ("set 1", [("1", False), ("", True)]),
        ("set 0", [("4", False), ("2", False)]),
    ]
    assert "✕ line 0" in strip.inner_text() and "Line 0 leaves to make room" in page.inner_text(".sub")
    press(page, "ArrowUp")  # the data phase: it is about to leave
    assert strip.locator(".out").count() == 1 and strip.locator(".way").first.inner_text() == "✕"
    assert opened(co.play(record("MESI", OPS))).locator(".ways").count() == 0  # unbounded: nothing to draw


@pytest.mark.parametrize("size", FRAMES)
def test_a_victims_write_back_stands_on_the_bus_and_lines_are_named(opened: Opened, size: tuple[int, int]) -> None:
    page = opened(co.play(record("MESI", VICTIM, cache=co.Cache(ways=1))), *size)
    press(page, "End")
    assert "BusRdX" in page.inner_text(".bus") and "+ BusWB" in page.inner_text(".bus")
    captions = page.inner_text(".caps")
    assert captions.count("line 1") == 2 and captions.count("line 2") == 1


def test_a_snooper_that_keeps_its_copy_unasked_does_not_say_shared(opened: Opened) -> None:
    table = co.protocols["MESI"].but("broken", S={"BusUpgr": "S"})
    with pytest.raises(co.Breach) as caught:
        record(table, "0 r x; 1 r x; 0 w x")
    page = opened(co.play(caught.value.run))  # type: ignore[arg-type]
    press(page, "End")
    assert "not asked" in page.inner_text(".wire") and "keeps it" in page.locator(".stem").all_inner_texts()[1]
    assert not any("shared" in text for text in page.locator(".stem").all_inner_texts())


@pytest.mark.parametrize("size", FRAMES)
def test_one_line_fills_its_card(opened: Opened, size: tuple[int, int]) -> None:
    page = opened(co.play(record("MESI", "0 r x; 1 w x; 2 r x")), *size)
    press(page, "ArrowRight")
    card, tile = page.locator(".card").first.bounding_box(), page.locator(".card .tile").first.bounding_box()
    assert card and tile
    assert (
        tile["height"] >= 0.14 * size[1]
        or tile["height"] >= 0.45 * card["height"]
        or tile["width"] >= card["width"] / 3
    )


@shown
def test_rows_align_across_cores_at_every_step(opened: Opened, made: Callable[[], co.Player]) -> None:
    page = opened(made(), 1920, 1080)
    for _ in range(12):
        press(page, "ArrowRight")
        tops = page.evaluate(
            "() => [...document.querySelectorAll('.half')].map(h => new Set([...h.querySelectorAll('.card')]"
            ".map(c => c.querySelector('.tile').getBoundingClientRect().top)).size)"
        )
        assert set(tops) == {1}


@pytest.mark.parametrize("made", [one, two])
def test_touch_and_mouse_reach_everything(opened: Opened, made: Callable[[], co.Player]) -> None:
    page = opened(made(), 390, 800, has_touch=True)
    small = [b.bounding_box() for b in page.locator(".bar button:visible").all()]
    assert len(small) >= 11 and all(b and b["width"] >= 40 and b["height"] >= 40 for b in small)
    page.touchscreen.tap(300, 250)
    page.touchscreen.tap(300, 250)
    assert at(page)[0] == "2"
    page.touchscreen.tap(40, 250)  # the left third goes back
    assert at(page)[0] == "1"
    for act, phase in (("down", "ask"), ("down", "states"), ("up", "ask")):
        page.tap(f"[data-act={act}]")
        assert at(page) == ("2", phase)
    page.tap("[data-act=black]")
    assert page.locator(".over.black").count() == 1
    page.touchscreen.tap(200, 300)
    assert page.locator(".over").count() == 0
    ground = "getComputedStyle(document.querySelector('.coh')).backgroundColor"
    before = page.evaluate(ground)
    page.tap("[data-act=theme]")
    assert page.evaluate(ground) != before
    page.tap("[data-act=find]")
    page.keyboard.type("9")
    press(page, "Enter")
    assert at(page)[0] == "9"
    page.tap("[data-act=predict]")
    page.tap("[data-act=next]")
    page.touchscreen.tap(300, 250)  # a question is not passed over by accident
    assert at(page) == ("10", "question")
    answer = page.locator(".opts button").first.bounding_box()
    assert answer and answer["height"] >= (40 if made is one else 30)


def test_on_a_phone_memory_keeps_its_name(opened: Opened) -> None:
    run = record("MESI", co.workloads.random(cores=8, accesses=4, keys=2, seed=1))
    page = opened(co.play(run), 390, 800)
    press(page, *["ArrowRight"] * 6)
    assert "Memory" in page.inner_text(".memory") and " of 8" in page.inner_text(".memory")


@pytest.mark.parametrize("size", FRAMES)
@shown
def test_an_answer_cannot_be_read_as_a_word(
    opened: Opened, made: Callable[[], co.Player], size: tuple[int, int]
) -> None:
    page = opened(made(), *size, hash="#predict")
    press(page, "ArrowRight")
    for letter, button in zip("ABCD", page.locator(".opts button").all()):
        tag, text = button.locator("b"), button.locator("span")
        assert tag.inner_text() == letter
        grounds = [e.evaluate("e => getComputedStyle(e).backgroundColor") for e in (tag, text)]
        assert grounds[0] != grounds[1]  # a tile of its own, and a gap after it
        a, b = tag.bounding_box(), text.bounding_box()
        assert a and b and b["x"] - (a["x"] + a["width"]) >= 4
        assert (button.get_attribute("aria-label") or "").startswith(f"{letter}: ")


@pytest.mark.parametrize("way", ["argument", "address"])
@shown
def test_opened_to_predict_nothing_of_what_comes_is_there(
    opened: Opened, made: Callable[[], co.Player], way: str
) -> None:
    player = made()
    if way == "argument":
        runs = [record(name, OPS) for name in ("MESI", "MOESI")[: len(player.players)]]
        page = opened(runs[0].play(*runs[1:], predict=True))
    else:
        page = opened(player, hash="#predict")
    assert page.locator(".time .later[data-state]").count() == 0 and page.locator(".time .c.later").count() > 0
    assert page.get_attribute("[data-act=predict]", "aria-pressed") == "true"
    weights = page.eval_on_selector_all(
        ".time .h ~ span:not(.c)", "es => es.slice(1).map(e => getComputedStyle(e).fontWeight)"
    )
    assert len(set(weights[:9])) == 1  # not even which of them need the bus
    press(page, "ArrowRight")
    assert at(page) == ("1", "question")


def test_what_leaves_later_is_hidden_too(opened: Opened) -> None:
    """A victim's column in the timeline is an outcome."""
    run = record("MESI", "0 w 2; 0 w 1; 0 w 2; 0 w 3", cache=co.Cache(ways=1))
    page = opened(co.play(run, predict=True))
    assert not any(t.startswith("e") for t in page.locator(".time .h ~ span:not(.c)").all_inner_texts())


def test_a_diagram_says_what_its_arrows_are_before_one_fires(opened: Opened) -> None:
    page = opened(co.play(record("MESI", OPS)))
    assert page.inner_text(".caps") == "solid: own access\ndashed: seen on the bus"
    titles = page.locator(".dia g[data-edge] title").all_text_contents()
    assert "I → M on PrWr" in titles and len(titles) > 8
