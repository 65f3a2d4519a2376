"""What sets two tables apart, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass

from coherence.protocol.model import Protocol


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that differs: its state and event, and its text in both tables ("" where one has no such cell)."""

    state: str
    event: str
    before: str
    after: str


def changes(first: Protocol, second: Protocol) -> list[Change]:
    """The cells in which the tables differ, of the states that both have, in the first one's order.

    >>> import coherence as co
    >>> [c.after for c in changes(co.protocols["MESI"], co.protocols["Illinois"])][0]
    'Supply > S'
    """
    columns = list(dict.fromkeys([*first.columns, *second.columns]))
    found = []
    for state in (s.name for s in first.states if s.name in second.by_name):
        for event in columns:
            before, after = (str(p.cells.get((state, event), "")) for p in (first, second))
            if before != after:
                found.append(Change(state, event, before, after))
    return found


def diff(first: Protocol, second: Protocol) -> str:
    """The same as text, one line a cell, and the states that only one of them has."""
    lines = [f"{first.name} → {second.name}"]
    for one, other in ((first, second), (second, first)):
        lines += [f"state {s.name}: only in {one.name}" for s in one.states if s.name not in other.by_name]
    for name in (s.name for s in first.states if s.name in second.by_name):
        a, b = first.by_name[name].properties, second.by_name[name].properties
        lines += [f"state {name}: {' '.join(a) or 'no property'} → {' '.join(b) or 'no property'}"] * (a != b)
    cells = [(f"{c.state} on {c.event}", c.before or "no cell", c.after or "no cell") for c in changes(first, second)]
    wide = [max((len(row[i]) for row in cells), default=0) for i in range(2)]
    lines += [f"{at:{wide[0]}}  {before:{wide[1]}} → {after}" for at, before, after in cells]
    return "\n".join(lines if len(lines) > 1 else [*lines, "no cell differs"]) + "\n"
