"""A JupyterLab of a test's own, with settings and kernels that know nothing of the machine's."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

import coherence as co

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TOKEN = "here"
DIRECTORIES = (
    "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_WORKSPACES_DIR",
    "JUPYTERLAB_SETTINGS_DIR", "IPYTHONDIR",
)  # fmt: skip


@contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """Serve *folder*; yields the address to which a notebook's name is added."""
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed: it comes with the extra notebook")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {name: str(folder / "own" / name) for name in DIRECTORIES}
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
         f"--IdentityProvider.token={TOKEN}", "--LabApp.news_url=None", f"--ServerApp.root_dir={folder}",
         "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"],
        env={**os.environ, **own, "PYTHONPATH": str(Path(co.__file__).parent.parent)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
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
        yield f"{address}/lab/tree/{{}}?token={TOKEN}"
    finally:
        server.terminate()
        server.wait(20)


def run_all(browser: Browser, address: str) -> Page:
    """Open a notebook, wait for its kernel and run all its cells."""
    page = browser.new_page(viewport={"width": 1400, "height": 1600})
    page.goto(address)
    page.wait_for_selector(".jp-NotebookPanel .jp-CodeCell", timeout=60_000)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    return page
