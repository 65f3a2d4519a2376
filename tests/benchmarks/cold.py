"""What a whole process costs, with compiled code and bytecode warm: workload A of `engines`, as text and compact.

python -m tests.benchmarks.cold [ACCESSES [ROUNDS]]

CPU seconds (user and system) and peak memory of `coherence run FILE --engine fast`, medians, and of processes that do
less, since those seconds are spent before the first access is read.
"""

from __future__ import annotations

import os
import sys
import tempfile
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import numpy as np

from tests.benchmarks.engines import mostly_private

CORES = 4
PART = 1 << 18  # accesses that are written at once
MACHINE = ("--engine", "fast", "--sets", "64", "--ways", "8", "--keys-per-line", "64", "--json")
ENV = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def write_text(path: Path, accesses: int) -> None:
    """Workload A as ncsu text, one access of each core in turn."""
    draw = np.random.default_rng(2026)
    each = [mostly_private(draw, core, accesses // CORES) for core in range(CORES)]
    keys = np.stack([keys for keys, _ in each], 1).ravel().tolist()
    writes = np.stack([writes for _, writes in each], 1).ravel().tolist()
    with open(path, "w") as out:
        for at in range(0, len(keys), PART):
            part = zip(range(at, at + PART), keys[at : at + PART], writes[at : at + PART])
            out.write("".join(f"{n % CORES} {'rw'[write]} {key:x}\n" for n, key, write in part))


def cost(*arguments: str) -> tuple[float, float]:
    """CPU seconds and peak MB of a Python process, which must succeed."""
    pid = os.posix_spawn(
        sys.executable, [sys.executable, *arguments], ENV,
        file_actions=[(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)],
    )  # fmt: skip
    _, status, used = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(arguments)}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main(accesses: int = 10_000_000, rounds: int = 5) -> int:
    print(f"{accesses:,} accesses, medians of {rounds} processes")
    with tempfile.TemporaryDirectory() as folder:
        text, compact = Path(folder, "a.ncsu"), Path(folder, "a.ctrace")
        with get_context("spawn").Pool(1) as pool:  # a process begins with the peak of the one that starts it
            pool.apply(write_text, (text, accesses))
        run = ("-m", "coherence", "run")
        measured = {
            "import numba": ("-c", "import numba"),
            "SimPy, one access": (*run, "--ops", "0 r 1", "--json"),
            "fast, one access": (*run, "--ops", "0 r 1", "--order", "program", *MACHINE),
            "convert text to compact": ("-m", "coherence", "trace", "convert", str(text), "-o", str(compact)),
            "text (ncsu)": (*run, str(text), *MACHINE),
            "text, --format ncsu": (*run, str(text), "--format", "ncsu", *MACHINE),
            "compact": (*run, str(compact), *MACHINE),
            "text, trace order": (*run, str(text), "--order", "trace", *MACHINE),
            "compact, trace order": (*run, str(compact), "--order", "trace", *MACHINE),
        }
        for name, arguments in measured.items():
            cost(*arguments)  # compiles, once
            seconds, peaks = zip(*(cost(*arguments) for _ in range(rounds)))
            print(f"{name:24}{median(seconds):7.2f} s{median(peaks):7.0f} MB", flush=True)
        print(f"{text.stat().st_size / 1e6:.0f} MB of text, {compact.stat().st_size / 1e6:.0f} MB compact")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:])))
