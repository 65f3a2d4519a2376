"""The accesses of a run as a table in a file, one row each.

`step` (from 1) and the columns of `run.to_pandas("events")`, with keys, lines, suppliers and values as text: `core`
`event` (PrRd, PrWr, Evict) `key` `line` `start queued granted held end` (in cycles; `queued` and `granted` are empty
for an access that needed no bus) `before after` (states of its own copy) `requests` (put on the bus, a blank between)
`supplier` (`memory` or a core; empty where no line moved) `memory_written` `miss` (the cause of a miss) `value`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from coherence import columns
from coherence.errors import InputError
from coherence.exports.view import View
from coherence.run.rows import event_row
from coherence.words.say import show_key, show_value

COLUMNS = {
    "step": "int64", "core": "int32", "event": "string", "key": "string", "line": "string", "start": "int64",
    "queued": "int64", "granted": "int64", "held": "int64", "end": "int64", "before": "string", "after": "string",
    "requests": "string", "supplier": "string", "memory_written": "bool", "miss": "string", "value": "string",
}  # fmt: skip
BATCH = 10_000  # rows of a group in a Parquet file


def rows(view: View) -> Iterator[dict[str, object]]:
    """One row an access, values as COLUMNS says or None."""
    for number, access in view.accesses():
        row = {"step": number, **event_row(access)}
        row["key"] = view.name(access.key)
        row["line"] = show_key(access.line)
        row["value"] = None if access.value is None else show_value(access.value)
        row["supplier"] = None if row["supplier"] is None else str(row["supplier"])
        yield {name: _text(value) if isinstance(value, str) else value for name, value in row.items()}


def write_csv(view: View, path: Path) -> None:
    """Write it with a line of names first."""
    columns.write_csv(path, COLUMNS, rows(view))


def write_parquet(view: View, path: Path) -> None:
    """Write it in groups of rows. Needs the extra `data`."""
    try:
        columns.write_parquet(path, COLUMNS, rows(view), BATCH)
    except OverflowError:
        raise InputError("a .parquet holds cycles below 2⁶³, and this run took more; .csv has no bound") from None


def _text(text: str) -> str:
    """*text* in characters that UTF-8 has: a lone surrogate is written as its code."""
    return text.encode("utf-8", "backslashreplace").decode()
