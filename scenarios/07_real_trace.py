"""A trace of a real program: which lines cost most, and why.

Give a trace in any format of `coherence list`. Without one a small trace is used, recorded by valgrind's lackey from a
C program whose four threads each count 200 times in a variable of their own; the variables lie side by side.

    python scenarios/07_real_trace.py my.lackey --protocol MOESI
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

import coherence as co

OWN = Path(__file__).parent / "07_counters.trace.gz"


def main(argv: list[str] | None = None) -> None:
    """Run the trace, print the worst lines and a conclusion, save a picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trace", nargs="?", type=Path, default=OWN, help="a trace file, folder or zip")
    parser.add_argument("--protocol", default="MESI", help="a catalogue name or a file with a table (MESI)")
    parser.add_argument("--keys-per-line", type=int, default=64, help="bytes a line (64)")
    parser.add_argument("--out", type=Path, default=Path("out/07_real_trace.png"), help="the picture")
    args = parser.parse_args(argv)

    machine = co.Machine(args.protocol, cache=co.Cache(sets=64, ways=8, keys_per_line=args.keys_per_line))
    run = machine.run(co.read_trace(args.trace))
    t = run.totals
    accesses = t["reads"] + t["writes"]
    print(f"{args.trace.name}: {accesses} accesses of {run.cores} cores to {len(run.lines)} lines, {run.protocol.name}")
    for line in run.worst_lines():
        print(f"  {line}")
    sharing = t["true_sharing"] + t["false_sharing"]
    misses = t["read_misses"] + t["write_misses"]
    print(
        f"{misses / accesses:.1%} of the accesses miss; {sharing / misses:.0%} of the misses come from sharing, "
        f"{t['false_sharing'] / max(sharing, 1):.0%} of these from false sharing."
    )

    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    co.plot.misses(run, axes[0])
    co.plot.invalidations(run, axes[1])
    args.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(args.out, dpi=150)
    plt.close(figure)


if __name__ == "__main__":
    main()
