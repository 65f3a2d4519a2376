"""A folder or zip of one file a core: `p0.trace`, `p1.trace` …, lines `r 0xADDR [gap]`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from coherence.accesses.grammar import Grammar
from coherence.accesses.text import HEX_DIGITS, OPS, parse_gap, shown
from coherence.traces.build import FileAccess, PerFile
from coherence.traces.source import PACKED, Source, by_core

NAME = re.compile(rf"p(?P<core>[0-9]{{1,6}})\.trace{PACKED}")
EXPECTED = "expected 'r|w|e 0xADDR [gap]'"
_ADDRESS = re.compile(rf"0[xX][0-9a-fA-F]{{1,{HEX_DIGITS}}}")


def parse_line(line: str) -> FileAccess | None:
    """One line; None for a blank one or a comment. Raises `ValueError`.

    >>> parse_line("r 0x 5e7ddf60")
    ('r', 1585307488, 0, '0x5e7ddf60')
    """
    words = re.sub(r"\b0[xX]\s+", "0x", line.partition("#")[0]).split()
    if not words:
        return None
    if len(words) not in (2, 3) or words[0] not in OPS or not _ADDRESS.fullmatch(words[1]):
        raise ValueError(f"{EXPECTED}, not {shown(line)}")
    return words[0], int(words[1], 16), parse_gap(words[2]) if len(words) == 3 else 0, words[1]


def in_order(where: str, files: Sequence[tuple[str, Source]]) -> list[Source]:
    """The files that are of this format, by core; raises `TraceError` where one is missing or there is none."""
    return by_core(where, files, NAME, "p{}.trace".format)


GRAMMAR = Grammar(
    {op: op for op in OPS}, ("op", "key", "[gap]"), comments=True, remarks=True, prefixed=True, apart=True
)
FILES = PerFile(NAME, "p0.trace, p1.trace …", in_order, parse_line, GRAMMAR)
