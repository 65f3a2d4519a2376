"""What happened when, from the events of a recorded run: states of a line, and rates over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from coherence.cache.config import Line
from coherence.count import LineCounts
from coherence.errors import InputError
from coherence.metrics import ratio
from coherence.records import Access
from coherence.run import Run
from coherence.tell import show_key


@dataclass(frozen=True, slots=True)
class Interval:
    """A core's copy of a line was in `state` from cycle `start` to `end`."""

    core: int
    start: int
    end: int
    state: str


def intervals(run: Run, line: Line) -> list[list[Interval]]:
    """For each core the states of its copy of *line*, one after another from 0 to the run's end.

    Raises `InputError` if the run kept no events or never touched the line.
    """
    if line not in run.lines:
        raise InputError(f"the run never touched line {show_key(line)}")
    invalid = run.protocol.invalid
    lanes: list[list[Interval]] = [[] for _ in range(run.cores)]
    now = [(0, invalid)] * run.cores

    def change(core: int, at: int, state: str) -> None:
        since, before = now[core]
        if state != before:
            if at > since:
                lanes[core].append(Interval(core, since, at, before))
            now[core] = max(since, at), state

    for access in run.recorded():
        for core, state in changes(access, line).items():
            change(core, access.effective, state)
    for core, (since, state) in enumerate(now):
        if run.cycles > since:
            lanes[core].append(Interval(core, since, run.cycles, state))
    return lanes


def changes(access: Access, line: Line) -> dict[int, str]:
    """Core → state after *access*, of the copies of *line* that it concerned."""
    found = {}
    outcome = access.outcome
    if access.line == line:
        found[access.core] = access.after
        if outcome:
            for answer in outcome.answers:
                found[answer.core] = answer.after
    if outcome and outcome.victim and outcome.victim.line == line:
        found[access.core] = outcome.victim.outcome.after
    return found


@dataclass(frozen=True, slots=True)
class Rates:
    """Equal spans of time: their middles, and in each the hit rate, the bus's utilisation, requests that wait."""

    middles: tuple[float, ...]
    hit_rate: tuple[float, ...]
    utilisation: tuple[float, ...]
    queue: tuple[float, ...]


def rates(run: Run, bins: int) -> Rates:
    """The run's events in *bins* spans: accesses by their start, held and waiting cycles shared out exactly.

    A hit is a read or write without the bus; the hit rate of a span without accesses is that of the span before.
    """
    end = max(run.cycles, 1)
    edges = [end * i / bins for i in range(bins + 1)]
    accesses, hits, held, waiting = ([0.0] * bins for _ in range(4))

    def share_out(into: list[float], start: float, stop: float) -> None:
        first = min(bins - 1, int(start * bins / end))
        for i in range(first, bins):
            if edges[i] >= stop:
                break
            into[i] += max(0.0, min(stop, edges[i + 1]) - max(start, edges[i]))

    for a in run.recorded():
        if a.event != "Evict":
            i = min(bins - 1, a.start * bins // end)
            accesses[i] += 1
            hits[i] += a.outcome is None
        if a.granted is not None and a.queued is not None:
            share_out(held, a.granted, a.granted + a.held)
            share_out(waiting, a.queued, a.granted)
    span = end / bins
    rate: list[float] = []
    for hit, of in zip(hits, accesses, strict=True):
        rate.append(hit / of if of else (rate[-1] if rate else 0.0))
    return Rates(
        tuple((a + b) / 2 for a, b in pairwise(edges)),
        tuple(rate), tuple(ratio(h, span) for h in held), tuple(ratio(w, span) for w in waiting),
    )  # fmt: skip


def shares(lane: Sequence[Interval], first: float, span: float, count: int) -> Iterator[tuple[int, str, float]]:
    """How long each state lasted in each of *count* spans from *first* on: (span, state, cycles), in no order."""
    found: dict[tuple[int, str], float] = {}
    for i in lane:
        start, end = max(0.0, (i.start - first) / span), min(float(count), (i.end - first) / span)
        if start < end and int(start) == int(end):  # most of many
            at = int(start), i.state
            found[at] = found.get(at, 0.0) + (end - start) * span
            continue
        for pixel in range(int(start), min(count, ceil(end))):
            part = min(end, pixel + 1) - max(start, pixel)
            if part > 0:
                found[pixel, i.state] = found.get((pixel, i.state), 0.0) + part * span
    yield from ((pixel, state, time) for (pixel, state), time in found.items())


def cost(counts: LineCounts) -> tuple[int, int]:
    """How many bus requests a line cost because it is shared, and how many it cost at all."""
    shared = counts.true_sharing + counts.false_sharing + counts.upgrades
    return shared, shared + counts.cold + counts.replacement


def worst(run: Run) -> list[Line]:
    """The lines, those first that cost most because they are shared."""
    return sorted(run.lines, key=lambda line: cost(run.lines[line]), reverse=True)


def busiest(events: Sequence[Access], count: int) -> int:
    """Where the *count* neighbouring events begin in which most is said on the bus; the first such place."""
    asks = [len(a.outcome.requests) + 2 * len(a.outcome.answers) if a.outcome else 0 for a in events]
    best, now = 0, sum(asks[:count])
    most = now
    for start in range(1, len(events) - count + 1):
        now += asks[start + count - 1] - asks[start - 1]
        if now > most:
            best, most = start, now
    return best
