"""One point of a sweep: a machine and what it runs, as plain data; and the key that its result is kept under."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import cast

from coherence.machine import Machine
from coherence.protocol.model import Protocol
from coherence.sweeps.source import Source
from coherence.version import __version__

KEY = 32  # hexadecimal digits of a key


@dataclass(frozen=True)
class Point:
    """A machine, the workload it runs with its parameters, and how.

    It holds nothing that another process could not be sent, and all that the result depends on except the engine,
    which changes no number.
    """

    machine: Machine
    source: Source
    parameters: tuple[tuple[str, object], ...] = ()
    order: str = "program"
    max_cycles: int | None = None
    engine: str = "auto"


def describe(point: Point) -> dict[str, object]:
    """All that the point's result depends on, as plain data for JSON; what its key is a digest of.

    >>> from coherence.sweeps.source import find_source
    >>> describe(Point(Machine(cores=2), find_source("random")))["cores"]
    2
    """
    m, source = point.machine, point.source
    return {
        "version": __version__,
        "workload": {"name": source.name, "format": source.format, "sha256": source.content}
        | {"parameters": dict(point.parameters)},
        "protocol": str(m.protocol),
        "cores": m.cores,
        "caches": [asdict(cache) for cache in m.levels],
        "shared": asdict(m.shared) if m.shared else None,
        "timing": asdict(m.timing),
        "arbitration": m.arbitration,
        "order": point.order,
        "max_cycles": point.max_cycles,
        "seed": m.seed,
    }


def key_of(description: dict[str, object]) -> str:
    """The first digits of SHA-256 of the description's JSON with sorted names: equal for equal points only.

    >>> key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1}) != key_of({"a": 1, "b": 3})
    True
    """
    text = json.dumps(description, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:KEY]


def told(point: Point) -> str:
    """The point in a few words, for a message."""
    m = point.machine
    words = [point.source.name, *(f"{name}={value}" for name, value in point.parameters)]
    words += [cast("Protocol", m.protocol).name] + ([f"{m.cores} cores"] if m.cores else []) + [f"seed {m.seed}"]
    return ", ".join(words)
