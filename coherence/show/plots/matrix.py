"""Counts by two things at once: who took copies from whom, and how lines are shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coherence.run.run import Run
from coherence.run.totals import ratio
from coherence.show.colours import letter, mix
from coherence.show.plots.axes import core_axis, new, shown_cores, titled
from coherence.show.style import theme_of
from coherence.transaction.count import LineCounts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NUMBERED = 12  # rows and columns up to which each cell carries its number
SHARES = ("none", "up to 25%", "up to 50%", "up to 75%", "up to 100%")  # of a line's accesses that are writes
DEGREES = 8  # columns of numbers of cores; beyond them each column holds twice as many


def invalidations(run: Run, ax: Axes | None = None) -> Axes:
    """A matrix of copies lost: row = the core whose request took it, column = the core that lost it.

    >>> import coherence as co
    >>> run = co.Machine("MOESI").run(co.workloads.random(cores=2, accesses=20), record=True)
    >>> sum(int(text.get_text()) for text in invalidations(run).texts) == run.totals["invalidations"]
    True
    """
    axes = ax or new()
    cores = shown_cores(run)
    _matrix(axes, [[run.invalidated_by.get(w, {}).get(v, 0) for v in cores] for w in cores], diagonal=False)
    core_axis(axes, run, cores, x="copy lost by core", y="taken by core")
    titled(axes, "Invalidations")
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
    axes.set(xlabel="cores that touch the line", ylabel="share of writes")
    titled(axes, "Lines by sharing")
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


def _matrix(axes: Axes, counts: Sequence[Sequence[int]], zeros: bool = True, diagonal: bool = True) -> None:
    """Cells colored from the least to the most, none as the paper, each with its number while they are few."""
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    theme = theme_of(axes, None)
    some = [count for row in counts for count in row if count] or [1]
    least, most = min(some), max(some)
    pale = mix(theme.paper, theme.lines[0], 0.2)
    ramp = LinearSegmentedColormap.from_list("", [pale, theme.lines[0]]).with_extremes(under=theme.paper)
    axes.imshow(counts, cmap=ramp, vmin=least, vmax=most + (least == most), aspect="auto")
    if max(len(counts), len(counts[0])) > NUMBERED:
        return
    for y, row in enumerate(counts):
        for x, count in enumerate(row):
            if count or (zeros and (diagonal or x != y)):
                share = (count - least) / max(1, most - least)
                ink = letter(to_hex(ramp(share)) if count else theme.paper)
                axes.text(x, y, f"{count:,}", ha="center", va="center", color=ink)
