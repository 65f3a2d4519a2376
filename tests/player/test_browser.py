"""The player in a real browser: the acceptance points of the layout, by number."""

from __future__ import annotations

import json
import re
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

import coherence as co
from coherence.protocol.catalog import ALL
from coherence.show.colours import tiles
from coherence.show.player.bug import find_the_bug
from coherence.show.player.data import KEY, SUPPLIED, WRITTEN
from coherence.words.reason import reason
from tests.player.conftest import DOM, OPS, at, press, record, said, states
from tests.show.tables import EIGHT, HOSTILE, OWN
from tests.words.test_reason import reachable

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Opened = Callable[..., "Page"]

RANDOM8 = co.workloads.random(cores=8, accesses=8, keys=3, seed=2)
LONG = "a-very-long-key/of-a-cache/with-a-path/and-a-name.json?" + "q" * 200
LINES40 = co.workloads.random(cores=3, accesses=60, keys=40, seed=2)
SHARING = "; ".join(f"{c} {op} {c}" for _ in range(3) for op in "rw" for c in range(4))  # four counters on one line


def one() -> co.Player:
    """One run on the page."""
    return co.play(record("MESI", OPS))


def two() -> co.Player:
    """Two side by side."""
    return co.play(record("MESI", OPS), record("MOESI", OPS))


shown = pytest.mark.parametrize("made", [one, two])
FRAMES = [(1920, 1080), (1280, 720), (1280, 960), (900, 560), (390, 800)]


@pytest.mark.parametrize("size", FRAMES)
@shown
def test_1_to_4_stepping(opened: Opened, made: Callable[[], co.Player], size: tuple[int, int]) -> None:
    page = opened(made(), *size)
    before = [page.evaluate(DOM)]
    for k in range(12):  # 1: one logical step each, and back to the same document
        press(page, "ArrowRight")
        assert at(page) == (str(k + 1), "states")
        before.append(page.evaluate(DOM))
    for k in range(11, -1, -1):
        press(page, "ArrowLeft")
        assert page.evaluate(DOM) == before[k]
    press(page, "ArrowRight", "ArrowRight")
    old = states(page)
    seen = []
    for _ in range(4):  # 2: phases in order, and no state changes before the last
        press(page, "ArrowDown")
        seen.append(at(page))
        assert (states(page) == old) == (at(page)[1] != "states")
    assert seen == [("3", p) for p in ("ask", "snoop", "data", "states")]
    for p in ("data", "snoop", "ask"):
        press(page, "ArrowUp")
        assert at(page) == ("3", p) and states(page) == old
    press(page, "ArrowUp")
    assert at(page) == ("2", "states") and states(page) == old
    press(page, "PageDown", "PageDown")  # 3
    assert at(page)[0] == "4"
    press(page, "PageUp")
    assert at(page)[0] == "3"
    press(page, "End")  # 4
    assert at(page)[0] == "12" and "12/12" in page.inner_text(".count")
    press(page, "Home")
    assert at(page)[0] == "0" and "0/12" in page.inner_text(".count")
    page.fill("input[type=range]", "7")
    assert at(page)[0] == "7" and "7/12" in page.inner_text(".count")
    page.click(".half:last-child .time [data-go='5'] >> nth=0")
    assert at(page)[0] == "5" and page.input_value("input[type=range]") == "5"
    assert page.locator(".time .h ~ .now:not(.c)").all_inner_texts() == ["w1"] * page.locator(".half").count()


@shown
def test_3_a_presenter_steps_by_one_even_while_the_slider_has_focus(
    opened: Opened, made: Callable[[], co.Player]
) -> None:
    page = opened(made())
    page.focus("input[type=range]")
    press(page, "PageDown", "PageDown", "ArrowRight")
    assert at(page)[0] == "3"


