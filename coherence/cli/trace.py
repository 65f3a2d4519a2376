"""`coherence trace`: what a trace holds, and the same trace as native text or in the compact format."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from coherence.accesses.op import MAX_CORES
from coherence.accesses.survey import Survey, survey
from coherence.accesses.workload import Workload
from coherence.cli.options import standard_input, trace_format
from coherence.cli.output import print_json, print_table, progress, say
from coherence.cli.parser import Parser, add_command
from coherence.errors import InputError, whole
from coherence.files import check_output
from coherence.traces.compact import SUFFIX, write_compact
from coherence.traces.convert import write_native
from coherence.traces.fit import Fit, Misfit, sample
from coherence.traces.formats import FORMATS, find_format, format_faults
from coherence.traces.read import look, read_trace

FORMAT_HELP = f'auto, {", ".join(FORMATS)}, or "columns FIELDS", of core client op key gap _ (auto)'
SHOWN_CORES = 64  # rows of the table of cores


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the sub-command and its own."""
    parser = add_command(
        commands, "trace", "look at a trace, or convert it", "coherence trace info scenarios/07_counters.trace.gz"
    )
    own = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    info_parser = add_command(
        own, "info", "count what a trace holds, and say which formats fit it and why",
        "coherence trace info scenarios/07_counters.trace.gz",
    )  # fmt: skip
    _flags(info_parser, "lines of N keys (64 where keys are byte addresses, else 1)")
    info_parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    info_parser.set_defaults(command=info)
    convert_parser = add_command(
        own,
        "convert",
        "write a trace as native text, or compact, which fast runs read soonest",
        "coherence trace convert scenarios/07_counters.trace.gz -o c.ctrace",
    )
    _flags(convert_parser, "where accesses have sizes, take them apart for lines of N keys (64)")
    convert_parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help=f"compact if it ends in {SUFFIX}, else native text, gzipped if it ends in .gz",
    )
    convert_parser.set_defaults(command=convert)


def _flags(parser: Parser, about_lines: str) -> None:
    add = parser.add_argument
    add("target", metavar="TARGET", help="a trace (file, folder or zip), or - for a native one on standard input")
    add("--format", default="auto", metavar="NAME", help=FORMAT_HELP)
    add("--keys-per-line", type=int, metavar="N", help=about_lines)
    add("--cores", type=int, metavar="N", help="of the machine it is for (default: as the trace has)")


def info(args: argparse.Namespace) -> int:
    """Count and show."""
    try:
        chosen, workload, keys_per_line = _trace(args)
    except Misfit as error:
        if args.json:
            print_json({"format": None, "fits": _as_json(error.fits)})
        else:
            show_fits(error.fits)
        raise
    with progress(workload) as watched:
        found = survey(watched, keys_per_line, args.cores or workload.cores)
    fits = {} if args.target == "-" else look(sample(Path(args.target)))
    if args.json:
        print_json(as_json(chosen, found, fits))
    else:
        show_survey(workload.name, chosen, found)
        show_fits(fits)
    return 0


def convert(args: argparse.Namespace) -> int:
    """Read, write, and say what could not be written."""
    check_output(args.output)
    chosen, workload, keys_per_line = _trace(args)
    if find_format(chosen).sized:
        say(f"{args.target}: accesses have sizes, and are taken apart for lines of {keys_per_line} keys")
    with progress(workload) as watched:
        if args.output.suffix == SUFFIX:
            write_compact(watched, args.output)
            lost = []
        else:
            lost = write_native(watched, args.output)
    for sentence in lost:
        say(f"{args.target}: {sentence}")
    say(f"{args.output}: {workload.name}, {'compact' if args.output.suffix == SUFFIX else 'native'}")
    return 0


def _trace(args: argparse.Namespace) -> tuple[str, Workload, int]:
    """Format, workload and line size of TARGET; raises `InputError` with every fault of the flags at once."""
    faults = [] if args.cores is None else whole("cores", args.cores, 1, MAX_CORES)
    faults += [] if args.keys_per_line is None else whole("keys-per-line", args.keys_per_line, 1)
    faults += format_faults(args.format)
    if faults:
        raise InputError("\n".join(faults))
    if args.target == "-":
        chosen, workload = "native", standard_input(args.format, args.cores, stream=True)
    else:
        chosen = trace_format(Path(args.target), args.format)
        workload = read_trace(args.target, chosen, args.cores, stream=True)
    keys_per_line = args.keys_per_line or workload.keys_per_line or 1
    return chosen, workload.on(args.cores or workload.cores).at(keys_per_line), keys_per_line


def as_json(chosen: str, found: Survey, fits: Mapping[str, Fit]) -> dict[str, object]:
    """The object that `--json` prints."""
    per_core = zip(found.reads, found.writes, found.compute, strict=True)
    return {
        "format": chosen,
        "cores": len(found.reads),
        "accesses": found.accesses,
        "keys": found.keys,
        "per_core": [{"reads": r, "writes": w, "compute": c} for r, w, c in per_core],
        "evictions": found.evictions,
        "read_share": found.read_share,
        "keys_per_line": found.keys_per_line,
        "lines": found.lines,
        "sharing": [asdict(degree) for degree in found.sharing],
        "fits": _as_json(fits),
    }


def _as_json(fits: Mapping[str, Fit]) -> dict[str, object]:
    """Format → whether the trace is of it, and why."""
    return {name: {"fits": fit.fits, "why": fit.why} for name, fit in fits.items()}


def show_survey(name: str, chosen: str, found: Survey) -> None:
    """What the trace holds: of all cores, of each, and how lines are shared."""
    cores = len(found.reads)
    print_table(
        f"{name}: format {chosen}, {cores} cores",
        ["accesses", "keys", f"lines of {found.keys_per_line}", "read share", "write share", "explicit evictions"],
        [[found.accesses, found.keys, found.lines, found.read_share, 1 - found.read_share, found.evictions]],
        words=0,
    )
    rows = list(zip(range(cores), found.reads, found.writes, found.compute, strict=True))
    title = "cores" + (f" (the first {SHOWN_CORES}; --json has all)" if cores > SHOWN_CORES else "")
    print_table(title, ["core", "reads", "writes", "compute (cycles)"], rows[:SHOWN_CORES], words=0)
    print_table(
        "sharing",
        ["read or written by (cores)", f"lines of {found.keys_per_line}", "of these written"],
        [[degree.cores, degree.lines, degree.written] for degree in found.sharing],
        words=0,
    )


def show_fits(fits: Mapping[str, Fit]) -> None:
    """Which formats fit, and why."""
    if fits:
        rows = [[name, "yes" if fit.fits else "no", fit.why] for name, fit in fits.items()]
        print_table("formats", ["format", "fits", "because it"], rows, words=3)
