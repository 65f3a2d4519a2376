"""What runs cost whose accesses are not kept: the fast engine on streams of workload A of `engines`, and their memory.

python -m tests.benchmarks.streams [ACCESSES …]

CPU seconds and peak memory of whole processes on a text of all cores, on a folder of one text a core and on a compact
file. A run keeps up to 67 million accesses where it may; here it may keep none, so that short streams show it as well.
Memory should not grow with the number of accesses.
"""

from __future__ import annotations

import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path

from tests.benchmarks.cold import CORES, MACHINE, cost, write_text

KEEP_NONE = (
    "import sys; from coherence.kernel import engine; engine.MOST_KEPT = 0; from coherence.cli.main import main; "
    "raise SystemExit(main(sys.argv[1:]))"
)


def split(text: Path, folder: Path) -> None:
    """The same with the accesses of each core in a file of its own."""
    folder.mkdir()
    files = [open(folder / f"p{core}.trace", "w") for core in range(CORES)]
    with open(text) as lines:
        for line in lines:
            core, op, key = line.split()
            files[int(core)].write(f"{op} 0x{key}\n")
    for file in files:
        file.close()


def main(*accesses: int) -> int:
    print(f"{'accesses':>12}  {'source':16}{'order':10}{'CPU':>8}{'memory':>10}")
    for count in accesses or (2_500_000, 10_000_000):
        with tempfile.TemporaryDirectory() as name:
            text, folder, compact = (Path(name, part) for part in ("a.ncsu", "cores", "a.ctrace"))
            with get_context("spawn").Pool(1) as pool:
                pool.apply(write_text, (text, count))
                pool.apply(split, (text, folder))
            cost("-m", "coherence", "trace", "convert", str(text), "-o", str(compact))
            for source, orders in ((text, ["trace"]), (folder, ["program", "trace"]), (compact, ["program", "trace"])):
                for order in orders:
                    run = ("-c", KEEP_NONE, "run", str(source), "--order", order, *MACHINE)
                    seconds, peak = cost(*run)
                    print(f"{count:12,}  {source.name:16}{order:10}{seconds:6.2f} s{peak:7.0f} MB", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:])))
