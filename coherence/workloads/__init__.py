"""Built-in workloads: what people run.

Each is a function `name(cores=…, …, seed=…) -> Workload`. Its docstring begins with a paragraph that says what the
cores do, and one that says what to look for; `coherence list` shows these two. One more is one more function, named
here.
"""

from __future__ import annotations

from collections.abc import Callable

from coherence.workloads.base import Workload
from coherence.workloads.draws import moving_hot_set, private, random, read_mostly, uniform, zipf
from coherence.workloads.grid import stencil
from coherence.workloads.reductions import reduction, reduction_padded, reduction_shared, reduction_tree
from coherence.workloads.sharing import false_sharing, false_sharing_padded, migratory, ping_pong, producer_consumer

STREAMS: tuple[Callable[..., Workload], ...] = (
    private, read_mostly, producer_consumer, migratory, ping_pong, false_sharing, false_sharing_padded, random,
    uniform, zipf, moving_hot_set, stencil, reduction_shared, reduction_padded, reduction_tree,
)  # fmt: skip

BUILT_IN: dict[str, Callable[..., Workload]] = {f.__name__: f for f in STREAMS}

__all__ = [
    "BUILT_IN",
    "STREAMS",
    "Workload",
    "false_sharing",
    "false_sharing_padded",
    "migratory",
    "moving_hot_set",
    "ping_pong",
    "private",
    "producer_consumer",
    "random",
    "read_mostly",
    "reduction",
    "reduction_padded",
    "reduction_shared",
    "reduction_tree",
    "stencil",
    "uniform",
    "zipf",
]
