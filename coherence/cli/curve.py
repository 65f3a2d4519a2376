"""`coherence curve`: miss ratio by size of cache, a row a policy."""

from __future__ import annotations

import argparse
from pathlib import Path

from coherence.analysis.curves import Curve, curve
from coherence.cache.replacement import POLICIES
from coherence.cli.options import add_target, check_plot, line_size, target, target_faults
from coherence.cli.output import print_json, print_table, say
from coherence.cli.parser import Parser, add_command
from coherence.errors import InputError
from coherence.run.totals import ratio
from coherence.show.plots import save_curves

SIZES = "4,16,64,256"
SHOWN = "LRU,OPT"


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the sub-command."""
    parser = add_command(
        commands, "curve", "tell how many accesses of one core miss, by size of its cache and policy",
        "coherence curve zipf --policies LRU,OPT --sizes 4,16,64 --plot c.png",
    )  # fmt: skip
    add_target(parser)
    add = parser.add_argument
    add("--policies", default=SHOWN, metavar="A,B,…", help=f"of {', '.join(POLICIES)} ({SHOWN})")
    add("--sizes", default=SIZES, metavar="N,N,…", help=f"lines of a fully associative cache ({SIZES})")
    add("--core", type=int, default=0, metavar="N", help="whose accesses (0)")
    add("--plot", type=Path, metavar="FILE", help="draw the curves (png, svg, pdf)")
    add("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Compute and show."""
    words = [word.strip() for word in args.sizes.split(",")]
    faults = [f"--sizes: expected whole numbers separated by commas, not {w!r}" for w in words if not w.isdecimal()]
    faults += target_faults(args)
    if faults:
        raise InputError("\n".join(faults))
    check_plot(args.plot)
    workload = target(args, stream=True)
    if not 0 <= args.core < workload.cores:
        raise InputError(f"--core: {workload.name} has cores 0 to {workload.cores - 1}, not {args.core}")
    sizes = [int(word) for word in words]
    lines = line_size(args, workload) if args.keys_per_line is None else args.keys_per_line
    given = {"core": args.core, "keys_per_line": lines, "seed": args.seed}
    found = [curve(workload, sizes, name.strip(), **given) for name in args.policies.split(",")]
    if args.plot:
        save_curves(found, args.plot)
        say(f"{args.plot}: misses of {workload.name} by size, {', '.join(c.policy for c in found)}")
    puts = sum(of == args.core and op == "w" for of, op, _, _ in workload.sequence()) if workload.puts else 0
    if args.json:
        curves = [_json(c) | ({"ratios_without_puts": _without(c, puts)} if puts else {}) for c in found]
        print_json({"workload": workload.name, "core": args.core, "sizes": sizes, "curves": curves})
    else:
        title = f"misses per access of core {args.core}'s {found[0].accesses:,} in {workload.name}, by lines held"
        columns = ["policy", *(f"{size:,}" for size in sizes)]
        print_table(title, columns, [[c.policy, *c.ratios] for c in found])
        if puts:
            title = f"the same without the {puts:,} puts of computed blocks, which always hit"
            print_table(title, columns, [[c.policy, *_without(c, puts)] for c in found])
    return 0


def _without(found: Curve, puts: int) -> list[float]:
    """The misses per access if a put is not one."""
    return [ratio(misses, found.accesses - puts) for misses in found.misses]


def _json(found: Curve) -> dict[str, object]:
    return {"policy": found.policy, "accesses": found.accesses, "misses": found.misses, "ratios": found.ratios}
