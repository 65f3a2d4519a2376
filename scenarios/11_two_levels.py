"""Two levels against one: the small cache is fast, the large one misses less, and both together do both.

The same trace on three machines: a small cache for each core, a large one whose look-up takes longer, and the small
one before the large one. Look at the misses that reach the bus: most of the small cache's are found in the second
level, so the bus is held for a fraction of the time and the mean access is faster than with either cache alone. The
last column counts lines that left the small cache because the large one evicted them: the price of inclusion.

    python scenarios/11_two_levels.py my.lackey --small 32 --large 256 --slow 12
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

import coherence as co

OWN = Path(__file__).parent / "07_counters.trace.gz"


def main(argv: list[str] | None = None) -> None:
    """Run the three machines, print a table and a conclusion, save a picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trace", nargs="?", type=Path, default=OWN, help="a trace file, folder or zip")
    parser.add_argument("--small", type=int, default=16, help="lines of the first level (16)")
    parser.add_argument("--large", type=int, default=64, help="lines of the second level (64)")
    parser.add_argument("--slow", type=int, default=8, help="cycles to look the large one up (8)")
    parser.add_argument("--out", type=Path, default=Path("out/11_two_levels.png"), help="the picture")
    args = parser.parse_args(argv)

    small, large = co.Cache(ways=args.small, keys_per_line=64), co.Cache(ways=args.large, keys_per_line=64)
    behind = co.Cache(ways=args.large, keys_per_line=64, lookup=args.slow)
    machines = {
        "small": co.Machine(cache=small),
        "large": co.Machine(cache=large, timing=co.Timing(hit=args.slow, issue=args.slow)),
        "small, then large": co.Machine(cache=[small, behind]),
    }
    runs = {name: machine.run(co.read_trace(args.trace)) for name, machine in machines.items()}

    print(f"{args.trace.name}: {args.small} and {args.large} lines a core, look-ups of 1 and {args.slow} cycles")
    print(f"{'':>18} {'amat':>6} {'cycles':>7} {'bus held':>9} {'misses':>7} {'in level 1':>11} {'back-inv.':>10}")
    for name, run in runs.items():
        t = run.totals
        misses = t["read_misses"] + t["write_misses"]
        row = f"{name:>18} {t['amat']:>6.2f} {run.cycles:>7} {t['bus_busy']:>9} {misses:>7}"
        first = [rows[0] for rows in run.levels if rows]  # of each core, where there is more than one level
        if first:
            row += f" {sum(c['misses'] for c in first):>11} {sum(c['back_invalidations'] for c in first):>10}"
        print(row)
    alone, both = runs["small"].totals, runs["small, then large"].totals
    print(
        f"The second level saves {1 - both['bus_busy'] / alone['bus_busy']:.0%} of the bus and "
        f"{1 - both['amat'] / alone['amat']:.0%} of the access time; the large cache alone would have saved "
        f"{1 - runs['large'].totals['amat'] / alone['amat']:.0%} of the time."
    )

    with co.plot.theme():
        figure, axes = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
    for ax, name, label in zip(
        axes, ("amat", "bus_busy"), ("mean access time, cycles", "bus held, cycles"), strict=True
    ):
        values = [run.totals[name] for run in runs.values()]
        ax.bar_label(ax.bar(list(runs), values), [f"{value:,.0f}" for value in values], padding=3)
        ax.set_title(label.partition(",")[0].capitalize(), loc="left", fontweight="bold")
        ax.set_ylabel(label)
        ax.yaxis.set_major_formatter("{x:,.0f}")
        ax.spines[["top", "right"]].set_visible(False)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(args.out, dpi=150)
    plt.close(figure)


if __name__ == "__main__":
    main()
