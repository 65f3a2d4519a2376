"""`coherence diagram`: a protocol's state diagram in a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from coherence.cli.output import default_file, say
from coherence.cli.parser import Parser, add_command
from coherence.protocol.find import find_protocol


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the sub-command."""
    parser = add_command(commands, "diagram", "draw a protocol's state diagram", "coherence diagram MOESI -o moesi.svg")
    parser.add_argument("protocol", metavar="PROTOCOL", help="a catalogue name or a file with a table")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="svg, png, pdf or dot (PROTOCOL.svg)")
    parser.add_argument("--dark", action="store_true", help="for a dark background")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Draw it."""
    from coherence.show.diagram import check_diagram, save_diagram

    protocol = find_protocol(args.protocol)
    output: Path = args.output or default_file(protocol.name, ".svg")
    check_diagram(output)
    save_diagram(protocol, output, args.dark)
    say(f"{output}: state diagram of {protocol.name}")
    return 0
