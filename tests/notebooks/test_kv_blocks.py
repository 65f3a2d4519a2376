"""The lesson on KV blocks on a real trace: a slice of it by default, or all of it by

KV_TRACE=FILE KV_REQUESTS=all pytest -s -m notebook tests/notebooks/test_kv_blocks.py

which prints what the lesson prints.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.notebooks.test_lessons import NOTEBOOKS, solved

TRACE = Path(__file__).parents[3] / "shared" / "data" / "mooncake" / "conversation_trace.jsonl"
SLICE = "150"
LIMIT = 1800  # seconds a cell


@pytest.mark.notebook
def test_the_lesson_s_checks_hold_on_a_real_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its questions are answered from the trace's own numbers, so its answers hold for any."""
    from nbclient import NotebookClient

    trace = os.environ.get("KV_TRACE", str(TRACE))
    if not Path(trace).exists():
        pytest.skip(f"needs a trace of requests in KV_TRACE, or {TRACE.name}")
    monkeypatch.setenv("KV_TRACE", str(Path(trace).resolve()))
    monkeypatch.setenv("KV_REQUESTS", os.environ.get("KV_REQUESTS", SLICE))
    book = solved(NOTEBOOKS / "08_kv_blocks.ipynb")
    NotebookClient(book, timeout=LIMIT, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
    said = [out.text for cell in book.cells for out in cell.get("outputs", []) if out.output_type == "stream"]
    print(*said[1:], sep="\n")  # without what the package says of itself
    assert any("first token" in text for text in said)
