"""One line in all caches and in memory, and the one place that brings it from before a transaction to after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic

from coherence.protocol.model import Protocol
from coherence.transaction.order import Moved, Stored, Value, complete, order
from coherence.transaction.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Line(Generic[Value]):
    """A line: the states and the values of all valid copies by core, and memory's value."""

    states: Mapping[int, str]
    values: Mapping[int, Value]
    memory: Value


def transact(
    protocol: Protocol,
    line: Line[Value],
    core: int,
    event: str,
    word: Callable[[Value], Stored] | None = None,
    put: Callable[[Value, Stored], Value] | None = None,
) -> tuple[Outcome, Moved[Value], Line[Value]]:
    """One atomic transaction: what happened, how the data moved, and the line afterwards.

    Parameters
    ----------
    protocol, line
        The table, and the line before.
    core, event
        The requester, and what it does: PrRd, PrWr or Evict.
    word, put
        What a write stores and how; see `complete`.

    Raises `Undefined` at a `never` cell.

    >>> import coherence as co
    >>> before = Line({0: "M"}, {0: "new"}, "old")
    >>> transact(co.protocols["MESI"], before, 1, "PrRd")[2]
    Line(states={0: 'S', 1: 'S'}, values={0: 'new', 1: 'new'}, memory='new')
    """
    outcome = order(protocol, core, event, line.states)
    moved, after = apply(outcome, line, protocol.invalid, word, put)
    return outcome, moved, after


def apply(
    outcome: Outcome,
    line: Line[Value],
    invalid: str,
    word: Callable[[Value], Stored] | None = None,
    put: Callable[[Value, Stored], Value] | None = None,
) -> tuple[Moved[Value], Line[Value]]:
    """How *outcome* moves the data of *line*, from whose states it was made, and the line afterwards.

    Parameters
    ----------
    outcome, line
        What `order` made of the line, and the line before.
    invalid
        The name of the state without a copy.
    word, put
        What a write stores and how; see `complete`.
    """
    moved = complete(outcome, line.values, line.memory, word, put)
    states = dict(line.states)
    states[outcome.core] = outcome.after
    lost = outcome.after == invalid
    for turn in outcome.turns:
        for a in turn.answers:
            states[a.core] = a.after
            lost = lost or a.after == invalid
    values: Mapping[int, Value] = moved.values
    if lost:
        states = {core: state for core, state in states.items() if state != invalid}
        values = {core: values[core] for core in states}
    return moved, Line(states, values, moved.memory)
