"""`coherence curve`: miss ratio by size of cache, a row a policy."""

from __future__ import annotations

import argparse
from pathlib import Path

from coherence.atomic import check_output
from coherence.cache.replacement import POLICIES
from coherence.cli.options import target
from coherence.cli.output import print_json, print_table
from coherence.cli.parser import Parser, add_command
from coherence.curves import Curve, curve
from coherence.errors import InputError
from coherence.traces.formats import FORMATS

SIZES = "4,16,64,256"
SHOWN = "LRU,OPT"


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the sub-command."""
    parser = add_command(
        commands, "curve", "tell how many accesses of one core miss, by size of its cache and policy",
        "coherence curve zipf --policies LRU,OPT --sizes 4,16,64 --plot c.png",
    )  # fmt: skip
    add = parser.add_argument
    add("target", nargs="?", metavar="TARGET", help="a workload, a trace, - or a .py file")
    add("--ops", metavar="TEXT", help='instead of TARGET: "0 w x; 1 r x; 0 e x"')
    add("--policies", default=SHOWN, metavar="A,B,…", help=f"of {', '.join(POLICIES)} ({SHOWN})")
    add("--sizes", default=SIZES, metavar="N,N,…", help=f"lines of a fully associative cache ({SIZES})")
    add("--core", type=int, default=0, metavar="N", help="whose accesses (0)")
    add("--cores", type=int, metavar="N", help="how many cores (the workload's own)")
    add("--keys-per-line", type=int, default=1, metavar="N", help="integer keys that share a line (1)")
    add("--format", default="auto", metavar="NAME", help=f"auto, {', '.join(FORMATS)} (auto)")
    add("--seed", type=int, default=0, metavar="N", help="of every random choice (0)")
    add("--plot", type=Path, metavar="FILE", help="draw the curves (png, svg, pdf)")
    add("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Compute and show."""
    from coherence.show.plots import check_figure, save_curves

    words = [word.strip() for word in args.sizes.split(",")]
    faults = [f"--sizes: expected whole numbers separated by commas, not {w!r}" for w in words if not w.isdecimal()]
    if (args.target is None) == (args.ops is None):
        faults.append("expected either a TARGET or --ops")
    if faults:
        raise InputError("\n".join(faults))
    if args.plot:
        check_output(args.plot)
        check_figure(args.plot)
    workload = target(args, stream=True)
    if not 0 <= args.core < workload.cores:
        raise InputError(f"--core: {workload.name} has cores 0 to {workload.cores - 1}, not {args.core}")
    sizes = [int(word) for word in words]
    given = {"core": args.core, "keys_per_line": args.keys_per_line, "seed": args.seed}
    found = [curve(workload, sizes, name.strip(), **given) for name in args.policies.split(",")]
    if args.plot:
        save_curves(found, args.plot)
    if args.json:
        print_json({"workload": workload.name, "core": args.core, "sizes": sizes, "curves": [_json(c) for c in found]})
    else:
        title = f"misses per access of core {args.core}'s {found[0].accesses:,} in {workload.name}, by lines held"
        print_table(title, ["policy", *(f"{size:,}" for size in sizes)], [[c.policy, *c.ratios] for c in found])
    return 0


def _json(found: Curve) -> dict[str, object]:
    return {"policy": found.policy, "accesses": found.accesses, "misses": found.misses, "ratios": found.ratios}
