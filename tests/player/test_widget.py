"""The two-way widget: what a click sends, what the machine answers, and undo; in Python and in a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

import coherence as co
from coherence.show.player.page import asset
from coherence.show.widget import HOST, Bench
from tests.player.conftest import OPS, record

if TYPE_CHECKING:
    from playwright.sync_api import Page

# anywidget's side of the browser, as small as can be: a model whose messages go to Python.
PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><style>body{margin:0}%s</style><div class="players"></div>
<script type="module">%s
const heard = {};
window.model = { values: { height: 700, error: '', run: %s }, get(k) { return this.values[k]; }, on(e, f) { heard[e] = f; }, off() {},
  async send(op) { const now = await window.python(op); for (const k of ['error', 'run']) if (now[k] !== this.values[k]) { this.values[k] = now[k]; heard['change:' + k](); } } };
host.render({ model: window.model, el: document.querySelector('.players') });
</script>"""


def test_accesses_by_hand_give_the_same_run_as_the_same_ops() -> None:
    bench = Bench("MOESI", cores=3)
    for part in OPS.split("; "):
        core, op, key = part.split()
        bench.do(int(core), op, key)
    assert bench.run().totals == record("MOESI", OPS).totals
    bench.undo()
    assert len(bench.run().recorded()) == 11
    for _ in range(20):
        bench.undo()
    assert bench.ops == [] and bench.data()["steps"] == []


@pytest.mark.parametrize(
    ("op", "said"),
    [((9, "r", "x"), "core must be from 0 to 1, not 9"), ((0, "q", "x"), "op"), ((0, "r", "a b"), "one word"),
     (("0", "r", "x"), "core must be"), ((0, "r", "x#"), "one word"), ((0, "r", ""), "one word"),
     ((0, "r", "x" * 81), "one word of 1 to 80 characters without # and ;")],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_leaves_nothing_behind(op: Any, said: str) -> None:
    bench = Bench("MESI", cores=2)
    with pytest.raises(co.InputError, match=said):
        bench.do(*op)
    assert bench.ops == []


def test_what_stops_the_machine_is_not_kept() -> None:
    bench = Bench(co.protocols["MESI"].but("wrong", S={"BusUpgr": "S"}), cores=2)
    bench.do(0, "r", "x")
    bench.do(1, "r", "x")
    with pytest.raises(co.Breach):
        bench.do(0, "w", "x")
    assert len(bench.ops) == 2


def test_the_widget_answers_messages() -> None:
    pytest.importorskip("anywidget", reason="anywidget is not installed: pip install 'coherence[notebook]'")
    hand: Any = co.widget("MESI", cores=2)
    hand.clicked(None, {"core": 1, "op": "w", "key": "x"})
    assert len(json.loads(hand.run)["steps"]) == 1 and hand.error == ""
    hand.clicked(None, {"core": 7, "op": "w", "key": "x"})
    assert "core must be from 0 to 1" in hand.error and len(json.loads(hand.run)["steps"]) == 1
    hand.clicked(None, {"undo": True})
    assert json.loads(hand.run)["steps"] == [] and hand.error == ""


def by_hand(opened: Callable[..., Page], cores: int = 2) -> Page:
    """The widget on a page, with Python behind it."""
    bench = Bench("MESI", cores=cores)

    def python(op: dict[str, Any]) -> dict[str, str]:
        error = ""
        try:
            if op.get("undo"):
                bench.undo()
            else:
                bench.do(op["core"], op["op"], op["key"])
        except co.CoherenceError as fault:
            error = str(fault)
        return {"error": error, "run": json.dumps(bench.data())}

    script = asset("viewer.js") + HOST.replace("export default", "const host =")
    page = opened(PAGE % (asset("viewer.css"), script, json.dumps(json.dumps(bench.data()))), 1280, 720)
    page.expose_function("python", python)
    return page


@pytest.mark.browser
def test_a_click_is_answered_and_undone(opened: Callable[..., Page]) -> None:
    page = by_hand(opened)
    page.get_by_role("button", name="core 1 writes").click()
    page.wait_for_selector(".coh[data-step='1']")
    assert page.inner_text(".op") == "Core 1 writes x"
    page.fill(".live input", "y")
    page.get_by_role("button", name="core 0 reads").click()
    page.wait_for_selector(".coh[data-step='2']")
    assert page.inner_text(".op") == "Core 0 reads y" and page.input_value(".live input") == "y"
    page.get_by_role("button", name="undo").click()
    page.wait_for_selector(".coh[data-step='1']")
    assert page.inner_text(".op") == "Core 1 writes x"
    page.fill(".live input", "a b")
    page.get_by_role("button", name="core 0 evicts").click()
    page.wait_for_function("document.querySelector('[role=alert]').textContent.includes('one word')")
    assert page.get_attribute(".coh", "data-step") == "1"
    page.fill(".live input", "")  # nothing is not silently a key
    page.get_by_role("button", name="core 0 reads").click()
    page.wait_for_function("document.querySelector('[role=alert]').textContent.startsWith(\"key ''\")")
    assert page.get_attribute(".coh", "data-step") == "1"


@pytest.mark.browser
def test_a_click_leaves_the_keyboard_where_it_was(opened: Callable[..., Page]) -> None:
    """The button that was pressed keeps the focus, so that the player's keys and Tab go on from there."""
    page = by_hand(opened)
    for step, name in enumerate(("core 1 writes", "core 0 reads", "core 1 writes"), start=1):
        page.get_by_role("button", name=name).click()
        page.wait_for_selector(f".coh[data-step='{step}']")
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == name
    page.keyboard.press("ArrowLeft")
    assert page.get_attribute(".coh", "data-step") == "2"
    page.keyboard.press("b")
    assert page.locator(".over.black").count() == 1


@pytest.mark.browser
def test_predict_keeps_its_score_over_clicks(opened: Callable[..., Page]) -> None:
    page = by_hand(opened)
    page.click("[data-act=predict]")
    for step, name in enumerate(("core 1 writes", "core 0 reads"), start=1):
        page.get_by_role("button", name=name).click()
        page.wait_for_selector(f".coh[data-step='{step}'][data-phase=question]")
        page.locator(".opts button").first.click()
        assert f"/{step} · step {step}/{step}" in page.inner_text(".count")
    page.get_by_role("button", name="undo").click()  # what was taken back is not counted
    page.wait_for_selector(".coh[data-step='1']")
    assert "/1 · step 1/1" in page.inner_text(".count")


@pytest.mark.browser
@pytest.mark.parametrize("cores", [2, 3, 8])
def test_each_cores_buttons_stand_together(opened: Callable[..., Page], cores: int) -> None:
    page = by_hand(opened, cores)
    groups = page.locator(".live [role=group]")
    assert groups.count() == cores
    for c in range(cores):
        group, card = groups.nth(c).bounding_box(), page.locator(".card").nth(c).bounding_box()
        assert group and card and groups.nth(c).locator("button").count() == 3
        for button in groups.nth(c).locator("button").all():  # over its own card, nothing between
            box = button.bounding_box()
            assert box and card["x"] - 3 <= box["x"] and box["x"] + box["width"] <= card["x"] + card["width"] + 3
            assert 0 <= card["y"] - (box["y"] + box["height"]) < 30
