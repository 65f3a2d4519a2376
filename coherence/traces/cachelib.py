"""Meta's kvcache traces, which CacheLib replays: CSV whose heading names the columns, among them `key` and `op`.

A row with an `op_count` stands for as many accesses, as CacheLib replays it. All are of core 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coherence.accesses.op import CoreOp
from coherence.accesses.text import parse_key, shown
from coherence.traces.columns import OPS

EXPECTED = "expected a heading with key and op, and rows of as many cells"
MOST = 1_000_000  # accesses of a row
LEASES = "_LEASE"


def read(lines: Iterable[str]) -> Iterator[tuple[CoreOp, str]]:
    """The accesses, each with its key as written; raises `ValueError`."""
    names: list[str] = []
    for line in lines:
        cells = [cell.strip() for cell in line.split(",")]
        if cells == [""]:
            continue
        if not names:
            names = cells
            if not {"key", "op"} <= set(names) or len(set(names)) < len(names):
                raise ValueError(f"{EXPECTED}, not {shown(line)}")
            continue
        if len(cells) != len(names):
            raise ValueError(f"{EXPECTED}, not {shown(line)}")
        row = dict(zip(names, cells, strict=True))
        op, count = OPS.get(row["op"].removesuffix(LEASES)), row.get("op_count", "1")
        if op is None or not row["key"]:
            raise ValueError(f"expected a key and an op such as GET, SET or DELETE, not {shown(line)}")
        if not (count.isascii() and count.isdecimal() and len(count) < 8 and 1 <= int(count) <= MOST):
            raise ValueError(f"op_count {shown(count)} is no whole number from 1 to {MOST}")
        access = (0, op, parse_key(row["key"]), 0), row["key"]
        for _ in range(int(count)):
            yield access
