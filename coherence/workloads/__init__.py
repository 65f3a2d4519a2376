"""Built-in workloads: what people run.

Each is a function `name(cores=…, seed=…, …) -> Workload` whose docstring says what to look for.
"""

from __future__ import annotations

from collections.abc import Callable

from coherence.workloads.base import Workload
from coherence.workloads.sharing import false_sharing, false_sharing_padded, producer_consumer, random

__all__ = ["BUILT_IN", "Workload", "false_sharing", "false_sharing_padded", "producer_consumer", "random"]

BUILT_IN: dict[str, Callable[..., Workload]] = {
    f.__name__: f for f in (false_sharing, false_sharing_padded, producer_consumer, random)
}
