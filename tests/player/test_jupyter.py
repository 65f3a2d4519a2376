"""JupyterLab in a real browser: it shows a run to be stepped through, and the widget answers a click and undoes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.lab import jupyterlab, run_all

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.notebook
CELLS = [
    'import coherence as co\nops = co.Workload.from_ops("0 w x; 1 r x; 1 w x")\n'
    'co.play(co.Machine("MESI").run(ops, order="trace", record=True))',
    'co.widget("MOESI", cores=2)',
]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """The address of a notebook in a JupyterLab of this test's own."""
    cells = [
        {"cell_type": "code", "id": f"c{k}", "metadata": {}, "source": c, "outputs": [], "execution_count": None}
        for k, c in enumerate(CELLS)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    (tmp_path / "lesson.ipynb").write_text(
        json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})
    )
    with jupyterlab(tmp_path) as address:
        yield address.format("lesson.ipynb")


def test_the_player_and_the_widget_in_jupyterlab(browser: Browser, lab: str) -> None:
    page = run_all(browser, lab)
    shown = page.frame_locator(".jp-OutputArea iframe[title='coherence player']")
    shown.locator("[data-act=last]").click(timeout=60_000)
    assert shown.locator(".coh").get_attribute("data-step") == "3"
    shown.locator(".coh").press("ArrowLeft")
    assert shown.locator(".op").inner_text() == "Core 1 reads x"
    page.get_by_role("button", name="core 1 writes").click(timeout=60_000)
    hand = page.locator(".jp-OutputArea .coh")
    page.wait_for_selector(".jp-OutputArea .coh[data-step='1']")
    assert hand.locator(".op").inner_text() == "Core 1 writes x"
    page.get_by_role("button", name="core 0 reads").click()
    page.wait_for_selector(".jp-OutputArea .coh[data-step='2']")
    assert "memory is not told" in hand.locator(".say").inner_text()
    page.get_by_role("button", name="undo").click()
    page.wait_for_selector(".jp-OutputArea .coh[data-step='1']")
    assert hand.locator(".op").inner_text() == "Core 1 writes x"
    page.close()
