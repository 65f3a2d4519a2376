"""Counters as bars: requests, misses, bytes, and the lines that cost most."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from coherence.analysis.bytes_moved import moved
from coherence.errors import InputError, whole
from coherence.protocol.model import REQUESTS
from coherence.run.run import Run
from coherence.run.worst import ranked
from coherence.show.plots.axes import core_axis, line_name, new, shown_cores, stack, titled, whole_ticks
from coherence.transaction.count import CAUSES
from coherence.words.plain import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINE_COST = (*CAUSES, "upgrades")
MOVED = ("line from memory", "line from a cache", "flush alone", "write-back", "word", "request")
NAMED = 14  # characters of a line's name


def traffic(runs: Run | Sequence[Run], ax: Axes | None = None) -> Axes:
    """Bus requests by name, stacked: one bar per core of one run, or one per run of several.

    Raises `InputError` without runs.

    >>> import coherence as co
    >>> run = co.Machine().run(co.workloads.random(cores=2, accesses=20))
    >>> bool(sum(bar.get_height() for bar in traffic(run).patches) == sum(run.totals["bus"].values()))
    True
    >>> [label.get_text() for label in traffic([run, run]).get_xticklabels()]
    ['MESI', 'MESI']
    """
    return _counted(runs, ax, "Bus requests", "requests", REQUESTS, lambda c: c["bus"])


def misses(runs: Run | Sequence[Run], ax: Axes | None = None) -> Axes:
    """Misses by cause, stacked: one bar per core of one run, or one per run of several.

    Raises `InputError` without runs.

    >>> import coherence as co
    >>> run = co.Machine("MOESI").run(co.workloads.random(cores=2, accesses=20), record=True)
    >>> misses(run).get_ylabel()
    'misses'
    """
    return _counted(runs, ax, "Misses by cause", "misses", CAUSES, lambda c: c)


def _counted(
    runs: Run | Sequence[Run],
    ax: Axes | None,
    title: str,
    unit: str,
    names: Sequence[str],
    among: Callable[[Mapping[str, Any]], Mapping[str, int]],
) -> Axes:
    """The counters of these *names* of each core of a run, or the totals of each of several runs."""
    one = runs if isinstance(runs, Run) else None
    several = [one] if one else list(cast("Sequence[Run]", runs))
    check_runs(several)
    axes = ax or new()
    cores = shown_cores(one) if one else []
    counters = [one.per_core[core] for core in cores] if one else [run.totals for run in several]
    stack(axes, {name: [among(c)[name] for c in counters] for name in names})
    whole_ticks(axes, y=True)
    axes.set_ylabel(unit)
    if one:
        core_axis(axes, one, cores, x="core")
        titled(axes, f"{title} by core, {plain(one.protocol.name)}")
    else:
        by_run(axes, several)
        titled(axes, f"{title}, {plain(several[0].workload, 40)}")
    return axes


def check_runs(runs: Sequence[Run]) -> None:
    """Raise `InputError` if there is nothing to compare."""
    if not runs:
        raise InputError("expected at least one run to compare")


def by_run(axes: Axes, runs: Sequence[Run]) -> None:
    """Name the bars by the runs' protocols."""
    whole_ticks(axes, y=True)
    axes.set_xticks(range(len(runs)), [plain(r.protocol.name, 16) for r in runs], parse_math=False)
    if len(runs) > 6:
        for label in axes.get_xticklabels():
            label.set(rotation=30, ha="right")


def bytes_moved(
    runs: Run | Sequence[Run],
    ax: Axes | None = None,
    *,
    bytes_per_line: int = 64,
    bytes_per_word: int = 8,
    bytes_per_request: int = 8,
) -> Axes:
    """Bytes moved on the bus by kind, stacked, one bar per run; `moved` says how they are reckoned.

    A run knows keys, not bytes, so say what a line, a written word and a request's address have. Raises `InputError`
    for a size below 0.

    >>> import coherence as co
    >>> run = co.Machine("MOESI").run(co.workloads.random(cores=2, accesses=20), record=True)
    >>> bytes_moved(run, bytes_per_line=4096).get_xlabel()
    '4096 bytes per line, 8 per word, 8 per request'
    """
    all_runs = [runs] if isinstance(runs, Run) else list(runs)
    check_runs(all_runs)
    axes = ax or new()
    each = [moved(run, bytes_per_line, bytes_per_word, bytes_per_request) for run in all_runs]
    stack(axes, {kind: [counts[kind] for counts in each] for kind in MOVED})
    by_run(axes, all_runs)
    if len(all_runs) < 3:
        axes.set_xlim(-1.2, len(all_runs) + 0.2)  # no bar as wide as the picture
    sizes = f"{bytes_per_line} bytes per line, {bytes_per_word} per word, {bytes_per_request} per request"
    axes.set(xlabel=sizes, ylabel="bytes")
    titled(axes, "Bytes on the bus")
    return axes


def worst_lines(run: Run, ax: Axes | None = None, count: int = 10) -> Axes:
    """The *count* lines that cost most bus requests because they are shared, the worst on top, by cause.

    Behind each name: how many cores read and write it. Raises `InputError` for a count below 1.

    >>> import coherence as co
    >>> run = co.Machine("MOESI").run(co.workloads.random(cores=2, accesses=20), record=True)
    >>> len(worst_lines(run, count=3).get_yticks())
    3
    """
    if faults := whole("count", count, 1):
        raise InputError(faults[0])
    axes = ax or new()
    costly = [(line, run.lines[line]) for line in ranked(run.lines)[:count]]
    names = [f"{line_name(line, NAMED)}  ({len(c.readers)}r {len(c.writers)}w)" for line, c in costly]
    stack(axes, {cause: [getattr(c, cause) for _, c in costly] for cause in LINE_COST}, flat=True)
    axes.set_yticks(range(len(costly)), names, parse_math=False)
    axes.set_ylim(len(costly) - 0.5, -0.5)  # the worst on top
    whole_ticks(axes, x=True)
    axes.set_xlabel("misses by cause, and upgrades")
    titled(axes, "Lines that cost most")
    return axes
