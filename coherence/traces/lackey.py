"""What valgrind's lackey tool writes with `--trace-mem=yes --trace-sched=yes`.

` L addr,size` is a load, ` S addr,size` a store, ` M addr,size` a load and then a store, `I  addr,size` an instruction
(skipped); addresses in hex, sizes in bytes. `--pid--   SCHED[n]:  acquired lock …` says that thread n runs from here
on. Threads become cores in order of first appearance. valgrind gives the number of a thread that has ended to the next
one it starts; that is another thread, hence another core. Before the first SCHED line, and so throughout a trace made
without `--trace-sched=yes`, thread 1 runs, which is the main one. Other lines of valgrind's own (`==pid== …`,
`--pid-- …`, `**pid** …`) are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import count
from typing import NamedTuple

from coherence.accesses.op import CoreOp
from coherence.accesses.text import shown
from coherence.traces.build import KNOWN

EXPECTED = "expected ' L|S|M addr,size', 'I  addr,size' or a line of valgrind's own (==pid== … or --pid-- …)"
ONE_PROCESS = "expected one process a file (valgrind --log-file=NAME.%p)"
OPS = dict(zip("LSM", ("r", "w", "rw"), strict=True))  # letter of a line → what it does
MAIN = 1
_INSTRUCTION = re.compile(r"\s*I\s+[0-9a-fA-F]{1,16},[0-9]{1,6}\s*")
_ACCESS = re.compile(r"\s*([LSM])\s+([0-9a-fA-F]{1,16}),([0-9]{1,6})\s*")
_CHATTER = re.compile(r"(==|--|\*\*)(?:[0-9:.]+ )?([0-9]+)\1(.*)")  # (a time stamp may come before the pid)
_SCHED = re.compile(r"\s*SCHED\[([0-9]+)\]:\s*(acquired lock|exiting)?.*")


class Data(NamedTuple):
    """A line about memory: the ops it stands for, address and size in bytes, address as written."""

    ops: str
    address: int
    size: int
    text: str


class Schedule(NamedTuple):
    """A SCHED line: process, thread, and whether the thread ends here or runs from here on."""

    process: str
    thread: int
    ends: bool


def parse_line(line: str) -> Data | Schedule | None:
    """One line; None for one that says nothing about data or threads. Raises `ValueError`.

    >>> parse_line(" M 1fff000778,8").ops, parse_line("--77--   SCHED[2]:  acquired lock (why)").thread
    ('rw', 2)
    """
    match = _ACCESS.fullmatch(line)
    if match:
        if int(match[3]) == 0:
            raise ValueError(f"a size of 0 bytes, {EXPECTED}")
        return Data(OPS[match[1]], int(match[2], 16), int(match[3]), match[2])
    said = _CHATTER.fullmatch(line.strip())
    if said is None and line.strip() and not _INSTRUCTION.fullmatch(line):
        raise ValueError(f"{EXPECTED}, not {shown(line)}")
    scheduled = _SCHED.fullmatch(said[3]) if said else None
    if said is None or scheduled is None or scheduled[2] is None:
        return None
    return Schedule(said[2], int(scheduled[1]), scheduled[2] == "exiting")


def read(lines: Iterable[str]) -> Iterator[tuple[CoreOp, str]]:
    """The accesses, sizes in the place of gaps, each with its address as written; raises `ValueError`."""
    known = lru_cache(KNOWN)(parse_line)
    numbers = count()
    cores: dict[int, int] = {}  # of the threads that have not ended
    process = ""
    running: int | None = None  # its core
    for line in lines:
        found = known(line)
        if isinstance(found, Schedule):
            process = process or found.process
            if found.process != process:
                raise ValueError(f"{ONE_PROCESS}, not {found.process} in a trace of {process}")
            if found.ends:
                cores.pop(found.thread, None)
                continue
            if found.thread not in cores:
                cores[found.thread] = next(numbers)
            running = cores[found.thread]
        elif found:
            if running is None:
                running = cores[MAIN] = next(numbers)
            for op in found.ops:
                yield (running, op, found.address, found.size), found.text
