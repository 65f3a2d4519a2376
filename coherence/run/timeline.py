"""What happened when, from the events of a recorded run: states of a line, and rates over time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from coherence.cache.config import Line
from coherence.errors import InputError
from coherence.run.run import Run
from coherence.run.totals import ratio
from coherence.transaction.access import BUS, WAIT, Access
from coherence.words.say import show_key


@dataclass(frozen=True, slots=True)
class Change:
    """At cycle `at`, `core`'s copy of `line` came into `state`."""

    at: int
    line: Line
    core: int
    state: str


@dataclass(frozen=True, slots=True)
class Interval:
    """A core's copy of a line was in `state` from cycle `start` to `end`."""

    core: int
    start: int
    end: int
    state: str


def changes(run: Run, lines: Collection[Line]) -> Iterator[Change]:
    """Every change of state of a copy of one of *lines*, in order of time; before its first a copy is invalid.

    Raises `InputError` if the run kept no events.
    """
    now: dict[tuple[Line, int], str] = {}
    for access in run.recorded():
        for line, core, state in states_after(access):
            if line in lines and now.get((line, core), run.protocol.invalid) != state:
                now[line, core] = state
                yield Change(access.effective, line, core, state)


def states_after(access: Access) -> Iterator[tuple[Line, int, str]]:
    """(line, core, state after) of every copy that *access* concerned, each once."""
    outcome = access.outcome
    if outcome is None:
        yield access.line, access.core, access.after
        return
    if outcome.victim:
        yield outcome.victim.line, access.core, outcome.victim.outcome.after  # type: ignore[misc]
    for core, (_, after) in outcome.changes.items():
        yield access.line, core, after


def lives(run: Run, lines: Collection[Line]) -> Iterator[tuple[Line, Interval]]:
    """The states of every copy of *lines*, as intervals from 0 to the run's end, each as it ends.

    Those of one copy follow each other without a gap; a copy that was never valid has none. Raises `InputError` if
    the run kept no events.
    """
    now: dict[tuple[Line, int], tuple[int, str]] = {}
    for change in changes(run, lines):
        copy = change.line, change.core
        since, state = now.get(copy, (0, run.protocol.invalid))
        if change.at > since:
            yield change.line, Interval(change.core, since, change.at, state)
        now[copy] = change.at, change.state
    for (line, core), (since, state) in now.items():
        if run.cycles > since:
            yield line, Interval(core, since, run.cycles, state)


def intervals(run: Run, line: Line) -> list[list[Interval]]:
    """For each core the states of its copy of *line*, one after another from 0 to the run's end.

    Raises `InputError` if the run kept no events or never touched the line.
    """
    if line not in run.lines:
        raise InputError(f"the run never touched line {show_key(line)}")
    lanes: list[list[Interval]] = [[] for _ in range(run.cores)]
    for _, interval in lives(run, (line,)):
        lanes[interval.core].append(interval)
    always = [Interval(core, 0, run.cycles, run.protocol.invalid) for core in range(run.cores if run.cycles else 0)]
    return [lane or [always[core]] * bool(always) for core, lane in enumerate(lanes)]


@dataclass(frozen=True, slots=True)
class Rates:
    """Equal spans of time: their edges, one more than spans, and of each span what happened in it.

    The hit rate, the bus's utilisation, how many requests wait (the mean), how many copies snoops took.
    """

    edges: tuple[float, ...]
    hit_rate: tuple[float, ...]
    utilisation: tuple[float, ...]
    queue: tuple[float, ...]
    invalidations: tuple[int, ...]

    @property
    def middles(self) -> tuple[float, ...]:
        """Of the spans."""
        return tuple((a + b) / 2 for a, b in pairwise(self.edges))


def rates(run: Run, bins: int, cycles: tuple[int, int] | None = None) -> Rates:
    """The run's events in *bins* spans: accesses by their start, held and waiting cycles shared out exactly.

    *cycles*: only from the first to the second (None: the whole run). A hit is a read or write without the bus; the
    hit rate of a span without accesses is that of the span before.
    """
    first, last = cycles or (0, max(run.cycles, 1))
    span = (last - first) / bins
    edges = [first + (last - first) * i / bins for i in range(bins + 1)]
    accesses, hits, invalidations = ([0] * bins for _ in range(3))
    held, waiting = ([0.0] * bins for _ in range(2))

    def bin_of(cycle: int) -> int:
        return min(bins - 1, (cycle - first) * bins // (last - first))

    def share_out(into: list[float], start: int, stop: int) -> None:
        for i in range(bin_of(max(start, first)), bins):
            if edges[i] >= stop:
                break
            into[i] += max(0.0, min(stop, edges[i + 1]) - max(start, edges[i]))

    for a in run.recorded():
        if a.event != "Evict" and first <= a.start <= last:
            accesses[bin_of(a.start)] += 1
            hits[bin_of(a.start)] += a.outcome is None
        for part in a.spans:
            if part.what == BUS:
                share_out(held, part.start, part.end)
            elif part.what == WAIT:
                share_out(waiting, part.start, part.end)
        if a.outcome and first <= a.effective <= last:
            invalidations[bin_of(a.effective)] += sum(x.after == run.protocol.invalid for x in a.outcome.answers)
    rate: list[float] = []
    for hit, of in zip(hits, accesses, strict=True):
        rate.append(hit / of if of else (rate[-1] if rate else 0.0))
    return Rates(
        tuple(edges),
        tuple(rate), tuple(ratio(h, span) for h in held), tuple(ratio(w, span) for w in waiting), tuple(invalidations),
    )  # fmt: skip


def shares(lane: Sequence[Interval], first: float, span: float, count: int) -> Iterator[tuple[int, str, float]]:
    """How long each state lasted in each of *count* spans from *first* on: (span, state, cycles), in no order."""
    found: dict[tuple[int, str], float] = {}
    for i in lane:
        start, end = max(0.0, (i.start - first) / span), min(float(count), (i.end - first) / span)
        if start < end and int(start) == int(end):  # the usual case where there are many
            at = int(start), i.state
            found[at] = found.get(at, 0.0) + (end - start) * span
            continue
        for number in range(int(start), min(count, ceil(end))):
            part = min(end, number + 1) - max(start, number)
            if part > 0:
                found[number, i.state] = found.get((number, i.state), 0.0) + part * span
    yield from ((number, state, time) for (number, state), time in found.items())


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
