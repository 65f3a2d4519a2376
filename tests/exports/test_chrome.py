"""The JSON is a trace in Chrome's trace event format, and it is the run."""

from __future__ import annotations

import json
import tracemalloc
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import coherence as co
from coherence.exports.chrome import text
from coherence.run.timeline import intervals
from coherence.words.say import show_key
from tests.exports.conftest import NASTY, RUNS

METADATA = {"process_name": str, "thread_name": str, "process_sort_index": int, "thread_sort_index": int}
Trace = Callable[..., Any]


def check_format(trace: Any) -> None:
    """What the Trace Event Format asks of an object with complete events, counters and metadata.

    Raises AssertionError at the first event that breaks it. "If two events overlap on a thread they must nest."
    """
    assert set(trace) <= {"traceEvents", "displayTimeUnit", "otherData", "stackTraceData", "samples"}
    assert trace["displayTimeUnit"] in ("ms", "ns")
    named: dict[str, set[Any]] = {name: set() for name in METADATA}
    slices, counters = defaultdict(list), defaultdict(list)
    for e in trace["traceEvents"]:
        assert isinstance(e["name"], str) and e["name"]
        assert isinstance(e["pid"], int) and isinstance(e.get("tid", 0), int)
        if e["ph"] == "M":
            (word,) = e["args"]
            assert word == e["name"].partition("_")[2] and isinstance(e["args"][word], METADATA[e["name"]])
            at = (e["pid"], e["tid"]) if e["name"].startswith("thread") else e["pid"]
            assert at not in named[e["name"]], "a track is named twice"
            named[e["name"]].add(at)
            continue
        assert isinstance(e["ts"], (int, float)) and e["ts"] >= 0
        assert isinstance(e["cat"], str) and isinstance(e.get("args", {}), dict)
        assert e["pid"] in named["process_name"], "an event before its group is named"
        if e["ph"] == "X":
            assert isinstance(e["dur"], int) and e["dur"] >= 0
            assert (e["pid"], e["tid"]) in named["thread_name"], "a slice before its track is named"
            slices[e["pid"], e["tid"]].append((e["ts"], e["ts"] + e["dur"]))
        else:
            assert e["ph"] == "C", "another kind of event"
            assert e["args"] and all(isinstance(v, (int, float)) for v in e["args"].values())
            counters[e["pid"], e["name"]].append(e["ts"])
    threads = [tid for _, tid in named["thread_name"]]
    assert len(threads) == len(set(threads)), "two tracks have one number"
    for track in slices.values():
        open_ends: list[int] = []
        for (start, end), (before, _) in zip(track, [(0, 0), *track]):
            assert start >= before, "time runs backwards on a track"
            while open_ends and open_ends[-1] <= start:
                open_ends.pop()
            assert not open_ends or end <= open_ends[-1], "slices overlap and do not nest"
            open_ends.append(end)
    for times in counters.values():
        assert all(a < b for a, b in pairwise(times))


def groups(trace: Any) -> dict[str, dict[str, list[Any]]]:
    """Name of the group → name of the track → its slices."""
    processes, threads, found = {}, {}, defaultdict(lambda: defaultdict(list))  # type: ignore[var-annotated]
    for e in trace["traceEvents"]:
        if e["name"] == "process_name":
            processes[e["pid"]] = e["args"]["name"]
        elif e["name"] == "thread_name":
            threads[e["tid"]] = e["args"]["name"]
        elif e["ph"] == "X":
            found[processes[e["pid"]]][threads[e["tid"]]].append(e)
    return found


def spans(slices: list[Any]) -> list[tuple[int, int]]:
    return [(e["ts"], e["ts"] + e["dur"]) for e in slices]


def test_it_is_in_the_trace_event_format(run: co.Run, trace: Trace) -> None:
    check_format(trace(run))


@pytest.mark.parametrize("broken", ["B", "dur", "overlap", "backwards", "unnamed", "twice"])
def test_the_check_sees_what_is_wrong(broken: str, trace: Trace) -> None:
    found = trace(RUNS["MESI"]())
    events = found["traceEvents"]
    waits = next(e for e in events if e.get("cat") == "wait")
    match broken:
        case "B":
            waits["ph"] = "B"
        case "dur":
            del waits["dur"]
        case "overlap":
            waits["dur"] += 10_000
        case "backwards":
            events.reverse()
            events.sort(key=lambda e: e["ph"] != "M")
        case "unnamed":
            events[:] = [e for e in events if e["name"] != "thread_name"]
        case "twice":
            events.insert(0, events[0])
    with pytest.raises((AssertionError, KeyError)):
        check_format(found)


def test_a_track_a_core_has_its_accesses_and_where_their_time_went(run: co.Run, trace: Trace) -> None:
    tracks = groups(trace(run))["cores (1 µs = 1 cycle)"]
    steps = []
    for core in range(run.cores):
        own = [a for a in run.recorded() if a.core == core]
        slices = tracks[f"core {core}"]
        accesses = [e for e in slices if "step" in e.get("args", {})]
        assert spans(accesses) == [(a.start, a.end) for a in own]
        assert [e["args"]["op"] for e in accesses] == [a.event for a in own]
        assert [e["args"]["before"] for e in accesses] == [text(a.before) for a in own]
        assert [e["args"]["after"] for e in accesses] == [text(a.after) for a in own]
        assert [e["args"].get("miss") for e in accesses] == [a.miss for a in own]
        waited = run.per_core[core]["bus_wait"]
        assert sum(e["args"].get("waited", 0) for e in accesses) == waited
        assert sum(e["dur"] for e in slices if e["cat"] == "wait") == waited
        held = [e for e in slices if e["name"].startswith("bus: ")]
        assert sum(e["dur"] for e in held) == sum(a.held for a in own)
        steps += [e["args"]["step"] for e in accesses]
    assert sorted(steps) == list(range(1, len(run.recorded()) + 1))


