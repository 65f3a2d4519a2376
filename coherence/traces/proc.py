"""A folder or zip of one file a core, `NAME_proc0.trace` …, lines `R ADDR` and `W ADDR` in hex, with or without 0x."""

from __future__ import annotations

import re

from coherence.accesses.grammar import Grammar
from coherence.accesses.text import shown
from coherence.traces.build import FileAccess, PerFile
from coherence.traces.source import PACKED, one_trace

NAME = re.compile(rf"(?P<name>.+)_proc(?P<core>[0-9]{{1,6}})\.trace{PACKED}")
EXPECTED = "expected 'R ADDR' or 'W ADDR' in hex"
_LINE = re.compile(r"\s*([RW])\s+((?:0[xX])?[0-9a-fA-F]{1,16})\s*")
_OPS = {"R": "r", "W": "w"}


def parse_line(line: str) -> FileAccess | None:
    """One line; None for a blank one. Raises `ValueError`.

    >>> parse_line("W 0x817b08")
    ('w', 8485640, 0, '0x817b08')
    """
    match = _LINE.fullmatch(line)
    if match:
        return _OPS[match[1]], int(match[2], 16), 0, match[2]
    if line.strip():
        raise ValueError(f"{EXPECTED}, not {shown(line)}")
    return None


FILES = PerFile(
    NAME, "NAME_proc0.trace, NAME_proc1.trace …", one_trace(NAME, "{}_proc{}.trace"), parse_line,
    Grammar(_OPS, prefix=True),
)  # fmt: skip
