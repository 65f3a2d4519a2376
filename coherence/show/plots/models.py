"""What models say, drawn: miss ratios by size, and the recurrence for access time beside what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from coherence.analysis.access_time import AccessTime
from coherence.analysis.curves import Curve
from coherence.errors import InputError
from coherence.show.plots.axes import edge_of, legend, line_look, new, titled, whole_ticks
from coherence.show.style import theme_of
from coherence.words.plain import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def curves(found: Sequence[Curve], ax: Axes | None = None) -> Axes:
    """Miss ratio by size, a line per policy; OPT, the bound, broad and in the text's color.

    Raises `InputError` without curves.

    >>> import coherence as co
    >>> axes = curves([co.curve("abcabc", [1, 2, 3], policy) for policy in ("LRU", "OPT")])
    >>> [line.get_label() for line in axes.lines]
    ['LRU', 'OPT']
    """
    if not found:
        raise InputError("expected at least one curve to draw")
    axes = ax or new()
    for number, curve in enumerate(found):
        look = line_look(axes, number)
        if curve.policy == "OPT":
            look |= {"color": theme_of(axes, None).ink, "linestyle": "-", "linewidth": 2.8}
        axes.plot(curve.sizes, curve.ratios, label=curve.policy, **look)
    sizes = sorted({size for curve in found for size in curve.sizes})
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set_ylim(0, max((max(c.ratios) for c in found), default=0) * 1.05 or 1)
    axes.set(xlabel="lines that the cache holds", ylabel="misses per access")
    titled(axes, "Miss ratio by size")
    legend(axes)
    return axes


def access_times(found: Mapping[str, AccessTime], ax: Axes | None = None) -> Axes:
    """The modelled mean access time of each name as a bar, what the model leaves out as its own bar upon it.

    The mark is the measured mean. Where the difference is negative, lines came from other caches for which the model
    goes to memory: its bar is hatched and hangs down from the model's. Raises `InputError` without any.

    >>> import coherence as co
    >>> machine = co.Machine(cache=co.Cache(ways=4))
    >>> time = co.access_time(machine, machine.run(co.workloads.zipf(cores=1)))
    >>> axes = access_times({"zipf": time})
    >>> float(axes.containers[0][0].get_height()) == time.model
    True
    """
    if not found:
        raise InputError("expected at least one access time to draw")
    axes = ax or new()
    at = range(len(found))
    times = list(found.values())
    edge = edge_of(axes)
    model = [time.model for time in times]
    first, second, *_ = theme_of(axes, None).lines
    axes.bar(at, model, color=first, edgecolor=edge, linewidth=0.5, label="the model")
    over = [max(0.0, time.difference) for time in times]
    if any(over):
        axes.bar(at, over, bottom=model, color=second, edgecolor=edge, linewidth=0.5, label="left out by the model")
    under = [min(0.0, time.difference) for time in times]
    if any(under):
        axes.bar(
            at,
            under,
            bottom=model,
            color="none",
            edgecolor=edge,
            hatch="///",
            linewidth=1.0,
            label="too much in the model",
        )
    left, right = ([n + side for n in at] for side in (-0.3, 0.3))
    axes.hlines(
        [t.measured for t in times], left, right, color=theme_of(axes, None).ink, linewidth=2.5, label="measured"
    )
    axes.set_xticks(at, [plain(name, 20) for name in found], parse_math=False)
    axes.set_ylabel("cycles per access")
    axes.set_ylim(0, max(max(t.model, t.measured) for t in times) * 1.05 or 1)
    whole_ticks(axes, y=True)
    titled(axes, "Mean access time")
    legend(axes)
    return axes
