"""One atomic bus transaction, without time: the same for the machine, the verifier and the stories.

Two pure halves. `order` looks the cell up, snoops, names the supplier and the next states; it needs the states of
the copies and nothing else. `complete` moves the data and does the write, on opaque values: the machine passes what
programs stored, the verifier fresh bits. An atomic transaction is one after the other.

Glossary: *core* is a number, *copies* maps the cores that hold a valid copy of the line to its state, *values* maps
them to the value of the line, a *word* is what one write stores.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from coherence.protocol.model import FILLS, SUPPLIES, Protocol, Undefined
from coherence.transaction.outcome import MEMORY, Answer, Outcome, Supplier

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


def order(protocol: Protocol, core: int, event: str, copies: Mapping[int, str]) -> Outcome:
    """What happens to the states when *core* does *event* (PrRd, PrWr, Evict) on a line with these copies.

    *copies* holds valid copies only, the requester's own included. Raises `Undefined` at a `never` cell.

    >>> import coherence as co
    >>> done = order(co.protocols["MESI"], 1, "PrRd", {0: "M"})
    >>> done.after, done.supplier, done.changes[0]
    ('S', 0, ('M', 'S'))
    """
    before = copies.get(core, protocol.invalid)
    cell = protocol.cell(before, event, core)
    if not cell.actions:
        return Outcome(core, event, before, cell.alone)
    others = {c: copies[c] for c in sorted(copies) if c != core}
    requests: list[str] = []
    answers: list[Answer] = []
    suppliers: list[Supplier] = []
    for action in cell.actions:
        request = action.word
        if action.if_shared and not others:
            continue
        requests.append(request)
        if request == "BusWB":  # answered by memory alone
            continue
        supplier: Supplier | None = core if request in FILLS and _answers_itself(protocol, before, request) else None
        for other, state in list(others.items()):
            responses, after = snoop(protocol, state, request, other)
            answers.append(Answer(len(requests) - 1, request, other, responses, state, after))
            if supplier is None and not SUPPLIES.isdisjoint(responses):
                supplier = other
            if after == protocol.invalid:
                del others[other]
            else:
                others[other] = after
        if request in FILLS:
            suppliers.append(MEMORY if supplier is None else supplier)
    after = cell.shared if others else cell.alone
    return Outcome(core, event, before, after, tuple(requests), tuple(answers), tuple(suppliers))


def _answers_itself(protocol: Protocol, state: str, request: str) -> bool:
    """An owner that fetches by BusRdX needs no memory: its own snoop cell says it would supply."""
    responses, _ = protocol.snoops.get((state, request), ((), ""))
    return not SUPPLIES.isdisjoint(responses)


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
    fills = iter(outcome.suppliers)
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

    for turn, request in enumerate(outcome.requests):
        answers = [a for a in outcome.answers if a.turn == turn]
        if request in FILLS:
            supplier = next(fills)
            offered = [now[a.core] for a in answers if not SUPPLIES.isdisjoint(a.responses)]
            if supplier == core:
                offered.insert(0, now[core])
            offers.append(tuple(offered) or (memory,))
            now[core] = offers[-1][0]
        for a in reversed(answers):  # of several that flush, the lowest-numbered is the last to reach memory
            if "Flush" in a.responses:
                memory = now[a.core]
        if request == "BusWB":
            memory = now[core]
        elif outcome.event == "PrWr" and request in ("BusUpd", "BusWr"):
            new = write()
            assert put is not None
            for a in answers:
                if "Update" in a.responses:
                    now[a.core] = put(now[a.core], new)
            if request == "BusWr":
                memory = put(memory, new)
    if outcome.event == "PrWr":
        write()
    else:
        seen = now.get(core)
    return Moved(now, memory, seen, tuple(offers))
