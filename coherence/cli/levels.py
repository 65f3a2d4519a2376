"""The flags that give a machine several levels, and what is shown of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

from coherence.analysis.access_time import access_time
from coherence.cache.config import Cache
from coherence.cli.output import print_table
from coherence.config.file import level
from coherence.config.known import MACHINES
from coherence.config.timing import Timing
from coherence.errors import InputError
from coherence.machine import Machine, read_machine
from coherence.run.run import Run
from coherence.run.totals import ratio

FIELDS = "sets=N,ways=N,policy=NAME,lookup=CYCLES"
# What --machine says too, with its default.
EXCLUDED: dict[str, object] = {
    "sets": 1, "ways": None, "keys_per_line": 1, "policy": "LRU", "timing": "default", "arbitration": "fifo",
    "level": [], "shared": None,
}  # fmt: skip


def add_level_flags(add: Callable[..., object]) -> None:
    """--level, --shared and --machine."""
    add("--level", action="append", default=[], metavar="K=V,…", help=f"one more private level behind: {FIELDS}")
    add("--shared", metavar="K=V,…", help="a shared last level between bus and memory: the same")
    add("--machine", metavar="FILE|NAME", help=f"all caches and latencies: TOML file, or {', '.join(MACHINES)}")


def machine(args: argparse.Namespace) -> Machine:
    """The machine that the flags describe, its protocol aside; raises `InputError` with every fault at once."""
    given = {} if args.cores is None else {"cores": args.cores}
    if args.machine is not None:
        twice = [f"--{name.replace('_', '-')}" for name, default in EXCLUDED.items() if getattr(args, name) != default]
        if twice:
            raise InputError(f"--machine says what {', '.join(twice)} would: give one or the other")
        return read_machine(args.machine, **given)
    faults: list[str] = []
    found: dict[str, Any] = {}

    def collect(name: str, make: Callable[[], object]) -> None:
        try:
            found[name] = make()
        except InputError as error:
            faults.append(str(error))

    collect("level 1", partial(Cache, args.sets, args.ways, args.keys_per_line, args.policy))
    for number, text in enumerate(args.level, start=2):
        collect(f"level {number}", partial(_level, f"level {number}", text, args.keys_per_line))
    caches = list(found.values())
    if args.shared is not None:
        collect("shared", partial(_level, "shared", args.shared, args.keys_per_line))
    collect("timing", partial(Timing.parse, args.timing))
    rest: dict[str, Any] = {name: found[name] for name in ("shared", "timing") if name in found}
    fitting: dict[str, Any] = {} if faults else {"cache": caches if len(caches) > 1 else caches[0], **rest}
    collect("machine", partial(Machine, arbitration=args.arbitration, **given, **fitting))
    if faults:
        raise InputError("\n".join(faults))
    made: Machine = found["machine"]
    return made


def _level(name: str, text: str, keys_per_line: int) -> Cache:
    """A level from `k=v,…`."""
    table: dict[str, object] = {}
    faults = []
    for part in text.split(","):
        key, equals, value = (word.strip() for word in part.partition("="))
        if not equals or key in table:
            faults.append(f"{name}: expected {FIELDS}, each once, not {part.strip()!r}")
        table[key] = int(value) if value.isdecimal() and len(value) < 19 else value
    if faults:
        raise InputError("\n".join(faults))
    return level(name, table, keys_per_line)


def levels_json(machine: Machine, run: Run) -> dict[str, object]:
    """What `--json` says of the access time of a machine with several levels."""
    if not any(run.levels) and not run.shared:
        return {}
    time = access_time(machine, run)
    return {"access_time": {"model": time.model, "measured": time.measured, "difference": time.difference}}


def show_levels(machine: Machine, run: Run) -> None:
    """The counters of the levels over all cores, and the access time; nothing where there is one level only."""
    if not any(run.levels) and not run.shared:
        return
    rows = [
        (f"level {n + 1}", {name: sum(core[n][name] for core in run.levels) for name in run.levels[0][n]})
        for n in range(len(run.levels[0]))
    ]
    rows += [("shared", dict(run.shared))] if run.shared else []
    names = ("accesses", "hits", "misses", "evictions", "back_invalidations", "writebacks")
    print_table(
        "levels",
        ["", *(name.replace("_", " ") for name in names), "miss rate"],
        [[level, *(c.get(name) for name in names), ratio(c["misses"], c["accesses"])] for level, c in rows],
    )
    time = access_time(machine, run)
    print_table(
        "access time, cycles",
        ["", "model", "measured", "difference"],
        [["mean", time.model, time.measured, time.difference]],
    )
