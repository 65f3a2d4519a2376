"""From the records of a sweep to the rows of a tidy table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from coherence.sweeps.worker import Record

DIGEST = 12  # hexadecimal digits of a digest in a table
Row = dict[str, object]
# The columns that say what a point is, besides those that begin with one of PREFIXES.
WHAT = (
    "workload", "protocol", "cores", "sets", "ways", "keys_per_line", "policy", "lookup", "arbitration", "order",
    "max_cycles", "seed",
)  # fmt: skip
PREFIXES = ("workload_", "level", "shared_", "timing_")


def says_what(column: str) -> bool:
    """Whether a column says what a point is, and not what came out.

    >>> says_what("workload_writes"), says_what("writes")
    (True, False)
    """
    return column in WHAT or column.startswith(PREFIXES)


def point_row(record: Record) -> Row:
    """One row: what the point is, and its totals, or none of these where it failed."""
    head, tail = _around(record)
    return head | _flat(record.get("totals", {})) | tail


def core_rows(record: Record) -> Iterator[Row]:
    """One row a core, likewise."""
    head, tail = _around(record)
    for core, counts in enumerate(record.get("per_core", [])):
        yield head | {"core": core} | _flat(counts) | tail


def in_order(rows: Iterable[Row]) -> list[Row]:
    """The rows sorted by their columns, from the first on: the same order however they were computed."""
    return sorted(rows, key=lambda row: [_sortable(value) for value in row.values()])


def _sortable(value: object) -> tuple[int, float, str]:
    if value is None:
        return 0, 0.0, ""
    return (1, float(value), "") if isinstance(value, (int, float)) else (2, 0.0, str(value))


def _around(record: Record) -> tuple[Row, Row]:
    """What of a row is before its numbers, and what is behind."""
    point: dict[str, Any] = record["point"]
    workload = point["workload"]
    head: Row = {"workload": workload["name"]}
    head |= {f"workload_{name}": _cell(value) for name, value in workload["parameters"].items()}
    head |= {"protocol": _name(point["protocol"]), "cores": record.get("cores", point["cores"])}
    for number, cache in enumerate(point["caches"], start=1):
        head |= {f"level{number}_{name}" if number > 1 else name: value for name, value in cache.items()}
    head |= {f"shared_{name}": value for name, value in (point["shared"] or {}).items()}
    head |= {name: point[name] for name in ("arbitration", "order", "max_cycles", "seed")}
    head |= {f"timing_{name}": value for name, value in point["timing"].items()}
    tail: Row = {
        "error": record.get("error"),
        "engine": record.get("engine"),
        "version": point["version"],
        "table_sha256": hashlib.sha256(point["protocol"].encode()).hexdigest()[:DIGEST],
        "content_sha256": workload["sha256"][:DIGEST],
        "key": record["key"],
    }
    return head, tail


def _name(table: str) -> str:
    """The protocol's name, which its table begins with."""
    return table.partition(":")[0]


def _flat(counters: Mapping[str, Any]) -> Row:
    """Counters by name; those of the bus by request."""
    row: Row = {}
    for name, value in counters.items():
        row |= value if isinstance(value, dict) else {name: value}
    return row


def _cell(value: object) -> object:
    """A parameter as one cell."""
    return str(value) if isinstance(value, (list, dict)) else value