@shown
def test_5_playing(opened: Opened, made: Callable[[], co.Player]) -> None:
    page = opened(made())
    page.clock.install()
    press(page, "Space")
    page.clock.run_for(3000)
    assert at(page)[0] == "2"
    press(page, "Space")
    page.clock.run_for(3000)
    assert at(page)[0] == "2"
    page.focus("[data-act=next]")
    press(page, "Space")  # the button's own
    assert at(page)[0] == "3"
    page.clock.run_for(5000)
    assert at(page)[0] == "3" and page.inner_text("[data-act=play]") == "Play"
    page.focus(".coh")
    press(page, "p", "Space")
    page.clock.run_for(9000)
    assert at(page) == ("4", "question") and page.inner_text("[data-act=play]") == "Play"


@pytest.mark.parametrize("size", FRAMES)
@shown
def test_6_the_address_reopens_the_same_picture(
    opened: Opened, made: Callable[[], co.Player], size: tuple[int, int]
) -> None:
    player = made()
    page = opened(player, *size)
    press(page, *["ArrowRight"] * 4, "ArrowDown", "ArrowDown")
    assert page.evaluate("location.hash") == "#step=5&phase=snoop"
    again = opened(player, *size, hash="#step=5&phase=snoop")
    assert again.evaluate(DOM) == page.evaluate(DOM)
    page.reload()
    assert again.evaluate(DOM) == page.evaluate(DOM)
    assert at(opened(player, hash="#step=99&phase=nonsense"))[0] == "12"


@shown
def test_7_help_lists_every_key_and_every_key_acts(opened: Opened, made: Callable[[], co.Player]) -> None:
    page = opened(made())
    press(page, "ArrowRight", "ArrowRight", "?")
    listed = page.locator(".over td:first-child").all_inner_texts()
    acts = {
        "→": "ArrowRight", "←": "ArrowLeft", "↓": "ArrowDown", "↑": "ArrowUp", "Page Down": "PageDown",
        "Page Up": "PageUp", "Home": "Home", "End": "End", "Space": "Space", "P": "p", "0 – 9": "1", "/": "/",
        "T": "t", "B": "b", ".": ".", "?": "?",
    }  # fmt: skip
    assert set(listed) - {"A – D", "M", "Esc"} == set(acts)  # those three: here below, in test_16 and in test_25
    press(page, "Escape")
    assert page.locator(".over").count() == 0
    for key in acts.values():
        before = page.evaluate(DOM)
        press(page, key)
        assert page.evaluate(DOM) != before, key
        press(page, "Escape")
        page.focus(".coh")
        if key == "p":
            press(page, "p")
        if key == "Space":
            press(page, "Space")
        page.fill("input[type=range]", "2")
        page.focus(".coh")


@shown
def test_7_find_goes_to_a_step_and_to_a_key(opened: Opened, made: Callable[[], co.Player]) -> None:
    page = opened(made())
    press(page, "/")
    page.keyboard.type("9")
    press(page, "Enter")
    assert at(page)[0] == "9"
    press(page, "/")
    page.keyboard.type("y")
    press(page, "Enter")
    assert at(page)[0] == "11"
    press(page, "/")
    page.keyboard.type("nowhere")
    press(page, "Enter")
    assert at(page)[0] == "11" and "Nothing found" in page.inner_text(".sub >> nth=0")
    press(page, "ArrowLeft")
    assert at(page)[0] == "10"


def large(protocol: str, digits: int) -> co.Run:
    """Eight cores which, one after another, get a value of so many digits that core 0 put."""

    def program(core: co.Core) -> Iterator[Any]:
        if core.index == 0:
            yield from core.put("x", int("1234567890"[:digits]))
        yield core.compute(1000 * core.index)
        yield from core.get("x")

    return co.Machine(protocol).run([program] * 8, record=True)


SIZED: dict[str, Callable[[str], co.Run]] = {
    "3 cores": lambda protocol: record(protocol, OPS),
    "8 cores": lambda protocol: record(protocol, RANDOM8, order="program"),
    **{f"8 cores, {n} digits": lambda protocol, n=n: large(protocol, n) for n in (3, 4, 5, 6, 10)},  # type: ignore[misc]
}


