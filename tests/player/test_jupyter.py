"""JupyterLab in a real browser: it shows a run to be stepped through, and the widget answers a click and undoes it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

import coherence as co

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.notebook
TOKEN = "here"
CELLS = [
    'import coherence as co\nops = co.Workload.from_ops("0 w x; 1 r x; 1 w x")\n'
    'co.play(co.Machine("MESI").run(ops, order="trace", record=True))',
    'co.widget("MOESI", cores=2)',
]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """The address of a notebook in a JupyterLab of this test's own."""
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed: pip install 'coherence[notebook]'")
    cells = [
        {"cell_type": "code", "id": f"c{k}", "metadata": {}, "source": c, "outputs": [], "execution_count": None}
        for k, c in enumerate(CELLS)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    (tmp_path / "lesson.ipynb").write_text(
        json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    package = Path(co.__file__).parent.parent
    own = {
        name: str(tmp_path / "own" / name)
        for name in (
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
            "JUPYTERLAB_SETTINGS_DIR",
            "IPYTHONDIR",
        )
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
         f"--IdentityProvider.token={TOKEN}", "--LabApp.news_url=None", f"--ServerApp.root_dir={tmp_path}",
         "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"],
        env={**os.environ, **own, "PYTHONPATH": str(package)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                urlopen(f"{address}/api?token={TOKEN}").close()
                break
            except OSError:
                assert server.poll() is None
                time.sleep(0.5)
        yield f"{address}/lab/tree/lesson.ipynb?token={TOKEN}"
    finally:
        server.terminate()
        server.wait(20)


def test_the_player_and_the_widget_in_jupyterlab(browser: Browser, lab: str) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 1600})
    page.goto(lab)
    page.wait_for_selector(".jp-NotebookPanel .jp-CodeCell", timeout=60_000)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
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
