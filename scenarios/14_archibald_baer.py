"""A classic in shape: six protocols by processing power against processors (Archibald & Baer, ACM TOCS 4(4), 1986).

Each core computes, and makes references to private lines and, seldom, to shared ones. Processing power is the sum over
the cores of the share of its time in which a core is useful and does not wait. Look at how every line rises
while the bus has room, and bends where it is full: how early depends on how much of the bus a protocol needs. The
numbers are ours, all in 14_archibald_baer.toml; only the shape is theirs. Without --full a small part of it is run.

    python scenarios/14_archibald_baer.py --full --results out/archibald_baer.sweep
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib.pyplot as plt

import coherence as co
from coherence.random import SplitMix64

FILE = Path(__file__).with_suffix(".toml")
SMALL = {"cores": [1, 4, 12, 32], "seed": [0, 1, 2], "references": 300}  # instead of what the file says
HOT = 8  # private lines that a core uses most
PRIVATE = 1_000_000  # the first private line of core 1; those of others follow as far apart
FULL = 0.9  # utilization from which the bus counts as full


def workload(
    cores: int, seed: int, references: int, compute: int, share: float, shared_lines: int, private_lines: int,
    reuse: float, writes: float,
) -> co.Workload:  # fmt: skip
    """Private and shared references, mixed at random: see the file for what each parameter is."""

    def stream(core: int) -> Callable[[], Iterator[tuple[int, str, int, int]]]:
        def references_of_core() -> Iterator[tuple[int, str, int, int]]:
            random = SplitMix64(seed * 65_536 + core)
            for _ in range(references):
                op = "w" if random.chance(writes) else "r"
                if random.chance(share):
                    line = random.below(shared_lines)
                else:
                    line = PRIVATE * (core + 1) + random.below(HOT if random.chance(reuse) else private_lines)
                yield core, op, line, compute

        return references_of_core

    return co.Workload.from_streams("private and shared", [stream(core) for core in range(cores)])


def main(argv: list[str] | None = None) -> None:
    """Sweep, print processing power by protocol and cores and a conclusion, save the two plots."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="all cores, seeds and references of the file")
    parser.add_argument("--jobs", type=int, help="how many processes (1, with --full one a CPU)")
    parser.add_argument("--results", type=Path, help="a folder to keep results in, and to go on from")
    parser.add_argument("--out", type=Path, default=Path("out/14_archibald_baer.png"), help="the picture")
    args = parser.parse_args(argv)

    asked = tomllib.loads(FILE.read_text()) | ({} if args.full else SMALL)
    asked |= {"workload": Path(__file__), "cache": co.Cache(**asked["cache"]), "timing": co.Timing(**asked["timing"])}
    found = co.sweep(**asked, out=args.results, jobs=args.jobs or (None if args.full else 1))

    useful = asked["references"] * (asked["compute"] + asked["timing"].hit)  # cycles of a core that do not wait
    table, per_core = found.to_pandas(), found.to_pandas("cores")
    power = (useful / per_core["finish"]).groupby(per_core["key"]).sum()
    table["processing_power"] = table["key"].map(power)

    means = table.groupby(["protocol", "cores"], sort=False)[["processing_power", "bus_utilization"]].mean()
    print("processing power, in cores that never wait, and how busy the bus is")
    print(f"{'cores':>10}" + "".join(f"{cores:>14}" for cores in asked["cores"]))
    full = {}
    for protocol in asked["protocol"]:
        rows = means.loc[protocol]
        cells = [f"{row['processing_power']:>9.2f}{row['bus_utilization']:>5.0%}" for _, row in rows.iterrows()]
        print(f"{protocol:>10}" + "".join(cells))
        full[protocol] = next((n for n, row in rows.iterrows() if round(row["bus_utilization"], 2) >= FULL), None)
    most = asked["cores"][-1]
    order = means.xs(most, level="cores")["processing_power"].sort_values(ascending=False)
    print(f"With {most} cores, the most first: {', '.join(f'{name} {value:.1f}' for name, value in order.items())}.")
    first = min((n for n in full.values() if n), default=None)
    if first is None:
        print(f"The bus is nowhere {FULL:.0%} busy.")
    else:
        names = ", ".join(p for p, n in full.items() if n == first)
        print(f"The bus is {FULL:.0%} busy or more from {first} cores on under {names}.")

    figure, axes = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    co.plot.sweep(table, "cores", "processing_power", ax=axes[0]).get_legend().remove()
    co.plot.sweep(table, "cores", "bus_utilization", ax=axes[1])
    args.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(args.out, dpi=150)
    plt.close(figure)


if __name__ == "__main__":
    main()
