"""A recorded run lived through once more: what every copy, and memory, holds before and after each access."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from coherence.cache.config import Key, Line
from coherence.protocol.model import Protocol
from coherence.transaction.access import Access
from coherence.transaction.line import Line as Holding
from coherence.transaction.line import apply
from coherence.transaction.order import Moved
from coherence.transaction.outcome import Outcome
from coherence.words.say import show_value

MEMORY_AT = -1  # where a change says memory
NEWEST_AT = -2  # where a change says what a copy with every write in it would hold
EMPTY = 0  # the content of a line that was never written
NOWHERE: Holding[int] = Holding({}, {}, EMPTY)  # a line before its first access


@dataclass(frozen=True, slots=True)
class Change:
    """What one access changed: *where* (a core, MEMORY_AT or NEWEST_AT) the line now has this content.

    `state` is a copy's, else None; for memory `stale` says whether it differs from the newest values.
    """

    line: Line
    where: int
    state: str | None
    content: int
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """One access: its outcome (made up where it was local), its changes, and the values that moved, as text."""

    access: Access
    outcome: Outcome
    changes: tuple[Change, ...]
    supplied: str
    written: str


@dataclass
class Contents:
    """Every content that a line ever had, each as one write over an earlier one: (the earlier, key, text, its number).

    A fill or a flush moves a content whole, so a step names it by its number, whatever the size of a line.
    """

    made: list[tuple[int, Key, str, int]] = field(default_factory=lambda: [(EMPTY, "", "", 0)])
    values: list[dict[Key, str]] = field(default_factory=lambda: [{}])
    _known: dict[tuple[int, Key, str, int], int] = field(default_factory=dict)

    def put(self, content: int, key: Key, text: str, write: int) -> int:
        """*content* with *key* written by the run's write number *write*; the same again gives the same number."""
        asked = (content, key, text, write)
        if asked not in self._known:
            self._known[asked] = len(self.made)
            self.made.append((content, key, text, write))
            self.values.append({**self.values[content], key: text})
        return self._known[asked]


@dataclass
class Film:
    """The player's own caches and memory, moved by the same `apply` that moved the machine's."""

    protocol: Protocol
    contents: Contents = field(default_factory=Contents)
    lines: dict[Line, Holding[int]] = field(default_factory=dict)
    newest: dict[Line, int] = field(default_factory=dict)
    stale: dict[Line, bool] = field(default_factory=dict)
    writes: int = 0

    def scenes(self, events: Sequence[Access]) -> Iterator[Scene]:
        """One Scene an access, in order."""
        for access in events:
            yield self._scene(access)

    def _scene(self, access: Access) -> Scene:
        outcome = access.outcome or Outcome(access.core, access.event, access.before, access.after)
        lines = [access.line]
        if outcome.victim:
            lines.append(outcome.victim.line)  # type: ignore[arg-type]
        before = {line: self._snapshot(line) for line in lines}
        if outcome.victim:
            self._do(outcome.victim.outcome, lines[1], access, "")
        written = show_value(access.value) if access.event == "PrWr" else ""
        moved = self._do(outcome, access.line, access, written)
        supplied = self.contents.values[moved.offers[-1][0]].get(access.key, "") if moved.offers else ""
        changes = tuple(change for line in lines for change in self._changes(line, *before[line]))
        return Scene(access, outcome, changes, supplied, written)

    def _do(self, outcome: Outcome, line: Line, access: Access, written: str) -> Moved[int]:
        """Move states and data of one line by *outcome*."""
        writes = outcome.event == "PrWr"
        self.writes += writes
        number = self.writes

        def put(content: int, text: str) -> int:
            return self.contents.put(content, access.key, text, number)

        moved, after = apply(outcome, self._line(line), self.protocol.invalid, lambda _: written, put)
        self.lines[line] = after
        if writes:
            self.newest[line] = put(self.newest.get(line, EMPTY), written)
        values = self.contents.values
        self.stale[line] = values[after.memory] != values[self.newest.get(line, EMPTY)]
        return moved

    def _line(self, line: Line) -> Holding[int]:
        return self.lines.get(line, NOWHERE)

    def _snapshot(self, line: Line) -> tuple[dict[int, tuple[str, int]], tuple[int, bool], int]:
        now = self._line(line)
        copies = {core: (state, now.values[core]) for core, state in now.states.items()}
        return copies, (now.memory, self.stale.get(line, False)), self.newest.get(line, EMPTY)

    def _changes(
        self, line: Line, copies: dict[int, tuple[str, int]], memory: tuple[int, bool], newest: int
    ) -> Iterator[Change]:
        now, home, written = self._snapshot(line)
        none = (self.protocol.invalid, EMPTY)
        for core in sorted({*copies, *now}):
            if now.get(core, none) != copies.get(core, none):
                yield Change(line, core, *now.get(core, none))
        if home != memory:
            yield Change(line, MEMORY_AT, None, *home)
        if written != newest:
            yield Change(line, NEWEST_AT, None, written)
