"""What `run` and `curve` say of a trace of requests: hits with and without the puts of computed blocks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coherence.cli.main import main

Said = pytest.CaptureFixture[str]


@pytest.fixture
def trace(tmp_path: Path) -> str:
    """Five reads of three blocks, each put when first seen: 2 of 5 reads hit, 5 of 8 accesses."""
    path = tmp_path / "requests.jsonl"
    path.write_text("".join(json.dumps({"timestamp": 0, "hash_ids": ids}) + "\n" for ids in ([1, 2], [1, 2, 3])))
    return str(path)


@pytest.mark.parametrize("engine", ["simpy", "auto"])
def test_run_says_both_hit_rates(trace: str, engine: str, capsys: Said) -> None:
    assert main(["run", trace, "--engine", engine, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["hit_rates"] == {"with_puts": 5 / 8, "without_puts": 2 / 5}
    assert found["totals"]["hit_rate"] == 5 / 8
    assert main(["run", trace]) == 0
    said = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "with each put of a computed block as an access 0.6250" in said
    assert "without puts: of the reads alone 0.4000" in said


def test_curve_says_both(trace: str, capsys: Said) -> None:
    assert main(["curve", trace, "--sizes", "1,8", "--policies", "LRU,SIEVE", "--json"]) == 0
    for curve in json.loads(capsys.readouterr().out)["curves"]:
        assert curve["ratios"] == [5 / 8, 3 / 8]
        assert curve["ratios_without_puts"] == [5 / 5, 3 / 5]
    assert main(["curve", trace, "--sizes", "1,8"]) == 0
    assert "the same without the 3 puts of computed blocks" in " ".join(capsys.readouterr().out.split())


def test_other_traces_have_no_puts(capsys: Said) -> None:
    for command in ("run", "curve"):
        assert main([command, "zipf", "--json"]) == 0
        assert "puts" not in capsys.readouterr().out