def test_the_bus_has_every_transaction_and_never_two(run: co.Run, trace: Trace) -> None:
    slices = groups(trace(run))["bus"]["transactions"]
    assert all(end <= start for (_, end), (start, _) in pairwise(spans(slices)))
    assert sum(e["dur"] for e in slices) == run.totals["bus_busy"]
    requests: dict[str, int] = dict.fromkeys(run.totals["bus"], 0)
    for e in slices:
        for request in e["name"].split():
            requests[request] += 1
    assert requests == run.totals["bus"]


def test_a_group_a_line_has_the_states_of_its_copies(run: co.Run, trace: Trace) -> None:
    found = groups(trace(run, tracks=99))
    for line in run.lines:
        tracks = found.get(f"line {text(show_key(line))}: states", {})
        for core, lane in enumerate(intervals(run, line)):
            valid = [i for i in lane if i.state != run.protocol.invalid]
            slices = tracks.get(f"core {core}", [])
            assert [(e["name"], *span) for e, span in zip(slices, spans(slices), strict=True)] == [
                (text(i.state), i.start, i.end) for i in valid
            ]


def test_counters_add_up_to_the_totals(run: co.Run, trace: Trace) -> None:
    found = defaultdict(list)
    for e in trace(run)["traceEvents"]:
        if e["ph"] == "C":
            (value,) = e["args"].values()
            found[e["name"]].append((e["ts"], value))
    assert set(found) == {"bus utilisation", "requests waiting", "invalidations", "hit rate"}
    bins = min(500, run.cycles)
    span = run.cycles / bins

    def total(name: str) -> float:
        """Over all spans: a value holds until the next."""
        return sum(value * round((after - at) / span) for (at, value), (after, _) in pairwise(found[name]))

    assert total("invalidations") == run.totals["invalidations"]
    assert total("bus utilisation") / 100 * span == pytest.approx(run.totals["bus_busy"], rel=1e-3, abs=1e-3)
    assert total("requests waiting") * span == pytest.approx(run.totals["bus_wait"], rel=1e-3, abs=bins * span * 5e-4)
    assert all(values[-1][1] == 0 for values in found.values())


def test_hostile_names_are_shown_and_do_nothing(trace: Trace, tmp_path: Path) -> None:
    found = trace(RUNS["nasty"]())
    keys = {e.get("args", {}).get("key") for e in found["traceEvents"]}
    assert len(keys) == len(NASTY) + 1 and "<script>alert(1)</script>" in keys
    raw = (tmp_path / "run.json").read_bytes()
    assert raw.count(b"\\") == raw.count(b'\\"'), "Perfetto reads no other escape; some stop it"
    assert b"\xe2\x80\xae" not in raw and b"\0" not in raw
    assert all(json.loads(line.rstrip(",")) for line in raw.decode().splitlines()[1:-1]), "an event is one line"


def test_a_window_shows_its_accesses_its_time_and_its_lines(trace: Trace) -> None:
    run = RUNS["MESI"]()
    found = trace(run, first=40, last=60, tracks=2)
    check_format(found)
    events = run.recorded()[39:60]
    first, last = min(a.start for a in events), max(a.end for a in events)
    drawn = [e for e in found["traceEvents"] if e["ph"] != "M"]
    assert min(e["ts"] for e in drawn) == first and max(e["ts"] + e.get("dur", 0) for e in drawn) == last
    cores = groups(found)["cores (1 µs = 1 cycle)"].values()
    assert sorted(e["args"]["step"] for t in cores for e in t if "step" in e.get("args", {})) == list(range(40, 61))
    states = [name for name in groups(found) if name.endswith(": states")]
    assert len(states) == 2
    left_out = found["otherData"]["left_out"]
    lines = len({a.line for a in events})
    assert left_out == [
        "steps 40–60 of 180", f"the states of 2 of {lines} lines, those that took the bus most often"
    ]  # fmt: skip


def test_memory_stays_flat(tmp_path: Path) -> None:
    """Ten times the accesses make a file ten times as large, and need no more memory."""
    peaks, sizes = [], []
    for writes in (150, 1_500):
        machine = co.Machine("MESI", cache=co.Cache(keys_per_line=64), watch=False)
        run = machine.run(co.workloads.false_sharing(cores=2, writes=writes), record=True)
        co.export(run, tmp_path / "warm.json", last=10)
        tracemalloc.start()
        co.export(run, tmp_path / "run.json")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        sizes.append((tmp_path / "run.json").stat().st_size)
    assert sizes[1] > 6 * sizes[0]
    assert peaks[1] < 1.3 * peaks[0] and peaks[1] < 1_000_000
