"""`coherence table`: a protocol as text that parses."""

from __future__ import annotations

import argparse

from coherence.cli.parser import Parser, add_command
from coherence.protocol.diff import diff
from coherence.protocol.find import find_protocol


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the sub-command."""
    parser = add_command(
        commands, "table", "print a protocol's table, ready to be changed and run", "coherence table MOESI"
    )
    parser.add_argument("protocol", metavar="PROTOCOL", help="a catalogue name or a file with a table")
    parser.add_argument("--diff", metavar="Q", help="instead: the cells in which it differs from this protocol")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Print it, or how it differs."""
    protocol = find_protocol(args.protocol)
    print(protocol if args.diff is None else diff(protocol, find_protocol(args.diff)), end="")
    return 0
