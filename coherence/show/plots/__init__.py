"""Pictures of runs and protocols with matplotlib.

Each takes `ax=None`, returns the Axes, and never calls `show()`; those of several panels return the Figure. Within
`theme(dark=True)` all are drawn for a dark background. Names of keys, states and workloads are never read as
mathematics.
"""

from __future__ import annotations

from coherence.show.diagram import diagram
from coherence.show.plots.bars import bytes_moved, compare, misses, traffic, worst_lines
from coherence.show.plots.figures import (
    KINDS,
    PICTURES,
    RECORDED,
    comparison,
    draw,
    overview,
    save_compare,
    save_curves,
    save_run,
)
from coherence.show.plots.matrix import invalidations, sharing
from coherence.show.plots.models import access_times, curves
from coherence.show.plots.sweeps import crossover, ratios, speedup, sweep
from coherence.show.plots.time import rates, timeline
from coherence.show.sequence import sequence
from coherence.show.style import check_figure, save, theme

__all__ = [
    "KINDS",
    "PICTURES",
    "RECORDED",
    "access_times",
    "bytes_moved",
    "check_figure",
    "compare",
    "comparison",
    "crossover",
    "curves",
    "diagram",
    "draw",
    "invalidations",
    "misses",
    "overview",
    "rates",
    "ratios",
    "save",
    "save_compare",
    "save_curves",
    "save_run",
    "sequence",
    "sharing",
    "speedup",
    "sweep",
    "theme",
    "timeline",
    "traffic",
    "worst_lines",
]
