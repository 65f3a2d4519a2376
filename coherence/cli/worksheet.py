"""`coherence worksheet`: an exercise for print, with its solution."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from coherence.cache.config import Key
from coherence.cli.options import add_protocol, add_run_flags, job
from coherence.cli.output import print_json, say
from coherence.cli.parser import Parser, add_command
from coherence.cli.play import PAGES
from coherence.errors import InputError
from coherence.files import check_output, write_atomically
from coherence.run.run import Run

CORES, ROWS = 3, 12  # where nothing is said


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the sub-command."""
    parser = add_command(
        commands, "worksheet", "write an exercise sheet of a sequence of accesses, with its solution",
        "coherence worksheet --protocol MOESI --seed 7 -o sheet.html",
    )  # fmt: skip
    parser.usage = "coherence worksheet [TARGET | --ops TEXT] [-o F.html] [flags]"
    add_protocol(parser)
    add_run_flags(parser)
    flag = parser.add_argument
    flag("-o", "--output", type=Path, default="worksheet.html", metavar="F.html", help="the sheet (worksheet.html)")
    flag("--rows", type=int, default=ROWS, metavar="N", help=f"accesses of a sheet without TARGET ({ROWS})")
    flag("--json", action="store_true", help="the answers as one JSON object on standard output")
    flag("--no-solution", action="store_true", help="leave the solution out of the page")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Write the page; with --json the answers on standard output."""
    from coherence.show.style import suffix_of
    from coherence.show.worksheet import worksheet

    suffix_of(args.output, PAGES)
    check_output(args.output)
    run, name_key = _run(args)
    sheet = worksheet(run, name_key)
    page = sheet.html(solution=not args.no_solution)
    write_atomically(args.output, lambda name: name.write_text(page, "utf-8", "replace"))
    if args.json:
        print_json(sheet.to_json())
    say(f"{args.output}: {len(sheet.rows)} accesses under {run.protocol.name}")
    return 0


def _run(args: argparse.Namespace) -> tuple[Run, Callable[[Key], str]]:
    """The run of TARGET or --ops in trace order, or of a sequence drawn with the seed."""
    from coherence.show.worksheet import exercise

    drawn = None
    if args.target is None and args.ops is None:
        drawn = exercise(CORES if args.cores is None else args.cores, args.rows, args.seed)
    if args.order == "program":
        raise InputError("a worksheet goes in the order of the trace; leave out --order program")
    args.order = "trace"
    asked = job(args, [args.protocol], drawn)
    return asked.run(asked.machines[0], record=True), asked.workload.written
