"""Pictures of runs and protocols with matplotlib.

Each takes `ax=None`, returns the Axes, and never calls `show()`. Only `overview` and `comparison`, which have several
panels, take none and return a Figure. `traffic`, `misses` and `bytes_moved` take one run or many. Within
`theme(dark=True)` all are drawn for a dark background. Names of keys, states and workloads are never read as
mathematics.
"""

from __future__ import annotations

from coherence.show.diagram import diagram
from coherence.show.plots.bars import bytes_moved, misses, traffic, worst_lines
from coherence.show.plots.figures import (
    KINDS as KINDS,
)
from coherence.show.plots.figures import (
    PICTURES as PICTURES,
)
from coherence.show.plots.figures import (
    RECORDED as RECORDED,
)
from coherence.show.plots.figures import (
    comparison,
    overview,
)
from coherence.show.plots.figures import (
    draw as draw,
)
from coherence.show.plots.figures import (
    save_compare as save_compare,
)
from coherence.show.plots.figures import (
    save_curves as save_curves,
)
from coherence.show.plots.figures import (
    save_run as save_run,
)
from coherence.show.plots.matrix import invalidations, sharing
from coherence.show.plots.models import access_times, curves
from coherence.show.plots.sweeps import crossover, ratios, speedup, sweep
from coherence.show.plots.time import rates, timeline
from coherence.show.sequence import sequence
from coherence.show.style import check_figure as check_figure
from coherence.show.style import save as save
from coherence.show.style import theme

__all__ = [
    "access_times",
    "bytes_moved",
    "comparison",
    "crossover",
    "curves",
    "diagram",
    "invalidations",
    "misses",
    "overview",
    "rates",
    "ratios",
    "sequence",
    "sharing",
    "speedup",
    "sweep",
    "theme",
    "timeline",
    "traffic",
    "worst_lines",
]


def __dir__() -> list[str]:
    return __all__
