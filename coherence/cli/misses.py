"""`coherence misses`: why accesses missed, by every definition there is."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from coherence.analysis.misses import miss_classes
from coherence.cli.options import SHOWN, add_protocol, add_run_flags, check_plot, job
from coherence.cli.output import print_json, print_table, say
from coherence.cli.parser import Parser, add_command
from coherence.show.plots import save_run

# The classes of a kind of miss, and who defined them.
DEFINITIONS = (
    ("first use of the line", ("cold",), "never held before"),
    ("replacement", ("capacity", "conflict", "given_up"), "Hill & Smith 1989"),
    ("sharing", ("true_sharing", "false_sharing"), "Eggers 1989: the counters"),
    ("sharing", ("essential", "useless"), "Dubois et al. 1993: over the line's stay"),
    ("sharing", ("word_true", "word_false"), "with lines of one key"),
)


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the sub-command."""
    parser = add_command(
        commands, "misses", "run a workload and tell why accesses missed, by several definitions",
        "coherence misses false_sharing",
    )  # fmt: skip
    add_protocol(parser)
    add_run_flags(parser)
    add = parser.group(SHOWN).add_argument
    add("--plot", type=Path, metavar="FILE", help="draw the misses by core and cause (png, svg, pdf)")
    add("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Run with records and show."""
    check_plot(args.plot)
    asked = job(args, [args.protocol])
    machine = asked.machines[0]
    run = asked.run(machine, record=True)
    if args.plot:
        save_run(run, args.plot, "misses")
        say(f"{args.plot}: misses of {run.workload} under {run.protocol.name}")
    cores = [asdict(miss_classes(machine, run, core)) for core in range(run.cores)]
    totals = asdict(miss_classes(machine, run))
    if args.json:
        print_json({"protocol": run.protocol.name, "cores": run.cores, "totals": totals, "per_core": cores})
        return 0
    rows = [[of, name.replace("_", " "), source, totals[name]] for of, names, source in DEFINITIONS for name in names]
    misses = run.totals["read_misses"] + run.totals["write_misses"]  # type: ignore[operator]
    title = f"{misses:,} misses of {run.workload} under {run.protocol.name}: {run.cores} cores"
    print_table(title, ["misses by", "class", "defined by", "how many"], rows, words=3)
    return 0
