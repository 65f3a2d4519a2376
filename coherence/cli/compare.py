"""`coherence compare`: the same workload under several protocols."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import cast

from coherence.cli.options import add_flags, check_plot, job
from coherence.cli.output import print_json, print_table, say
from coherence.cli.parser import Parser, add_command
from coherence.config.parameters import WHAT
from coherence.errors import InputError
from coherence.run.run import Run
from coherence.run.steps import steps
from coherence.run.totals import number
from coherence.show.plots import save_compare

SHOWN = (
    "cycles", "hit_rate", "read_misses", "write_misses", "upgrades", "invalidations", "cache_fills", "memory_fills",
    "memory_writes", "bus_utilization", "amat",
)  # fmt: skip


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the sub-command."""
    parser = add_command(
        commands, "compare", "run the same workload under several protocols, side by side",
        "coherence compare producer_consumer --protocols MESI,MOESI,Dragon",
    )  # fmt: skip
    parser.usage = "coherence compare (TARGET | --ops TEXT) --protocols A,B,… [flags]"
    about = "catalogue names or files with tables"
    parser.group(WHAT).add_argument("--protocols", required=True, metavar="A,B,…", help=about)
    add_flags(parser)
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Run each and show them."""
    names = [name.strip() for name in args.protocols.split(",")]
    if not all(names):
        raise InputError(f"--protocols: expected names separated by commas, not {args.protocols!r}")
    check_plot(args.plot)
    asked = job(args, names)
    runs = [asked.run(machine, args.steps) for machine in asked.machines]
    if args.plot:
        save_compare(runs, args.plot)
        say(f"{args.plot}: {asked.workload.name} under {', '.join(run.protocol.name for run in runs)}")
    if args.json:
        extra = [{"steps": list(steps(run, asked.workload.written))} if args.steps else {} for run in runs]
        print_json({"runs": [run.to_json() | more for run, more in zip(runs, extra, strict=True)]})
    else:
        title = f"{asked.workload.name}: {runs[0].cores} cores, order {asked.order}"
        rows = [[run.protocol.name, *(run.totals[name] for name in SHOWN)] for run in runs]
        columns = ["protocol", *(name.replace("_", " ") for name in SHOWN)]
        print_table(title, columns, cast("list[list[object]]", rows))
        if len(runs) > 1:
            print_table(f"times that of {runs[0].protocol.name}", columns, ratios(runs))
    return 0


def ratios(runs: Sequence[Run]) -> list[list[object]]:
    """A row for each run but the first: its totals over those of the first, where these are not 0."""

    def over(run: Run, name: str) -> object:
        first = number(runs[0].totals, name)
        return f"×{number(run.totals, name) / first:.2f}" if first else None

    return [[run.protocol.name, *(over(run, name) for name in SHOWN)] for run in runs[1:]]
