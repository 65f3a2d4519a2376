"""Every lesson runs from top to bottom with its solutions, and its own checks pass; without them it stops at a check."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from coherence.verifier.report import MEANINGS

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))


def read(path: Path) -> Any:
    import nbformat

    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def tagged(cell: Any, tag: str) -> bool:
    return tag in cell.metadata.get("tags", [])


def solved(path: Path) -> Any:
    """The lesson with its solutions in the place of its exercises."""
    book = read(path)
    solutions = iter([c.source for c in book.cells if tagged(c, "solution")])
    for cell in book.cells:
        if tagged(cell, "exercise"):
            cell.source = next(solutions)
    return book


@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_a_lesson_is_committed_without_output_and_each_exercise_has_a_check_and_a_solution(path: Path) -> None:
    nbformat = pytest.importorskip("nbformat", reason="needs the test extra")
    assert nbformat.current_nbformat >= 4
    cells = read(path).cells
    assert cells[0].source.startswith(f"# {path.stem[:2]} · ")
    assert re.search(r"\*\d+ minutes", cells[0].source)
    assert all(not c.get("outputs") and c.get("execution_count") is None for c in cells)
    assert all(c.metadata.get("jupyter", {}).get("source_hidden") for c in cells if tagged(c, "solution")), "folded"
    assert all(c.source.startswith("# solution\n") for c in cells if tagged(c, "solution")), (
        "a folded cell shows a line"
    )
    order = [tag for c in cells for tag in ("exercise", "check", "solution") if tagged(c, tag)]
    assert order == ["exercise", "check", "solution"] * (len(order) // 3)
    assert order


def test_lesson_05_says_what_the_properties_mean_before_it_asks_for_one() -> None:
    (lesson,) = (path for path in LESSONS if path.stem.startswith("05"))
    said = "\n".join(cell.source for cell in read(lesson).cells)
    of_the_bus = {word: meaning for word, meaning in MEANINGS.items() if word not in ("DEADLOCK", "STUCK", "LIST")}
    for word, meaning in of_the_bus.items():
        assert (f"- `{word}`: {meaning}" in said) == (word != "UNDEF")


@pytest.mark.notebook
@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_a_lesson_runs_with_its_solutions(path: Path) -> None:
    from nbclient import NotebookClient

    NotebookClient(solved(path), timeout=300, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()


@pytest.mark.notebook
def test_an_exercise_left_blank_stops_at_its_check() -> None:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    book = read(LESSONS[0])
    with pytest.raises(CellExecutionError, match="AssertionError"):
        NotebookClient(book, timeout=300, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
