"""Which levels a machine has, checked; and the counters of each."""

from __future__ import annotations

from collections.abc import Sequence

from coherence.cache.config import Cache
from coherence.cache.levels import LevelCounts
from coherence.cache.replacement import POLICIES
from coherence.transaction.count import Counts


def faults(levels: Sequence[Cache], shared: Cache | None) -> list[str]:
    """What keeps *levels*, the nearest first, and *shared* from being the caches of one machine."""
    caches = {f"level {n}": cache for n, cache in enumerate(levels, start=1)}
    if shared is not None:
        caches["the shared level"] = shared
    first = caches["level 1"]
    found = []
    if first.lookup:
        found.append(f"level 1 has lookup {first.lookup}, but its look-up is the timing's hit")
    for name, cache in caches.items():
        if cache.keys_per_line != first.keys_per_line:
            found.append(f"{name} has {cache.keys_per_line} keys a line, but level 1 has {first.keys_per_line}")
        if POLICIES[cache.policy].foresees and cache is not first:
            found.append(f"{name} cannot have policy {cache.policy}: only level 1 sees every access of a core")
    return found


def level_rows(core: Counts, levels: Sequence[LevelCounts]) -> list[dict[str, int]]:
    """The counters of one core's levels: a level is asked for what the ones before it do not have."""
    rows = []
    accesses = core.reads + core.writes
    for level in levels:
        misses = accesses - level.hits
        rows.append(
            {
                "accesses": accesses, "hits": level.hits, "misses": misses, "evictions": level.evictions,
                "back_invalidations": level.back_invalidations,
            }
        )  # fmt: skip
        accesses = misses
    return rows
