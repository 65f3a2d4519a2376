"""Invalidate or update? It depends on how often a core writes before another one reads.

Cores take turns: each reads a word and then writes it some times. An update protocol sends every write to the copies of
the others; an invalidating one fetches the line once a turn, however often it is written. Look for the length of such
a write run at which one overtakes the other.

    python scenarios/04_invalidate_or_update.py --cores 8
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt

import coherence as co

PROTOCOLS = ("MESI", "MOESI", "Dragon", "Firefly")
LENGTHS = (1, 2, 4, 8, 16, 32, 64)
TURNS = 20  # of each core


def turns(cores: int, length: int) -> co.Workload:
    """Each core in turn reads the word and writes it *length* times."""

    def accesses() -> Iterator[tuple[int, str, str, int]]:
        for turn in range(TURNS * cores):
            core = turn % cores
            yield core, "r", "word", 0
            for _ in range(length):
                yield core, "w", "word", 0

    return co.Workload.from_accesses("turns", accesses, cores)


def main(argv: list[str] | None = None) -> None:
    """Run each length under four protocols, print a table and a conclusion, save a picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, default=4, help="how many cores (4)")
    parser.add_argument("--out", type=Path, default=Path("out/04_invalidate_or_update.png"), help="the picture")
    args = parser.parse_args(argv)

    busy: dict[str, list[float]] = {protocol: [] for protocol in PROTOCOLS}
    print(f"{args.cores} cores in turn; cycles of the bus per turn")
    print(f"{'writes a turn':>14} " + " ".join(f"{protocol:>8}" for protocol in PROTOCOLS))
    for length in LENGTHS:
        for protocol in PROTOCOLS:
            run = co.Machine(protocol).run(turns(args.cores, length), order="trace")
            busy[protocol].append(run.totals["bus_busy"] / (TURNS * args.cores))
        print(f"{length:>14} " + " ".join(f"{busy[protocol][-1]:>8.1f}" for protocol in PROTOCOLS))
    for update in ("Dragon", "Firefly"):
        pairs = zip(LENGTHS, busy[update], busy["MOESI"], strict=True)
        overtaken = next((length for length, ours, theirs in pairs if ours > theirs), None)
        said = f"from {overtaken} writes a turn on" if overtaken else f"for none of up to {LENGTHS[-1]} writes a turn"
        print(f"MOESI keeps the bus freer than {update} {said}.")

    with co.plot.theme():
        figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
    # MESI and MOESI may lie on each other: dashes show both
    for protocol, dash, mark in zip(PROTOCOLS, ("-", (0, (3, 3)), "-", "-"), "os^d", strict=True):
        ax.plot(LENGTHS, busy[protocol], linewidth=2, linestyle=dash, marker=mark, label=protocol)
    ax.set(xlabel="writes per turn", ylabel="bus cycles per turn", xscale="log", yscale="log")
    ax.set_title("Write runs", loc="left", fontweight="bold")
    ax.set_xticks(LENGTHS, [str(length) for length in LENGTHS])
    low, high = min(map(min, busy.values())), max(map(max, busy.values()))
    ticks = [base * 10**power for power in range(7) for base in (1, 2, 5) if low / 2 <= base * 10**power <= high * 2]
    ax.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
    ax.minorticks_off()
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    args.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(args.out, dpi=150)
    plt.close(figure)


if __name__ == "__main__":
    main()
