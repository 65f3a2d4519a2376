"""`coherence sweep`: the many machines of a TOML file."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from coherence.cli.output import print_table, say
from coherence.cli.parser import Parser, add_command
from coherence.errors import InputError
from coherence.files import check_output
from coherence.run.totals import ratio
from coherence.sweeps import store
from coherence.sweeps.plan import read_plan
from coherence.sweeps.pools import cpus, pools
from coherence.sweeps.results import Sweep, says_what
from coherence.sweeps.sweep import estimate, run_plan

SHOWN = ("cycles", "hit_rate", "invalidations", "cache_fills", "memory_fills", "bus_utilization", "amat")
SHOWN_ROWS, SHOWN_FAILURES = 40, 10
TABLES = (".csv", ".parquet")


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the sub-command."""
    parser = add_command(
        commands, "sweep", "run many machines, keep each result, and go on where it stopped",
        "coherence sweep scenarios/14_archibald_baer.toml --dry-run",
    )  # fmt: skip
    flag = parser.add_argument
    flag("file", type=Path, metavar="FILE.toml", help="axes and workload parameters; a list is gone through")
    flag("--jobs", type=int, metavar="N", help="how many processes (one a CPU)")
    flag("--executor", metavar="dask://HOST:PORT", help="a Dask scheduler instead of processes here")
    flag("--out", type=Path, metavar="DIR", help="the folder of results (FILE.sweep)")
    flag("--table", type=Path, metavar="FILE", help="write the table of all points, as .csv or .parquet")
    flag("--retry", action="store_true", help="compute failed points again")
    flag("--dry-run", action="store_true", help="say how many points there are and how long they would take")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Compute what is missing, show the means over seeds, tell the failures."""
    if args.table:
        check_output(args.table)
        if args.table.suffix not in TABLES:
            raise InputError(f"{args.table}: expected a name that ends in {', '.join(TABLES)}")
    pools(args.executor, args.jobs)  # raises for what is wrong with these two
    plan = read_plan(args.file)
    out: Path = args.out or Path(f"{args.file.stem}.sweep")
    if args.dry_run:
        print(_dry(args, Sweep(out, plan)))
        return 0
    others = store.said_of_others(out)
    if others:
        say(others)
    found = Sweep(out, plan)
    try:
        computed = run_plan(plan, out, args.executor, args.jobs, args.retry)
    except KeyboardInterrupt:
        say(f"stopped: {sum(1 for _ in found.records()):,} of {len(plan):,} points are kept in {out}; "
            "the same command goes on")  # fmt: skip
        raise
    if args.table:
        (found.to_csv if args.table.suffix == ".csv" else found.to_parquet)(args.table)
        say(f"{args.table}: {len(plan):,} points")
    _show(args.file.name, found)
    failures = list(_failures(found))
    for line in failures[:SHOWN_FAILURES]:
        say(line)
    if len(failures) > SHOWN_FAILURES:
        say(f"… and {len(failures) - SHOWN_FAILURES:,} more; column error of --table has all")
    say(f"{len(plan):,} points: {computed:,} computed, {len(plan) - computed:,} were there, {len(failures):,} failed; "
        f"kept in {out}")  # fmt: skip
    return 1 if failures else 0


def _dry(args: argparse.Namespace, sweep: Sweep) -> str:
    """What a sweep would do."""
    assert sweep.plan is not None
    found = estimate(sweep.plan, sweep.folder, args.retry)
    said = f"{found.points:,} points, {found.missing:,} to compute"
    if not found.missing:
        return said
    jobs = 1 if args.executor else args.jobs or cpus()
    long = _duration(found.missing * found.seconds / min(jobs, found.missing))
    where = "one after another" if jobs == 1 else f"in {jobs} processes"
    return f"{said}: about {long} {where}, by the time that {found.sampled} of them took here"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _show(title: str, sweep: Sweep) -> None:
    """The means over seeds, a row for each combination of what varies besides."""
    values: dict[str, set[object]] = {}
    for row in sweep.rows():
        for name in filter(says_what, row):
            values.setdefault(name, set()).add(row[name])
    names = [name for name, seen in values.items() if len(seen) > 1 and name != "seed"]
    sums: dict[tuple[object, ...], list[float]] = {}
    for row in sweep.rows():
        if row["error"] is None:
            total = sums.setdefault(tuple(row.get(name) for name in names), [0.0] * (len(SHOWN) + 1))
            for place, value in enumerate([*(row[name] for name in SHOWN), 1]):
                total[place] += float(value)  # type: ignore[arg-type]
    rows = [[*group, *(ratio(total, count) for total in totals), int(count)]
            for group, (*totals, count) in list(sums.items())[:SHOWN_ROWS]]  # fmt: skip
    more = f" (the first {SHOWN_ROWS} of {len(sums):,} rows; --table has all)" if len(sums) > SHOWN_ROWS else ""
    heads = [name.replace("_", " ") for name in (*names, *SHOWN, "points")]
    print_table(f"{title}: means{more}", heads, rows, words=len(names))


def _failures(sweep: Sweep) -> Iterator[str]:
    """A line a failed point: what it is, and why it failed."""
    for row in sweep.rows():
        if row["error"] is not None:
            own = [f"{n.removeprefix('workload_')}={v}" for n, v in row.items() if n.startswith("workload_")]
            what = ", ".join([str(row["workload"]), *own, str(row["protocol"]), f"{row['cores']} cores"])
            yield f"failed: {what}, seed {row['seed']}: {str(row['error']).splitlines()[0]}"
