"""`coherence table`: a protocol as text that parses."""

from __future__ import annotations

import argparse

from coherence.cli.parser import Parser, add_command
from coherence.errors import InputError, unknown
from coherence.protocol.diff import diff
from coherence.protocol.find import find_protocol

FORMATS = ("text", "markdown", "html", "latex")


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the sub-command."""
    parser = add_command(
        commands, "table", "print a protocol's table, ready to be changed and run", "coherence table MOESI"
    )
    parser.add_argument("protocol", metavar="PROTOCOL", help="a catalogue name or a file with a table")
    parser.add_argument("--diff", metavar="Q", help="instead: the cells in which it differs from this protocol")
    parser.add_argument("--format", default=FORMATS[0], metavar="NAME", help=f"{', '.join(FORMATS)} ({FORMATS[0]})")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Print it, or how it differs."""
    if args.format not in FORMATS:
        raise InputError(unknown("format", args.format, FORMATS))
    protocol = find_protocol(args.protocol)
    other = None if args.diff is None else find_protocol(args.diff)
    match args.format:
        case "text":
            print(protocol if other is None else diff(protocol, other), end="")
        case "markdown":
            print(protocol.to_markdown(other), end="")
        case "html":
            print(protocol.to_html(other), end="")
        case "latex":
            print(protocol.to_latex(other), end="")
    return 0
