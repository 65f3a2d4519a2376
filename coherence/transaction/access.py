"""What a recorder keeps: one frozen record per access, with where its cycles went; and what caches hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from coherence.cache.config import Key, Line
from coherence.transaction.outcome import Outcome

# What an access spends its cycles on, in this order. ISSUE ends when the request queues, WAIT when it takes effect.
ISSUE, LOOKUP, WAIT, BUS, REPLY = "issue", "look-up", "wait", "bus", "reply"
HIT = "hit"  # its own cache: the whole of a local access, or the end of one that became local while it waited


class Span(NamedTuple):
    """What some cycles of an access went into, from `start` up to, but not including, `end`."""

    what: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Held:
    """A line as a cache holds it: its state, and the values of its keys that were ever written."""

    state: str
    values: Mapping[Key, object]


@dataclass(frozen=True, slots=True)
class Access:
    """One access or explicit eviction, whole.

    Times in cycles: it lasts from `start` to `end`, and `spans` cover these cycles without a gap. `before`, `after` are
    the states of the core's own copy; `outcome` is None for a local access; `miss` is the cause of a miss. `value` is
    what was read, or written.
    """

    core: int
    event: str
    key: Key
    line: Line
    start: int
    end: int
    before: str
    after: str
    spans: tuple[Span, ...]
    outcome: Outcome | None = None
    miss: str | None = None
    value: object = None

    def span(self, what: str) -> Span | None:
        """The first of its spans of that kind, if it has one."""
        return next((s for s in self.spans if s.what == what), None)

    @property
    def queued(self) -> int | None:
        """The cycle at which its request queued; None if it needed no bus."""
        wait = self.span(WAIT)
        return wait.start if wait else None

    @property
    def granted(self) -> int | None:
        """The cycle at which its request was granted; None if it needed no bus."""
        wait = self.span(WAIT)
        return wait.end if wait else None

    @property
    def held(self) -> int:
        """For how many cycles it held the bus."""
        bus = self.span(BUS)
        return bus.end - bus.start if bus else 0

    @property
    def lookup(self) -> int:
        """How many cycles went into looking it up in the levels behind the first."""
        found = self.span(LOOKUP)
        return found.end - found.start if found else 0

    @property
    def effective(self) -> int:
        """The cycle at which it took effect: the grant, or the start of a local access."""
        granted = self.granted
        return self.start if granted is None else granted
