"""Dinero's format: one file a core, lines `label address` in hex, label 0 read, 1 write, 2 instruction fetch (skipped).

What follows the address on a line (Dinero IV writes a size there) is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from coherence.accesses.grammar import Grammar
from coherence.accesses.text import TraceError, shown
from coherence.traces.build import FileAccess, PerFile
from coherence.traces.source import Source

NAME = re.compile(r".+\.din(?:\.gz)?")
CALLED = "one .din file a core, in the order of their names"
EXPECTED = "expected 'label address', label 0, 1 or 2, address in hex"
_ADDRESS = re.compile(r"(?:0[xX])?[0-9a-fA-F]{1,16}")
_LABELS = {"0": "r", "1": "w", "2": None}


def parse_line(line: str) -> FileAccess | None:
    """One line; None for a blank one or an instruction fetch. Raises `ValueError`.

    >>> parse_line("1 7fff0010 4"), parse_line("2 400000")
    (('w', 2147418128, 0, '7fff0010'), None)
    """
    words = line.split()
    if not words:
        return None
    if len(words) < 2 or words[0] not in _LABELS or not _ADDRESS.fullmatch(words[1]):
        raise ValueError(f"{EXPECTED}, not {shown(line)}")
    op = _LABELS[words[0]]
    return None if op is None else (op, int(words[1], 16), 0, words[1])


def in_order(where: str, files: Sequence[tuple[str, Source]]) -> list[Source]:
    """The .din files, one a core, numbers in names by value; raises `TraceError` where there is none.

    >>> [s.name for s in in_order("x", [(n, Source(n, None)) for n in ("cpu10.din", "cpu9.din", "notes.txt")])]
    ['cpu9.din', 'cpu10.din']
    """
    found = [(name, source) for name, source in files if NAME.fullmatch(name)]
    if not found:
        raise TraceError(f"{where}: no .din files in it; expected {CALLED}")
    found.sort(key=lambda pair: _natural(pair[0]))
    for (name, one), (following, other) in pairwise(found):
        if name == following:
            raise TraceError(f"{where}: both {one.name} and {other.name} are {name}; expected one a core")
    return [source for _, source in found]


def _natural(name: str) -> list[tuple[int, str]]:
    """A name's parts, so that numbers in it compare by value."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]+)", name)]


FILES = PerFile(NAME, CALLED, in_order, parse_line, Grammar(_LABELS, rest=True, prefix=True))
