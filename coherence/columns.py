"""Tables as files: rows of plain values under named, typed columns, written as they come, so that memory stays flat.

A column's type is "int32", "int64", "double", "bool" or "string"; a value is of it, or None.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from importlib import import_module
from itertools import islice
from pathlib import Path

from coherence.errors import InputError, needs

Row = Mapping[str, object]


def write_csv(path: Path, columns: Mapping[str, str], rows: Iterable[Row]) -> None:
    """Write a line of names, and then one line per row; a value that is missing or None is empty."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_parquet(path: Path, columns: Mapping[str, str], rows: Iterable[Row], batch: int) -> None:
    """Write groups of *batch* rows. Raises `InputError` without the extra `data`, or for a number beyond its column."""
    try:
        arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise InputError(f"a .parquet {needs('pyarrow', 'data')}") from None
    schema = arrow.schema([(name, arrow.type_for_alias(kind)) for name, kind in columns.items()])
    every = iter(rows)
    with parquet.ParquetWriter(path, schema) as writer:
        while some := list(islice(every, batch)):
            writer.write_batch(arrow.RecordBatch.from_pylist(some, schema))
