"""The tables hold every access, and say the same in both formats as the run does."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

import coherence as co
from coherence.exports import events
from coherence.exports.events import COLUMNS
from coherence.run.rows import event_row
from tests.exports.conftest import NASTY, RUNS


def test_both_files_have_the_columns_of_the_run_s_table(run: co.Run, tmp_path: Path) -> None:
    for name in ("run.csv", "run.parquet"):
        assert co.export(run, tmp_path / name) == []
    wanted = [event_row(a) for a in run.recorded()]
    with open(tmp_path / "run.csv", encoding="utf-8", newline="") as file:
        text = list(csv.DictReader(file))
    rows = pq.read_table(tmp_path / "run.parquet").to_pylist()
    assert list(text[0]) == list(rows[0]) == list(COLUMNS) == ["step", *wanted[0]]
    assert [row["step"] for row in rows] == list(range(1, len(run.recorded()) + 1))
    for column in ("core", "event", "start", "held", "end", "before", "after", "requests", "memory_written"):
        assert [row[column] for row in rows] == [row[column] for row in wanted]
    for a, row in zip(run.recorded(), rows, strict=True):
        assert (row["queued"], row["granted"], row["miss"]) == (a.queued, a.granted, a.miss)
    assert [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows] == text


def test_pandas_reads_both_alike(tmp_path: Path) -> None:
    run = RUNS["MESI"]()
    co.export(run, tmp_path / "run.csv")
    co.export(run, tmp_path / "run.parquet")
    parquet = pd.read_parquet(tmp_path / "run.parquet")
    assert list(parquet.columns) == ["step", *run.to_pandas("events").columns]
    text = pd.read_csv(tmp_path / "run.csv", dtype=dict.fromkeys(("key", "line", "supplier", "value"), str))
    assert parquet["held"].sum() == text["held"].sum() == run.totals["bus_busy"]
    assert (parquet["miss"] == "false_sharing").sum() == run.totals["false_sharing"]
    assert set(parquet["supplier"].dropna()) == set(text["supplier"].dropna()) <= {"memory", "0", "1", "2"}


def test_hostile_keys_come_through_whole(tmp_path: Path) -> None:
    run = RUNS["nasty"]()
    co.export(run, tmp_path / "run.csv")
    with open(tmp_path / "run.csv", encoding="utf-8", newline="") as file:
        keys = {row["key"] for row in csv.DictReader(file)}
    wanted = {key if isinstance(key, str) else repr(key) for key in NASTY}
    assert keys == {key.encode("utf-8", "backslashreplace").decode() for key in wanted}


def test_more_cycles_than_64_bits_are_told_and_leave_no_file(tmp_path: Path) -> None:
    run = co.Machine().run([(0, "r", 1, 2**63)], record=True)
    with pytest.raises(co.InputError, match=r"a \.parquet holds cycles below 2⁶³, and this run took more; \.csv"):
        co.export(run, tmp_path / "run.parquet")
    assert list(tmp_path.iterdir()) == []


def test_parquet_is_written_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that memory does not grow with the number of accesses."""
    monkeypatch.setattr(events, "BATCH", 50)
    co.export(RUNS["MESI"](), tmp_path / "run.parquet")
    found = pq.ParquetFile(tmp_path / "run.parquet").metadata
    assert (found.num_rows, found.num_row_groups) == (180, 4)
