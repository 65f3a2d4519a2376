"""One location as all cores share it: a flat array's cell, or a line in the caches of a protocol.

What a location holds is a small number, given out as contents turn up, and what a step makes of it is worked out once:
a search meets the same few contents over and over. A location's cell or line does not depend on the test, so that many
tests can share one `Flat` or one `Caches`.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from coherence.errors import InputError
from coherence.protocol import model
from coherence.transaction.line import Line, transact
from coherence.transaction.order import Moved, Value
from coherence.transaction.outcome import Outcome

BITS = 20  # of a number in a packed state
T = TypeVar("T")


class Numbers(Generic[T]):
    """Gives each new thing the next number, from 0."""

    def __init__(self) -> None:
        self.things: list[T] = []
        self._numbers: dict[T, int] = {}

    def of(self, thing: T) -> int:
        """The thing's number; raises `InputError` if there are more than a packed state has room for."""
        number = self._numbers.setdefault(thing, len(self.things))
        if number == len(self.things):
            if number >= 1 << BITS:
                raise InputError(f"more than {1 << BITS:,} different contents of a line: the test is too large")
            self.things.append(thing)
        return number


def step(
    protocol: model.Protocol, line: Line[Value], core: int, event: str, word: Value
) -> tuple[Outcome, Moved[Value], Line[Value]]:
    """One transaction of *core* on a line of one word; *word* counts for a write. Raises `Undefined`."""
    return transact(protocol, line, core, event, lambda _: word, lambda _, new: new)


def at_the_end(protocol: model.Protocol, line: Line[Value]) -> Value:
    """The value that counts in the end: the dirty copy's, else memory's."""
    dirty = [c for c, s in sorted(line.states.items()) if protocol.by_name[s].dirty]
    return line.values[dirty[0]] if dirty else line.memory


class Shared(Protocol):
    """What a search needs of the locations; contents are numbers."""

    def fresh(self, value: int) -> int:
        """A location of which nobody has a copy."""

    def step(self, content: int, core: int, event: str, word: int) -> tuple[int, int]:
        """One event of *core*: the new content, and the value that the core found."""

    def held(self, content: int, core: int) -> bool:
        """Whether *core* has a copy, which it could evict."""

    def final(self, content: int) -> int:
        """The value that counts in the end."""


class Flat:
    """Memory without caches: one array, on which every step acts at once."""

    def __init__(self) -> None:
        self._values: Numbers[int] = Numbers()

    def fresh(self, value: int) -> int:
        """A cell with that value."""
        return self._values.of(value)

    def step(self, content: int, core: int, event: str, word: int) -> tuple[int, int]:
        """Read or write the cell."""
        return self._values.of(word) if event == "PrWr" else content, self._values.things[content]

    def held(self, content: int, core: int) -> bool:
        """Never: there are no copies."""
        return False

    def final(self, content: int) -> int:
        """The cell's value."""
        return self._values.things[content]


_Frozen = tuple[tuple[tuple[int, str], ...], tuple[tuple[int, int], ...], int]


class Caches:
    """The private caches of a protocol: every step is one transaction on its table."""

    def __init__(self, protocol: model.Protocol) -> None:
        self.protocol = protocol
        self._lines: Numbers[_Frozen] = Numbers()
        self._done: dict[tuple[int, int, str, int], tuple[int, int]] = {}

    def fresh(self, value: int) -> int:
        """A line that no cache holds."""
        return self._number(Line({}, {}, value))

    def step(self, content: int, core: int, event: str, word: int) -> tuple[int, int]:
        """One transaction; raises `Undefined` at a `never` cell."""
        key = content, core, event, word
        found = self._done.get(key)
        if found is None:
            _, moved, line = step(self.protocol, self._line(content), core, event, word)
            seen = line.memory if moved.seen is None else moved.seen
            found = self._done[key] = self._number(line), seen
        return found

    def held(self, content: int, core: int) -> bool:
        """Whether the core's copy is valid."""
        return core in self._line(content).states

    def final(self, content: int) -> int:
        """The dirty copy's value, else memory's."""
        return at_the_end(self.protocol, self._line(content))

    def _line(self, content: int) -> Line[int]:
        states, values, memory = self._lines.things[content]
        return Line(dict(states), dict(values), memory)

    def _number(self, line: Line[int]) -> int:
        return self._lines.of((tuple(sorted(line.states.items())), tuple(sorted(line.values.items())), line.memory))
