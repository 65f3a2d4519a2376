"""The native format: `core op key [gap]`, one access a line, `#` comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from coherence.accesses.grammar import Grammar
from coherence.accesses.op import MAX_CORES, CoreOp
from coherence.cache.config import Key, check_key
from coherence.errors import InputError, whole

OPS = ("r", "w", "e")
# Of lines whose key is a number.
GRAMMAR = Grammar(
    {op: op for op in OPS}, ("core", "op", "key", "[gap]"), comments=True, remarks=True, prefix=True, decimal=True
)
EXPECTED = "expected 'core op key [gap]' with op r, w or e"
SHOWN = 72  # characters of a faulty line that a message quotes
LONGEST_NAME = 300  # characters of a name that a message quotes
HEX_DIGITS = 3300  # of a number: Python writes none of more than 4,300 decimal digits
_CAPITAL = re.compile(r"(?<=[0-9]\s)\s*[RWE](?=\s)")  # an op of a text that is typed by hand
_DECIMAL = re.compile(r"[+-]?[0-9]{1,4000}")
_HEX = re.compile(rf"[+-]?0[xX][0-9a-fA-F]{{1,{HEX_DIGITS}}}")


class TraceError(InputError):
    """A trace that cannot be read: names file, line and what was expected."""


def shown(line: str) -> str:
    """A line as a message quotes it: on one line, and cut where it is long.

    >>> shown("0  x 1")
    "'0 x 1'"
    """
    text = " ".join(line.split())
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "…")


def named(name: object) -> str:
    r"""A foreign name or message as ours quote it: without what steers a terminal or turns text around, not too long.

    >>> print(named("p0\r.trace"), len(named("x" * 1000)))
    p0\r.trace 301
    """
    text = str(name)
    text = text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return text if len(text) <= LONGEST_NAME else text[:LONGEST_NAME] + "…"


def parse_key(word: str) -> Key:
    """A key from its text: decimal, `0x…`, or the word itself, as which a number beyond all reason counts too.

    >>> parse_key("0x10"), parse_key("-3"), parse_key("x")
    (16, -3, 'x')
    """
    if _DECIMAL.fullmatch(word):
        return int(word)
    return int(word, 16) if _HEX.fullmatch(word) else word


def parse_core(word: str) -> int:
    """A core's index from its text; raises `ValueError` with what is wrong."""
    if not (word.isascii() and word.isdecimal()) or len(word) > 18:
        raise ValueError(f"core {shown(word)} is no whole number from 0")
    if int(word) >= MAX_CORES:
        raise ValueError(f"core {int(word)} is out of range; the highest is {MAX_CORES - 1}")
    return int(word)


def parse_gap(word: str) -> int:
    """A gap in cycles from its text; raises `ValueError` with what is wrong."""
    if not (word.isascii() and word.isdecimal()) or len(word) > 18:
        raise ValueError(f"gap {shown(word)} is no whole number of cycles from 0")
    return int(word)


def parse_line(line: str) -> tuple[CoreOp, str] | None:
    """One line, and its key as written; None for a blank one or a comment. Raises `ValueError`."""
    words = line.partition("#")[0].split()
    if not words:
        return None
    if len(words) not in (3, 4):
        raise ValueError(f"{EXPECTED}, not {shown(line)}")
    core = parse_core(words[0])
    if words[1] not in OPS:
        raise ValueError(f"{EXPECTED}, not op {shown(words[1])}")
    return (core, words[1], parse_key(words[2]), parse_gap(words[3]) if len(words) == 4 else 0), words[2]


def parse_ops(text: str) -> tuple[list[CoreOp], dict[Key, str]]:
    """The accesses of a short text, separated by `;`, and how each key was first written."""
    if not isinstance(text, str):
        raise TraceError(f"ops: expected a text such as '0 w x; 1 r x', not {text!r}")
    ops: list[CoreOp] = []
    written: dict[Key, str] = {}
    faults = []
    for number, part in enumerate(re.split(r"[;\n]", text), start=1):
        try:
            found = parse_line(_CAPITAL.sub(lambda match: match[0].lower(), part, count=1))
        except ValueError as error:
            apart = "; a ';' stands between two accesses" if "," in part else ""
            faults.append(f"ops: access {number}: {error}{apart}")
            continue
        if found:
            ops.append(found[0])
            written.setdefault(found[0][2], found[1])
    if not ops and not faults:
        faults.append(f"ops: no access; {EXPECTED}, separated by ';'")
    if faults:
        raise TraceError("\n".join(faults))
    return ops, written


def check_accesses(items: Iterable[Sequence[object]]) -> list[CoreOp]:
    """Accesses given in Python, checked: (core, op, key) or (core, op, key, gap)."""
    found: list[CoreOp] = []
    faults = []
    for number, item in enumerate(items):
        if not isinstance(item, (tuple, list)) or len(item) not in (3, 4):
            faults.append(f"access {number}: expected (core, op, key[, gap]), not {item!r}")
            continue
        core, op, key, gap = (*item, 0) if len(item) == 3 else item
        wrong = whole("core", core, 0, MAX_CORES - 1) + whole("gap", gap, 0)
        wrong += [] if op in OPS else [f"op {op!r} is none of r, w, e"]
        try:
            check_key(key)
        except InputError as error:
            wrong.append(str(error))
        faults += [f"access {number}: {w}" for w in wrong]
        found.append((core, op, key, gap))
    if faults:
        raise InputError("\n".join(faults[:20]))
    return found
