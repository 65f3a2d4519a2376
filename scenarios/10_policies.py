"""Replacement policies on a real trace: how far each is from the best there could be.

One core's accesses run through one fully associative cache of each size, under each policy. OPT knows the future and
is the bound. Look at 32 lines: the program's loop needs a few lines more than that, so LRU always evicts the line that
comes next; choosing at random is better, and LeCaR finds out by itself that recency misleads.

    python scenarios/10_policies.py my.lackey --core 1 --keys-per-line 8
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

import coherence as co

OWN = Path(__file__).parent / "07_counters.trace.gz"
POLICIES = "LRU,FIFO,Random,LFU,Clock,SIEVE,S3FIFO,ARC,PLRU,LeCaR,OPT"


def main(argv: list[str] | None = None) -> None:
    """Print the miss ratios by policy and size and a conclusion, save the curves."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trace", nargs="?", type=Path, default=OWN, help="a trace file, folder or zip")
    parser.add_argument("--core", type=int, default=0, help="whose accesses (0)")
    parser.add_argument("--keys-per-line", type=int, default=64, help="bytes a line (64)")
    parser.add_argument("--policies", default=POLICIES, help="names, separated by commas; OPT the last")
    parser.add_argument("--out", type=Path, default=Path("out/10_policies.png"), help="the picture")
    args = parser.parse_args(argv)

    trace = co.read_trace(args.trace)
    sizes = [4, 8, 16, 32, 64, 128]
    curves = [
        co.curve(trace, sizes, policy, core=args.core, keys_per_line=args.keys_per_line)
        for policy in args.policies.split(",")
    ]
    print(f"{args.trace.name}: misses per access of core {args.core}'s {curves[0].accesses}, by lines held")
    print(f"{'':>8}" + "".join(f"{size:>8}" for size in sizes))
    for curve in curves:
        print(f"{curve.policy:>8}" + "".join(f"{ratio:>8.3f}" for ratio in curve.ratios))
    first, best = curves[0], curves[-1]
    gaps = [a - b for a, b in zip(first.ratios, best.ratios, strict=True)]
    widest = gaps.index(max(gaps))
    nearest = min(curves[:-1], key=lambda curve: curve.misses[widest])
    print(
        f"{first.policy} is farthest from {best.policy} at {sizes[widest]} lines: {first.misses[widest]} misses "
        f"against {best.misses[widest]}; {nearest.policy} comes nearest with {nearest.misses[widest]}."
    )

    figure, ax = plt.subplots(figsize=(9, 5), layout="constrained")
    co.plot.curves(curves, ax)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(args.out, dpi=150)
    plt.close(figure)


if __name__ == "__main__":
    main()
