"""Where the textbook's access time lies: t1 + m1 (t2 + m2 (…)) beside what a run measures.

The recurrence is exact for one core. It knows nothing of cores that wait for each other, of lines that come from
another cache, of upgrades and of write-backs. Look at the last column: private reads have the same miss rates and the
same model on any number of cores, and all that is added is waiting for the bus. Where it is negative, other caches
supplied lines for which the model went to memory.

    python scenarios/12_access_time_model.py --machine zen2 --cores 1 4 16
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

import coherence as co


def main(argv: list[str] | None = None) -> None:
    """Print model, measurement and difference for each workload and number of cores, save the bars."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--machine", default="skylake", help="a known machine or a TOML file (skylake)")
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2, 4, 8], help="how many (1 2 4 8)")
    parser.add_argument("--out", type=Path, default=Path("out/12_access_time_model.png"), help="the picture")
    args = parser.parse_args(argv)

    def reads(cores: int) -> co.Workload:
        accesses = [(core, "r", 4096 * core + 64 * (n * n % 61), 0) for n in range(400) for core in range(cores)]
        return co.Workload.from_accesses("private reads", lambda: iter(accesses), cores)

    kinds = {"private reads": reads, "random": co.workloads.random, "false sharing": co.workloads.false_sharing}
    print(f"mean access time in cycles on {args.machine}, {co.Machine().protocol.name}")
    print(f"{'workload':>14} {'cores':>6} {'m1':>7} {'m2':>7} {'model':>8} {'measured':>9} {'difference':>11}")
    found = {}
    for kind, workload in kinds.items():
        for cores in args.cores:
            machine = co.read_machine(args.machine)
            time = found[kind, cores] = co.access_time(machine, machine.run(workload(cores=cores)))
            rates = "".join(f" {float(rate):>7.4f}" for _, rate in time.levels[:2])
            print(f"{kind:>14} {cores:>6}{rates} {time.model:>8.2f} {time.measured:>9.2f} {time.difference:>11.2f}")
    worst = max(found, key=lambda case: found[case].difference / found[case].measured)
    print(
        f"The model leaves most out for {worst[0]} on {worst[1]} cores: it explains "
        f"{found[worst].model / found[worst].measured:.0%} of the measured time."
    )

    figure, axes = plt.subplots(1, len(kinds), figsize=(13, 4.5), sharey=True, layout="constrained")
    for ax, kind in zip(axes, kinds, strict=True):
        co.plot.access_times({str(cores): found[kind, cores] for cores in args.cores}, ax)
        ax.set_title(kind, loc="left", fontweight="bold")
        ax.set_xlabel("cores")
    for ax in axes[:-1]:
        ax.get_legend().remove()
        ax.label_outer()
    top = max(max(time.model, time.measured) for time in found.values())
    axes[0].set_ylim(0, top * 1.05)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(args.out, dpi=150)
    plt.close(figure)


if __name__ == "__main__":
    main()
