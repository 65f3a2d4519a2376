"""One thing that a core does: the smallest word of every workload."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeAlias

from coherence.cache.config import Key

# (core, op, key, gap): op r, w or e, or COMPUTE for a gap without an access; gap in cycles before the access.
CoreOp: TypeAlias = tuple[int, str, Key, int]
COMPUTE = "c"
MAX_CORES = 65_536

# What a program of a core yields are events of the simulation; it is a generator function of a simulation's Core.
Steps: TypeAlias = Generator[Any, Any, Any]
Program: TypeAlias = Callable[[Any], Steps]
