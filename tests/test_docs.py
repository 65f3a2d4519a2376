"""The documentation builds as a site, without a warning, and has every public name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import coherence as co

BUILD = Path(__file__).parents[1] / ".docs" / "build.py"


@pytest.mark.slow
def test_the_site_builds_whole(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, BUILD, "--out", tmp_path / "docs"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    html = tmp_path / "docs" / "html"
    api = (html / "api.html").read_text()
    public = set(co.__all__) - {"kv", "plot", "protocols", "workloads"}
    assert [name for name in sorted(public) if f'.{name}"' not in api] == []
    lessons = {p.stem for p in (BUILD.parents[1] / "notebooks").glob("*.ipynb")}
    assert {p.stem for p in (html / "notebooks").glob("[0-9]*.html")} == lessons
