"""Recorded runs that between them do all that a file must be able to show, and a reader of each format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import coherence as co
from tests.show.tables import HOSTILE

# What a user, or a user's file, may call a key: markup, quotes, blanks, line ends, right-to-left, a lone surrogate.
NASTY = [
    "<script>alert(1)</script>",
    "\"quoted\" 'q' \\n \\",
    "a b\tc\nd\r$end",
    "\u202egnirts",
    "\ud800x",
    ("t", b"\0"),
    "=1+1,2",
]


def nasty(core: co.Core) -> Any:
    for number, key in enumerate(NASTY):
        yield from core.put(key, f'{number}"\n\ud800')
        yield core.compute(3)
        yield from core.evict(key)


def _random(protocol: object, order: str = "program", **machine: Any) -> co.Run:
    work = co.workloads.random(cores=3, accesses=60, keys=14, seed=5)
    return co.Machine(protocol, **machine).run(work, order=order, record=True)  # type: ignore[arg-type]


FREE = co.Timing(arbitrate=0, memory=0, transfer=0, upgrade=0, update=0, write_word=0, writeback=0)
SMALL = co.Cache(sets=2, ways=2, keys_per_line=2)
RUNS: dict[str, Callable[[], co.Run]] = {
    "MESI": lambda: _random("MESI", cache=SMALL),
    "MOESI in the trace's order": lambda: _random("MOESI", "trace", cache=SMALL),
    "Dragon": lambda: _random("Dragon", cache=co.Cache(keys_per_line=4), arbitration="round-robin"),
    "WriteThrough": lambda: _random("WriteThrough"),
    "a bus that takes no time": lambda: _random("MESI", cache=SMALL, timing=FREE),
    "slow hits and replies": lambda: _random("MESIF", cache=SMALL, timing=co.Timing(hit=5, issue=3, reply=4)),
    "levels": lambda: _random("MESI", cache=[co.Cache(ways=2), co.Cache(ways=4)], shared=co.Cache(ways=8, lookup=9)),
    "one core": lambda: co.Machine("MSI").run([(0, "w", 1), (0, "r", 1), (0, "e", 1)], record=True),
    "nasty": lambda: co.Machine(HOSTILE).run([nasty, nasty], record=True),
}


@pytest.fixture(params=RUNS, scope="module")
def run(request: pytest.FixtureRequest) -> co.Run:
    return RUNS[request.param]()


@pytest.fixture
def trace(tmp_path: Path) -> Callable[..., Any]:
    """The parsed JSON of a run."""

    def written(run: co.Run, **window: Any) -> Any:
        path = tmp_path / "run.json"
        co.export(run, path, **window)
        return json.loads(path.read_text("utf-8"))

    return written