def test_7_what_is_being_typed_outlives_another_size(opened: Opened) -> None:
    page = opened(co.play(record("MESI", OPS)))
    press(page, "/")
    page.keyboard.type("1")
    page.set_viewport_size({"width": 900, "height": 400})
    page.wait_for_function("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(true))))")
    page.keyboard.type("1")
    press(page, "Enter")
    assert at(page)[0] == "11"


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720)])
@pytest.mark.parametrize("name", SIZED)
@pytest.mark.parametrize("protocol", ["MESI", "Dragon"])
def test_8_sizes_by_distance(opened: Opened, size: tuple[int, int], name: str, protocol: str) -> None:
    sizes(opened(co.play(SIZED[name](protocol)), *size), size[1])


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720)])
@pytest.mark.parametrize("name", ["3 cores", "8 cores", "words", "victims"])
def test_8_sizes_by_distance_side_by_side(opened: Opened, size: tuple[int, int], name: str) -> None:
    sizes(opened(co.play(*BESIDE[name]()), *size), size[1])


def sizes(page: Page, height: int) -> None:
    """Nothing that an audience reads is smaller than the layout says."""
    press(page, *["ArrowRight"] * 5)
    found = page.evaluate(
        "() => Object.fromEntries(['.op', '.card .tile', '.val', '.bus', '.say', '.count', '.name b', '.stem', '.wire',"
        " '.box .key', '.caps', '.sub', '.time', '.dia text', '.lab', '.name i', '.n', '.box u', '.w', '.by', '.was',"
        " '.way', '.tally', '.title .badge']"
        ".map(s => [s, Math.min(...[...document.querySelectorAll(s)].map(e => { let z = parseFloat(getComputedStyle(e).fontSize);"
        " const svg = e.closest('svg'); return svg ? z * svg.getBoundingClientRect().height / svg.viewBox.baseVal.height : z; }))]))"
    )
    tall = {".op", ".card .tile", ".val", ".bus", ".say", ".count", ".dia text"}
    for what, pixels in found.items():
        if pixels is not None:
            least = 0.041 if what in tall else 0.027
            assert pixels >= least * height - 0.01, (what, pixels / height)


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (390, 800)])
def test_8_values_of_up_to_five_digits_are_whole(opened: Opened, size: tuple[int, int]) -> None:
    page = opened(co.play(large("MESI", 5)), *size)
    press(page, "End")
    shown = page.locator(".card .val").all_inner_texts()
    assert len(shown) == (8 if size[0] > size[1] else 2) and set(shown) == {"12345"}


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (1280, 960), (900, 560)])
def test_9_every_sentence_fits_two_lines(opened: Opened, size: tuple[int, int]) -> None:
    """Every cell of every shipped table, and of a user's, with short and long keys and values, put as the viewer does."""
    sentences = {reason(p, o, KEY, SUPPLIED, WRITTEN) for p in [*ALL, *OWN] for o in reachable(p)}
    page = opened(co.play(record("MESI", OPS)), *size)
    press(page, "ArrowRight")
    wrong = page.evaluate(
        """([all, fills]) => {
          const p = player.halves[0], box = document.querySelector('.say'), h = parseFloat(getComputedStyle(box).lineHeight), wrong = [];
          for (const [key, sup, wr] of fills) { p.keyName = () => key;
            for (const reason of all) { box.innerHTML = p.sentence({ reason, key: 0, sup, wr, left: -1, sups: [] });
              const n = Math.round(box.getBoundingClientRect().height / h);
              if (n > 2 || box.scrollWidth > box.clientWidth) wrong.push([n, box.textContent]); } }
          return wrong; }""",
        [
            sorted(sentences),
            [
                ["x", "1", "2"],
                ["user/42/inbox", "123", "4567"],
                [LONG, "1234567", "1234568"],
                ["W" * 40, "W" * 40, "M" * 40],
            ],
        ],
    )
    assert len(sentences) > 300 and wrong == []
    if size[0] * 9 == size[1] * 16:
        font = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.say')).fontSize)")
        assert font >= 0.041 * size[1] - 0.01


