"""The format of NC State's ECE/CSC 506 simulators: `core r|w hex`."""

from __future__ import annotations

import re

from coherence.accesses.grammar import Grammar
from coherence.accesses.op import MAX_CORES, CoreOp
from coherence.accesses.text import HEX_DIGITS, parse_core, shown
from coherence.traces.fast import glance
from coherence.traces.source import Source

BARE_HEX = re.compile(rf"[0-9a-fA-F]{{1,{HEX_DIGITS}}}")
GRAMMAR = Grammar({"r": "r", "w": "w"}, ("core", "op", "key"))
EXPECTED = "expected 'core r|w hex'"


def parse_line(line: str) -> tuple[CoreOp, str] | None:
    """One line, and its key as written; None for a blank one. Raises `ValueError`.

    >>> parse_line("1 r a1663dc4")[0]
    (1, 'r', 2707832260, 0)
    """
    words = line.split()
    if not words:
        return None
    if len(words) != 3 or words[1] not in ("r", "w") or not BARE_HEX.fullmatch(words[2]):
        raise ValueError(f"{EXPECTED}, not {shown(line)}")
    return (parse_core(words[0]), words[1], int(words[2], 16), 0), words[2]


def only_ncsu(source: Source) -> bool:
    """Whether the whole file is of this format and some key has a digit from a to f.

    Such keys would be words to the native format, which fits as well.
    """
    seen = glance(source, GRAMMAR, MAX_CORES)
    if seen is not None:
        return seen.letters
    letters = False
    for line in source.lines():
        try:
            found = parse_line(line)
        except ValueError:
            return False
        letters = letters or (found is not None and not found[1].isdecimal())
    return letters
