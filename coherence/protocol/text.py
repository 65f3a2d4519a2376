"""The table as text: read with every fault at once, printed so that it reads back, changed cell by cell."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from coherence.errors import InputError, known, unknown
from coherence.protocol.model import NEVER, Action, Cell, Protocol, State
from coherence.protocol.rules import (
    Fault,
    ProtocolError,
    cell_faults,
    column_faults,
    name_faults,
    state_faults,
)

CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")  # all but blanks: they could steer the terminal that shows it
GRAMMAR = "expected '[action, action … >] state [if alone else state]' or 'never'"


def parse(text: str, source: str = "") -> Protocol:
    """Read a protocol from its table; raise `ProtocolError` with every fault, one line each."""
    if not isinstance(text, str):
        raise InputError(f"table: expected a text, not {text!r}")
    reader = _Reader()
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")), start=1):
        if strange := CONTROL.search(line):
            reader.faults.append(Fault(f"the control character {strange.group()!r} is no text", line=number))
            line = CONTROL.sub("", line)
        if line.strip() and not line.lstrip().startswith("#"):
            reader.line(number, line)
    faults = reader.finish()
    if faults:
        raise ProtocolError(sorted(faults, key=lambda f: f.line or 10**9), source)
    return Protocol(reader.name, reader.description, tuple(reader.states), tuple(reader.columns), reader.cells)


def parse_cell(text: str, states: Collection[str]) -> Cell | str:
    """One cell from its text, or what is wrong with it. *states* are the declared names.

    >>> parse_cell("BusRd, BusUpd if shared > M if alone else Sm", ["M", "Sm"]).conditional
    True
    """
    text = " ".join(text.split())
    if text == "never":
        return NEVER
    if text in states:
        return Cell((), text, text)
    left, arrow, right = text.partition(">")
    if not arrow:
        left, right = "", text
    actions = []
    for part in left.split(",") if arrow else []:
        match part.split():
            case [word]:
                actions.append(Action(word))
            case [word, "if", "shared"]:
                actions.append(Action(word, if_shared=True))
            case _:
                return f"cannot read {part.strip()!r} in {text!r}; {GRAMMAR}"
    match right.split():
        case [to]:
            return Cell(tuple(actions), to, to)
        case [alone, "if", "alone", "else", shared]:
            return Cell(tuple(actions), alone, shared)
    return f"cannot read {right.strip()!r} in {text!r}; {GRAMMAR}"


class _Reader:
    """The table so far, and the faults so far."""

    def __init__(self) -> None:
        self.name = ""
        self.description = ""
        self.states: list[State] = []
        self.state_lines: list[int] = []
        self.columns: list[str] = []
        self.header_line = 0
        self.rows: dict[str, tuple[int, list[str]]] = {}
        self.cells: dict[tuple[str, str], Cell] = {}
        self.faults: list[Fault] = []

    def line(self, number: int, line: str) -> None:
        """Take one line that is neither blank nor a comment."""
        if not self.name:
            name, colon, description = line.partition(":")
            self.name, self.description = " ".join(name.split()), " ".join(description.split())
            if not colon or not self.name:
                self.faults.append(
                    Fault(f"expected a first line 'NAME: description', not {line.strip()!r}", line=number)
                )
                self.name = self.name or "?"
        elif "|" in line:
            first, *cells = (" ".join(part.split()) for part in line.split("|"))
            if cells[-1] == "" and len(cells) != len(self.columns):
                cells.pop()  # a closing bar
            if first:
                self._row(number, first, cells)
            else:
                self._header(number, cells)
        elif self.header_line:
            self.faults.append(Fault(f"expected a row 'STATE | cell | …', not {line.strip()!r}", line=number))
        else:
            name, *rest = line.split()
            self.states.append(State(name, rest[0] if rest else "", tuple(rest[1:])))
            self.state_lines.append(number)

    def _header(self, number: int, columns: list[str]) -> None:
        if self.header_line:
            self.faults.append(Fault(f"a second header (the first is line {self.header_line})", line=number))
            return
        self.header_line, self.columns = number, columns

    def _row(self, number: int, name: str, cells: list[str]) -> None:
        if not self.header_line:
            self.faults.append(
                Fault(
                    "a row before the header '| PrRd | PrWr | Evict | …'; the header's first cell is empty",
                    name,
                    line=number,
                )
            )
            self.header_line = -1  # said once
        if name in self.rows:
            self.faults.append(Fault(f"the row stands twice (first in line {self.rows[name][0]})", name, line=number))
            return
        self.rows[name] = (number, cells)

    def finish(self) -> list[Fault]:
        """Check the whole; fill `cells`; return every fault."""
        if not self.name:
            return [Fault("the table is empty; expected 'NAME: description', states, a header and rows")]
        faults = self.faults
        faults += name_faults(self.name) if self.name != "?" else []
        faults += state_faults(self.states, self.state_lines)
        if self.header_line <= 0:
            faults += [] if self.header_line else [Fault("the header '| PrRd | PrWr | Evict | …' is missing")]
            return faults
        faults += column_faults(self.columns, self.header_line)
        names = [s.name for s in self.states]
        for name, (number, cells) in self.rows.items():
            if name not in names:
                faults.append(Fault(unknown("state", name, names), name, line=number))
            self._cells(name, number, cells, names)
        declared = dict(zip(names, self.state_lines, strict=True))
        faults += [
            Fault(f"the state has no row (rows: {known(self.rows)})", n, line=declared[n])
            for n in declared
            if n not in self.rows
        ]
        lines = {name: number for name, (number, _) in self.rows.items()}
        known_rows = {at: cell for at, cell in self.cells.items() if at[0] in names}
        return faults + cell_faults(self.states, self.columns, known_rows, lines)

    def _cells(self, name: str, number: int, cells: list[str], states: list[str]) -> None:
        for extra in cells[len(self.columns) :]:
            self.faults.append(Fault(f"a cell too many: {extra!r} (columns: {known(self.columns)})", name, line=number))
        for column, text in zip(self.columns, cells + [""] * len(self.columns), strict=False):
            cell = parse_cell(text, states) if text else f"the cell is missing; {GRAMMAR}"
            if isinstance(cell, Cell):
                self.cells.setdefault((name, column), cell)
            else:
                self.faults.append(Fault(cell, name, column, number))


def render(protocol: Protocol) -> str:
    """The table as text that parses back to an equal protocol (a missing cell prints as never)."""
    names = max(len(s.name) for s in protocol.states)
    titles = max(len(s.title) for s in protocol.states)
    lines = [f"{protocol.name}: {protocol.description}".rstrip()]
    lines += [f"{s.name:{names}} {s.title:{titles}} {' '.join(s.properties)}".rstrip() for s in protocol.states]
    grid = [["", *protocol.columns]]
    grid += [
        [s.name, *(str(protocol.cells.get((s.name, c), NEVER)) for c in protocol.columns)] for s in protocol.states
    ]
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    rows = [" | ".join(f"{text:{w}}" for text, w in zip(row, widths, strict=True)).rstrip() for row in grid]
    return "\n".join([*lines, "", *rows]) + "\n"


def changed(parent: Protocol, name: str, description: str, rows: Mapping[str, Mapping[str, str]]) -> Protocol:
    """*parent* with the cells of *rows* replaced; a new column is `never` wherever nothing is said."""
    states = [s.name for s in parent.states]
    cells = dict(parent.cells)
    columns = list(parent.columns)
    faults = []
    for row, change in rows.items():
        if row not in parent.by_name:
            faults.append(Fault(unknown("state", row, states), row))
            continue
        for column, text in change.items():
            cell = parse_cell(text, states)
            if isinstance(cell, str):
                faults.append(Fault(cell, row, column))
                continue
            if column not in columns:
                columns.append(column)
                cells.update({(s, column): NEVER for s in states})
            cells[row, column] = cell
    if faults:
        raise ProtocolError(faults, name)
    return Protocol(name, description or parent.description, parent.states, tuple(columns), cells)


def renamed(parent: Protocol, name: str, description: str, states: Mapping[str, str]) -> Protocol:
    """*parent* with other names for its states; each value is `"NAME Title"`."""
    faults = [Fault(unknown("state", s, parent.by_name), s) for s in states if s not in parent.by_name]
    faults += [
        Fault(f"expected 'NAME Title', not {words!r}", s) for s, words in states.items() if len(words.split()) != 2
    ]
    if faults:
        raise ProtocolError(faults, name)
    to = {s.name: states.get(s.name, f"{s.name} {s.title}").split() for s in parent.states}
    new = tuple(State(to[s.name][0], to[s.name][1], s.properties) for s in parent.states)
    cells = {
        (to[row][0], column): cell if cell.never else Cell(cell.actions, to[cell.alone][0], to[cell.shared][0])
        for (row, column), cell in parent.cells.items()
    }
    return Protocol(name, description or parent.description, new, parent.columns, cells)
