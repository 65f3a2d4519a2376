"""`coherence play`: a run as a page to step through."""

from __future__ import annotations

import argparse
from pathlib import Path

from coherence.cli.options import add_protocol, add_run_flags, job
from coherence.cli.output import default_file, say
from coherence.cli.parser import Parser, add_command
from coherence.errors import Breach, InputError
from coherence.files import check_output
from coherence.protocol.find import find_protocol
from coherence.run.run import Run

BUG_CORES = 3  # where nothing is said
PAGES = ("html", "htm")


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the sub-command."""
    parser = add_command(
        commands, "play", "write a run as a page to step through, in any browser and without a network",
        "coherence play false_sharing --protocol MOESI -o run.html",
    )  # fmt: skip
    parser.usage = "coherence play (TARGET | --ops TEXT | --find-the-bug) [-o F.html] [flags]"
    add_protocol(parser)
    add_run_flags(parser)
    flag = parser.add_argument
    flag("-o", "--output", type=Path, metavar="F.html", help="the page (TARGET.html)")
    flag("--beside", metavar="NAME|FILE", help="a second protocol on the same accesses, side by side")
    flag("--predict", action="store_true", help="ask before each step is shown")
    flag("--find-the-bug", action="store_true", help="a sequence with one wrong cell; another for each --seed")
    flag("--from", dest="first", type=int, metavar="K", help="the first step to show")
    flag("--to", dest="last", type=int, metavar="K", help="the last step to show")
    flag("--line", action="append", metavar="LINE", help="only steps on this line; may be repeated")
    flag("--core", action="append", type=int, metavar="N", help="only steps by this core; may be repeated")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Run with a recorder, and write the page."""
    from coherence.show.player.play import play
    from coherence.show.style import suffix_of

    args.output = args.output or default_file("bug" if args.find_the_bug else args.target or "ops", ".html")
    suffix_of(args.output, PAGES)
    check_output(args.output)
    if args.find_the_bug:
        return find_the_bug(args)
    if args.beside is not None and args.order is None:
        args.order = "trace"
    asked = job(args, [args.protocol] + ([args.beside] if args.beside is not None else []))
    runs: list[Run] = []
    breach: Breach | None = None
    for machine in asked.machines:
        try:
            runs.append(asked.run(machine, record=True))
        except Breach as stopped:
            if stopped.run is None or not stopped.run.events:
                raise
            breach = stopped
            runs.append(stopped.run)
    player = play(
        *runs, first=args.first, last=args.last, lines=args.line, cores=args.core,
        written=asked.workload.written, predict=args.predict,
    )  # fmt: skip
    player.save(args.output)
    steps = len(player.players[0]["steps"])  # type: ignore[arg-type]
    shown = player.notes[0] or f"{steps:,} step{'s' * (steps != 1)}"
    say(f"{args.output}: {shown}; open it in a browser and press ?")
    if breach is not None:  # the page ends with it
        raise breach
    return 0


def find_the_bug(args: argparse.Namespace) -> int:
    """Write a page that hides one wrong cell."""
    from coherence.show.player import bug

    given = {
        "TARGET": args.target, "--ops": args.ops, "--beside": args.beside, "--predict": args.predict or None,
        "--from": args.first, "--to": args.last, "--line": args.line, "--core": args.core, "--ways": args.ways,
    }  # fmt: skip
    if extra := [name for name, value in given.items() if value is not None]:
        raise InputError(f"--find-the-bug makes its own sequence, of one table; leave out {' and '.join(extra)}")
    cores = BUG_CORES if args.cores is None else args.cores
    bug.find_the_bug(find_protocol(args.protocol), cores, args.seed).save(args.output)
    say(f"{args.output}: open it in a browser, step with →, and press M at the first wrong step")
    return 0