OVERLAPS = """() => {
  const W = innerWidth, H = innerHeight, boxes = [], wrong = [];
  const walk = document.createTreeWalker(document.querySelector('.players'), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, p = node.parentElement;
    if (!node.data.trim() || p.closest('.sr,.legend,script') || !p.checkVisibility()) continue;
    const range = document.createRange(); range.selectNodeContents(node);
    for (const r of range.getClientRects()) {
      let [l, t, ri, b] = [r.left, r.top + r.height * .12, r.right, r.bottom - r.height * .16];
      for (let e = p; e && e !== document.body; e = e.parentElement) if (getComputedStyle(e).overflow !== 'visible') {
        const c = e.getBoundingClientRect();
        const s = getComputedStyle(e);
        if ((l < c.left - 1.5 || ri > c.right + 1.5) && s.textOverflow !== 'ellipsis') wrong.push('cut: ' + node.data);
        if (s.webkitLineClamp === 'none' && (t < c.top - 1.5 || b > c.bottom + 1.5)) wrong.push('cut below: ' + node.data);
        l = Math.max(l, c.left); t = Math.max(t, c.top); ri = Math.min(ri, c.right); b = Math.min(b, c.bottom);
      }
      if (ri - l < 1 || b - t < 1) continue;
      if (l < -.5 || t < -.5 || ri > W + .5 || b > H + .5) wrong.push('outside: ' + node.data);
      boxes.push([l, t, ri, b, node]);
    }
  }
  for (let i = 0; i < boxes.length; i++) for (let j = 0; j < i; j++) {
    const [a, c] = [boxes[i], boxes[j]], x = Math.min(a[2], c[2]) - Math.max(a[0], c[0]), y = Math.min(a[3], c[3]) - Math.max(a[1], c[1]);
    if (a[4] !== c[4] && x > 1 && y > 1) wrong.push('overlap: ' + a[4].data + ' | ' + c[4].data);
  }
  if (document.documentElement.scrollWidth > W || document.documentElement.scrollHeight > H) wrong.push('scrolls');
  return [...new Set(wrong)];
}"""

RIGHT_TO_LEFT = "\u05de\u05e4\u05ea\u05d7-\u202e\u05d0\u05e8\u05d5\u05da"
LONG_NAMES = co.protocols["MOESI"].renamed(
    "A protocol with a name longer than any badge", "long", **{s: f"{s}{'x' * 9} {s}{'-title' * 9}" for s in "MOESI"}
)
RUNS: dict[str, Any] = {
    "2 cores": lambda: record("MOESI", "0 r x; 1 w x; 0 r x; 0 w x; 1 r x; 1 e x; 0 e x"),
    "3 cores": lambda: record("MESI", OPS),
    "8 cores": lambda: record("MESI", RANDOM8, order="program"),
    "8 cores Dragon": lambda: record("Dragon", RANDOM8, order="program"),
    "40 lines": lambda: record("MOESI", LINES40, cache=co.Cache(ways=8)),
    "keys": lambda: record("MOESI", [(0, "w", LONG), (1, "r", LONG), (1, "w", RIGHT_TO_LEFT), (0, "r", RIGHT_TO_LEFT), (2, "r", "<b>x</b>")]),
    "eight states": lambda: record(EIGHT, co.workloads.random(cores=4, accesses=8, keys=2, seed=3)),
    "strange names": lambda: record(HOSTILE, OPS),
    "long names": lambda: record(LONG_NAMES, OPS),
    "8 cores, long keys": lambda: record("Dragon", [(a[0], a[1], f"{a[2]}/{LONG[:60]}") for a in RANDOM8.sequence()]),
    "8 cores, large values": lambda: record("MESI", co.workloads.random(cores=8, accesses=200, keys=2, seed=2)),
    "8 cores, 4 digits": lambda: large("MESI", 4),
    "8 cores, 10 digits": lambda: large("Dragon", 10),
    "waiting": lambda: record("MESI", [(c, "w", LONG[:30]) for c in range(8)], order="program"),
    "victims": lambda: record("MOESI", LINES40, cache=co.Cache(ways=1)),
    "sets": lambda: record("MESI", LINES40, cache=co.Cache(sets=4, ways=2)),
    "words": lambda: record("MESI", SHARING, cache=co.Cache(keys_per_line=64)),
    "words of 8": lambda: record("Dragon", co.workloads.false_sharing(cores=8), cache=co.Cache(keys_per_line=64), order="program"),
}  # fmt: skip


