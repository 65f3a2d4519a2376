"""What a recorder keeps: one frozen record an access, in the order in which they took effect; and what caches hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coherence.cache.config import Key, Line
from coherence.transaction.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Held:
    """A line as a cache holds it: its state, and the values of its keys that were ever written."""

    state: str
    values: Mapping[Key, object]


@dataclass(frozen=True, slots=True)
class Access:
    """One access or explicit eviction, whole.

    Times in cycles: `start` to `end`; `queued` and `granted` are None for one that needed no bus, `held` is how
    long it held the bus, `lookup` went into levels behind the first. `before`, `after` are the states of the core's
    own copy; `outcome` is None for a local access; `miss` is the cause of a miss. `value` is what was read, or written.
    """

    core: int
    event: str
    key: Key
    line: Line
    start: int
    end: int
    before: str
    after: str
    queued: int | None = None
    granted: int | None = None
    held: int = 0
    lookup: int = 0
    outcome: Outcome | None = None
    miss: str | None = None
    value: object = None

    @property
    def effective(self) -> int:
        """The cycle at which it took effect: the grant, or the start of a local access."""
        return self.start if self.granted is None else self.granted
