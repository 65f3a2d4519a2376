"""Every scenario runs as its docstring says, prints what is pinned, and saves its picture."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.mark.parametrize("script", sorted(SCENARIOS.glob("[0-9]*.py")), ids=lambda p: p.stem)
def test_scenario_prints_what_is_pinned(script: Path, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    done = subprocess.run(
        [sys.executable, str(script), "--out", str(picture)],
        capture_output=True, text=True, env={"MPLBACKEND": "Agg", "PATH": "", "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == (SCENARIOS / "expected" / f"{script.stem}.txt").read_text()
    assert picture.stat().st_size > 1000


def test_every_pinned_output_has_its_scenario() -> None:
    scripts = {p.stem for p in SCENARIOS.glob("[0-9]*.py")}
    assert {p.stem for p in (SCENARIOS / "expected").glob("*.txt")} == scripts


def test_the_gallery_of_the_readme_is_drawn_by_its_command(tmp_path: Path) -> None:
    """Every picture that the README shows of it, but the player's, which needs a browser."""
    done = subprocess.run(
        [sys.executable, str(SCENARIOS / "gallery.py"), "--out", str(tmp_path)],
        capture_output=True, text=True, env={"MPLBACKEND": "Agg", "PATH": "", "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    drawn = {picture.name for picture in tmp_path.glob("*.png") if picture.stat().st_size > 1000}
    kept = {picture.name for picture in (SCENARIOS / "gallery").iterdir()}
    assert kept == drawn | {"player.png"}
    readme = (SCENARIOS.parent / "README.md").read_text()
    assert set(re.findall(r"\(scenarios/gallery/([\w.]+)\)", readme)) == kept


@pytest.mark.browser
def test_the_player_s_picture_is_drawn_too(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCENARIOS / "gallery.py"), "--out", str(tmp_path), "--browser", "/usr/bin/chromium"],
        capture_output=True, text=True, env={"MPLBACKEND": "Agg", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "player.png").stat().st_size > 10_000
