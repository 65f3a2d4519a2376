"""Text in columns that the user names: `--format "columns core op key:hex _ gap"`. Named formats are a line of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TypeAlias

from coherence.accesses.grammar import Grammar
from coherence.accesses.op import CoreOp
from coherence.accesses.text import HEX_DIGITS, parse_core, parse_gap, parse_key, shown
from coherence.cache.config import Key
from coherence.errors import InputError, unknown
from coherence.traces.build import KNOWN

NAME = "columns"
KNOWN_FIELDS = ("core", "client", "op", "key", "gap", "_")
MOST_SIZE = 1 << 20  # bytes of an access
REQUESTS = (
    "get",
    "gets",
    "set",
    "add",
    "replace",
    "cas",
    "append",
    "prepend",
    "incr",
    "decr",
    "delete",
)  # of a key-value store
_SAID = {
    "r": f"r R L ld load read {' '.join(REQUESTS[:2])}",
    "w": f"w W S st store write {' '.join(REQUESTS[2:])}",
    "e": "e",
}
# The words of an op, in small letters, in capitals, or with one.
OPS: dict[str, str | None] = {
    spelled: op
    for op, words in _SAID.items()
    for word in words.split()
    for spelled in (word, word.lower(), word.upper(), word.capitalize())
}
_HEX = re.compile(rf"(?:0[xX])?[0-9a-fA-F]{{1,{HEX_DIGITS}}}")
_PART = re.compile(r"[^\s(]*\([^)]*\)|\S+")
_LETTERED = re.compile(r"[PTpt][0-9].*")

# What a line says: core or client, op, key, gap (or size), key as written.
Said: TypeAlias = "tuple[int | str, str, Key, int, str]"


@dataclass(frozen=True)
class Columns:
    """What each column of a text is.

    `fields`: of KNOWN_FIELDS, or size, in hex · `ops`: word of an op → r, w, e, or None for a line to skip ·
    `hexadecimal`: keys are hex, with or without 0x · `header`: the first line is a heading.
    """

    fields: tuple[str, ...]
    ops: Mapping[str, str | None]
    hexadecimal: bool = False
    header: bool = False

    def read(self, lines: Iterable[str]) -> Iterator[tuple[CoreOp, str]]:
        """The accesses of a text, each with its key as written; raises `ValueError` at a line that does not fit."""
        clients: dict[int | str, int] = {}
        by_name = "client" in self.fields
        parse: Callable[[str], Said | None] | None = None
        for line in self._data(lines):
            if parse is None:
                parse = lru_cache(KNOWN)(partial(self._line, self.separator(line)))
            found = parse(line)
            if found:
                who, op, key, gap, text = found
                yield (clients.setdefault(who, len(clients)) if by_name else int(who), op, key, gap), text

    def _data(self, lines: Iterable[str]) -> Iterator[str]:
        """The lines without blank ones, the heading, and those that begin with #."""
        heading = self.header
        for line in lines:
            if not line.strip():
                continue
            if not heading and not line.lstrip().startswith("#"):
                yield line
            heading = False

    def separator(self, line: str) -> str | None:
        """What parts the columns of a file with this first line: a comma, a tab, or None for blanks and tabs."""
        exact = (sep for sep in (",", "\t", None) if len(line.split(sep)) == len(self.fields) and (sep or "") in line)
        return next(exact, "," if "," in line else None)

    def grammar(self, lines: Iterable[str]) -> Grammar | None:
        """The same for the compiled scanner, for a file that begins with *lines*; None if that cannot read it."""
        first = next(self._data(lines), None)
        if first is None or not {"client", "size"}.isdisjoint(self.fields):
            return None
        return Grammar(
            self.ops, self.fields, self.separator(first) or " ", self.header,
            comments=True, prefix=True, decimal=not self.hexadecimal, lettered=True,
        )  # fmt: skip

    def _line(self, separator: str | None, line: str) -> Said | None:
        words = line.split(separator) if separator is None else [word.strip() for word in line.split(separator)]
        if len(words) != len(self.fields):
            raise ValueError(
                f"expected {len(self.fields)} columns, '{' '.join(self.fields)}', not {len(words)}: {shown(line)}"
            )
        of = dict(zip(self.fields, words, strict=True))
        op = self.ops.get(of["op"]) if "op" in of else "r"
        if op is None:
            if of["op"] in self.ops:
                return None
            raise ValueError(f"op {shown(of['op'])} is none of {', '.join(self.ops if self.ops != OPS else _words())}")
        text = of["key"]
        if not text or (self.hexadecimal and not _HEX.fullmatch(text)):
            raise ValueError(f"key {shown(text)} is {'no number in hex' if text else 'missing'}: {shown(line)}")
        gap = _size(of["size"]) if "size" in of else parse_gap(of.get("gap", "0"))
        if "client" in of and not of["client"]:
            raise ValueError(f"the client is missing: {shown(line)}")
        core = of.get("core", "0")
        who = of.get("client") or parse_core(core[1:] if _LETTERED.fullmatch(core) else core)
        return who, op, int(text, 16) if self.hexadecimal else parse_key(text), gap, text