def pair(work: object, first: object = "MESI", second: object = "MOESI", **machine: Any) -> Callable[[], list[co.Run]]:
    return lambda: [record(protocol, work, **machine) for protocol in (first, second)]


BESIDE = {
    "2 cores": pair("0 r x; 1 w x; 0 r x; 0 w x; 1 r x; 1 e x; 0 e x", "MOESI", "Dragon"),
    "3 cores": pair(OPS),
    "8 cores": pair(RANDOM8, "MESI", "Dragon"),
    "40 lines": pair(LINES40, cache=co.Cache(ways=8)),
    "keys": pair([(0, "w", LONG), (1, "r", LONG), (1, "w", RIGHT_TO_LEFT), (0, "r", RIGHT_TO_LEFT), (2, "r", "<b>x</b>")]),
    "eight states": pair(co.workloads.random(cores=4, accesses=8, keys=2, seed=3), EIGHT),
    "strange names": pair(OPS, HOSTILE, LONG_NAMES),
    "8 cores, long keys": pair([(a[0], a[1], f"{a[2]}/{LONG[:60]}") for a in RANDOM8.sequence()], "Dragon"),
    "large values": pair(co.workloads.random(cores=8, accesses=200, keys=2, seed=2)),
    "victims": pair(LINES40, cache=co.Cache(ways=1)),
    "sets": pair(LINES40, cache=co.Cache(sets=4, ways=2)),
    "words": pair(SHARING, cache=co.Cache(keys_per_line=64)),
}  # fmt: skip
SHOWN = {name: (lambda made=made: [made()]) for name, made in RUNS.items()} | {
    f"{n}, beside": f for n, f in BESIDE.items()
}


@pytest.mark.parametrize("name", SHOWN)
def test_10_no_text_intersects_or_leaves_the_picture(opened: Opened, name: str) -> None:
    page = opened(co.play(*SHOWN[name]()))
    wrong = {}
    for width, height in FRAMES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(
            "() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(true))))"
        )
        press(
            page,
            "Home" if name != "8 cores, large values" else "End",
            *["ArrowLeft"] * (name == "8 cores, large values"),
        )
        for k in range(36 if name in RUNS else 20):
            if found := page.evaluate(OVERLAPS):
                wrong.setdefault((width, height), (at(page), found[:3]))
            press(page, "ArrowDown" if k % 9 < 4 else "ArrowRight")
        press(page, "p", "Home", "ArrowRight")
        for _ in range(6):
            if found := page.evaluate(OVERLAPS):
                wrong.setdefault((width, height, "predict"), (at(page), found[:3]))  # type: ignore[arg-type]
            press(page, "a", "ArrowRight")
        press(page, "p")
    assert wrong == {}


def rgb(text: str) -> tuple[float, ...]:
    if text.startswith("#"):
        return tuple(int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return tuple(float(x) / 255 for x in re.findall(r"[\d.]+", text)[:3])


def luminance(c: tuple[float, ...]) -> float:
    r, g, b = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in c)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(rgb(a)), luminance(rgb(b))))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_11_and_12_contrast_and_one_colour_a_state(opened: Opened, theme: str) -> None:
    run = record("MOESI", OPS)
    page = opened(co.play(run), theme=theme)
    paper = page.evaluate("getComputedStyle(document.querySelector('.coh')).backgroundColor")
    wanted = list(tiles(run.protocol, dark=theme == "dark").values())
    for _ in range(12):
        press(page, "ArrowRight")
        for where in (".card .tile", ".time .c[data-state]"):
            for state, fill, ink, edge in page.evaluate(
                "s => [...document.querySelectorAll(s)].map(e => { const c = getComputedStyle(e);"
                " return [+e.dataset.state, c.backgroundColor, c.color, c.borderTopColor]; })", where
            ):  # fmt: skip
                tile = wanted[state]
                assert rgb(ink) == rgb(tile.ink) and rgb(edge) == rgb(tile.edge)
                under = paper if tile.fill == "none" else fill
                assert tile.fill == "none" or rgb(fill) == rgb(tile.fill)
                assert contrast(ink, under) >= 4.5 and contrast(edge, paper) >= 3
        nodes = page.eval_on_selector_all(".dia g[data-node] circle", "es => es.map(e => getComputedStyle(e).fill)")
        for fill, tile in zip(nodes, wanted, strict=True):
            assert tile.fill == "none" or rgb(fill) == rgb(tile.fill)


