"""`coherence export`: a run as a file for other tools."""

from __future__ import annotations

import argparse
from pathlib import Path

from coherence.cli.options import add_protocol, add_run_flags, job
from coherence.cli.output import default_file, say
from coherence.cli.parser import Parser, add_command
from coherence.exports.files import TRACKS, check_export, export


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the sub-command."""
    parser = add_command(
        commands, "export", "write a run as a file for Perfetto, GTKWave or a table",
        "coherence export false_sharing -o run.json",
    )  # fmt: skip
    parser.usage = "coherence export (TARGET | --ops TEXT) [-o FILE] [flags]"
    flag = parser.add_argument
    flag("-o", "--output", type=Path, metavar="FILE", help="json (Perfetto), vcd, parquet, csv (TARGET.json)")
    flag("--from", dest="first", type=int, metavar="K", help="the first access to write, in the run's order")
    flag("--to", dest="last", type=int, metavar="K", help="the last access to write")
    flag("--line", action="append", metavar="LINE", help="only accesses to this line (may be repeated)")
    flag("--core", action="append", type=int, metavar="N", help="only accesses by this core (may be repeated)")
    flag("--tracks", type=int, default=TRACKS, metavar="N", help=f"most lines that json, vcd show states of ({TRACKS})")
    add_protocol(parser)
    add_run_flags(parser)
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Run with a recorder, and write the file."""
    args.output = args.output or default_file(args.target or "ops", ".json")
    found = check_export(args.output)
    asked = job(args, [args.protocol])
    run = asked.run(asked.machines[0], record=True)
    left_out = export(
        run, args.output, first=args.first, last=args.last, lines=args.line, cores=args.core, tracks=args.tracks,
        written=asked.workload.written,
    )  # fmt: skip
    said = "; ".join(left_out) or f"{len(run.recorded()):,} accesses"
    say(f"{args.output}: {said}; {found.about}")
    return 0
