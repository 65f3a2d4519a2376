"""Every scenario runs as its docstring says, prints what is pinned, and saves its picture."""

from __future__ import annotations

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
