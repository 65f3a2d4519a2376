"""A litmus test from its text, in the format of herd, with every fault at once.

The parts, in order: a line `ARCHITECTURE NAME`; words on it, which are kept only if they are in quotes; `{ start }`;
a table of instructions, a column for each core, rows ended by `;`; `locations [...]`, if any; the condition. Comments
`(* *)` and blocks `<< >>`, which other tools read, are skipped.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from coherence.accesses.text import shown
from coherence.consistency import x86
from coherence.consistency.condition import Reader, WordError
from coherence.consistency.program import (
    EXISTS,
    FORALL,
    NEVER_EXISTS,
    Condition,
    Copy,
    Every,
    Exchange,
    Instruction,
    Is,
    Litmus,
    Load,
    Not,
    Some,
    Store,
)
from coherence.errors import InputError, known, unknown

QUANTIFIERS = {"exists": EXISTS, "~exists": NEVER_EXISTS, "forall": FORALL, "final": EXISTS}  # final asks what exists
TYPES = ("int", "long", *(f"{sign}int{bits}_t" for sign in ("", "u") for bits in (32, 64)))
MOST_CORES = 16
LONGEST = 200_000  # characters of a test
_END = re.compile(r"\s*(?:locations\b|(?:~|not)\s*exists\b|exists\b|forall\b|final\b|filter\b)")
_QUANTIFIER = re.compile(r"\s*(~\s*exists|not\s+exists|exists|forall|final)\b")
_LOCATIONS = re.compile(r"\s*locations\s*\[([^]]*)\]")
_WITH = re.compile(r"\s*;?\s*(?:with\b(?:\s*\w+\s*:\s*~?\s*\w+\s*;?)*)?\s*")
_PLACE = re.compile(r"(?:P?(?P<core>[0-9]{1,4})\s*:\s*(?P<register>%?\w+)|\[?\s*(?P<location>[A-Za-z_]\w*)\s*\]?)")
_START = re.compile(rf"(?:(?P<type>\w+)\s+)?{_PLACE.pattern}(?:\s*=\s*(?P<value>\S+))?")


class LitmusError(InputError):
    """A litmus test that is not understood: file, line, word and what is known, one line for each fault."""


class _Cell(NamedTuple):
    """One instruction as the table has it: whose, on which line, and what is written."""

    core: int
    line: int
    written: x86.Written


def parse(text: str, source: str = "") -> Litmus:
    """Read a litmus test; *source*, a file's name, goes before each fault.

    Raises `LitmusError` with every fault, one line each.

    >>> test = parse('''X86 mine
    ... { x=0; }
    ...  P0         | P1          ;
    ...  MOV [x],$1 | MOV EAX,[x] ;
    ... exists (1:EAX=1)''')
    >>> test.name, test.names, test.question
    ('mine', ['1:EAX', 'x'], 'exists (1:EAX=1)')
    """
    reader = _Reader(text)
    found = reader.test(source) if reader.sections() else None
    if found is None or reader.faults:
        before = f"{source}, line" if source else "line"
        raise LitmusError("\n".join(f"{before} {line}: {message}" for line, message in sorted(reader.faults)))
    return found


class _Reader:
    """Reads one text; `faults` collects (line, message)."""

    def __init__(self, text: str) -> None:
        text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        self.text = _blanked(_blanked(text, "(*", "*)"), "<<", ">>")
        self.faults: list[tuple[int, str]] = []
        self.arch = "X86"
        self.name = ""
        self.about = ""
        self.memory: dict[str, int] = {}
        self.started: dict[tuple[int, str], int] = {}
        self.programs: list[list[Instruction]] = []
        self.condition: Condition = Every()
        self.quantifier = EXISTS
        self.asked = ""

    def fault(self, at: int, message: str) -> None:
        """Note what is wrong at a place of the text."""
        self.faults.append((self.text.count("\n", 0, at) + 1, message))

    def sections(self) -> bool:
        """Read all parts in order; False if one cannot be found."""
        if len(self.text) > LONGEST:
            self.fault(0, f"{len(self.text):,} characters, expected a litmus test of at most {LONGEST:,}")
            return False
        opening = self.text.find("{")
        closing = self.text.find("}", opening)
        if opening < 0 or closing < 0:
            self.fault(0, "expected 'ARCHITECTURE NAME', then { start }, instructions and a condition")
            return False
        self.header(self.text[:opening])
        at = self.table(closing + 1)
        self.start(opening + 1, closing)
        if at is None:
            return False
        self.ending(at)
        return True

    def header(self, text: str) -> None:
        """The architecture, the test's name and what is said about it."""
        words = text.split(None, 2)
        if len(words) < 2 or "\n" in text.lstrip()[: len(words[0]) + 1]:
            self.fault(len(text) - len(text.lstrip()), "expected 'ARCHITECTURE NAME' in the first line")
        if words:
            if words[0] not in x86.REGISTERS:
                self.fault(text.index(words[0]), unknown("architecture", words[0], x86.REGISTERS))
            else:
                self.arch = words[0]
        self.name = words[1] if len(words) > 1 else ""
        said = re.search(r'"([^"]*)"', text)
        self.about = " ".join(said[1].split()) if said else ""

    def start(self, opening: int, closing: int) -> None:
        """The values from which the test starts."""
        for at, entry in _parts(self.text, opening, closing, ";"):
            found = _START.fullmatch(entry)
            if found is None:
                self.fault(at, f"{shown(entry)} is not understood, expected 'x=1' or '0:REGISTER=1' between {{ and }}")
                continue
            if found["type"] is not None and found["type"] not in TYPES:
                self.fault(at, unknown("type", found["type"], TYPES))
            value = 0 if found["value"] is None else x86.number(found["value"])
            if value is None:
                self.fault(at, f"{found['value']!r} is not a number, in {shown(entry)}")
                continue
            place = self.place(at, found)
            if isinstance(place, str):
                self.memory[place] = value
            elif place is not None:
                self.started[place] = value

    def place(self, at: int, found: re.Match[str]) -> str | tuple[int, str] | None:
        """A location, or a core and its register; None, with a fault, if it is neither."""
        try:
            return self._place(found)
        except InputError as error:
            self.fault(at, str(error))
            return None

    def _place(self, found: re.Match[str]) -> str | tuple[int, str]:
        if found["location"] is not None:
            if x86.register(self.arch, found["location"]) is not None:
                raise InputError(f"register {found['location']} needs its core before it, as in 0:{found['location']}")
            return str(found["location"])
        core, name = int(found["core"]), x86.register(self.arch, found["register"])
        if core >= len(self.programs):
            raise InputError(f"no core {core}: the table has {len(self.programs)}, from 0")
        if name is None:
            raise InputError(unknown("register", found["register"], dict.fromkeys(x86.REGISTERS[self.arch].values())))
        return core, name

    def table(self, at: int) -> int | None:
        """The columns of instructions; returns where they end, or None without an end."""
        after = re.compile(r"\s*;").match(self.text, at)
        at = after.end() if after else at
        cells: list[_Cell] = []
        head = True
        while not _END.match(self.text, at):
            end = self.text.find(";", at)
            cut = re.compile(rf"\n(?={_END.pattern})").search(self.text, at, len(self.text) if end < 0 else end)
            if cut is not None:
                self.fault(_first(self.text, at), "this row does not end with ;")
                end = cut.start()
            elif end < 0:
                if self.text[at:].strip():
                    self.fault(_first(self.text, at), f"expected a row that ends with ;, or {known(QUANTIFIERS)}")
                else:
                    self.fault(len(self.text.rstrip()), f"expected a condition: {known(QUANTIFIERS)}")
                return None
            row = _parts(self.text, at, end, "|", empty=True)
            if head:
                self.heads(row)
            else:
                cells += self.row(row)
            head, at = False, end + 1
        self.programs = self.programs or [[]]
        self.instructions(cells)
        return at

    def heads(self, row: list[tuple[int, str]]) -> None:
        """The names of the cores."""
        self.programs = [[] for _ in row]
        if len(row) > MOST_CORES:
            self.fault(row[0][0], f"{len(row)} cores, at most {MOST_CORES} are understood")
        for core, (at, word) in enumerate(row):
            if word != f"P{core}":
                self.fault(at, f"{shown(word)} heads a column, expected P{core}")

    def row(self, row: list[tuple[int, str]]) -> list[_Cell]:
        """The instructions of one row, as they are written."""
        if len(row) > len(self.programs):
            self.fault(row[-1][0], f"{len(row)} columns, expected {len(self.programs)}")
        found = []
        for core, (at, text) in enumerate(row[: len(self.programs)]):
            try:
                if text:
                    found.append(_Cell(core, self.text.count("\n", 0, at) + 1, x86.read(self.arch, text)))
            except InputError as error:
                self.fault(at, str(error))
        return found

    def instructions(self, cells: list[_Cell]) -> None:
        """The meaning of all cells, in the order of operands that the test shows, or else its architecture's."""
        shows = [(cell, cell.written.order) for cell in cells if cell.written.order is not None]
        order = x86.ATT if any(cell.written.percent for cell in cells) else x86.ORDERS[self.arch]
        order = shows[0][1] or order if shows else order
        for cell, other in shows:
            if other != order:
                self.faults.append((cell.line, f"operands stand {other}, but in line {shows[0][0].line} {order}"))
        for cell in cells:
            try:
                if cell.written.order in (None, order):
                    self.programs[cell.core].append(x86.meaning(cell.written, order))
            except InputError as error:
                self.faults.append((cell.line, str(error)))

    def ending(self, at: int) -> None:
        """The locations to show and the condition."""
        if listed := _LOCATIONS.match(self.text, at):
            for where, entry in _parts(self.text, listed.start(1), listed.end(1), ";"):
                found = _PLACE.fullmatch(entry)
                if found is None:
                    self.fault(where, f"{shown(entry)} is not understood, expected x or 0:REGISTER")
                elif isinstance(place := self.place(where, found), str):
                    self.memory.setdefault(place, 0)
            at = listed.end()
        quantifier = _QUANTIFIER.match(self.text, at)
        if quantifier is None:
            word = (self.text[at:].split() or ["the end"])[0]
            self.fault(_first(self.text, at), f"{shown(word)} is not understood, expected one of {known(QUANTIFIERS)}")
            return
        self.quantifier = QUANTIFIERS["".join(quantifier[1].replace("not", "~").split())]
        reader = Reader(self.text[quantifier.end() :].rstrip(), self.name_of)
        try:
            self.condition = reader.read()
        except WordError as error:
            self.fault(quantifier.end() + error.at, str(error))
            return
        end = quantifier.end() + reader.at
        self.asked = " ".join(self.text[quantifier.end() : end].split())
        rest = _WITH.match(self.text, end)
        end = rest.end() if rest else end
        if self.text[end:].strip():
            self.fault(
                _first(self.text, end), f"{shown(self.text[end:].split()[0])} is not understood after the condition"
            )

    def name_of(self, word: str) -> str:
        """The name that an outcome has for what a condition writes."""
        found = _PLACE.fullmatch(word)
        if found is None:
            raise InputError(f"{shown(word)} is not understood, expected x or 0:REGISTER")
        place = self._place(found)
        return place if isinstance(place, str) else f"{place[0]}:{place[1]}"

    def test(self, source: str) -> Litmus:
        """All that was read; registers and locations in the order of their names."""
        registers: list[dict[str, int]] = [{} for _ in self.programs]
        for core, program in enumerate(self.programs):
            for step in program:
                if isinstance(step, Load | Exchange | Copy):
                    registers[core].setdefault(step.register, 0)
                if isinstance(step, Load | Exchange | Store):
                    self.memory.setdefault(step.location, 0)
        for (core, name), value in self.started.items():
            registers[core][name] = value
        for name in _names(self.condition):
            if ":" not in name:
                self.memory.setdefault(name, 0)
        return Litmus(
            self.name, self.about, tuple(map(tuple, self.programs)), tuple(dict(sorted(r.items())) for r in registers),
            dict(sorted(self.memory.items())), self.quantifier, self.condition, self.asked, source or None,
        )  # fmt: skip


