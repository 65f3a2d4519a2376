"""How it grows with cores: one bus is enough for few, and the protocol decides for how many.

Every core does the same number of accesses to keys that all share, and computes in between. Look at where the bus is
full: from there on another core only makes the others wait.

    python scenarios/05_more_cores.py --accesses 3000
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

import coherence as co

FULL = 0.95  # utilization from which the bus counts as full


def main(argv: list[str] | None = None) -> None:
    """Run each protocol with 1 to 16 cores, print a table and a conclusion, save a picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accesses", type=int, default=1000, help="accesses a core (1000)")
    parser.add_argument("--writes", type=float, default=0.05, help="share of writes (0.05)")
    parser.add_argument("--compute", type=int, default=50, help="cycles of computing before each access (50)")
    parser.add_argument("--out", type=Path, default=Path("out/05_more_cores.png"), help="the picture")
    args = parser.parse_args(argv)

    counts = (1, 2, 4, 8, 16)
    with co.plot.theme():
        figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    print(f"{'protocol':>9} {'cores':>6} {'accesses/1000 cycles':>21} {'bus':>6} {'mean access':>12}")
    full = {}
    for protocol, mark in zip(("MESI", "MOESI", "Dragon"), "os^", strict=True):
        rates, busy = [], []
        for cores in counts:
            work = co.workloads.random(cores, args.accesses, keys=64, writes=args.writes)
            run = co.Machine(protocol).run([(core, op, key, args.compute) for core, op, key, _ in work.sequence()])
            rates.append(1000 * cores * args.accesses / run.cycles)
            busy.append(run.totals["bus_utilization"])
            print(f"{protocol:>9} {cores:>6} {rates[-1]:>21.1f} {busy[-1]:>6.0%} {run.totals['amat']:>12.1f}")
        full[protocol] = next((n for n, b in zip(counts, busy, strict=True) if b >= FULL), None)
        axes[0].plot(counts, rates, marker=mark, label=protocol)
        axes[1].plot(counts, busy, marker=mark, label=protocol)
    for protocol, cores in full.items():
        said = f"is full from {cores} cores on" if cores else f"has room for {counts[-1]} cores"
        print(f"Under {protocol} the bus {said}.")

    axes[0].set(title="Work done", xlabel="cores", ylabel="accesses per 1000 cycles", ylim=(0, None))
    axes[1].set(title="Bus utilization", xlabel="cores", ylabel="share of the cycles", ylim=(0, 1.05))
    axes[0].legend(frameon=False)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(args.out, dpi=150)
    plt.close(figure)


if __name__ == "__main__":
    main()
