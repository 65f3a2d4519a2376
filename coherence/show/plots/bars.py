"""Counters as bars: requests, misses, bytes, and the lines that cost most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from coherence.analysis.bytes_moved import moved
from coherence.errors import InputError, whole
from coherence.protocol.model import REQUESTS
from coherence.run.run import Run
from coherence.run.worst import ranked
from coherence.show.colours import ACCENT, AMBER, BLUE, BRICK, CAUSE, DATA, PALE, REQUEST
from coherence.show.plots.axes import ROW, core_ticks, new, stack, whole_ticks
from coherence.transaction.count import CAUSES
from coherence.words.plain import plain
from coherence.words.say import show_key

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINE_COST = {**CAUSE, "upgrades": ACCENT}
MOVED = {
    "line from memory": BLUE, "line from a cache": AMBER, "flush alone": ACCENT, "write-back": BRICK, "word": DATA,
    "request": PALE,
}  # fmt: skip
NAMED = 24  # characters of a line's name


def traffic(run: Run, ax: Axes | None = None) -> Axes:
    """Bus requests by name, stacked, one bar a core.

    >>> import coherence as co
    >>> run = co.Machine().run(co.workloads.random(cores=2, accesses=20))
    >>> bool(sum(bar.get_height() for bar in traffic(run).patches) == sum(run.totals["bus"].values()))
    True
    """
    axes = ax or new()
    stack(axes, {name: [cast("Mapping[str, int]", c["bus"])[name] for c in run.per_core] for name in REQUESTS}, REQUEST)
    core_ticks(axes, x=True)
    whole_ticks(axes, y=True)
    axes.set(xlabel="core", ylabel="requests")
    axes.set_title(f"Bus requests by core, {plain(run.protocol.name)}", parse_math=False)
    return axes


def misses(run: Run, ax: Axes | None = None) -> Axes:
    """Misses by cause, stacked, one bar a core.

    >>> import coherence as co
    >>> run = co.Machine("MOESI").run(co.workloads.random(cores=2, accesses=20), record=True)
    >>> misses(run).get_ylabel()
    'misses'
    """
    axes = ax or new()
    stack(axes, {name: [cast("int", c[name]) for c in run.per_core] for name in CAUSES}, CAUSE)
    core_ticks(axes, x=True)
    whole_ticks(axes, y=True)
    axes.set(title="Misses by cause", xlabel="core", ylabel="misses")
    return axes


def compare(runs: Sequence[Run], ax: Axes | None = None) -> Axes:
    """Bus requests by name, stacked, one bar a run, labelled by its protocol. Raises `InputError` without runs.

    >>> import coherence as co
    >>> work = co.workloads.ping_pong()
    >>> runs = [co.Machine(name).run(work) for name in ("MESI", "Dragon")]
    >>> [label.get_text() for label in compare(runs).get_xticklabels()]
    ['MESI', 'Dragon']
    """
    check_runs(runs)
    axes = ax or new()
    stack(axes, {name: [cast("Mapping[str, int]", r.totals["bus"])[name] for r in runs] for name in REQUESTS}, REQUEST)
    by_run(axes, runs)
    axes.set_ylabel("requests")
    axes.set_title(f"Bus requests by protocol, {plain(runs[0].workload)}", parse_math=False)
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
    """Bytes moved on the bus by kind, stacked, one bar a run; `moved` says how they are reckoned.

    A run knows keys, not bytes, so say what a line, a written word and a request's address have. Raises `InputError`
    for a size below 0.

    >>> import coherence as co
    >>> run = co.Machine("MOESI").run(co.workloads.random(cores=2, accesses=20), record=True)
    >>> bytes_moved(run, bytes_per_line=4096).get_xlabel()
    'reckoned at 4096 a line, 8 a word, 8 a request'
    """
    all_runs = [runs] if isinstance(runs, Run) else list(runs)
    check_runs(all_runs)
    axes = ax or new()
    each = [moved(run, bytes_per_line, bytes_per_word, bytes_per_request) for run in all_runs]
    stack(axes, {kind: [counts[kind] for counts in each] for kind in MOVED}, MOVED)
    by_run(axes, all_runs)
    if len(all_runs) < 3:
        axes.set_xlim(-1.2, len(all_runs) + 0.2)  # no bar as wide as the picture
    sizes = f"reckoned at {bytes_per_line} a line, {bytes_per_word} a word, {bytes_per_request} a request"
    axes.set(title="Bytes on the bus", xlabel=sizes, ylabel="bytes")
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
    names = [f"{plain(show_key(line), NAMED)}  ({len(c.readers)}r {len(c.writers)}w)" for line, c in costly]
    stack(axes, {cause: [getattr(c, cause) for _, c in costly] for cause in LINE_COST}, LINE_COST, flat=True)
    axes.set_yticks(range(len(costly)), names, parse_math=False)
    room = 2 * ROW + 0.04 if axes.get_legend() else 0.0
    axes.set_ylim(len(costly) - 0.5, -0.5 - len(costly) * room / (1 - room))  # the worst on top, below the legend
    whole_ticks(axes, x=True)
    axes.set(title="Lines that cost most", xlabel="misses by cause, and upgrades")
    return axes
