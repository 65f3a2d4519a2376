"""What a line of a trace may look like, said so that one compiled scanner reads several formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# The yes-or-no parts of a Grammar, in the order of the scanner's bits.
FLAGS = ("comments", "remarks", "rest", "prefix", "prefixed", "apart", "decimal", "lettered")
# What a column may be, in the order of the scanner's numbers.
FIELDS = ("_", "core", "op", "key", "gap", "[gap]")


@dataclass(frozen=True)
class Grammar:
    """A format whose lines are columns.

    A line that this does not describe is for the format's own reader to read or to refuse, so a grammar may say less
    than the format means, but nothing else.

    `ops`: the word of each op → r, w, e, c (the key is cycles of computing) or None (the line says nothing) ·
    `fields`: the columns, of FIELDS; `_` is any word, `[gap]` may be missing; without an op each line is a read ·
    `separator`: a comma or a tab, else any blanks and tabs · `header`: the first line that is not blank is a heading ·
    `comments`: a line may begin with #, which makes it one · `remarks`: # begins a comment anywhere · `rest`: what
    follows the last column is ignored · `prefix`: a key may begin with 0x · `prefixed`: it must · `apart`:
    blanks may follow that · `decimal`: a key without it is decimal with or without a sign, else hex · `lettered`: a
    core may begin with P or T.
    Keys have up to 16 digits in hex, up to 20 in decimal, ops of more than a letter up to 8.
    """

    ops: Mapping[str, str | None]
    fields: tuple[str, ...] = ("op", "key")
    separator: str = " "
    header: bool = False
    comments: bool = False
    remarks: bool = False
    rest: bool = False
    prefix: bool = False
    prefixed: bool = False
    apart: bool = False
    decimal: bool = False
    lettered: bool = False

    @property
    def core(self) -> bool:
        """Whether lines name their core."""
        return "core" in self.fields


@dataclass(frozen=True)
class Glance:
    """What a text holds at a glance: accesses, highest core + 1, and whether any key has a digit from a to f."""

    accesses: int
    cores: int
    letters: bool
