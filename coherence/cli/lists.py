"""`coherence list`: every name that can be given."""

from __future__ import annotations

import argparse
import inspect

from coherence.cache.replacement import POLICIES
from coherence.cli.output import print_json, print_table
from coherence.cli.parser import Parser, add_command
from coherence.config.arbiter import ARBITERS
from coherence.config.timing import PRESETS
from coherence.protocol.find import protocols
from coherence.traces.formats import FORMATS
from coherence.workloads import BUILT_IN


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the sub-command."""
    parser = add_command(
        commands, "list", "list protocols, workloads, policies, arbitrations, timings and formats", "coherence list"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Show all names with one line each."""
    found = names()
    if args.json:
        print_json({kind: [{"name": n, "about": about} for n, about in rows.items()] for kind, rows in found.items()})
        return 0
    for kind, rows in found.items():
        print_table(kind, ["name", "about"], rows.items(), words=2)
    return 0


def names() -> dict[str, dict[str, str]]:
    """Kind → name → one line about it."""
    return {
        "protocols": {p.name: p.description for p in protocols.values()},
        "workloads": {name: paragraphs(f, 2) for name, f in BUILT_IN.items()},
        "policies": {name: paragraphs(p) for name, p in POLICIES.items()},
        "arbitrations": {name: paragraphs(a) for name, a in ARBITERS.items()},
        "timings": {name: str(t) for name, t in PRESETS.items()},
        "formats": {f.name: f.about for f in FORMATS.values()},
    }


def paragraphs(thing: object, count: int = 1) -> str:
    """The first *count* paragraphs of a docstring on one line; a workload's second says what to look for."""
    return " ".join(" ".join((inspect.getdoc(thing) or "").split("\n\n")[:count]).split())