def parse_columns(text: str) -> Columns:
    """What `--format "columns …"` asks for; raises `InputError` with every fault.

    >>> parse_columns("columns core op(0=r,1=w) key:hex _ gap").fields
    ('core', 'op', 'key', '_', 'gap')
    """
    parts = _PART.findall(text)[1:]
    header = parts[:1] == ["header"]
    faults: list[str] = []
    fields, ops, hexadecimal = [], OPS, False
    for part in parts[header:]:
        name, _, pairs = part.partition("(")
        if name == "op" and pairs:
            name, ops = "op", _mapping(part, pairs.removesuffix(")"), faults)
        elif part == "key:hex":
            name, hexadecimal = "key", True
        elif part == "header":
            faults.append("header stands first")
            continue
        elif part not in KNOWN_FIELDS:
            faults.append(
                unknown("field", part, ["header", "core", "client", "op", "op(0=r,1=w)", "key", "key:hex", "gap", "_"])
            )
            continue
        if name != "_" and name in fields:
            faults.append(f"field {name} is there twice")
        fields.append(name)
    if not faults and "key" not in fields:
        faults.append("no field is the key")
    if {"core", "client"} <= set(fields):
        faults.append("core and client both say the core; expected one of them")
    if faults:
        raise InputError("\n".join(f"format columns: {fault}" for fault in faults))
    return Columns(tuple(fields), ops, hexadecimal, header)


def guess(lines: Sequence[str]) -> str | None:
    """Columns that a text might have, for a hint: None if it does not look like accesses in columns.

    >>> guess(["0 0x10 R", "1 0x10 W"])
    'columns core key op'
    """
    data = [line for line in lines if line.strip() and not line.startswith("#")]
    plain, headed = _guess(data), _guess(data[1:])
    found = ["header", *headed] if headed and not plain else plain
    return f"{NAME} {' '.join(found)}" if found else None


def _guess(data: Sequence[str]) -> list[str] | None:
    """The same for lines without a heading, as fields."""
    if not data:
        return None
    separator = next((sep for sep in (",", "\t") if sep in data[0]), None)
    rows = [[word.strip() for word in line.split(separator)] for line in data]
    if len({len(row) for row in rows}) != 1:
        return None
    kinds = [_kind(column) for column in zip(*rows, strict=True)]
    fields = ["_"] * len(kinds)
    keys = [kind for kind in ("key:hex", "key", "core") if kind in kinds]
    if "op" not in kinds or not keys:
        return None
    fields[kinds.index("op")] = "op"
    key = len(kinds) - 1 - kinds[::-1].index(keys[0])
    fields[key] = "key:hex" if keys[0] == "key:hex" else "key"
    if "core" in kinds[:key]:
        fields[kinds.index("core")] = "core"
    return fields


def _kind(column: Sequence[str]) -> str:
    """What a column looks like: op, core (a number that might be one), key (a longer one or 0x…), key:hex, or _."""
    if all(word in OPS for word in column):
        return "op"
    if all(re.fullmatch("[PTpt]?[0-9]{1,3}", word) for word in column):
        return "core"
    if all(re.fullmatch("0[xX][0-9a-fA-F]+|[0-9]+", word) for word in column):
        return "key"
    return "key:hex" if all(_HEX.fullmatch(word) for word in column) else "_"


def _mapping(part: str, pairs: str, faults: list[str]) -> dict[str, str | None]:
    """The ops of `op(0=r,1=w)`; what is wrong is put into *faults*."""
    ops: dict[str, str | None] = {}
    for pair in pairs.split(","):
        word, _, meaning = (side.strip() for side in pair.partition("="))
        if not word or word in ops or (meaning != "_" and meaning not in OPS):
            faults.append(f"{part}: {pair.strip()!r} is not as 0=r; expected each word once, and r, w, e or _ (skip)")
        ops[word] = OPS.get(meaning)
    return ops


def _words() -> list[str]:
    """The words of ops as the help says them."""
    return [word for words in _SAID.values() for word in words.split()]


def _size(word: str) -> int:
    """A size in bytes from its text in hex; raises `ValueError`."""
    if not _HEX.fullmatch(word) or not 0 < int(word, 16) <= MOST_SIZE:
        raise ValueError(f"size {shown(word)} is no number of bytes in hex, from 1 to {MOST_SIZE:x}")
    return int(word, 16)
