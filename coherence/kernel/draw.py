"""SplitMix64, compiled: `coherence.random` on an array of streams."""

from __future__ import annotations

import numpy as np

from coherence.jit import inlined
from coherence.kernel.board import Int


@inlined
def draw(streams: object, which: Int) -> np.uint64:
    """The next number of a SplitMix64 stream."""
    state = streams[which] + np.uint64(0x9E3779B97F4A7C15)  # type: ignore[index]
    streams[which] = state  # type: ignore[index]
    z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))  # type: ignore[no-any-return]
