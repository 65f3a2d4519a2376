"""Real traces that others published, read to the last access."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Said, call

__all__ = ["call"]  # the fixture

Call = Callable[..., Said]
DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the published traces are not beside this checkout")

BLACKSCHOLES = [  # reads, writes, compute cycles
    (1489888, 1007461, 10430314),
    (1485857, 1004611, 10383276),
    (1492629, 1016428, 10430338),
    (1493736, 1009391, 10394904),
]


@pytest.mark.slow
def test_blackscholes_is_read_from_its_zip(call: Call) -> None:
    """NUS CS4223's trace of PARSEC blackscholes on four cores: 10 million accesses, and what is computed between."""
    said = call("trace", "info", DATA / "cs4223" / "blackscholes_four.zip", "--json")
    found = said.json
    assert (found["format"], found["cores"], found["accesses"]) == ("cs4223", 4, 10_000_001)
    assert [(c["reads"], c["writes"], c["compute"]) for c in found["per_core"]] == BLACKSCHOLES


@pytest.mark.slow
def test_mooncake_conversation_reads_and_misses(call: Call) -> None:
    """With an unbounded cache every block misses once: the file has as many distinct ones."""
    said = call("run", DATA / "mooncake" / "conversation_trace.jsonl", "--cores", 1, "--json")
    assert "read as format mooncake\n" in said.err
    totals = said.json["totals"]
    assert (totals["reads"], totals["read_misses"], totals["writes"], totals["write_misses"]) == (
        288_500, 182_790, 182_790, 0,
    )  # fmt: skip