@pytest.mark.parametrize("protocol", ["MESI", "MOESI", "Dragon", "Firefly", "WriteOnce"])
def test_13_to_15_edges_staleness_and_supplier(opened: Opened, protocol: str) -> None:
    run = record(protocol, co.workloads.random(cores=3, accesses=16, keys=2, seed=7), cache=co.Cache(ways=1))
    names = [s.name for s in run.protocol.states]
    page = opened(co.play(run))
    newest: dict[str, str] = {}
    loops = 0
    for a in run.recorded():
        press(page, "ArrowRight")
        fired = {(a.before, a.after, 0)}  # 13
        if a.outcome:
            fired |= {(x.before, x.after, 1) for x in a.outcome.answers}
            if a.outcome.victim:
                fired.add((a.outcome.victim.outcome.before, run.protocol.invalid, 0))
        lit = page.eval_on_selector_all("[data-lit]", "es => es.map(e => e.dataset.edge.split(',').map(Number))")
        assert {(names[x], names[y], k) for x, y, k in lit} == fired
        loops += any(x == y for x, y, _ in lit)
        if a.event == "PrWr":  # 14
            newest[str(a.key)] = f"w{a.value}"
        for key, value, stale in page.eval_on_selector_all(
            ".box", "es => es.map(e => [e.querySelector('.key').innerText, e.querySelector('.val').innerText,"
            " e.classList.contains('stale')])"
        ):  # fmt: skip
            key = key.removeprefix("line ")
            assert stale == (value != newest.get(key, "init"))
            assert stale == ("stale" in page.locator(".box", has_text=key).first.inner_text()) or key.isdecimal()
        supplier = a.outcome.supplier if a.outcome else None  # 15
        marks = page.eval_on_selector_all("[data-supplier]", "es => es.map(e => e.dataset.core || 'memory')")
        if supplier is None:
            assert marks == [] and "data from" not in page.inner_text(".bus")
        elif supplier != a.core:
            assert marks == [str(supplier)]
            who = "memory" if supplier == "memory" else f"core {supplier}"
            assert f"data from {who}" in page.inner_text(".bus") and who in said(page).lower()
            assert "supplies" in said(page)
    assert loops


@shown
def test_17_black_and_back(opened: Opened, made: Callable[[], co.Player]) -> None:
    page = opened(made())
    press(page, "ArrowRight", "ArrowRight", "ArrowDown")
    before = page.evaluate(DOM)
    for key in ("b", "."):
        press(page, key)
        for x in (300, 900):
            assert (
                page.evaluate(f"getComputedStyle(document.elementFromPoint({x}, 300)).backgroundColor")
                == "rgb(0, 0, 0)"
            )
        press(page, "ArrowRight", key)
        assert page.evaluate(DOM) == before


def test_18_heard_as_well_as_seen(opened: Opened) -> None:
    page = opened(co.play(record("MESI", OPS)), reduced_motion="reduce")
    press(page, *["ArrowRight"] * 3)
    live = page.inner_text("[aria-live]")
    assert live.startswith("Step 3. Core 1 reads x. Core 0 S, Core 1 S. Miss. Core 0 holds x in M")
    durations = page.evaluate(
        "[...document.querySelectorAll('.coh *')].map(e => getComputedStyle(e).transitionDuration)"
    )
    assert set(durations) == {"0s"}
    around = []
    for _ in range(12):
        press(page, "Tab")
        around.append(page.evaluate("document.activeElement.tagName + (document.activeElement.dataset.act || '')"))
    assert {"BUTTONnext", "BUTTONplay", "INPUT"} <= set(around)


