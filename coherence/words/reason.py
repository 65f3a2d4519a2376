"""Why one access went as it did, in short sentences, from the outcome and the cell that fired, for any table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from coherence.protocol.model import FILLS, SUPPLIES, Cell, Protocol
from coherence.transaction.outcome import MEMORY, Outcome

NAMED = 3  # cores that are listed by number; of more, only how many


def reason(protocol: Protocol, outcome: Outcome, key: str, supplied: str = "", written: str = "") -> str:
    """The sentences for *outcome* on *key*; it may lack requests, for a local access.

    *supplied* is the value that moved, *written* what a write stores; each empty where there is none.

    >>> import coherence as co
    >>> from coherence.transaction.order import order
    >>> reason(co.protocols["MESI"], order(co.protocols["MESI"], 1, "PrRd", {0: "M"}), "x", "7")
    'Miss. Core 0 holds x in M, so it supplies 7, also to memory. Core 0 keeps it in S, so core 1 gets S, not E.'
    """
    if outcome.requests:
        return _on_the_bus(protocol, outcome, key, supplied, written)
    return _local(protocol, outcome, key)


def room(outcome: Outcome, left: str) -> str:
    """What a fill did to its victim, the line called *left*; "" where nothing had to leave."""
    if not outcome.victim:
        return ""
    back = " and is written back" if outcome.victim.outcome.requests else ""
    return f"Line {left} leaves to make room{back}."


def some(cores: Sequence[int]) -> str:
    """Cores in words.

    >>> some([0]), some([0, 2, 6]), some([1, 2, 3, 4])
    ('core 0', 'cores 0, 2 and 6', '4 cores')
    """
    if len(cores) == 1:
        return f"core {cores[0]}"
    if len(cores) > NAMED:
        return f"{len(cores)} cores"
    return f"cores {', '.join(map(str, cores[:-1]))} and {cores[-1]}"


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _local(protocol: Protocol, o: Outcome, key: str) -> str:
    """An access that needed no bus."""
    state = protocol.by_name[o.before]
    if o.event == "Evict":
        if state.invalid:
            return f"Core {o.core} has no copy of {key}, so there is nothing to evict."
        if state.dirty:
            return f"Core {o.core} drops {key}. {o.before} is dirty, yet this table writes nothing back."
        return f"Core {o.core} drops {key}. {o.before} is clean, so memory need not be told."
    if o.event == "PrRd":
        then = "" if o.before == o.after else f", and it becomes {o.after}"
        return f"Hit. Core {o.core} holds {key} in {o.before}, which may be read without the bus{then}."
    if o.before == o.after:
        return f"Hit. Core {o.core} holds {key} in {o.before}, which may be written without the bus."
    alone = "Nobody else has a copy" if state.exclusive else "The table asks nobody"
    return f"Hit. {alone}, so core {o.core} writes in silence: {o.before} becomes {o.after}."


def _on_the_bus(protocol: Protocol, o: Outcome, key: str, supplied: str, written: str) -> str:
    """A transaction: what it was, who supplied, who learnt, who lost, what the requester gets."""
    if o.event == "Evict":
        why = f"{o.before} is dirty, so" if protocol.by_name[o.before].dirty else "The table says that"
        return f"Core {o.core} gives up {key}. {why} the line is written back to memory."
    parts = []
    if o.before == protocol.invalid:
        parts.append("Miss.")
    else:
        verb = "read" if o.event == "PrRd" else "written"
        parts.append(f"{o.before} may not be {verb} without {o.requests[0]}.")
    if o.suppliers and not o.answers and o.supplier == MEMORY and not _word(o, "") and o.after != protocol.invalid:
        gets = _gets(protocol, o, {}, said_alone=True)
        return " ".join([*parts, f"Nobody else has a copy: memory supplies {supplied or 'the line'} and {gets}"])
    if o.suppliers:
        parts.append(_supply(protocol, o, key, supplied or "the line"))
    parts += _word(o, written or "the word")
    ends = {core: after for core, (_, after) in o.changes.items() if core != o.core}
    lost = [core for core, after in ends.items() if after == protocol.invalid]
    if lost:
        parts.append(f"{_first(some(lost))} {'loses its copy' if len(lost) == 1 else 'lose their copies'}.")
    kept = {core: after for core, after in ends.items() if after != protocol.invalid}
    parts.append(_gets(protocol, o, kept))
    return " ".join(parts)


def _supply(protocol: Protocol, o: Outcome, key: str, supplied: str) -> str:
    if o.supplier == MEMORY:
        why = "No cache offers it, so" if o.answers else "Nobody else has a copy:"
        return f"{why} memory supplies {supplied}."
    if o.supplier == o.core:
        return f"Core {o.core} holds {key} in {o.before}, so it supplies {supplied} to itself."
    answer = next(a for a in o.answers if a.core == o.supplier and not SUPPLIES.isdisjoint(a.responses))
    told = ""
    if "Flush" in answer.responses:
        told = ", also to memory"
    elif protocol.by_name[answer.before].dirty:
        told = "; memory is not told"
    return f"Core {o.supplier} holds {key} in {answer.before}, so it supplies {supplied}{told}."


def _word(o: Outcome, written: str) -> list[str]:
    """The broadcasts of a word, if the cell has any."""
    parts = []
    for turn in o.turns:
        heard = [a.core for a in turn.answers if "Update" in a.responses]
        if turn.request == "BusUpd":
            parts.append(f"BusUpd sends {written} to {some(heard) if heard else 'nobody'}.")
        elif turn.request == "BusWr":
            parts.append(f"BusWr writes {written} to memory{f' and {some(heard)}' if heard else ''}.")
    return parts


def _gets(protocol: Protocol, o: Outcome, kept: Mapping[int, str], said_alone: bool = False) -> str:
    """The requester's next state, and what it depended on; *said_alone*: as the end of a sentence that said it."""
    cell = protocol.cells.get((o.before, o.event), Cell())
    if o.after == protocol.invalid:
        return f"Core {o.core} {'gets' if o.before == protocol.invalid else 'keeps'} no copy."
    if o.after == o.before:
        said = f"core {o.core} stays in {o.after}"
    else:
        said = f"core {o.core} {'gets' if o.before == protocol.invalid else 'goes to'} {o.after}"
    if said_alone:
        return f"{said}, not {cell.shared}." if cell.conditional else f"{said}."
    if not kept:
        if cell.conditional:
            return f"No other copy is left, so {said}, not {cell.shared}."
        return _first(f"{said}.")
    one = len(kept) == 1
    if o.requests[-1] not in FILLS and {a.core for a in o.answers if "Update" in a.responses} == set(kept):
        others = "A copy is left" if one else "Copies are left"  # the sentence before has named them
    else:
        states = set(kept.values())
        what = f"it in {states.pop()}" if len(states) == 1 else "copies"
        others = f"{_first(some(sorted(kept)))} keep{'s' * one} {what}"
    return f"{others}, so {said}, not {cell.alone}." if cell.conditional else f"{others} and {said}."
