"""A run in Chrome's trace event format, which ui.perfetto.dev and chrome://tracing open.

The format: Google, *Trace Event Format*. Its times are in microseconds; here 1 µs is one cycle. Written are complete
events ("X": a slice from `ts`, `dur` long), counters ("C") and metadata ("M": names and the order of tracks). A
process is a group of tracks, a thread a track.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from coherence.exports.view import View
from coherence.run.timeline import lives, rates
from coherence.transaction import access
from coherence.transaction.access import Access
from coherence.version import __version__
from coherence.words.plain import plain
from coherence.words.say import show_key, show_value, tell

Event = dict[str, object]

# Groups of tracks: the process's number, and what its tracks' numbers begin with, lie so far apart from those of cores
# and lines that nobody takes one for the other in "core 3 10003", which is how Perfetto names a track.
CORES, BUS, LINES = 0, 1, 2  # each line is one more group from LINES on
PROCESSES, THREADS = 1_000, 10_000
BINS = 500  # spans of a counter
LONG = 200  # characters of a text beside a slice


def write(view: View, path: Path) -> None:
    """Write it, one event a line, so that memory stays flat."""
    run = view.run
    about = {
        "time": "1 µs is 1 cycle", "workload": text(run.workload, LONG), "protocol": text(run.protocol.name, LONG),
        "cores": run.cores, "cycles": run.cycles, "order": run.order, "made_by": f"coherence {__version__}",
        "left_out": [text(said, LONG) for said in view.left_out],
    }  # fmt: skip
    with open(path, "w", encoding="utf-8", errors="replace", newline="\n") as out:
        out.write(f'{{"displayTimeUnit":"ns","otherData":{_json(about)},"traceEvents":[')
        for number, event in enumerate(events(view)):
            out.write(",\n" if number else "\n")
            out.write(_json(event))
        out.write("\n]}\n")


def events(view: View) -> Iterator[Event]:
    """Every event; those of one track in order of time, a slice before what it contains."""
    yield from _cores(view)
    yield from _bus(view)
    yield from _counters(view)
    yield from _lines(view)


def _cores(view: View) -> Iterator[Event]:
    """A track a core: its accesses, and in each how long it waited for the bus and held it."""
    yield from _group(CORES, "cores (1 µs = 1 cycle)")
    for core in range(view.run.cores):
        yield from _named(_track(view, CORES, core), f"core {core}", core)
    for number, a in view.accesses():
        track = _track(view, CORES, a.core)
        yield _slice(track, f"{a.event} {text(view.name(a.key))}", a.start, a.end, _kind(a), _access(view, number, a))
        for span in a.spans:
            if span.what == access.WAIT and span.end > span.start:
                yield _slice(track, "waits for the bus", span.start, span.end, "wait")
            elif span.what == access.BUS and span.end > span.start and a.outcome:
                yield _slice(track, f"bus: {' '.join(a.outcome.bus)}", span.start, span.end, "bus")


def _bus(view: View) -> Iterator[Event]:
    """The bus: one transaction after another."""
    track = _track(view, BUS)
    yield from _group(BUS, "bus")
    yield from _named(track, "transactions", 0)
    for number, a in view.transactions():
        if a.outcome and a.granted is not None:
            more = {"step": number, "core": a.core, "what": text(tell(a.outcome, view.name(a.key)), 5 * LONG)}
            yield _slice(track, " ".join(a.outcome.bus), a.granted, a.granted + a.held, "bus", more)


def _counters(view: View) -> Iterator[Event]:
    """What goes on in each span of time, over all accesses, shown or not."""
    if view.last == view.first:
        return
    found = rates(view.run, min(BINS, view.last - view.first), (view.first, view.last))
    for name, series, values in (
        ("bus utilisation", "%", [100 * share for share in found.utilisation]),
        ("requests waiting", "mean", found.queue),
        ("invalidations", "count", found.invalidations),
        ("hit rate", "%", [100 * share for share in found.hit_rate]),
    ):
        shown: float | None = None
        for at, value in zip(found.edges, [*values, 0], strict=True):
            if round(value, 3) != shown:
                shown = round(value, 3)
                head: Event = {"ph": "C", "pid": PROCESSES + BUS, "name": name, "cat": "rate"}
                yield {**head, "ts": round(at, 3), "args": {series: shown}}


def _lines(view: View) -> Iterator[Event]:
    """A group a line, in it a track for each core that had a copy: its states, with gaps while it was invalid."""
    run = view.run
    groups = {line: LINES + rank for rank, line in enumerate(view.lines)}
    for line, group in groups.items():
        yield from _group(group, f"line {text(show_key(line))}: states")
    named: set[tuple[int, int]] = set()
    for line, i in lives(run, groups):
        start, end = max(i.start, view.first), min(i.end, view.last)
        if i.state == run.protocol.invalid or start >= end:
            continue
        track = _track(view, groups[line], i.core)
        if (groups[line], i.core) not in named:
            named.add((groups[line], i.core))
            yield from _named(track, f"core {i.core}", i.core)
        title = text(run.protocol.by_name[i.state].title)
        yield _slice(track, text(i.state), start, end, "state", {"state": title})


def text(shown: object, most: int = 60) -> str:
    """*shown* as `plain` has it, and without backslashes.

    Perfetto's reader shows escapes as they are, and takes a backslash before the closing quote for a quote's own: the
    file then does not open. So no string here needs an escape other than that of a quote.

    >>> text("a" + chr(92))
    'a∖'
    """
    return plain(shown, most).replace("\\", "∖")


def _json(thing: object) -> str:
    """As compact as can be, and without escapes where none must be (see `text`)."""
    return json.dumps(thing, separators=(",", ":"), ensure_ascii=False)


def _kind(a: Access) -> str:
    """The cause of a miss, or else whether it took the bus."""
    return a.miss or ("bus" if a.granted is not None else "local")


def _access(view: View, number: int, a: Access) -> Event:
    """What stands beside an access."""
    told: Event = {
        "step": number, "op": a.event, "key": text(view.name(a.key), LONG), "line": text(show_key(a.line), LONG),
        "before": text(a.before), "after": text(a.after),
    }  # fmt: skip
    if a.miss:
        told["miss"] = a.miss
    if a.granted is not None and a.queued is not None:
        told |= {"waited": a.granted - a.queued, "held": a.held}
    if a.outcome and a.outcome.suppliers:
        told["supplier"] = a.outcome.supplier
    if a.value is not None:
        told["value"] = text(show_value(a.value), LONG)
    return told


def _slice(track: Event, name: str, start: int, end: int, kind: str, more: Event | None = None) -> Event:
    args = {"args": more} if more else {}
    return {"ph": "X", **track, "name": name, "cat": kind, "ts": start, "dur": end - start, **args}


def _track(view: View, group: int, core: int = 0) -> Event:
    """Where an event stands; a track's number comes once in the file, and Perfetto sorts a group's tracks by it."""
    return {"pid": PROCESSES + group, "tid": THREADS + group * view.run.cores + core}


def _group(group: int, name: str) -> Iterator[Event]:
    head: Event = {"ph": "M", "pid": PROCESSES + group}
    yield {**head, "name": "process_name", "args": {"name": name}}
    yield {**head, "name": "process_sort_index", "args": {"sort_index": group}}


def _named(track: Event, name: str, place: int) -> Iterator[Event]:
    yield {"ph": "M", **track, "name": "thread_name", "args": {"name": name}}
    yield {"ph": "M", **track, "name": "thread_sort_index", "args": {"sort_index": place}}
