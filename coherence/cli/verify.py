"""`coherence verify`: whether a table holds, for n caches or any number, and whether it is like another."""

from __future__ import annotations

import argparse

from coherence.cli.output import print_json, printable
from coherence.cli.parser import Parser, add_command
from coherence.errors import InputError
from coherence.verifier.compare import Comparison, compare_protocols
from coherence.verifier.report import BUS, INTERCONNECTS, MAX_STATES, Verification, verify

CACHES = 3  # where nothing is said


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the sub-command."""
    parser = add_command(
        commands, "verify", "prove a protocol's table, or tell the shortest way in which it breaks",
        "coherence verify MOESI --any",
    )  # fmt: skip
    parser.add_argument("protocol", metavar="PROTOCOL", help="a catalogue name or a file with a table")
    number = parser.add_mutually_exclusive_group()
    number.add_argument("--caches", type=int, metavar="N", help=f"explore every state of N caches ({CACHES})")
    number.add_argument("--any", action="store_true", help="prove it for every number of caches at once")
    parser.add_argument("--words", type=int, default=1, metavar="N", help="words a line, 1 or 2 (1)")
    parser.add_argument("--symmetry", action="store_true", help="caches with equal copies count as one")
    parser.add_argument("--max-states", type=int, default=MAX_STATES, metavar="N", help=f"stop there ({MAX_STATES:,})")
    parser.add_argument("--interconnect", default=BUS, metavar="NAME", help=f"{' or '.join(INTERCONNECTS)} ({BUS})")
    parser.add_argument("--overlap", action="store_true", help="split: order while a line's data are on their way")
    parser.add_argument("--silent", action="store_true", help="directory: clean evictions do not tell the home")
    parser.add_argument("--like", metavar="Q", help="also: does it behave like this protocol?")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Verify, compare if asked, and show."""
    caches = CACHES if args.caches is None else args.caches
    if args.any and (args.symmetry or args.max_states != MAX_STATES):
        raise InputError("--symmetry and --max-states go with --caches; --any needs neither")
    found = verify(
        args.protocol,
        "any" if args.any else caches,
        words=args.words,
        symmetry=args.symmetry,
        max_states=args.max_states,
        interconnect=args.interconnect,
        overlap=args.overlap,
        silent=args.silent,
    )
    like = compare_protocols(args.protocol, args.like, caches) if args.like is not None else None
    if args.json:
        print_json(found.to_json() | ({"like": like.to_json()} if like else {}))
    else:
        show(found, like)
    return 0 if found.holds and (like is None or like.same) else 1


def show(found: Verification, like: Comparison | None) -> None:
    """The verdict, the counts, what was never used, the story."""
    kind = "abstract states" if found.caches == "any" else "states up to symmetry" if found.symmetry else "states"
    said = f"{found.verdict}\n{found.states:,} {kind}, {found.fired:,} steps, depth {found.depth}\n"
    if found.holds and found.unreached:
        said += "never used: " + ", ".join(f"{state} on {event}" for state, event in found.unreached) + "\n"
    if found.story:
        said += "\n" + found.story.text().split("\n", 2)[2]
    if like:
        said += "\n" + like.text()
    print(printable(said), end="")
