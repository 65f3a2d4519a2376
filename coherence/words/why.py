"""Why an access took as long as it did, and which lines cost most: answers in words, from records and counters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coherence.cache.config import Line
from coherence.errors import InputError
from coherence.transaction.access import Access
from coherence.transaction.count import LineCounts
from coherence.transaction.outcome import Outcome
from coherence.words.say import VERBS, show_key, show_supplier, tell

READ_MOSTLY = 0.1  # share of writes up to which a shared line is read-mostly
DOMINATES = 0.5  # share of the sharing misses from which false sharing names the line's pattern
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


@dataclass(frozen=True, slots=True)
class WorstLine:
    """A line that took the bus often: how often, its pattern of sharing, and its counters.

    `requests` = misses + upgrades. Patterns: private, read-mostly, false sharing, producer/consumer, migratory, shared.
    """

    line: Line
    requests: int
    pattern: str
    counts: LineCounts

    def __str__(self) -> str:
        c = self.counts
        return (
            f"line {show_key(self.line)}: {self.pattern}; {self.requests} misses and upgrades, "
            f"{c.invalidations} invalidations, read by {len(c.readers)} cores, written by {len(c.writers)}"
        )


def worst_lines(lines: Mapping[Line, LineCounts], most: int = 5) -> list[WorstLine]:
    """The lines with the most misses and upgrades, at most *most*, the worst first; ties by how they print."""
    ranked = sorted(lines.items(), key=lambda item: (-item[1].requests, show_key(item[0])))
    return [WorstLine(line, c.requests, pattern(c), c) for line, c in ranked[:most] if c.requests]


def pattern(counts: LineCounts) -> str:
    """How cores share a line, named as the literature does (Weber & Gupta, ASPLOS 1989).

    >>> pattern(LineCounts(reads=9, writes=3, true_sharing=4, readers=(0, 1), writers=(0,)))
    'producer/consumer'
    """
    cores = set(counts.readers) | set(counts.writers)
    sharing = counts.true_sharing + counts.false_sharing
    if len(cores) <= 1:
        return "private"
    if sharing and counts.false_sharing >= DOMINATES * sharing:
        return "false sharing"
    if counts.writes <= READ_MOSTLY * (counts.reads + counts.writes):
        return "read-mostly"
    if len(counts.writers) == 1:
        return "producer/consumer"
    return "migratory" if set(counts.writers) <= set(counts.readers) else "shared"


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
    """Where the cycles went."""
    total = f" It took {access.end - access.start} cycle{'s' * (access.end - access.start != 1)}"
    levels = f"{access.lookup} looking it up behind the first level" if access.lookup else ""
    if access.granted is None or access.queued is None:
        return f"{total}, {levels}." if levels else f"{total}."
    total += f": {levels}, " if levels else ": "
    waited = f"{access.granted - access.queued} waiting for the bus"
    supplied = f"; {show_supplier(access.outcome)}" if access.outcome and access.outcome.suppliers else ""
    return f"{total}{waited}, {access.held} on it{supplied}."
