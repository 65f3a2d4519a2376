"""Side by side: one page, one state, one key; and what differs is marked and counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

import coherence as co
from tests.player.conftest import DOM, OPS, at, press, record
from tests.player.test_browser import FRAMES, SHARING, shown

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Opened = Callable[..., "Page"]


def pair(first: str = "MESI", second: str = "MOESI", ops: object = OPS) -> list[co.Run]:
    return [record(name, ops) for name in (first, second)]


def heads(page: Page) -> list[str]:
    """The access under the cursor of each half's timeline."""
    return page.locator(".time .h ~ .now:not(.c)").all_inner_texts()


@pytest.mark.parametrize("size", FRAMES)
def test_27_every_key_acts_on_both_halves_at_once(opened: Opened, size: tuple[int, int]) -> None:
    page = opened(co.play(*pair()), *size)
    assert page.locator(".coh").count() == 1 and page.locator(".half").count() == 2
    assert page.locator(".badge").all_inner_texts() == ["MESI", "MOESI"]
    heads_of = {"ArrowRight": "r0", "PageDown": "w0", "End": "e2", "Home": "·", "1": "r1", "ArrowLeft": "w0"}
    for key, head in heads_of.items():
        press(page, key)
        assert heads(page) == [head, head], key
    page.evaluate("document.activeElement.blur()")  # the focus lost: the page hears the key all the same
    press(page, "ArrowRight")
    assert heads(page) == ["r1", "r1"]
    press(page, "t")
    theme = page.evaluate("[...document.querySelectorAll('.half')].map(e => getComputedStyle(e).color)")
    assert theme[0] == theme[1] != "rgb(17, 17, 17)"
    for key in ("?", "b"):
        press(page, key)
        over, whole = page.locator(".over").bounding_box(), page.locator(".coh").bounding_box()
        assert page.locator(".over").count() == 1 and over == whole
        press(page, key)


@pytest.mark.parametrize("size", FRAMES)
def test_27_a_phone_stacks_and_a_screen_does_not(opened: Opened, size: tuple[int, int]) -> None:
    page = opened(co.play(*pair()), *size)
    first, second = (page.locator(".half").nth(k).bounding_box() for k in (0, 1))
    assert first and second
    if size[0] < size[1]:
        assert second["y"] >= first["y"] + first["height"] and second["width"] == size[0] - 2 * first["x"]
        small = page.evaluate(
            "Math.min(...[...document.querySelectorAll('.half .say, .half .val, .half .tile, .half .c, .half .sub')]"
            ".map(e => parseFloat(getComputedStyle(e).fontSize)))"
        )
        assert small >= 10
    else:
        assert second["x"] >= first["x"] + first["width"] - 1 and second["y"] == first["y"]
        assert page.locator(".half .dia svg").count() == 2  # the state diagrams have room
        for k in (0, 1):
            found = page.locator(".half").nth(k).locator(".dia g[data-node] circle")
            boxes = [found.nth(j).bounding_box() for j in range(found.count())]
            for j, a in enumerate(boxes):
                for b in boxes[:j]:
                    assert a and b
                    far = ((a["x"] - b["x"]) ** 2 + (a["y"] - b["y"]) ** 2) ** 0.5
                    assert far > a["width"]  # states do not lie on each other


@pytest.mark.parametrize("size", FRAMES)
def test_16_one_question_hides_both_halves(opened: Opened, size: tuple[int, int]) -> None:
    runs = pair("MOESI", "Dragon", co.workloads.random(cores=3, accesses=6, keys=2, seed=4))
    page, book = opened(co.play(*runs, predict=True), *size), opened(co.play(*runs), *size)
    asked = []
    for k in range(1, 13):
        press(page, "ArrowRight")
        press(book, "ArrowRight")
        assert at(page) == (str(k), "question")
        text = page.evaluate("document.documentElement.outerHTML.replace(/<(script|style)[^]*?<.(script|style)>/g, '')")
        for outcome in book.locator(".say").all_inner_texts():
            assert outcome not in text
        assert page.locator(".new, .gives, [data-supplier], .waits, [data-lit], .time .later[data-state]").count() == 0
        assert page.locator(".opts").count() == 1
        asked.append(page.locator(".half").nth(0).locator(".opts").count())
        hidden = page.locator(".half").nth(asked[-1]).locator(".say").inner_text()
        assert hidden == "Hidden until you answer."
        press(page, "a")
        assert at(page) == (str(k), "states")
        assert heads(page) == heads(book)
    assert set(asked) == {0, 1}  # the halves take turns
    assert page.inner_text(".count").split("·")[0].rstrip().endswith("/12")


DIFFERENT = [("MESI", "MOESI", OPS), ("MESI", "Dragon", OPS), ("MOESI", "WriteOnce", OPS)]


