"""A folder or zip of one file a core: `p0.trace`, `p1.trace` …, lines `r 0xADDR [gap]`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from coherence.cache.config import Key
from coherence.traces.native import OPS, TraceError, parse_gap, parse_key

NAME = re.compile(r"p([0-9]{1,6})\.trace(?:\.gz)?")
EXPECTED = "expected 'r|w|e 0xADDR [gap]'"


def parse_line(line: str) -> tuple[tuple[str, Key, int], str] | None:
    """One line, and its key as written; None for a blank one or a comment. Raises `ValueError`.

    >>> parse_line("r 0x 5e7ddf60")[0]
    ('r', 1585307488, 0)
    """
    words = re.sub(r"\b0[xX]\s+", "0x", line.partition("#")[0]).split()
    if not words:
        return None
    if len(words) not in (2, 3) or words[0] not in OPS:
        raise ValueError(f"{EXPECTED}, not {' '.join(words)!r}")
    return (words[0], parse_key(words[1]), parse_gap(words[2]) if len(words) == 3 else 0), words[1]


def in_order(where: str, names: Iterable[str]) -> list[str]:
    """The names that are of this format, by core; raises `TraceError` where one is missing or there is none."""
    found: dict[int, str] = {}
    for name in names:
        match = NAME.fullmatch(name)
        if match:
            core = int(match[1])
            if core in found:
                raise TraceError(f"{where}: both {found[core]} and {name} are core {core}")
            found[core] = name
    if not found:
        raise TraceError(f"{where}: no per-core traces; expected p0.trace, p1.trace …")
    holes = [core for core in range(max(found)) if core not in found]
    if holes:
        shown = ", ".join(f"p{core}.trace" for core in holes[:4]) + (" …" if len(holes) > 4 else "")
        raise TraceError(f"{where}: {shown} is missing; expected p0.trace to p{max(found)}.trace without holes")
    return [found[core] for core in sorted(found)]
