"""Why an access took as long as it did, and what happened to a line: answers in words, from records."""

from __future__ import annotations

from collections.abc import Sequence

from coherence.cache.config import Line
from coherence.errors import InputError
from coherence.transaction.access import BUS, LOOKUP, WAIT, Access
from coherence.transaction.outcome import Outcome
from coherence.words.say import VERBS, show_key, show_supplier, tell

# What is said of the cycles of a span; of the others nothing is.
SPENT = {LOOKUP: "looking it up behind the first level", WAIT: "waiting for the bus", BUS: "on it"}
NOUNS = {"PrRd": "read", "PrWr": "write", "Evict": "eviction"}


def why(events: Sequence[Access], invalid: str, core: int, n: int) -> str:
    """Why *core*'s *n*-th access (from 1, evictions counted) went as it did; *events* as recorded by the run.

    Raises `InputError` if the core has no such access.
    """
    own = [a for a in events if a.core == core]
    if not 1 <= n <= len(own):
        raise InputError(f"core {core} has {len(own)} accesses, counted from 1; there is no access {n}")
    access = own[n - 1]
    past = events[: next(i for i, a in enumerate(events) if a is access)]
    head = f"core {core}'s {_ordinal(n)} access ({VERBS[access.event]} {show_key(access.key)}, cycle {access.start})"
    return f"{head} {_what(access, invalid)}{_reason(access, past, invalid)}.{_time(access)}"


def history(events: Sequence[Access], line: Line) -> list[str]:
    """Every transaction and change of state of *line* in words, in order, each with its cycle."""
    told = []
    for a in events:
        victim = a.outcome.victim if a.outcome else None
        if a.line == line and (a.outcome or a.before != a.after):
            outcome = a.outcome or Outcome(a.core, a.event, a.before, a.after)
            told.append(f"cycle {a.effective}: {tell(outcome, a.key)}")
        elif victim and victim.line == line:
            back = " with BusWB" if victim.outcome.requests else ""
            told.append(f"cycle {a.effective}: core {a.core} evicts it for line {show_key(a.line)}{back}")
    return told


def _ordinal(n: int) -> str:
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def _what(access: Access, invalid: str) -> str:
    """Miss, upgrade or hit."""
    if access.miss:
        return "missed"
    if access.event == "Evict":
        return "found no copy" if access.before == invalid else "gave up its copy"
    if access.granted is None:
        return "hit"
    if access.outcome is None:
        return "became a hit while it waited"
    return "needed the bus" if access.event == "PrRd" else "was an upgrade"


def _reason(access: Access, past: Sequence[Access], invalid: str) -> str:
    """The cause, after a colon; empty where there is nothing to add."""
    match access.miss:
        case "cold" if access.after == invalid:
            return ": a write without allocation leaves no copy (cold)"
        case "cold":
            return f": the core had never held line {show_key(access.line)} (cold)"
        case "replacement":
            return f": {_eviction(access, past)} (replacement)"
        case "true_sharing" | "false_sharing":
            return f": {_taken(access, past, invalid)}"
    if access.outcome and access.event == "PrWr":
        lost = [f"core {c}" for c, (_, after) in access.outcome.changes.items() if after == invalid]
        taken = f", and took the copies of {', '.join(lost)}" if lost else ""
        return f": its copy in {access.before} could not be written without {', '.join(access.outcome.bus)}{taken}"
    if access.before != access.after and access.event == "PrWr":
        return f": its copy went from {access.before} to {access.after} without the bus"
    return "" if access.event == "Evict" else f": its copy was in {access.before}"


def _eviction(access: Access, past: Sequence[Access]) -> str:
    """When and for what the core itself gave up the line."""
    for a in reversed(past):
        if a.core != access.core:
            continue
        victim = a.outcome.victim if a.outcome else None
        if victim and victim.line == access.line:
            room = f"to make room for line {show_key(a.line)}"
            return f"it had evicted line {show_key(access.line)} at cycle {a.effective} {room}"
        if a.event == "Evict" and a.line == access.line:
            return f"it had evicted line {show_key(access.line)} itself at cycle {a.effective}"
    raise AssertionError("a replacement miss without an eviction")


def _taken(access: Access, past: Sequence[Access], invalid: str) -> str:
    """Who took the copy, by an access to which key, and whether the key itself was written since."""
    taker, at = next(
        (a, len(past) - back)
        for back, a in enumerate(reversed(past), start=1)
        if a.line == access.line and a.outcome and a.outcome.changes.get(access.core, ("", ""))[1] == invalid
        and a.core != access.core
    )  # fmt: skip
    same = taker.key == access.key
    key = "the same key" if same else f"another key of the line ({show_key(taker.key)})"
    told = (
        f"its copy of line {show_key(access.line)} was taken at cycle {taker.effective} "
        f"by core {taker.core}'s {NOUNS[taker.event]} of {key}"
    )
    if access.miss == "false_sharing":
        return f"{told}: false sharing"
    if not (same and taker.event == "PrWr"):
        writer = next(a for a in past[at:] if a.key == access.key and a.event == "PrWr" and a.core != access.core)
        told += f", and core {writer.core} wrote {show_key(access.key)} at cycle {writer.effective}"
    return f"{told}: true sharing"


def _time(access: Access) -> str:
    """Where the cycles went: what is said of each span, in order."""
    cycles = access.end - access.start
    parts = [f"{s.end - s.start} {SPENT[s.what]}" for s in access.spans if s.what in SPENT]
    if access.granted is not None and not access.outcome:
        parts.append(f"0 {SPENT[BUS]}")  # it became a hit while it waited
    total = f" It took {cycles} cycle{'s' * (cycles != 1)}"
    if access.granted is None:
        return f"{', '.join([total, *parts])}."
    supplied = f"; {show_supplier(access.outcome)}" if access.outcome and access.outcome.suppliers else ""
    return f"{total}: {', '.join(parts)}{supplied}."
