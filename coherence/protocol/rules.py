"""What a table must obey to be a protocol: every fault, one line each, found in one pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coherence.errors import InputError, known, unknown
from coherence.protocol.model import FILLS, PROCESSOR, PROPERTIES, REQUESTS, RESPONSES, SNOOPED, Cell, Protocol, State

COLUMNS = PROCESSOR + SNOOPED
GRAMMAR_WORDS = frozenset({"never", "if", "alone", "else", "shared"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a table: where (line of the text, row, column; 0 and "" where unknown) and what."""

    what: str
    row: str = ""
    column: str = ""
    line: int = 0

    def __str__(self) -> str:
        where = [f"row {self.row}"] * bool(self.row) + [f"column {self.column}"] * bool(self.column)
        return f"{', '.join(where)}: {self.what}" if where else self.what


class ProtocolError(InputError):
    """A table that is no protocol: `faults` holds all of them, the message has one line a fault."""

    def __init__(self, faults: Sequence[Fault], source: str = "") -> None:
        super().__init__(faults, source)
        self.faults = tuple(faults)
        self.source = source

    def __str__(self) -> str:
        def place(fault: Fault) -> str:
            if fault.line:
                return f"{self.source or 'table'}:{fault.line}: "
            return f"{self.source or 'table'}: "

        return "\n".join(place(f) + str(f) for f in self.faults)


def check(protocol: Protocol) -> None:
    """Raise `ProtocolError` with every fault of a finished protocol (missing cells are no fault here)."""
    found = [
        *name_faults(protocol.name),
        *state_faults(protocol.states),
        *column_faults(protocol.columns),
        *cell_faults(protocol.states, protocol.columns, protocol.cells),
    ]
    if found:
        raise ProtocolError(found, protocol.name)


def name_faults(name: str) -> list[Fault]:
    """The first line says `NAME: description`."""
    if not name or ":" in name or name.startswith("#"):
        return [Fault(f"expected a first line 'NAME: description', not {name!r}")]
    return []


def state_faults(states: Sequence[State], lines: Sequence[int] | None = None) -> list[Fault]:
    """Names that can stand in a cell, no name twice, known properties, exactly one invalid state."""
    found = []
    at = dict(zip(range(len(states)), lines, strict=True)) if lines else {}
    seen: set[str] = set()
    for i, state in enumerate(states):
        line = at.get(i, 0)
        if state.name in seen:
            found.append(Fault(f"state {state.name!r} is declared twice", state.name, line=line))
        seen.add(state.name)
        if not state.name or state.name in GRAMMAR_WORDS or state.name[0] == "#" or _has(state.name, "|,"):
            found.append(Fault(f"{state.name!r} cannot name a state: it is a word or sign of the table", line=line))
        if not state.title or state.title in PROPERTIES or _has(state.title, "|"):
            got = repr(state.title) if state.title else "nothing"
            found.append(Fault(f"expected a one-word title after the abbreviation, not {got}", state.name, line=line))
        for word in state.properties:
            if word not in PROPERTIES:
                found.append(Fault(unknown("property", word, PROPERTIES), state.name, line=line))
    invalid = [s.name for s in states if s.invalid]
    if len(invalid) != 1:
        got = f"{known(invalid)} are" if invalid else "none is"
        found.append(Fault(f"exactly one state must have the property 'invalid'; {got}"))
    return found


def column_faults(columns: Sequence[str], line: int = 0) -> list[Fault]:
    """Known columns, none twice, the processor's all there."""
    found = [Fault(unknown("column", c, COLUMNS), column=c, line=line) for c in columns if c not in COLUMNS]
    found += [Fault("the column stands twice", column=c, line=line) for c, n in Counter(columns).items() if n > 1]
    found += [Fault("the column is missing", column=c, line=line) for c in PROCESSOR if c not in columns]
    return found


def cell_faults(
    states: Sequence[State],
    columns: Sequence[str],
    cells: Mapping[tuple[str, str], Cell],
    lines: Mapping[str, int] | None = None,
) -> list[Fault]:
    """Every fault of every cell; *lines* maps a row to its line in the text."""
    by_name = {s.name: s for s in states}
    invalid = [s.name for s in states if s.invalid]
    start = invalid[0] if len(invalid) == 1 else None
    found = []
    for (row, column), cell in cells.items():
        if column in columns and column not in COLUMNS:
            continue  # the column itself is the fault
        said = []
        if row not in by_name:
            said.append(unknown("state", row, by_name))
        if column not in columns:
            said.append(f"the cell stands under no column of the table (columns: {known(columns)})")
        if not cell.never:
            said += _words(column, cell, by_name, columns)
            if start is not None and not said:
                said += _meaning(row, column, cell, start)
        found += [Fault(text, row, column, (lines or {}).get(row, 0)) for text in said]
    return found


def _words(column: str, cell: Cell, by_name: Mapping[str, State], columns: Sequence[str]) -> list[str]:
    """Faults of the words: unknown ones, and known ones in the wrong kind of cell."""
    allowed = {"PrRd": SNOOPED, "PrWr": SNOOPED, "Evict": ("BusWB",)}.get(column, RESPONSES)
    kind = {"PrRd": "bus request", "PrWr": "bus request", "Evict": "request of an Evict cell"}.get(column, "response")
    said = []
    for action in cell.actions:
        if action.word not in REQUESTS + RESPONSES:
            said.append(unknown(kind, action.word, allowed))
        elif action.word not in allowed:
            said.append(f"{action.word!r} is no {kind} (known: {known(allowed)})")
        elif column in ("PrRd", "PrWr") and action.word not in columns:
            said.append(f"{action.word!r} is requested, but no column answers it (columns: {known(columns)})")
        if action.if_shared and column not in ("PrRd", "PrWr"):
            said.append(f"'{action}': only a request of PrRd or PrWr can be 'if shared'")
    said += [unknown("state", to, by_name) for to in dict.fromkeys(cell.targets) if to not in by_name]
    if cell.conditional and (column not in PROCESSOR or not cell.actions):
        said.append(f"'{cell}': 'if alone else' needs a bus request in the cell")
    return said


def _meaning(row: str, column: str, cell: Cell, invalid: str) -> list[str]:
    """Faults of sense: what no cache could do, whatever the protocol."""
    said = []
    text = f"'{cell}'"
    becomes_valid = any(to != invalid for to in cell.targets)
    if column == "Evict":
        if becomes_valid and row != invalid:
            said.append(f"{text}: an evicted line must end in {invalid}")
    elif column not in PROCESSOR:
        if row == invalid and (becomes_valid or cell.actions):
            said.append(f"{text}: without a copy there is nothing to answer; expected {invalid} or never")
    elif row != invalid and invalid in cell.targets:
        said.append(f"{text}: a read or write cannot lose the copy; expected a valid state, not {invalid}")
    if row == invalid and column in PROCESSOR:
        fills = any(a.word in FILLS and not a.if_shared for a in cell.actions)
        if becomes_valid and not fills:
            said.append(f"{text}: a copy cannot come from nowhere; expected BusRd or BusRdX, not 'if shared'")
        elif column == "PrRd" and not cell.actions:
            said.append(f"{text}: a read without a copy needs a bus request (known: {known(SNOOPED)})")
    return said


def _has(word: str, signs: str) -> bool:
    return any(c in signs or c.isspace() for c in word)
