"""The last sentence of a story: what went wrong, and the cell that let it."""

from __future__ import annotations

from coherence.protocol.model import EVENTS, SUPPLIES, Protocol
from coherence.transaction.outcome import MEMORY, Answer, Outcome
from coherence.verifier.model import DATA, MEM, OWNER, STALEREAD, SWMR, UNDEF
from coherence.verifier.story import Told


def ending(protocol: Protocol, broken: str, last: Told) -> str:
    """One sentence that names the fault of *last*, the step that broke the property."""
    what, cell = _fault(protocol, broken, last)
    return f"{broken}: {what}: {cell}."


def _fault(protocol: Protocol, broken: str, last: Told) -> tuple[str, str]:
    outcome = last.outcome
    if broken == UNDEF or outcome is None:
        error = last.undefined
        assert error is not None
        return f"core {error.core} in {error.state} met {error.event}", f"its cell {error.cell}"
    if broken == STALEREAD:
        return _stale_read(protocol, last, outcome)
    if broken == MEM:
        return "memory is stale and no cache answers for the line", _who_lost_it(protocol, last, outcome)
    stale = [c for c, v in enumerate(last.values) if v is not None and v != last.newest]
    if broken == DATA and not stale:
        return "suppliers offer different values", _own_cell(outcome, last)
    if stale and last.op == "w":
        copy = last.values[stale[0]]
        assert copy is not None
        word = next(w for w, v in enumerate(copy) if v != last.newest[w])
        what = f"core {stale[0]} still reads {copy[word]} after core {last.newest_by[word]} wrote {last.newest[word]}"
    else:
        what = _who_holds(protocol, broken, last)
    return what, _who_let_it(protocol, broken, last, outcome, stale)


def _stale_read(protocol: Protocol, last: Told, outcome: Outcome) -> tuple[str, str]:
    """A read that saw an old value, or none at all."""
    if last.seen is None:
        return f"core {last.core} reads without a copy and gets no line", _own_cell(outcome, last)
    word = next(w for w, v in enumerate(last.seen) if v != last.newest[w])
    what = f"core {last.core} reads {last.seen[word]} after core {last.newest_by[word]} wrote {last.newest[word]}"
    return what, _who_kept_it(protocol, outcome, last)


def _who_kept_it(protocol: Protocol, outcome: Outcome, last: Told) -> str:
    """The dirty copy that should have supplied, where stale memory did."""
    for a in outcome.answers:
        if protocol.by_name[a.before].dirty and SUPPLIES.isdisjoint(a.responses) and outcome.supplier == MEMORY:
            return f"memory supplied it, for {_cell(outcome, a)} and did not supply"
    return _own_cell(outcome, last)


def _who_lost_it(protocol: Protocol, last: Told, outcome: Outcome) -> str:
    """The dirty copy that went without memory taking the line, or the write that made none."""
    for a in outcome.answers:
        if protocol.by_name[a.before].dirty and not protocol.by_name[a.after].dirty and "Flush" not in a.responses:
            return f"{_cell(outcome, a)}, and memory did not take the line"
    if last.op == "e":
        return f"{_own_cell(outcome, last)}, and nothing was written back"
    return f"{_own_cell(outcome, last)}, and {outcome.after} is not dirty"


def _who_holds(protocol: Protocol, broken: str, last: Told) -> str:
    """Who has the line in states that exclude each other."""
    held = [(c, s) for c, s in enumerate(last.states) if s != protocol.invalid]
    said = " and ".join(f"core {c} has {s}" for c, s in held)
    why = {SWMR: "one of them is exclusive", OWNER: "both own the line", DATA: "one of them is stale"}[broken]
    return f"{said}, and {why}"


def _who_let_it(protocol: Protocol, broken: str, last: Told, outcome: Outcome, stale: list[int]) -> str:
    """The snoop cell that kept a copy it should have given up, or else the requester's own cell."""
    states = protocol.by_name
    answers = {a.core: a for a in outcome.answers}  # the last of each core

    def wrong(a: Answer) -> bool:
        if broken == DATA:
            return a.core in stale
        if broken == OWNER:
            return states[a.after].owner
        return states[a.after].exclusive

    guilty = [a for a in answers.values() if wrong(a)]
    if not guilty and (broken != OWNER and states[outcome.after].exclusive):
        guilty = [a for a in answers.values() if a.after != protocol.invalid]
    if guilty:
        return _cell(outcome, guilty[0])
    if broken == DATA and last.core in stale:
        return _who_kept_it(protocol, outcome, last)
    return _own_cell(outcome, last)


def _cell(outcome: Outcome, a: Answer) -> str:
    """A snooper's answer by the words of its cell."""
    request = next(t.request for t in reversed(outcome.turns) if a in t.answers)
    said = f" with {', '.join(a.responses)}" if a.responses else ""
    return f"{a.before} on {request} {'stayed' if a.before == a.after else 'went to'} {a.after}{said}"


def _own_cell(outcome: Outcome, last: Told) -> str:
    """The requester's move by the words of its cell."""
    by = f" by {', '.join(outcome.requests)}" if outcome.requests else " without the bus"
    moved = "stayed" if outcome.before == outcome.after else "went to"
    return f"{outcome.before} on {EVENTS[last.op]} {moved} {outcome.after}{by}"
