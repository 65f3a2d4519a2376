"""What a line of a trace may look like, said so that one compiled scanner reads several formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# The yes-or-no parts of a Grammar, in the order of the scanner's bits.
FLAGS = ("core", "gap", "comments", "rest", "prefix", "apart", "decimal")


@dataclass(frozen=True)
class Grammar:
    """A format whose lines are `[core] op key [gap]`, apart by blanks and tabs.

    A line that this does not describe is for the format's own reader to read or to refuse, so a grammar may say less
    than the format means, but nothing else.

    `ops`: the letter or digit of each op → r, w, e, c (the key is cycles of computing) or None (the line says nothing)
    · `core`: lines begin with one · `gap`: they may end with one · `comments`: # begins one · `rest`: what follows the
    key is ignored · `prefix`: a key may begin with 0x · `apart`: blanks may follow that · `decimal`: a key without it
    is decimal with or without a sign, else hex. Keys have up to 16 digits in hex, up to 20 in decimal.
    """

    ops: Mapping[str, str | None]
    core: bool = False
    gap: bool = False
    comments: bool = False
    rest: bool = False
    prefix: bool = False
    apart: bool = False
    decimal: bool = False


@dataclass(frozen=True)
class Glance:
    """What a text holds at a glance: accesses, highest core + 1, and whether any key has a digit from a to f."""

    accesses: int
    cores: int
    letters: bool
