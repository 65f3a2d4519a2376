"""The arrows of a state diagram: which transitions share one, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import wrap

from coherence.protocol.model import PROCESSOR, Protocol

WRAP = 24  # characters of a label's line
Fired = tuple[str, str, str]  # state, event, next state


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an arrow's label, and the transitions it stands for."""

    text: str
    stands_for: frozenset[Fired]


@dataclass(frozen=True, slots=True)
class Arrow:
    """All transitions of one kind (processor's or bus's) from one state to another."""

    start: str
    end: str
    bus: bool
    lines: tuple[Line, ...]

    @property
    def fired_by(self) -> frozenset[Fired]:
        """The transitions it stands for."""
        return frozenset().union(*(line.stands_for for line in self.lines))


def arrows(protocol: Protocol, idle: bool = False) -> list[Arrow]:
    """The arrows of *protocol*; with *idle* also what snoops do to a cache without a copy: nothing.

    Events with the same action share a line: `PrRd, PrWr`, `BusRdX / Flush`. A next state that depends on other
    copies says `(alone)` or `(shared)`.
    """
    found: dict[tuple[str, str, bool], dict[tuple[str, str], list[str]]] = {}
    for (state, event), cell in protocol.cells.items():
        bus = event not in PROCESSOR
        if bus and state == protocol.invalid and not idle:
            continue
        conditions = ("alone", "shared") if cell.conditional else ("",)
        action = ", ".join(map(str, cell.actions))
        for to, condition in zip(cell.targets, conditions, strict=False):
            found.setdefault((state, to, bus), {}).setdefault((action, condition), []).append(event)
    return [
        Arrow(start, end, bus, tuple(_lines(start, end, labels)))
        for (start, end, bus), labels in found.items()
    ]  # fmt: skip


def _lines(start: str, end: str, labels: Mapping[tuple[str, str], list[str]]) -> list[Line]:
    lines = []
    for (action, condition), events in labels.items():
        text = ", ".join(events) + (f" / {action}" if action else "") + (f" ({condition})" if condition else "")
        stands_for = frozenset((start, event, end) for event in events)
        lines += [Line(part, stands_for) for part in wrap(text, WRAP)]
    return lines
