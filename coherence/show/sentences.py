"""What a picture shows, in one sentence drawn from the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from coherence.analysis.bytes_moved import moved as bytes_by_kind
from coherence.run import timeline as past
from coherence.run.run import Run
from coherence.run.totals import number, ratio
from coherence.run.worst import ranked
from coherence.transaction.count import CAUSES
from coherence.words.plain import plain
from coherence.words.say import show_key

KINDS = {
    "line from memory": "lines from memory",
    "line from a cache": "lines from other caches",
    "flush alone": "flushes to memory alone",
    "write-back": "write-backs",
    "word": "single words",
    "request": "requests' addresses",
}


def traffic(run: Run) -> str:
    """Which request is the most frequent, and which core asks most."""
    bus = cast("Mapping[str, int]", run.totals["bus"])
    every = sum(bus.values())
    if not every:
        return "No request went over the bus."
    name = max(bus, key=lambda n: bus[n])
    by_core = [sum(cast("Mapping[str, int]", c["bus"]).values()) for c in run.per_core]
    core = by_core.index(max(by_core))
    who = f"core {core} asks most ({ratio(max(by_core), every):.0%})" if run.cores > 1 else "all by one core"
    return f"{every:,} requests, {ratio(bus[name], every):.0%} of them {name}; {who}."


def misses(run: Run) -> str:
    """How many accesses miss, and why most of them."""
    counts = {name: int(number(run.totals, name)) for name in CAUSES}
    every = sum(counts.values())
    if not every:
        return "Nothing misses."
    name = max(counts, key=lambda n: counts[n])
    said = name.replace("_", " ")
    return (
        f"{number(run.totals, 'miss_rate'):.1%} of the accesses miss; {ratio(counts[name], every):.0%} of it is {said}."
    )


def invalidations(run: Run) -> str:
    """Who takes the most copies from whom."""
    pairs = {(w, v): n for w, row in run.invalidated_by.items() for v, n in row.items()}
    if not pairs:
        return "No core lost a copy to another."
    writer, victim = max(sorted(pairs), key=lambda p: pairs[p])
    return (
        f"{number(run.totals, 'invalidations'):,.0f} copies lost; core {writer} takes most from core {victim} "
        f"({pairs[writer, victim]:,})."
    )


def worst_lines(run: Run) -> str:
    """How much of the cost of sharing the worst line has."""
    lines = ranked(run.lines)
    every = sum(c.sharing for c in run.lines.values())
    if not every:
        return "No line costs anything because it is shared."
    shared = run.lines[lines[0]].sharing
    line = plain(show_key(lines[0]), 20)
    return f"Line {line} has {ratio(shared, every):.0%} of the cost of sharing ({shared:,} requests)."


def sharing(run: Run) -> str:
    """How many lines are private, read-only, or written by several."""
    used = [c for c in run.lines.values() if c.reads + c.writes]
    private = sum(len({*c.readers, *c.writers}) == 1 for c in used)
    several = sum(len(c.writers) > 1 for c in used)
    return f"{private:,} of {len(used):,} lines belong to one core; {several:,} are written by several."


def rates(run: Run) -> str:
    """How busy the bus is and how long a request waits."""
    requests = sum(a.granted is not None for a in run.recorded())
    wait = ratio(number(run.totals, "bus_wait"), requests)
    return (
        f"The bus is busy {number(run.totals, 'bus_utilization'):.0%} of the time; a request waits "
        f"{wait:,.1f} cycles on average; {number(run.totals, 'hit_rate'):.0%} of the accesses hit."
    )


def timeline(run: Run) -> str:
    """How often the worst line changes hands."""
    lanes = past.intervals(run, ranked(run.lines)[0])
    valid = sum(i.state != run.protocol.invalid for lane in lanes for i in lane)
    holders = sum(any(i.state != run.protocol.invalid for i in lane) for lane in lanes)
    return f"{holders} core{'s' * (holders != 1)} hold it, in {valid:,} spells."


def fastest(runs: Sequence[Run]) -> str:
    """Which run is the fastest, and by how much."""
    low, first, high, last = _ends(runs, [run.cycles for run in runs])
    if low == high:
        return f"All take {low:,.0f} cycles."
    return f"Fastest with {low:,.0f} cycles: {first}; {ratio(high, low):.2f} times as long: {last}."


def fewest_misses(runs: Sequence[Run]) -> str:
    """Which runs miss least."""
    low, first, high, last = _ends(runs, [number(run.totals, "miss_rate") for run in runs])
    if low == high:
        return f"In all {low:.1%} of the accesses miss."
    return f"Least with {low:.1%} of the accesses: {first}; most with {high:.1%}: {last}."


def least(runs: Sequence[Run], values: Sequence[float], what: str) -> str:
    """Which runs have the least of *what* by their *values*, and which the most."""
    low, first, high, last = _ends(runs, values)
    if low == high:
        return f"All have {low:,.0f} {what}."
    return f"Fewest {what} ({low:,.0f}): {first}; most ({high:,.0f}): {last}."


def _ends(runs: Sequence[Run], values: Sequence[float]) -> tuple[float, str, float, str]:
    """The least value and who has it, the largest and who has it; of ties, all."""

    def who(value: float) -> str:
        names = [plain(run.protocol.name, 16) for run, v in zip(runs, values, strict=True) if v == value]
        return ", ".join(names) if len(names) < 4 else f"{len(names)} of {len(runs)}"

    low, high = min(values), max(values)
    return low, who(low), high, who(high)


def moved(run: Run) -> str:
    """What most of the bytes are."""
    counts = bytes_by_kind(run)
    every = sum(counts.values())
    if not every:
        return "Nothing moved over the bus."
    kind = max(counts, key=lambda k: counts[k])
    return f"{every:,} bytes, {ratio(counts[kind], every):.0%} of them {KINDS[kind]}."
