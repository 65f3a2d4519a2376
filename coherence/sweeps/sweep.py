"""Sweeps: many machines, each point computed once and kept; and how long one would take."""

from __future__ import annotations

import shutil
import sys
import time
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from os import PathLike
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from coherence.errors import InputError
from coherence.sweeps import store
from coherence.sweeps.crew import compute_all
from coherence.sweeps.plan import Plan, make_plan
from coherence.sweeps.point import Point, describe, key_of
from coherence.sweeps.pools import Chosen, pools
from coherence.sweeps.results import Sweep
from coherence.sweeps.worker import compute, ready

SAMPLE = 3  # points that an estimate runs


def sweep(
    workload: Any = None,
    *,
    points: Iterable[Mapping[str, Any]] = (),
    out: str | PathLike[str] | None = None,
    executor: Chosen = None,
    jobs: int | None = None,
    retry: bool = False,
    format: str = "auto",
    engine: str = "auto",
    **axes: Any,
) -> Sweep:
    """Run *workload* on every combination of the *axes*, keep each result as soon as it is there, and return all.

    *workload*: a built-in one's name, the path of a trace, or of a `.py` file with `workload(cores, seed, …)` ·
    *axes*: `protocol`, `cores`, `cache` (a Cache, or a list of levels), `sets`, `ways`, `keys_per_line`, `policy`,
    `shared`, `timing`, `arbitration`, `order`, `seed` (of workload and machine), `max_cycles`, and the workload's own
    parameters. A list, tuple or range is gone through, the first axis slowest; anything else is one value ·
    *points*: a list of dictionaries instead of a grid, or each taken with every combination of the axes ·
    *out*: the folder of results (None: one that goes with the result). What it holds is not computed again, failures
    neither, except with *retry* · *jobs*: how many processes (None: one a CPU; 1: none but this one) · *executor*: any
    `concurrent.futures.Executor` instead, such as Dask's `client.get_executor(pure=False)`; or its scheduler's
    address `dask://host:port`; or a function that makes an executor, so that a broken one can be replaced ·
    *format* of traces, *engine*: as of `read_trace` and `Machine.run`.

    A point that fails, or kills its worker again and again, costs only itself: see `Sweep.failures`. Ctrl-C keeps
    what is done. The processes are new ones: a script must sweep under `if __name__ == "__main__":`. Other modules
    that a `.py` workload imports are not looked at when results are reused. Raises `InputError` with every fault.

    >>> found = sweep("random", protocol=["MESI", "Dragon"], accesses=[50, 100], seed=range(2), cores=2, jobs=1)
    >>> found.to_pandas().groupby("protocol")["invalidations"].sum()["Dragon"]
    np.int64(0)
    """
    plan = make_plan(({} if workload is None else {"workload": workload}) | axes, points, format=format, engine=engine)
    found = Sweep(Path(mkdtemp(prefix="coherence-sweep-") if out is None else out), plan)
    if out is None:
        weakref.finalize(found, shutil.rmtree, found.folder, ignore_errors=True)
    run_plan(plan, found.folder, executor, jobs, retry)
    _warn(found.folder)
    return found


def run_plan(
    plan: Plan,
    folder: Path,
    executor: Chosen = None,
    jobs: int | None = None,
    retry: bool = False,
) -> int:
    """Compute what of *plan* is missing in *folder*, and keep it there; with *retry* also what failed.

    Returns how many points that were.
    """
    chosen, window = pools(executor, jobs)
    store.prepare(folder)
    total = sum(1 for point in plan if missing(folder, point, retry))
    todo = (point for point in plan if missing(folder, point, retry))
    if not total:
        return 0
    with _bar(total) as advance, closing(compute_all(todo, chosen, window)) as records:  # type: ignore[type-var]
        for record in records:
            store.write(folder, record)
            advance()
    return total


def missing(folder: Path, point: Point, retry: bool = False) -> bool:
    """Whether the point is still to be computed."""
    key = key_of(describe(point))
    if not store.file_of(folder, key).exists():
        return True
    return retry and "error" in (store.read(folder, key) or {})


def read_sweep(folder: str | PathLike[str]) -> Sweep:
    """All results of this version that lie in a folder.

    Raises `InputError` if there are none; warns of those of other versions, which are left out.
    """
    found = Sweep(Path(folder))
    if not len(found):
        others = store.said_of_others(found.folder)
        raise InputError(others or f"{folder}: no results of a sweep in it")
    _warn(found.folder)
    return found


def _warn(folder: Path) -> None:
    """Say that results of other versions are not mixed in."""
    said = store.said_of_others(folder)
    if said:
        warnings.warn(said, UserWarning, stacklevel=3)


@contextmanager
def _bar(total: int) -> Iterator[Callable[[], None]]:
    """A function to call once per point done, which moves a bar on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("points,"), TimeRemainingColumn(), TextColumn("left"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=total)
        yield lambda: shown.advance(task)


@dataclass(frozen=True)
class Estimate:
    """`points`: of the sweep · `missing`: of these to compute · `sampled`: how many were run · `seconds`: a point."""

    points: int
    missing: int
    sampled: int
    seconds: float


def estimate(plan: Plan, folder: Path, retry: bool = False) -> Estimate:
    """Run the first, the middle and the last point that is missing in *folder*, and keep nothing of them.

    >>> from coherence.sweeps.plan import make_plan
    >>> found = estimate(make_plan({"workload": "random", "accesses": 5, "seed": range(9)}), Path("no such folder"))
    >>> found.missing, found.sampled
    (9, 3)
    """
    count = sum(1 for point in plan if missing(folder, point, retry))
    chosen = sorted({round(n * (count - 1) / (SAMPLE - 1)) for n in range(SAMPLE)}) if count else []
    todo = (point for point in plan if missing(folder, point, retry))
    ready()
    start, before = time.perf_counter(), -1
    for number in chosen:
        compute(next(islice(todo, number - before - 1, None)))
        before = number
    spent = time.perf_counter() - start
    return Estimate(len(plan), count, len(chosen), spent / len(chosen) if chosen else 0.0)
