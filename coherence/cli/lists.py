"""`coherence list`: every name that can be given."""

from __future__ import annotations

import argparse
import inspect

from coherence.cache.replacement import POLICIES
from coherence.cli.output import print_json, print_table
from coherence.cli.parser import Parser, add_command
from coherence.config.arbiter import ARBITERS
from coherence.config.known import MACHINES
from coherence.config.timing import PRESETS
from coherence.errors import InputError, unknown
from coherence.exports.files import FORMATS as EXPORTS
from coherence.machine import read_machine
from coherence.protocol.find import protocols
from coherence.show.plots import KINDS, PICTURES, overview
from coherence.traces.formats import FORMATS
from coherence.workloads import BUILT_IN


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the sub-command."""
    parser = add_command(commands, "list", "list every name that can be given, or those of one kind", "coherence list")
    parser.add_argument("kind", nargs="?", metavar="KIND", help=", ".join(names()))
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Show all names with one line each."""
    found = names()
    if args.kind is not None:
        if args.kind not in found:
            raise InputError(unknown("kind", args.kind, found))
        found = {args.kind: found[args.kind]}
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
        "machines": {name: _machine(name) for name in MACHINES},
        "plots": {name: paragraphs(KINDS.get(name, overview)) for name in PICTURES},
        "exports": {suffix: f.about for suffix, f in EXPORTS.items()},
    }


def _machine(name: str) -> str:
    """A known machine's caches and memory."""
    known = read_machine(name)
    lines = [f"{cache.sets * (cache.ways or 0):,}" for cache in (*known.levels, known.shared) if cache]
    size = known.levels[0].keys_per_line
    return f"{' and '.join(lines[:-1])} lines a core, {lines[-1]} shared, of {size} keys; memory {known.timing.memory}"


def paragraphs(thing: object, count: int = 1) -> str:
    """The first *count* paragraphs of a docstring on one line; a workload's second says what to look for."""
    return " ".join(" ".join((inspect.getdoc(thing) or "").split("\n\n")[:count]).split())
