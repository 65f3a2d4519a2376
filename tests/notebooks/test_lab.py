"""Lesson 02 in a real JupyterLab, walked as a student does: blanks stop it, answers carry it to the end, the page asks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.lab import jupyterlab, run_all
from tests.notebooks.test_lessons import NOTEBOOKS, read, tagged

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.notebook
NAME = "02_mesi_by_hand.ipynb"


def write(book: Any, path: Path) -> None:
    import nbformat

    nbformat.write(book, path)  # type: ignore[no-untyped-call]


def printed(page: Page, text: str) -> Locator:
    """What a cell has printed that has *text* in it."""
    return page.locator(".jp-OutputArea-output", has_text=text)


def test_lesson_02_is_walked_from_top_to_bottom(browser: Browser, tmp_path: Path) -> None:
    blank, done = read(NOTEBOOKS / NAME), read(NOTEBOOKS / NAME)
    write(blank, tmp_path / "blank.ipynb")
    solutions = iter([cell.source for cell in done.cells if tagged(cell, "solution")])
    for cell in done.cells:
        if tagged(cell, "exercise"):
            cell.source = next(solutions)
    write(done, tmp_path / "done.ipynb")
    out = NOTEBOOKS.parent / "out" / "lesson02"
    out.mkdir(parents=True, exist_ok=True)
    with jupyterlab(tmp_path) as address:
        page = run_all(browser, address.format("blank.ipynb"))
        printed(page, "AssertionError").first.wait_for(timeout=60_000)
        page.screenshot(path=out / "blank.png")
        page.close()
        page = run_all(browser, address.format("done.ipynb"))
        player = page.frame_locator(".jp-OutputArea iframe[title='coherence player']")
        player.locator("[data-act=predict]").click(timeout=60_000)
        player.locator(".coh").press("ArrowRight")
        page.screenshot(path=out / "predict.png")
        assert "Which state is core 0’s copy in afterwards?" in player.locator(".coh").inner_text().replace("'", "’")
        printed(page, "I → E → M → S → I").wait_for(timeout=60_000)
        page.get_by_text("What you saw.").last.scroll_into_view_if_needed()
        page.screenshot(path=out / "end.png")
        assert printed(page, "Error").count() == 0
        page.close()
