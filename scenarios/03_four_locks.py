"""Four locks: how much the bus hears of those who wait.

Each core takes a lock, works inside, and leaves. Test-and-set writes while it waits and floods the bus; test-and-test-
and-set waits on its own copy, but all rush at each release; a ticket keeps the order; an MCS lock tells one core only.
Look at bus requests per acquire as cores are added. Then look at the cycles: under MESI, clean copies come from memory,
so the rush of readers after each release makes test-and-test-and-set the slowest of the four. Under Illinois, where any
cache may supply a clean copy, it is not.

    python scenarios/03_four_locks.py --protocols MESI,Illinois
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

import coherence as co

LOCKS = ("lock_tas", "lock_ttas", "lock_ticket", "lock_mcs")
COUNTS = (2, 4, 8, 16)  # cores


def main(argv: list[str] | None = None) -> None:
    """Run every lock with 2 to 16 cores under each protocol, print tables and conclusions, save a picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--protocols", default="MESI,Illinois", help="names or files with tables (MESI,Illinois)")
    parser.add_argument("--rounds", type=int, default=10, help="acquires per core (10)")
    parser.add_argument("--out", type=Path, default=Path("out/03_four_locks.png"), help="the picture")
    args = parser.parse_args(argv)

    protocols = args.protocols.split(",")
    with co.plot.theme():
        figure, axes = plt.subplots(1, 1 + len(protocols), figsize=(5 * (1 + len(protocols)), 4), layout="constrained")
    slowest = {}
    for protocol, cycles_axes in zip(protocols, axes[1:], strict=True):
        cycles = measure(protocol, args.rounds, axes[0] if protocol == protocols[0] else None, cycles_axes)
        slowest[protocol] = max(cycles, key=lambda name: cycles[name])
    most = max(ax.get_ylim()[1] for ax in axes[1:])
    for cycles_axes in axes[1:]:
        cycles_axes.set_ylim(0, most)
    print(f"The slowest lock with {COUNTS[-1]} cores: " + ", ".join(f"{n} under {p}" for p, n in slowest.items()) + ".")
    axes[0].legend(frameon=False)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(args.out, dpi=150)
    plt.close(figure)


def measure(protocol: str, rounds: int, requests_axes: Axes | None, cycles_axes: Axes) -> dict[str, float]:
    """Run every lock under *protocol*, print and draw; returns the cycles per acquire with most cores."""
    print(f"bus requests (and cycles) per acquire, {protocol}")
    print(f"{'lock':>12} " + " ".join(f"{f'{n} cores':>14}" for n in COUNTS))
    grows, last = {}, {}
    for name, mark in zip(LOCKS, "os^d", strict=True):
        requests, cycles = [], []
        for cores in COUNTS:
            run = co.Machine(protocol).run(getattr(co.workloads, name)(cores=cores, rounds=rounds))
            requests.append(sum(run.totals["bus"].values()) / (cores * rounds))
            cycles.append(run.cycles / (cores * rounds))
        grows[name], last[name] = requests[-1] / requests[0], cycles[-1]
        print(f"{name:>12} " + " ".join(f"{r:6.1f} {f'({c:.0f})':>7}" for r, c in zip(requests, cycles, strict=True)))
        if requests_axes is not None:
            requests_axes.plot(COUNTS, requests, marker=mark, label=name)
        cycles_axes.plot(COUNTS, cycles, marker=mark, label=name)
    flat = [name for name, growth in grows.items() if growth < 2]
    print(
        f"From {COUNTS[0]} to {COUNTS[-1]} cores the traffic of an acquire grows "
        + ", ".join(f"{growth:.1f} times with {name}" for name, growth in grows.items())
        + f": {' and '.join(flat) or 'none'} stay{'s' * (len(flat) < 2)} flat."
    )
    if requests_axes is not None:
        requests_axes.set(title=f"Bus requests per acquire, {protocol}", xlabel="cores", ylim=(0, None))
    cycles_axes.set(title=f"Cycles per acquire, {protocol}", xlabel="cores", ylim=(0, None))
    return last


if __name__ == "__main__":
    main()