def _blanked(text: str, opening: str, closing: str) -> str:
    """*text* with blanks in place of what stands between two signs, nested ones too; lines stay where they are."""
    found, depth = [], 0
    for piece in re.split(f"({re.escape(opening)}|{re.escape(closing)})", text):
        depth += piece == opening
        found.append(re.sub(r"[^\n]", " ", piece) if depth else piece)
        depth -= piece == closing and depth > 0
    return "".join(found)


def _parts(text: str, at: int, end: int, sign: str, empty: bool = False) -> list[tuple[int, str]]:
    """The parts between *sign*s, without blanks around them, and where each begins; empty ones if wanted."""
    found = []
    for part in text[at:end].split(sign):
        if part.strip() or empty:
            found.append((_first(text, at, at + len(part)), " ".join(part.split())))
        at += len(part) + len(sign)
    return found


def _first(text: str, at: int, end: int | None = None) -> int:
    """Where the first word from *at* on begins."""
    rest = text[at:end]
    return at + len(rest) - len(rest.lstrip())


def _names(condition: Condition) -> list[str]:
    """Every name of a condition."""
    match condition:
        case Is(name):
            return [name]
        case Not(of):
            return _names(of)
        case Every(parts) | Some(parts):
            return [name for part in parts for name in _names(part)]