@pytest.mark.parametrize(("first", "second", "ops"), DIFFERENT)
def test_27_what_differs_is_marked_at_each_step(opened: Opened, first: str, second: str, ops: str) -> None:
    page = opened(co.play(*pair(first, second, ops)), 1920, 1080)
    marked = 0
    for _ in range(12):
        press(page, "ArrowRight")
        tiles = page.evaluate(
            "() => [...document.querySelectorAll('.half')].map(h => [...h.querySelectorAll('.card .tile')]"
            ".map(t => [t.innerText, t.classList.contains('ne')]))"
        )
        boxes = page.evaluate(
            "() => [...document.querySelectorAll('.half')].map(h => [...h.querySelectorAll('.box')]"
            ".map(t => [t.classList.contains('stale'), t.classList.contains('ne')]))"
        )
        buses = page.evaluate(
            "() => [...document.querySelectorAll('.half .bus')].map(t => [t.innerText, t.classList.contains('ne')])"
        )
        for left, right in [*zip(*tiles), *zip(*boxes), buses]:
            assert left[1] == right[1] == (left[0] != right[0])
            marked += left[1]
        told = page.locator(".title").all_inner_texts()
        differs = any(a[1] for a in [*tiles[0], *boxes[0], buses[0]])
        assert all(("≠" in t) == differs for t in told)
    assert marked > 3


def counted(page: Page) -> list[dict[str, int]]:
    """The counters of each half, as they stand there."""
    return page.evaluate(
        "() => [...document.querySelectorAll('.tally')].map(t => Object.fromEntries([...t.querySelectorAll('[data-count]')]"
        ".map(e => [e.dataset.count, +e.querySelector('b').innerText.replaceAll(',', '')])))"
    )


def sums(run: co.Run) -> dict[str, int]:
    t = run.totals
    return {k: v for k, v in t["bus"].items() if v} | {  # type: ignore[union-attr]
        "misses": t["read_misses"] + t["write_misses"], "memory writes": t["memory_writes"], "cycles": t["cycles"],
    }  # type: ignore[operator,return-value]  # fmt: skip


@pytest.mark.parametrize("protocol", co.protocols)
def test_the_counters_at_the_end_are_those_of_the_run(opened: Opened, protocol: str) -> None:
    work = co.workloads.random(cores=3, accesses=30, keys=6, seed=3)
    runs = [record(p, work, cache=co.Cache(ways=2)) for p in (protocol, "MESI")]
    page = opened(co.play(*runs), 1920, 1080)
    assert all(set(c.values()) == {0} for c in counted(page))
    press(page, "ArrowRight", "ArrowLeft", "ArrowDown")  # what a step costs is not told before its end
    assert all(set(c.values()) == {0} for c in counted(page))
    press(page, "End")
    for found, run in zip(counted(page), runs, strict=True):
        assert {k: v for k, v in found.items() if v or k in ("misses", "memory writes", "cycles")} == sums(run)


@pytest.mark.parametrize("size", FRAMES)
@shown
def test_the_counters_stand_by_the_picture(
    opened: Opened, made: Callable[[], co.Player], size: tuple[int, int]
) -> None:
    page = opened(made(), *size)
    press(page, "ArrowRight", "ArrowRight", "ArrowRight")
    for found in counted(page):
        assert found["BusRd"] == 2 and found["misses"] == 2 and found["cycles"] > 0
    assert all(page.locator(".tally").nth(k).is_visible() for k in range(page.locator(".half").count()))


def test_a_window_shows_the_same_steps_in_both_halves(opened: Opened) -> None:
    """Of one line: where the two evict differently, steps of either stand in both."""
    work = co.workloads.random(cores=2, accesses=60, keys=6, seed=5)
    runs = [record(p, work, cache=co.Cache(ways=2)) for p in ("MESI", "WriteOnce")]
    players = co.play(*runs, lines=["1"]).players
    assert len(players[0]["steps"]) == len(players[1]["steps"])  # type: ignore[arg-type]
    assert players[0]["numbers"] == players[1]["numbers"]


def test_predict_is_kept_over_a_reload(opened: Opened) -> None:
    page = opened(co.play(*pair()), hash="#predict")
    press(page, "ArrowRight")
    assert at(page) == ("1", "question") and "predict" in page.evaluate("location.hash")
    page.reload()
    assert at(page) == ("1", "question")
    press(page, "ArrowRight")
    before = page.evaluate(DOM)
    page.reload()
    assert page.evaluate(DOM) == before


def test_sharing_is_seen_in_both_halves(opened: Opened) -> None:
    runs = [record(p, SHARING, cache=co.Cache(keys_per_line=64)) for p in ("MESI", "Dragon")]
    page = opened(co.play(*runs), 1920, 1080)
    press(page, "End")
    for k in (0, 1):
        assert page.locator(".half").nth(k).locator(".memory .w, .card .w").count() > 0


def test_23_two_players_on_one_page_are_apart(opened: Opened) -> None:
    """A key reaches the one that has the focus, whatever stands beside it."""
    html = co.play(record("MESI", OPS)).html()
    again = html.replace(
        "document.addEventListener('keydown'",
        "const two = document.createElement('div'); document.body.appendChild(two); "
        "const other = CoherencePlayer(two, all, {}); false && document.addEventListener('keydown'",
    )
    assert again != html
    page = opened(again)
    roots = page.locator(".coh")
    roots.nth(1).focus()
    press(page, "ArrowRight", "ArrowRight", "t")
    assert [roots.nth(k).get_attribute("data-step") for k in (0, 1)] == ["0", "2"]
    ground = [roots.nth(k).evaluate("e => getComputedStyle(e).backgroundColor") for k in (0, 1)]
    assert ground[0] != ground[1]
    roots.nth(0).focus()
    press(page, "ArrowRight")
    assert [roots.nth(k).get_attribute("data-step") for k in (0, 1)] == ["1", "2"]
