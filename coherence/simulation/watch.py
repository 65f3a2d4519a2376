"""The invariants, watched while a machine runs: SWMR, one owner, and a read returns the newest value."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, NoReturn

from coherence.cache.config import Key, Line
from coherence.cache.copies import Copy, Word
from coherence.errors import Breach
from coherence.protocol.model import Protocol, Undefined
from coherence.transaction.outcome import Outcome
from coherence.words.say import show_key, show_value, tell

KEPT = 4096  # transactions remembered over all lines
TOLD = 8  # of the line, in a message


class Watch:
    """Remembers the last transactions and tells breaches; `stop` ends the run, with the line's last events in words.

    What tells a breach says it in words, "" for none: the access that breaks is recorded before the run stops.
    """

    def __init__(self, protocol: Protocol) -> None:
        self.states = protocol.by_name
        self.guarded = {s.name for s in protocol.states if s.owner}
        self.past: deque[tuple[int, Key, Line, Outcome]] = deque(maxlen=KEPT)

    def note(self, now: int, key: Key, line: Line, outcome: Outcome) -> None:
        """Remember one transaction, or one local change of state."""
        self.past.append((now, key, line, outcome))

    def states_of(self, holders: Iterable[tuple[int, Copy[Any]]]) -> str:
        """Check who may hold a line together; *holders* are (core, valid copy)."""
        guarded = [(core, copy.state) for core, copy in holders if copy.state in self.guarded]
        if not guarded:
            return ""
        every = sorted((core, copy.state) for core, copy in holders)
        exclusive = [core for core, state in every if self.states[state].exclusive]
        said = ", ".join(f"core {core} has {state}" for core, state in every)
        if exclusive and len(every) > 1:
            return f"SWMR is broken: core {exclusive[0]} is exclusive but not alone ({said})"
        return f"two owners ({said})" if len(guarded) > 1 else ""

    def read(self, now: int, core: int, key: Key, got: Word | None, newest: Word | None) -> str:
        """Check that a read returned the newest value of its key."""
        if got is newest:
            return ""
        wrote = f"core {newest.core} wrote {show_value(newest.value)}" if newest else "nobody wrote"
        return (
            f"stale read: at cycle {now} core {core} read {show_value(got.value if got else None)} of {show_key(key)}, "
            f"but the newest write is write {newest.stamp if newest else 0}: {wrote}"
        )

    def undefined(self, now: int, key: Key, line: Line, error: Undefined) -> NoReturn:
        """Raise `Breach` that says where a cell that is `never` or missing was reached."""
        self.stop(line, f"at cycle {now} on key {show_key(key)}: {error}")

    def stop(self, line: Line, why: str) -> NoReturn:
        """Raise `Breach` with the last events of *line*."""
        last = [(now, key, outcome) for now, key, where, outcome in self.past if where == line][-TOLD:]
        told = [f"  cycle {now}: {tell(outcome, key)}" for now, key, outcome in last]
        raise Breach("\n".join([f"line {show_key(line)}: {why}", *(["its last events:", *told] if told else [])]))


class NoWatch(Watch):
    """Watches nothing; only a `never` cell still stops the run."""

    def note(self, now: int, key: Key, line: Line, outcome: Outcome) -> None:
        """Forget it."""

    def states_of(self, holders: Iterable[tuple[int, Copy[Any]]]) -> str:
        """Accept any."""
        return ""

    def read(self, now: int, core: int, key: Key, got: Word | None, newest: Word | None) -> str:
        """Accept any."""
        return ""
