"""What it costs to name the columns of a text: workload A of `engines` as ncsu, and by columns, in one run.

python -m tests.benchmarks.columns [ACCESSES [ROUNDS]]

CPU seconds and peak memory of `coherence run FILE --engine fast` as whole processes, in turn, medians; the second and
third should be within 1.2 times the first.
"""

from __future__ import annotations

import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from tests.benchmarks.cold import MACHINE, cost, write_text


def with_commas(text: Path, csv: Path) -> None:
    """The same with a heading, a column to skip, and ops as words."""
    with open(text) as lines, open(csv, "w") as out:
        out.write("time,core,op,address\n")
        out.writelines(
            f"1,{core},{'load' if op == 'r' else 'store'},{key}\n" for core, op, key in map(str.split, lines)
        )


def main(accesses: int = 10_000_000, rounds: int = 5) -> int:
    print(f"{accesses:,} accesses, medians of {rounds} processes, in turn")
    with tempfile.TemporaryDirectory() as folder:
        text, csv = Path(folder, "a.ncsu"), Path(folder, "a.csv")
        with get_context("spawn").Pool(1) as pool:  # a process begins with the peak of the one that starts it
            pool.apply(write_text, (text, accesses))
            pool.apply(with_commas, (text, csv))
        run = {
            "ncsu": (str(text), "--format", "ncsu"),
            "columns core op key:hex": (str(text), "--format", "columns core op key:hex"),
            "the same, CSV with words": (str(csv), "--format", "columns header _ core op key:hex"),
        }
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in run}
        for turn in range(rounds + 1):
            for name, arguments in run.items():
                measured = cost("-m", "coherence", "run", *arguments, *MACHINE)
                found[name] += [measured] * (turn > 0)  # the first compiles
        base = median(seconds for seconds, _ in found["ncsu"])
        for name, costs in found.items():
            seconds, peaks = zip(*costs)
            print(
                f"{name:28}{median(seconds):7.2f} s{median(seconds) / base:6.2f} x{median(peaks):7.0f} MB", flush=True
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:])))
