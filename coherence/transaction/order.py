"""One atomic bus transaction, without time: the same for the machine, the verifier and the stories.

Two pure halves. `order` looks the cell up, snoops, names the supplier and the next states; it needs the states of
the copies and nothing else. `complete` moves the data and does the write, on opaque values: the machine passes what
programs stored, the verifier fresh bits. An atomic transaction is one after the other.

Glossary: *core* is a number, *copies* maps the cores that hold a valid copy of the line to its state, *values* maps
them to the value of the line, a *word* is what one write stores.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from coherence.protocol.model import FILLS, SUPPLIES, Protocol, Undefined
from coherence.transaction.outcome import MEMORY, Answer, Outcome, Supplier, Turn

Value = TypeVar("Value")
Stored = TypeVar("Stored")


def snoop(protocol: Protocol, state: str, request: str, core: int = 0) -> tuple[tuple[str, ...], str]:
    """How one valid copy in *state* answers *request*: (responses, next state).

    Raises `Undefined` where the cell says never or is missing.

    >>> import coherence as co
    >>> snoop(co.protocols["MESI"], "M", "BusRd")
    (('Flush',), 'S')
    """
    try:
        return protocol.snoops[state, request]
    except KeyError:
        raise Undefined(state, request, core, missing=(state, request) not in protocol.cells) from None


def order(
    protocol: Protocol, core: int, event: str, copies: Mapping[int, str], leaving: Collection[int] = ()
) -> Outcome:
    """What happens to the states when a core does an event on a line; no data is needed.

    Parameters
    ----------
    protocol
        The table.
    core, event
        The requester, and what it does: PrRd, PrWr or Evict.
    copies
        Core → state of every valid copy, the requester's own included.
    leaving
        Cores whose eviction of the line is on its way. A copy of theirs leaves at once when a snoop brings it to a
        state that may be evicted without the bus, so it does not count for *alone*.

    Raises `Undefined` at a `never` cell.

    >>> import coherence as co
    >>> done = order(co.protocols["MESI"], 1, "PrRd", {0: "M"})
    >>> done.after, done.supplier, done.changes[0]
    ('S', 0, ('M', 'S'))
    >>> order(co.protocols["MESI"], 1, "PrRd", {0: "M"}, leaving=[0]).after
    'E'
    """
    before = copies.get(core, protocol.invalid)
    cell = protocol.cell(before, event, core)
    if not cell.actions:
        return Outcome(core, event, before, cell.alone)
    others = {c: copies[c] for c in sorted(copies) if c != core}
    turns: list[Turn] = []
    for action in cell.actions:
        if action.if_shared and not others:
            continue
        turn = _turn(protocol, core, before, action.word, others, leaving)
        turns.append(turn)
        for a in turn.answers:
            if a.after == protocol.invalid:
                del others[a.core]
            else:
                others[a.core] = a.after
    return Outcome(core, event, before, cell.shared if others else cell.alone, tuple(turns))


def _turn(
    protocol: Protocol, core: int, before: str, request: str, others: Mapping[int, str], leaving: Collection[int]
) -> Turn:
    """One request of *core*, whose own copy is in *before*, answered by *others*."""
    if request == "BusWB":  # answered by memory alone
        return Turn(request)
    fills = request in FILLS
    supplier: Supplier | None = core if fills and _answers_itself(protocol, before, request) else None
    answers = []
    for other, state in others.items():
        responses, after = snoop(protocol, state, request, other)
        if other in leaving:
            after = protocol.local.get((after, "Evict"), after)
        answers.append(Answer(other, responses, state, after))
        if fills and supplier is None and not SUPPLIES.isdisjoint(responses):
            supplier = other
    return Turn(request, tuple(answers), MEMORY if fills and supplier is None else supplier)


def _answers_itself(protocol: Protocol, state: str, request: str) -> bool:
    """An owner that fetches by BusRdX needs no memory: its own snoop cell says it would supply."""
    responses, _ = protocol.snoops.get((state, request), ((), ""))
    return not SUPPLIES.isdisjoint(responses)


def fetch(turn: Turn, core: int, values: Mapping[int, Value], memory: Value) -> tuple[tuple[Value, ...], Value]:
    """The data that one turn moves before anybody writes: (the lines offered to *core*, memory's line afterwards).

    The first line offered is the one that *core* takes; there is none if the request moves no line. *values* are those
    before the turn. A split bus does this when the data come, some time after the order.

    >>> import coherence as co
    >>> turn = order(co.protocols["MESI"], 1, "PrRd", {0: "M"}).turns[0]
    >>> fetch(turn, 1, {0: "new"}, "old")
    (('new',), 'new')
    """
    offers: tuple[Value, ...] = ()
    if turn.supplier is not None:
        offers = tuple(values[a.core] for a in turn.answers if not SUPPLIES.isdisjoint(a.responses))
        if turn.supplier == core:
            offers = (values[core], *offers)
        offers = offers or (memory,)
    for a in turn.answers:
        if "Flush" in a.responses:  # of several that flush, the lowest-numbered is the last to reach memory
            return offers, values[a.core]
    return offers, values[core] if turn.request == "BusWB" else memory


@dataclass(frozen=True, slots=True)
class Moved(Generic[Value]):
    """Where the data is afterwards.

    `values` holds the line's value in every cache that took part or held it before (also in those that have
    just lost it: the caller drops what is invalid); `memory` is memory's; `seen` is the line as the requester
    found it, before its own write (None where it has neither a copy nor a fill, and memory's for a write without
    allocation); `offers` are the values put on the bus for each fill, the chosen one first.
    """

    values: dict[int, Value]
    memory: Value
    seen: Value | None
    offers: tuple[tuple[Value, ...], ...]


def complete(
    outcome: Outcome,
    values: Mapping[int, Value],
    memory: Value,
    word: Callable[[Value], Stored] | None = None,
    put: Callable[[Value, Stored], Value] | None = None,
) -> Moved[Value]:
    """Move the data of *outcome*, made by `order` from the same copies.

    For a write, *word* gives what is stored from the line as seen (so an atomic update sees the value at the
    grant) and *put* stores a word into a line's value, without changing that value in place.

    >>> import coherence as co
    >>> done = order(co.protocols["MESI"], 1, "PrWr", {0: "M"})
    >>> complete(done, {0: "new"}, "old", word=lambda line: "newer", put=lambda line, w: w).values[1]
    'newer'
    """
    now = dict(values)
    core = outcome.core
    offers: list[tuple[Value, ...]] = []
    stored: list[Stored] = []  # the word, once it is known
    seen: Value | None = None

    def write() -> Stored:
        """Store the word in the requester's own copy: at each broadcast, and at the end over what a fill brought."""
        nonlocal seen
        assert word is not None and put is not None
        if not stored:
            seen = now.get(core, memory)
            stored.append(word(seen))
        if core in now:
            now[core] = put(now[core], stored[0])
        return stored[0]

    for turn in outcome.turns:
        offered, memory = fetch(turn, core, now, memory)
        if offered:
            offers.append(offered)
            now[core] = offered[0]
        if outcome.event == "PrWr" and turn.request in ("BusUpd", "BusWr"):
            new = write()
            assert put is not None
            for a in turn.answers:
                if "Update" in a.responses:
                    now[a.core] = put(now[a.core], new)
            if turn.request == "BusWr":
                memory = put(memory, new)
    if outcome.event == "PrWr":
        write()
    else:
        seen = now.get(core)
    return Moved(now, memory, seen, tuple(offers))
