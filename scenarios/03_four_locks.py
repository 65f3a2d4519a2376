"""Four locks: how much the bus hears of those who wait.

Each core takes a lock, works inside, and leaves. Test-and-set writes while it waits and floods the bus; test-and-test-
and-set waits on its own copy, but all rush at each release; a ticket keeps the order; an MCS lock tells one core only.
Look at bus requests per acquire as cores are added.

    python scenarios/03_four_locks.py --protocol MOESI
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

import coherence as co

LOCKS = ("lock_tas", "lock_ttas", "lock_ticket", "lock_mcs")


def main(argv: list[str] | None = None) -> None:
    """Run every lock with 2 to 16 cores, print a table and a conclusion, save a picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--protocol", default="MESI", help="a catalogue name or a file with a table (MESI)")
    parser.add_argument("--rounds", type=int, default=10, help="acquires a core (10)")
    parser.add_argument("--out", type=Path, default=Path("out/03_four_locks.png"), help="the picture")
    args = parser.parse_args(argv)

    counts = (2, 4, 8, 16)
    with co.plot.theme():
        figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    print(f"bus requests (and cycles) per acquire, {args.protocol}")
    print(f"{'lock':>12} " + " ".join(f"{f'{n} cores':>14}" for n in counts))
    grows = {}
    for name, mark in zip(LOCKS, "os^d", strict=True):
        requests, cycles = [], []
        for cores in counts:
            run = co.Machine(args.protocol).run(getattr(co.workloads, name)(cores=cores, rounds=args.rounds))
            requests.append(sum(run.totals["bus"].values()) / (cores * args.rounds))
            cycles.append(run.cycles / (cores * args.rounds))
        grows[name] = requests[-1] / requests[0]
        print(f"{name:>12} " + " ".join(f"{r:6.1f} {f'({c:.0f})':>7}" for r, c in zip(requests, cycles, strict=True)))
        axes[0].plot(counts, requests, marker=mark, label=name)
        axes[1].plot(counts, cycles, marker=mark, label=name)
    flat = [name for name, growth in grows.items() if growth < 2]
    print(
        f"From {counts[0]} to {counts[-1]} cores the traffic of an acquire grows "
        + ", ".join(f"{growth:.1f} times with {name}" for name, growth in grows.items())
        + f": {' and '.join(flat) or 'none'} stay{'s' * (len(flat) < 2)} flat."
    )

    axes[0].set(title="Bus requests per acquire", xlabel="cores", ylim=(0, None))
    axes[1].set(title="Cycles per acquire", xlabel="cores", ylim=(0, None))
    axes[0].legend(frameon=False)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(args.out, dpi=150)
    plt.close(figure)


if __name__ == "__main__":
    main()