def test_19_hostile_and_long_keys(opened: Opened) -> None:
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    page = opened(co.play(record("MESI", [(0, "w", evil), (1, "r", evil), (1, "w", LONG), (0, "r", RIGHT_TO_LEFT)])))
    for _ in range(2):
        press(page, "ArrowRight")
        assert page.locator(".coh img, .coh script").count() == 0
    press(page, "ArrowRight")
    assert page.inner_text(".op").startswith("Core 1 writes a-very") and "…" in page.inner_text(".op")
    assert page.evaluate("document.querySelector('.pic').innerText").count(LONG) == 1
    assert page.evaluate("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('.op'))")
    press(page, "ArrowRight")
    assert page.evaluate("[...document.querySelectorAll('.pic bdi')].some(e => e.textContent.includes('\u05de\u05e4'))")
    assert page.inner_text(".op").startswith("Core 0 reads ")
    assert page.evaluate(
        "() => { const w = document.createTreeWalker(document.querySelector('.pic'), NodeFilter.SHOW_TEXT);"
        " while (w.nextNode()) if (/[\u0590-\u05ff]/.test(w.currentNode.data) && !w.currentNode.parentElement.closest('bdi')) return false;"
        " return true; }"
    )


def test_20_rows_keep_their_order_inside_a_page(opened: Opened) -> None:
    page = opened(co.play(record("MOESI", LINES40)))
    pages: dict[int, list[int]] = {}
    for _ in range(120):
        press(page, "ArrowRight")
        rows = page.eval_on_selector_all(".card:first-child .row", "es => es.map(e => +e.dataset.line)")
        for line in rows:  # a line has its place on one page, and on no other
            assert pages.setdefault(line, rows) == rows
    assert len({tuple(rows) for rows in pages.values()}) > 4


def test_21_sixteen_thousand_steps(opened: Opened) -> None:
    run = record("MESI", co.workloads.random(cores=8, accesses=2000, keys=40), order="program", cache=co.Cache(ways=16))
    html = co.play(run).html()
    assert len(html.encode()) < 2_000_000
    begin = time.perf_counter()
    page = opened(html)
    page.wait_for_selector(".card")
    assert time.perf_counter() - begin < 2
    spent = page.evaluate(
        "() => { const root = document.querySelector('.coh'), t = performance.now();"
        " root.dispatchEvent(new KeyboardEvent('keydown', {key: 'End', bubbles: true})); root.getBoundingClientRect();"
        " return performance.now() - t; }"
    )
    assert at(page)[0] == "16000" and spent < 100


@shown
def test_22_in_a_frame_of_its_own(opened: Opened, made: Callable[[], co.Player]) -> None:
    html = "<!doctype html><title>notebook</title><p>cell</p>" + made()._repr_html_()
    page = opened(html)
    inside = page.frame_locator("iframe")
    inside.locator("[data-act=last]").click()
    inside.locator(".coh").press("ArrowLeft")
    assert inside.locator(".coh").get_attribute("data-step") == "11"


def test_24_who_waits_and_who_wins(opened: Opened) -> None:
    run = record("MESI", [(0, "w", "x"), (1, "w", "x"), (2, "r", "x")], order="program")
    page = opened(co.play(run))
    press(page, "ArrowDown")
    assert "It wins the bus (fifo: queued in the same cycle, the lowest core goes first)." in said(page)
    assert "core 1 waits (writes x), core 2 waits (reads x)" in page.inner_text(".sub")
    assert page.locator(".waits").all_inner_texts() == ["waits: writes x", "waits: reads x"]
    press(page, "ArrowRight")
    why = "core 0 wins the bus (fifo: queued in the same cycle, the lowest core goes first); cores 1 and 2 wait"
    assert why in page.inner_text(".sub") and why[1:] in page.inner_text("[aria-live]")
    press(page, "ArrowRight")
    assert page.locator(".waits").all_inner_texts() == ["waits: reads x"]
    press(page, "ArrowRight")
    assert page.locator(".waits").count() == 0


@shown
def test_26_print(opened: Opened, made: Callable[[], co.Player]) -> None:
    page = opened(made(), hash="#step=3")
    page.emulate_media(media="print")
    assert page.is_visible(".op") and page.is_visible(".say") and page.is_visible(".legend")
    assert not page.is_visible(".bar")
    legend = page.inner_text(".legend")
    assert "Modified (exclusive dirty)" in " ".join(legend.split()) and "Invalid (invalid)" in " ".join(legend.split())


