"""A run as a value change dump (IEEE 1364), with GTKWave's strings as values: states, and who has the bus."""

from __future__ import annotations

import re
from collections.abc import Iterator
from heapq import merge
from pathlib import Path

from coherence.exports.view import View
from coherence.run.timeline import changes
from coherence.words.plain import plain
from coherence.words.say import show_key

Signal = tuple[str, str]  # scope and name
Value = tuple[int, Signal, str]  # from that cycle on

IDLE = "-"
BUS = "bus"
LONG = 40  # characters of a name


def write(view: View, path: Path) -> None:
    """Write it: a scope a core with a string a line, and the scope `bus`; 1 ns is one cycle. Needs the extra `vcd`."""
    from vcd import VCDWriter

    run = view.run
    cores = [f"core{core:0{len(str(run.cores - 1))}}" for core in range(run.cores)]
    names = dict(zip(view.lines, line_names([show_key(line) for line in view.lines]), strict=True))
    about = [f"{run.workload} under {run.protocol.name}; 1 ns is 1 cycle", *view.left_out]
    about += [f"{name} is line {show_key(line)}" for line, name in names.items()]

    def states() -> Iterator[Value]:
        for change in changes(run, names):
            if change.at > view.last:
                return
            yield max(change.at, view.first), (cores[change.core], names[change.line]), change.state

    with (
        open(path, "w", encoding="utf-8", newline="\n") as out,
        VCDWriter(
            out, timescale="1 ns", date="", comment="\n".join(map(comment, about)), init_timestamp=view.first
        ) as writer,
    ):
        initial = {(core, name): run.protocol.invalid for core in cores for name in names.values()}
        initial |= {(BUS, name): IDLE for name in ("owner", "request", "step")}
        signals = {signal: writer.register_var(*signal, "string", init=word(v)) for signal, v in initial.items()}
        for at, signal, value in merge(states(), bus(view, cores), key=lambda v: v[0]):
            writer.change(signals[signal], at, word(value))
        writer.close(view.last)


def bus(view: View, cores: list[str]) -> Iterator[Value]:
    """Who holds the bus with which requests, and as which access of the run; idle in between."""
    released = view.first
    for number, a in view.transactions():
        assert a.granted is not None and a.outcome
        if a.granted > released:
            yield from _holds(released, IDLE, IDLE, IDLE)
        yield from _holds(a.granted, cores[a.core], "+".join(a.outcome.bus), str(number))
        released = a.granted + a.held
    yield from _holds(released, IDLE, IDLE, IDLE)


def _holds(at: int, owner: str, request: str, step: str) -> Iterator[Value]:
    for name, value in (("owner", owner), ("request", request), ("step", step)):
        yield at, (BUS, name), value


def line_names(lines: list[str]) -> list[str]:
    """A name that VCD allows for each line, all different.

    >>> line_names(["7", "('head', 3)", "('head', 4)", "a.b", "a b"])
    ['line_7', 'line_head_3', 'line_head_4', 'line_a_b', 'line_a_b_2']
    """
    found: dict[str, str] = {}
    for line in lines:
        base = "line_" + re.sub(r"\W+", "_", line, flags=re.ASCII).strip("_")[:LONG]
        name, number = base, 1
        while name in found:
            number += 1
            name = f"{base}_{number}"
        found[name] = line
    return list(found)


def word(value: str) -> str:
    """*value* without what a VCD cannot hold: blanks are escaped by pyvcd, what is not ASCII here."""
    return value.encode("ascii", "backslashreplace").decode()


def comment(text: str) -> str:
    """*text* on one line that cannot end the comment that it stands in."""
    return word(plain(text, 200)).replace("$", "_")
