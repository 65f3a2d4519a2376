"""`coherence run`: one machine, one workload, its counters."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import cast

from coherence.accesses.text import parse_key
from coherence.analysis.access_time import access_time
from coherence.cli.options import SHOWN, add_flags, add_protocol, check_plot, job
from coherence.cli.output import print_json, print_table, say
from coherence.cli.parser import Parser, add_command
from coherence.errors import Breach, InputError, unknown, whole
from coherence.machine import Machine
from coherence.run.run import Run
from coherence.run.steps import steps
from coherence.run.totals import number as count_of
from coherence.run.totals import ratio
from coherence.show.plots import PICTURES, RECORDED, save_run
from coherence.words.say import show_key

SHOWN_CORES = 64  # columns of the table of counters
SHOWN_LINES = 3
BRIEF = ("reads", "writes", "read_misses", "write_misses", "upgrades", "invalidations", "flushes", "cache_fills")
SEQUENCE = "sequence"  # the kind of plot whose accesses can be chosen, by these flags
CHOICE = ("first", "count", "line")
SUMMARY = ("accesses", "hit_rate", "miss_rate", "amat", "bus_utilization", "memory_writes")


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the sub-command."""
    parser = add_command(
        commands, "run", "run a workload or a trace and count what the protocol does",
        "coherence run false_sharing --plot run.png",
    )  # fmt: skip
    add_protocol(parser)
    add_flags(parser)
    add = parser.group(SHOWN).add_argument
    add("--kind", metavar="NAME", help=f'what --plot draws, of "list plots" ({PICTURES[0]})')
    add("--first", type=int, metavar="N", help="of --kind sequence: from this access on (the busiest)")
    add("--count", type=int, metavar="N", help="of --kind sequence: how many accesses (4)")
    add("--line", metavar="LINE", help="of --kind sequence: only accesses to this line")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Run and show."""
    kind = args.kind or PICTURES[0]
    if kind not in PICTURES:
        raise InputError(unknown("kind", kind, PICTURES))
    if args.kind and not args.plot:
        raise InputError("--kind says what --plot FILE draws, but there is no --plot")
    choice = chosen(args, kind)
    check_plot(args.plot)
    asked = job(args, [args.protocol])
    machine = asked.machines[0]
    try:
        run = asked.run(machine, args.steps or bool(args.plot and kind in RECORDED))
    except Breach as stopped:
        if args.steps and not args.json and stopped.run is not None:
            show_steps(stopped.run, steps(stopped.run, asked.workload.written))
        raise
    if args.plot:
        save_run(run, args.plot, kind, **choice)
        say(f"{args.plot}: {kind} of {run.workload} under {run.protocol.name}")
    if args.json:
        more = levels_json(machine, run) | ({"hit_rates": hit_rates(run)} if asked.workload.puts else {})
        print_json(run.to_json() | more, steps(run, asked.workload.written) if args.steps else None)
    else:
        show_totals(run)
        (show_brief if args.steps else show_run)(run)
        show_levels(machine, run)
        if asked.workload.puts:
            names = ("with each put of a computed block as an access", "without puts: of the reads alone")
            print_table("hit rates of requests", ["", "hit rate"], zip(names, hit_rates(run).values(), strict=True))
        if args.steps:  # last, so that they do not scroll away
            show_steps(run, steps(run, asked.workload.written))
    return 0


def chosen(args: argparse.Namespace, kind: str) -> dict[str, object]:
    """The accesses that a sequence chart shows, as its keywords; raises `InputError` with every fault."""
    given = {name: getattr(args, name) for name in CHOICE if getattr(args, name) is not None}
    if given and kind != SEQUENCE:
        flags = ", ".join(f"--{name}" for name in given)
        raise InputError(f"{flags}: only with --plot FILE --kind {SEQUENCE}")
    faults = [fault for name in ("first", "count") if name in given for fault in whole(f"--{name}", given[name], 1)]
    if faults:
        raise InputError("\n".join(faults))
    if "first" in given:
        given["start"] = given.pop("first") - 1
    if "line" in given:
        given["line"] = parse_key(given["line"])
    return given


def hit_rates(run: Run) -> dict[str, float]:
    """Of a trace of requests: with each put of a computed block as an access that hits, and of the reads alone."""
    reads, misses = count_of(run.totals, "reads"), count_of(run.totals, "read_misses")
    return {"with_puts": count_of(run.totals, "hit_rate"), "without_puts": ratio(reads - misses, reads)}


def show_totals(run: Run) -> None:
    """What a run was, and its totals in one row."""
    print_table(
        f"{run.workload} under {run.protocol.name}: {run.cores} cores, {run.cycles:,} cycles "
        f"(order {run.order}, engine {run.engine})",
        ["", *(column.replace("_", " ") for column in SUMMARY)],
        [["total", *(run.totals.get(name, _accesses(run)) for name in SUMMARY)]],
    )


def show_brief(run: Run) -> None:
    """The counters that steps explain, in one row."""
    columns = ["", *(name.replace("_", " ") for name in BRIEF)]
    print_table("counters", columns, [["all", *(run.totals[name] for name in BRIEF)]])


def show_run(run: Run) -> None:
    """The counters of a run, all and of each core."""
    shown = run.per_core[:SHOWN_CORES]
    rows = []
    for name, value in run.per_core[0].items():
        if isinstance(value, dict):
            totals = cast("dict[str, int]", run.totals[name])
            rows += [[b, totals[b], *(cast("dict[str, int]", c[name])[b] for c in shown)] for b in value]
        else:
            total = run.cycles if name == "finish" else run.totals[name]
            rows.append([name.replace("_", " "), total, *(c[name] for c in shown)])
    rest = run.cores - len(shown)
    title = "counters" + (f" (the first {len(shown)} cores; --json has all)" if rest else "")
    seen: list[Sequence[object]] = [row for row in rows if any(row[1:])]
    print_table(title, ["", "all", *(f"core {i}" for i in range(len(shown)))], seen)
    if run.totals["invalidations"]:
        show_worst_lines(run)


def show_worst_lines(run: Run) -> None:
    """The lines that took the bus most often, and how cores share them."""
    rows = [
        [show_key(w.line), w.pattern, w.requests, w.counts.invalidations, len(w.counts.readers), len(w.counts.writers)]
        for w in run.worst_lines(SHOWN_LINES)
    ]
    columns = ["line", "pattern", "misses and upgrades", "invalidations", "cores reading", "cores writing"]
    print_table("worst lines", columns, rows, words=2)


def _accesses(run: Run) -> int:
    return cast("int", run.totals["reads"]) + cast("int", run.totals["writes"])


def show_steps(run: Run, all_steps: Iterable[dict[str, object]]) -> None:
    """One row an access: what each core's copy of the line is afterwards, and what went over the bus."""
    rows = []
    for number, step in enumerate(all_steps, start=1):
        states = cast("dict[str, list[str]]", step["states"])[cast("str", step["key"])]
        supplier = step["supplier"]
        rows.append(
            [
                number,
                f"core {step['core']} {step['op']} {step['key']}",
                " ".join(states),
                ", ".join(cast("list[str]", step["bus"])),
                f"core {supplier}" if isinstance(supplier, int) else supplier,
                "yes" if step["memory_written"] else "",
                step["miss"],
            ]
        )
    columns = ["step", "access", "states", "bus", "supplier", "memory written", "miss"]
    print_table(f"steps under {run.protocol.name}", columns, rows, words=len(columns))


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
