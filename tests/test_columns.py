"""Tables in files: each value under its column, in its type, in either format."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from coherence.columns import write_csv, write_parquet
from coherence.errors import InputError
from coherence.files import write_atomically

COLUMNS = {"name": "string", "core": "int32", "cycles": "int64", "rate": "double", "hit": "bool"}
ROWS: list[dict[str, object]] = [
    {"name": 'a,"b"\n', "core": 0, "cycles": 2**62, "rate": 0.1, "hit": True},
    {"name": None, "core": 1, "cycles": None, "rate": 2.0, "hit": False},
    {"name": "é"},
]


def test_a_csv_has_a_line_of_names_and_quotes_what_must_be(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", COLUMNS, ROWS)
    assert (tmp_path / "a.csv").read_bytes().decode() == (
        'name,core,cycles,rate,hit\n"a,""b""\n",0,4611686018427387904,0.1,True\n,1,,2.0,False\né,,,,\n'
    )


def test_a_parquet_has_the_types_and_groups_of_rows(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", COLUMNS, iter(ROWS), 2)
    found = pq.ParquetFile(tmp_path / "a.parquet")
    assert {f.name: str(f.type) for f in found.schema_arrow} == COLUMNS
    assert found.read().to_pylist() == [{name: row.get(name) for name in COLUMNS} for row in ROWS]
    assert found.metadata.num_row_groups == 2
    write_parquet(tmp_path / "b.parquet", COLUMNS, [], 2)
    assert pq.read_table(tmp_path / "b.parquet").num_rows == 0


@pytest.mark.parametrize("rows", [1, 5])
def test_rows_that_fail_leave_no_file(tmp_path: Path, rows: int) -> None:
    """Nor do they cost the file that was there before."""
    (tmp_path / "a.parquet").write_text("old")

    def failing() -> Iterator[dict[str, object]]:
        yield from ROWS[:rows]
        raise InputError("no more")

    for write in (lambda name: write_csv(name, COLUMNS, failing()),
                  lambda name: write_parquet(name, COLUMNS, failing(), 1)):  # fmt: skip
        with pytest.raises(InputError, match="no more"):
            write_atomically(tmp_path / "a.parquet", write)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.parquet", "old")]


def test_pyarrow_is_asked_for_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match="needs pyarrow, from the extra 'data'"):
        write_parquet(tmp_path / "a.parquet", COLUMNS, ROWS, 2)
    assert list(tmp_path.iterdir()) == []
