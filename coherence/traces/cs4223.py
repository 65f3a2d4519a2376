"""The format of NUS's CS4223 assignment: a folder or zip of `NAME_0.data` …, lines `label value` in hex.

Label 0 is a load and 1 a store of the address; 2 is that many cycles of computing, which become the gap before the
next access (what follows the last access stays as trailing compute).
"""

from __future__ import annotations

import re

from coherence.accesses.grammar import Grammar
from coherence.accesses.op import COMPUTE
from coherence.accesses.text import shown
from coherence.traces.build import FileAccess, PerFile
from coherence.traces.source import PACKED, one_trace

NAME = re.compile(rf"(?P<name>.+)_(?P<core>[0-9]{{1,6}})\.data{PACKED}")
EXPECTED = "expected '0 ADDR', '1 ADDR' or '2 CYCLES' in hex"
_LINE = re.compile(r"\s*([012])\s+((?:0[xX])?[0-9a-fA-F]{1,16})\s*")
_LABELS = {"0": "r", "1": "w"}


def parse_line(line: str) -> FileAccess | None:
    """One line; None for a blank one. Raises `ValueError`.

    >>> parse_line("1 0x7e1aff60"), parse_line("2 0x1b")
    (('w', 2115698528, 0, '0x7e1aff60'), ('c', 0, 27, '0x1b'))
    """
    match = _LINE.fullmatch(line)
    if match is None:
        if not line.strip():
            return None
        raise ValueError(f"{EXPECTED}, not {shown(line)}")
    label, text = match.groups()
    value = int(text, 16)
    return (COMPUTE, 0, value, text) if label == "2" else (_LABELS[label], value, 0, text)


GRAMMAR = Grammar({**_LABELS, "2": COMPUTE}, prefix=True)
FILES = PerFile(NAME, "NAME_0.data, NAME_1.data …", one_trace(NAME, "{}_{}.data"), parse_line, GRAMMAR, by_name=True)
