"""Break MESI in one cell, be told the shortest story of the bug, and mend it.

A sharer that ignores an upgrade looks harmless in a table. The verifier shows the shortest way in which it is not, and
proves the mended table for every number of caches. Look at the last sentence: it names the cell.

    python scenarios/09_break_and_mend.py --state M --event BusRd --cell S
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

import coherence as co


def main(argv: list[str] | None = None) -> None:
    """Break, tell, mend, prove; save a picture of the shortest story of the bug."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--state", default="S", help="the row to break (S)")
    parser.add_argument("--event", default="BusUpgr", help="its column (BusUpgr)")
    parser.add_argument("--cell", default="S", help="what it says then (S)")
    parser.add_argument("--out", type=Path, default=Path("out/09_break_and_mend.png"), help="the picture")
    args = parser.parse_args(argv)

    right = co.protocols["MESI"]
    broken = right.but("broken", **{args.state: {args.event: args.cell}})
    print(f"{args.state} on {args.event}: {right.cells[args.state, args.event]} becomes {args.cell}\n")
    found = co.verify(broken, caches="any")
    if found.story is None:
        print(f"{found.verdict}: this change is harmless.")
    else:
        print(found.story.text())
        try:
            path = "; ".join(f"{core} {move.op} x" for core, move in found.path)
            co.Machine(broken).run(co.Workload.from_ops(path), order="trace")
        except co.Breach as breach:
            print(f"The machine says the same: {str(breach).splitlines()[0]}\n")
    mended = co.verify(
        broken.but("mended", **{args.state: {args.event: str(right.cells[args.state, args.event])}}), "any"
    )
    print(f"{mended.verdict}: {mended.states} abstract states, {mended.fired} steps.")

    if found.story is None:  # nothing broke: the table as it is
        figure = co.plot.diagram(broken).get_figure(root=True)
    else:
        figure = co.plot.sequence(found).get_figure(root=True)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(args.out, dpi=150)
    plt.close(figure)


if __name__ == "__main__":
    main()
