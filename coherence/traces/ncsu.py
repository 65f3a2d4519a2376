"""The format of NC State's ECE/CSC 506 simulators: `core r|w hex`."""

from __future__ import annotations

import re

from coherence.traces.native import parse_core
from coherence.workloads.base import CoreOp

BARE_HEX = re.compile(r"[0-9a-fA-F]{1,4000}")
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
        raise ValueError(f"{EXPECTED}, not {' '.join(words)!r}")
    return (parse_core(words[0]), words[1], int(words[2], 16), 0), words[2]


def fits(line: str) -> bool:
    """Whether a line is of this format."""
    try:
        return parse_line(line) is not None
    except ValueError:
        return False
