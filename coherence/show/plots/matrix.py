"""Counts by two things at once: who took copies from whom, and how lines are shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coherence.run.run import Run
from coherence.run.totals import ratio
from coherence.show.colours import ONLY_DIRTY, letter
from coherence.show.plots.axes import core_ticks, new
from coherence.show.style import theme_of
from coherence.transaction.count import LineCounts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NUMBERED = 12  # rows and columns up to which each cell carries its number
SHARES = ("none", "to 1/4", "to 1/2", "to 3/4", "to all")  # of a line's accesses that are writes
DEGREES = 8  # columns of numbers of cores; beyond them each column holds twice as many


def invalidations(run: Run, ax: Axes | None = None) -> Axes:
    """A matrix of copies lost: row = the core whose request took it, column = the core that lost it.

    >>> import coherence as co
    >>> run = co.Machine("MOESI").run(co.workloads.random(cores=2, accesses=20), record=True)
    >>> sum(int(text.get_text()) for text in invalidations(run).texts) == run.totals["invalidations"]
    True
    """
    axes = ax or new()
    _matrix(axes, [[run.invalidated_by.get(w, {}).get(v, 0) for v in range(run.cores)] for w in range(run.cores)])
    axes.set(title="Invalidations", xlabel="copy lost by core", ylabel="taken by core")
    core_ticks(axes, x=True, y=True)
    return axes


def sharing(run: Run, ax: Axes | None = None) -> Axes:
    """How many lines are touched by how many cores (columns), by the share of writes among their accesses (rows).

    >>> import coherence as co
    >>> run = co.Machine("MOESI").run(co.workloads.random(cores=2, accesses=20), record=True)
    >>> sharing(run).get_xlabel()
    'cores that touch the line'
    """
    axes = ax or new()
    columns = degrees(run.cores)
    counts = [[0] * len(columns) for _ in SHARES]
    for line in run.lines.values():
        if line.reads + line.writes:
            degree = len({*line.readers, *line.writers})
            counts[share(line)][next(i for i, (_, most) in enumerate(columns) if degree <= most)] += 1
    _matrix(axes, counts, zeros=False)
    axes.set_xticks(range(len(columns)), [f"{a}" if a == b else f"{a}–{b}" for a, b in columns])
    axes.set_yticks(range(len(SHARES)), SHARES)
    axes.invert_yaxis()
    axes.set(title="Lines by sharing", xlabel="cores that touch the line", ylabel="writes among its accesses")
    return axes


def degrees(cores: int) -> list[tuple[int, int]]:
    """The columns of `sharing`: (least, most) number of cores.

    >>> degrees(3), degrees(20)[-3:]
    ([(1, 1), (2, 2), (3, 3)], [(8, 8), (9, 16), (17, 20)])
    """
    columns = [(n, n) for n in range(1, min(cores, DEGREES) + 1)]
    while columns[-1][1] < cores:
        columns.append((columns[-1][1] + 1, min(columns[-1][1] * 2, cores)))
    return columns


def share(line: LineCounts) -> int:
    """Which of `SHARES` a line belongs to."""
    part = ratio(line.writes, line.reads + line.writes)
    return 0 if not part else min(4, 1 + int(part * 4 - 1e-9))


def _matrix(axes: Axes, counts: Sequence[Sequence[int]], zeros: bool = True) -> None:
    """Cells coloured from nothing (the paper) to the most, each with its number while they are few."""
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    most = max(1, *map(max, counts))
    theme = theme_of(axes, None)
    full, half = theme.fills[ONLY_DIRTY]
    ramp = LinearSegmentedColormap.from_list("", [theme.paper, half, full])
    axes.imshow(counts, cmap=ramp, vmin=0, vmax=most, aspect="auto")
    if max(len(counts), len(counts[0])) > NUMBERED:
        return
    for y, row in enumerate(counts):
        for x, count in enumerate(row):
            if count or zeros:
                ink = letter(to_hex(ramp(count / most)))
                axes.text(x, y, f"{count:,}", ha="center", va="center", color=ink)
