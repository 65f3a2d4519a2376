"""False sharing and its cure: counters that nobody shares, on a line that everybody wants.

Each core increments a counter of its own. Side by side on one line, every increment takes the line from another
core; padded to a line each, none does. Look at the cycles, and at the misses: none is true sharing.

    python scenarios/01_false_sharing.py --cores 8
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

import coherence as co


def main(argv: list[str] | None = None) -> None:
    """Run both layouts, print a table and a conclusion, save a picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--protocol", default="MESI", help="a catalogue name or a file with a table (MESI)")
    parser.add_argument("--cores", type=int, default=4, help="how many cores (4)")
    parser.add_argument("--writes", type=int, default=100, help="increments a core (100)")
    parser.add_argument("--out", type=Path, default=Path("out/01_false_sharing.png"), help="the picture")
    args = parser.parse_args(argv)

    machine = co.Machine(args.protocol, args.cores, co.Cache(keys_per_line=64))
    layouts = {"one line": False, "padded": True}
    runs = {
        name: machine.run(co.workloads.false_sharing(args.cores, args.writes, padded=padded))
        for name, padded in layouts.items()
    }

    print(f"{args.cores} cores, {args.writes} increments each, {machine.protocol.name}")
    print(
        f"{'layout':>10} {'cycles':>8} {'hit rate':>9} {'invalidations':>14} {'false sharing':>14} {'true sharing':>13}"
    )
    for name, run in runs.items():
        t = run.totals
        print(
            f"{name:>10} {run.cycles:>8} {t['hit_rate']:>9.1%} {t['invalidations']:>14} "
            f"{t['false_sharing']:>14} {t['true_sharing']:>13}"
        )
    slow, fast = runs.values()
    print(
        f"Padding makes it {slow.cycles / fast.cycles:.0f} times as fast: it saves "
        f"{slow.totals['invalidations'] - fast.totals['invalidations']} invalidations. Of the misses that they caused, "
        f"{slow.totals['false_sharing']} are false sharing and {slow.totals['true_sharing']} true sharing."
    )

    with co.plot.theme(size=13):
        figure, axes = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
    values = {
        f"Padded: {slow.cycles / fast.cycles:.0f} times as fast": [run.cycles for run in runs.values()],
        "Copies lost": [run.totals["invalidations"] for run in runs.values()],
    }
    for ax, (title, counts), unit in zip(axes, values.items(), ("cycles", "invalidations"), strict=True):
        ax.bar_label(ax.bar(list(runs), counts), [f"{count:,}" for count in counts], padding=3)
        ax.set_title(title, loc="left", fontweight="bold")
        ax.set_ylabel(unit)
        ax.yaxis.set_major_formatter("{x:,.0f}")
        ax.spines[["top", "right"]].set_visible(False)
        ax.margins(y=0.12)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(args.out, dpi=150)
    plt.close(figure)


if __name__ == "__main__":
    main()