def test_a_window_says_what_it_leaves_out(opened: Opened) -> None:
    page = opened(co.play(record("MESI", OPS), first=5, last=8))
    assert "steps 5–8 of 12" in page.inner_text(".sub")
    press(page, "ArrowRight")
    assert page.inner_text(".count") == "step 1/4 (5)"


@pytest.mark.parametrize("protocol", ["MESI", "MOESI", "Dragon"])
def test_16_predict_gives_nothing_away_and_scores_once(opened: Opened, protocol: str) -> None:
    run = record(protocol, co.workloads.random(cores=3, accesses=10, keys=2, seed=4))
    player = co.play(run)
    page = opened(player)
    open_book = opened(player)
    press(page, "p")
    assert page.locator("script[type='application/json']").count() == 0
    kinds, right, asked = set(), 0, 0
    for k in range(1, 31):
        closed = states(page)
        press(page, "ArrowRight")
        press(open_book, "ArrowRight")
        assert at(page) == (str(k), "question")
        text = page.evaluate("document.documentElement.outerHTML.replace(/<(script|style)[^]*?<.(script|style)>/g, '')")
        outcome = said(open_book)
        assert (
            outcome not in text and "Cell " not in page.inner_text(".why") and page.locator("[data-lit]").count() == 0
        )
        if closed and [c[1] for c in states(page)] == [c[1] for c in closed]:
            assert states(page) == closed  # the same page of lines: no state has moved
        assert page.locator(".new, .gives, [data-supplier], .waits").count() == 0
        live = page.inner_text("[aria-live]")
        assert "Miss" not in live and "Hit" not in live and outcome not in live
        assert said(page).split("?")[0] + "?" in live  # what is asked is heard too
        assert page.locator(".time .now[data-state]").count() == 0
        question = said(page).split("?")[0]
        kinds.add(re.sub(r"core \d", "core", question))
        options = page.locator(".opts button").all_inner_texts()
        assert 2 <= len(options) <= 4 and len({o[1:] for o in options}) == len(options)
        if k % 3 == 0:  # unscored
            press(page, "ArrowRight")
        elif k % 3 == 1:
            press(page, "b")
        else:
            page.locator(".opts button").first.click()
        assert at(page) == (str(k), "states") and page.locator(".over").count() == 0
        verdict = said(page)
        asked += k % 3 != 0
        if k % 3 == 0:
            assert verdict == outcome
        elif "Right." in verdict:
            right += 1
        else:
            given = options[k % 3 == 1].split("\n")[-1]
            assert (
                verdict.startswith(f"✗ You said {given}; right is ")
                and "Rule: " in verdict
                and page.inner_text(".sub >> nth=0") == outcome
            )
        assert f"score {right}/{asked}" in page.inner_text(".count")
    assert len(kinds) == 5 and 0 < right < asked
    press(page, "Home", *["ArrowRight"] * 30)
    assert at(page)[0] == "30" and f"score {right}/{asked}" in page.inner_text(".count")


@pytest.mark.parametrize("seed", range(4))
def test_25_the_bug_is_hidden_until_it_is_found(opened: Opened, seed: int) -> None:
    player = find_the_bug(co.protocols["MESI"], seed=seed)
    page = opened(player)
    secret = json.loads(b64decode(player.players[0]["bug"]))  # type: ignore[arg-type]
    rule = secret["ending"].partition(":")[0]
    wrong_cell = secret["cell"].removeprefix("The cell ").partition(";")[0]
    for k in range(1, secret["step"] + 1):
        press(page, "ArrowRight")
        text = page.evaluate("document.querySelector('.coh').outerHTML")
        assert rule not in text and wrong_cell not in text and "Cell " not in text and secret["ending"] not in text
        if k == 2:
            press(page, "m")
            assert "obeys the right table" in said(page) and "1 wrong mark" in page.inner_text(".sub")
    press(page, "m")
    assert said(page) == f"✓ Found. {secret['ending']}"
    assert page.inner_text(".sub >> nth=0") == secret["cell"]
