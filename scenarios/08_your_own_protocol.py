"""Your own protocol: typed as a table, proved for every number of caches, and measured against another.

The table below is the whole protocol: MSI for readers who rarely write, without an upgrade request. Change a cell and
see whether it still holds, what it is like, and what it costs.

    python scenarios/08_your_own_protocol.py --table my.txt
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

import coherence as co

MINE = """
Mine: three states, and a write always fetches the line
Hot  Hot  exclusive dirty
Warm Warm
Gone Gone invalid

     | PrRd         | PrWr         | Evict        | BusRd        | BusRdX
Hot  | Hot          | Hot          | BusWB > Gone | Flush > Warm | Flush > Gone
Warm | Warm         | BusRdX > Hot | Gone         | Warm         | Gone
Gone | BusRd > Warm | BusRdX > Hot | never        | Gone         | Gone
"""


def main(argv: list[str] | None = None) -> None:
    """Prove, compare and measure the table; print a conclusion, save a picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", type=Path, help="a file with a table instead of the one in this script")
    parser.add_argument("--like", default="MSI", help="the protocol to compare it with (MSI)")
    parser.add_argument("--out", type=Path, default=Path("out/08_your_own_protocol.png"), help="the picture")
    args = parser.parse_args(argv)

    mine = co.Protocol.parse(args.table.read_text(), str(args.table)) if args.table else co.Protocol.parse(MINE)
    proof = co.verify(mine, caches="any")
    print(proof.verdict)
    if proof.story:
        print(proof.story.text())
        return
    like = co.compare_protocols(mine, args.like)
    print(like.text(), end="")

    work = co.workloads.random(cores=4, accesses=500, keys=32, writes=0.2)
    runs = [co.Machine(protocol).run(work) for protocol in (mine, args.like)]
    own, other = runs
    for run in runs:
        print(f"{run.protocol.name:>8}: {run.cycles} cycles, {run.totals['invalidations']} invalidations")
    print(f"On random accesses it takes {own.cycles / other.cycles:.2f} times as long as {other.protocol.name}.")

    figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
    co.plot.traffic(runs, ax)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(args.out, dpi=150)
    plt.close(figure)


if __name__ == "__main__":
    main()
