"""MESI and MOESI under producer and consumers: what the O state is for.

A producer writes slots that others read. Under MESI each first read of a dirty line flushes it to memory; under
MOESI the owner supplies it and memory waits. Look at the memory writes and at who supplies.

    python scenarios/02_owner_state.py --cores 8
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

import coherence as co


def main(argv: list[str] | None = None) -> None:
    """Run both protocols, print a table and a conclusion, save a picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, default=4, help="one producer, the others consume (4)")
    parser.add_argument("--items", type=int, default=200, help="items produced (200)")
    parser.add_argument("--out", type=Path, default=Path("out/02_owner_state.png"), help="the picture")
    args = parser.parse_args(argv)

    work = co.workloads.producer_consumer(args.cores, args.items)
    runs = [co.Machine(protocol).run(work) for protocol in ("MESI", "MOESI")]

    print(f"{args.cores - 1} consumers read {args.items} items of one producer")
    print(f"{'protocol':>9} {'cycles':>8} {'memory writes':>14} {'lines from caches':>18} {'from memory':>12}")
    for run in runs:
        t = run.totals
        moved = f"{t['cache_fills']:>18} {t['memory_fills']:>12}"
        print(f"{run.protocol.name:>9} {run.cycles:>8} {t['memory_writes']:>14} {moved}")
    mesi, moesi = runs
    print(
        f"The owner state saves {mesi.totals['memory_writes'] - moesi.totals['memory_writes']} writes to memory and is "
        f"{mesi.cycles / moesi.cycles:.1f} times as fast: the owner supplies {moesi.totals['supplies']} lines itself."
    )

    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    co.plot.traffic(runs, axes[0])
    names = [run.protocol.name for run in runs]
    axes[1].bar(names, [run.totals["memory_writes"] for run in runs], color="#9c2f00")
    axes[1].set(title="Writes to memory", ylabel="lines")
    args.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(args.out, dpi=150)
    plt.close(figure)


if __name__ == "__main__":
    main()
