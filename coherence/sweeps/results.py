"""What a sweep gives: its results as one tidy table, read from the folder whenever they are asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from coherence.cache.config import Cache
from coherence.columns import write_csv, write_parquet
from coherence.config.parameters import Parameter
from coherence.config.timing import Timing
from coherence.errors import InputError, needs, unknown
from coherence.files import write_atomically
from coherence.sweeps import store
from coherence.sweeps.plan import Plan
from coherence.sweeps.point import DESCRIBED, describe, key_of
from coherence.sweeps.worker import Record
from coherence.version import __version__

if TYPE_CHECKING:
    import pandas as pd

Tables = Literal["points", "cores"]
CHUNK = 4096  # rows that are written to Parquet at a time
TYPES = {bool: "bool", int: "int64", float: "double"}
DIGEST = 12  # hexadecimal digits of a digest in a table
Row = dict[str, object]
# The columns that say what a point is, besides those that begin with one of PREFIXES.
WHAT = {"workload", *(p.name for p in DESCRIBED), *(f.name for f in fields(Cache))}
PREFIXES = ("workload_", "level", "shared_", "timing_")


@dataclass(frozen=True)
class Sweep:
    """The results of a sweep that lie in a folder, a file a point.

    `folder` · `plan`: the points, or None for all that the folder holds of this version. Results are read when they
    are asked for, so points that are added to the folder later are seen; a point without a result is left out.
    """

    folder: Path
    plan: Plan | None = None

    def records(self) -> Iterator[Record]:
        """Each result as it was kept: `key`, `point` (all it depends on), and `totals` and `per_core`, or `error`.

        In the order of the plan, or of a folder's parameters. Raises `InputError` for a damaged file.
        """
        for key in self._keys():
            record = store.read(self.folder, key)
            if record is not None:
                yield record

    def _keys(self) -> Iterator[str]:
        if self.plan is None:
            yield from store.keys(self.folder)
        else:
            yield from dict.fromkeys(key_of(describe(point)) for point in self.plan)

    def rows(self, table: Tables = "points") -> Iterator[dict[str, object]]:
        """One dictionary a point, or one a core of a point: where the numbers come from, then the numbers.

        Raises `InputError` for another table.
        """
        if table not in ("points", "cores"):
            raise InputError(unknown("table", table, ("points", "cores")))
        for record in self.records():
            if table == "points":
                yield point_row(record)
            else:
                yield from core_rows(record)

    def to_pandas(self, table: Tables = "points") -> pd.DataFrame:
        """One row a point, or one a core of a point, as a pandas DataFrame (extra `data`).

        Columns: the workload and its parameters (`workload_NAME`), the protocol, `cores`, the caches (`sets`, `ways` …;
        `level2_sets` …, `shared_sets` … where there are such), the latencies (`timing_NAME`), `arbitration`, `order`,
        `max_cycles`, `seed`; then the counters and ratios of `Run.totals`, or a core's counters; `error`, which is
        empty where all went well; `key`, `version`, and digests of the protocol's table and of a trace's content.
        """
        rows = list(self.rows(table))
        found: pd.DataFrame = _pandas().DataFrame(in_order(rows) if self.plan is None else rows)
        return found

    def to_csv(self, path: str | PathLike[str], table: Tables = "points") -> None:
        """The table as CSV, written row by row, whole or not at all."""
        columns = self._columns(table)
        write_atomically(Path(path), lambda name: write_csv(name, columns, self.rows(table)))

    def to_parquet(self, path: str | PathLike[str], table: Tables = "points") -> None:
        """The table as Parquet (extra `data`), written some thousand rows at a time, whole or not at all."""
        columns = self._columns(table)
        rows = ({n: _as(row.get(n), kind) for n, kind in columns.items()} for row in self.rows(table))
        write_atomically(Path(path), lambda name: write_parquet(name, columns, rows, CHUNK))

    def _columns(self, table: Tables) -> dict[str, str]:
        """The columns that occur and their types; text where these are mixed, or a number has more than 64 bits."""
        found: dict[str, set[str]] = {}
        for row in self.rows(table):
            for name, value in row.items():
                found.setdefault(name, set()).update(set() if value is None else {_type(value)})
        return {name: _common(types) for name, types in found.items()}

    def failures(self) -> dict[str, str]:
        """Key → error of each point that failed."""
        return {record["key"]: record["error"] for record in self.records() if "error" in record}

    def origin(self, key: str) -> Mapping[str, object]:
        """All that the result of that key depends on: version, the protocol's table, machine, workload, seed.

        Raises `InputError` if there is no such result.
        """
        record = store.read(self.folder, key)
        if record is None:
            raise InputError(f"{self.folder}: no result {key!r} of version {__version__}")
        found: Mapping[str, object] = record["point"]
        return found

    def __len__(self) -> int:
        return sum(1 for _ in self._keys())

    def __repr__(self) -> str:
        done = failed = 0
        for record in self.records():
            done += 1
            failed += "error" in record
        count = len(self)
        return (
            f"<Sweep: {count:,} point{'s' * (count != 1)}"
            + (f", {count - done:,} not computed" if done < count else "")
            + (f", {failed:,} failed" if failed else "")
            + f", in {self.folder}>"
        )


def _type(value: object) -> str:
    return "string" if isinstance(value, int) and value.bit_length() > 63 else TYPES.get(type(value), "string")


def _common(types: set[str]) -> str:
    if types == {"int64", "double"}:
        return "double"
    return types.pop() if len(types) == 1 else "string"


def _as(value: object, kind: str) -> object:
    """*value* as one of its column's type."""
    if value is None:
        return None
    return str(value) if kind == "string" else float(value) if kind == "double" else value  # type: ignore[arg-type]


def _pandas() -> Any:
    try:
        import pandas
    except ImportError:
        raise InputError(f"to_pandas {needs('pandas', 'data')}") from None
    return pandas


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
    for p in DESCRIBED:
        head |= _cells(p, point)
    head["cores"] = record.get("cores", head["cores"])
    tail: Row = {
        "error": record.get("error"),
        "engine": record.get("engine"),
        "version": point["version"],
        "table_sha256": hashlib.sha256(point["protocol"].encode()).hexdigest()[:DIGEST],
        "content_sha256": workload["sha256"][:DIGEST],
        "key": record["key"],
    }
    return head, tail


def _cells(p: Parameter, point: Mapping[str, Any]) -> Row:
    """The columns of one parameter; what older results do not know of has its default."""
    match p.name:
        case "protocol":
            return {p.name: point[p.name].partition(":")[0]}  # the name that a table begins with
        case "cache":
            levels = enumerate(point["caches"], start=1)
            return {
                f"level{n}_{name}" if n > 1 else name: value
                for n, level in levels
                for name, value in (asdict(Cache()) | level).items()
            }
        case "shared" | "timing":
            values = point[p.name]
            whole = asdict(Timing() if p.name == "timing" else Cache()) | values if values else {}
            return {f"{p.name}_{name}": value for name, value in whole.items()}
    return {p.name: point.get(p.name, p.plain(p.default))}


def _flat(counters: Mapping[str, Any]) -> Row:
    """Counters by name; those of the bus by request."""
    row: Row = {}
    for name, value in counters.items():
        row |= value if isinstance(value, dict) else {name: value}
    return row


def _cell(value: object) -> object:
    """A parameter as one cell."""
    return str(value) if isinstance(value, (list, dict)) else value
