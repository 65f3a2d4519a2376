"""What a cache holds of a line: its state, its words, and how it was last lost."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

from coherence.cache.config import Key, Line


class Word(NamedTuple):
    """One written value, with what is needed to tell whether it is the newest and who wrote since.

    `stamp` numbers the writes of the run from 1; `other` is the stamp of the last write to the same key by
    another core than `core`, 0 if none.
    """

    value: object
    core: int
    stamp: int
    other: int

    def written_by_another(self, core: int, since: int) -> bool:
        """Whether a core other than *core* wrote the key at stamp *since* or later."""
        return (self.other if self.core == core else self.stamp) >= since


Data = dict[Key, Word]  # a line's keys that were ever written
T = TypeVar("T")


class Copy(Generic[T]):
    """One line in one cache, valid or not: kept for good once touched, so that its history is known.

    `record` is what the machine keeps of the line for all caches. `lost` is None until the copy was first lost, then
    EVICTED or the stamp from which writes by others count as having happened since.
    """

    __slots__ = ("data", "line", "lost", "reads", "record", "state", "writes")

    def __init__(self, line: Line, state: str, record: T) -> None:
        self.line = line
        self.state = state
        self.record = record
        self.data: Data = {}
        self.reads = 0
        self.writes = 0
        self.lost: int | None = None


EVICTED = -1
