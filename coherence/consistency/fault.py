"""A line that is watched while an interleaving is told: the step that breaks coherence, and the cell that let it."""

from __future__ import annotations

from coherence.consistency.line import step
from coherence.protocol.model import OPS, Protocol
from coherence.transaction.line import Line
from coherence.transaction.order import Moved
from coherence.transaction.outcome import Outcome
from coherence.verifier.model import DATA, MEM, OWNER, STALEREAD, SWMR
from coherence.verifier.story import Told, ending


class Word(int):
    """The number of a write, which prints as the value that it wrote: two writes of the same value differ."""

    value: int

    def __new__(cls, number: int, value: int) -> Word:
        """Write *number* of a line, counted from 1; 0 is what it starts with."""
        made = super().__new__(cls, number)
        made.value = value
        return made

    def __str__(self) -> str:
        return str(self.value)

    __repr__ = __str__


class Watched:
    """One line in the caches of a protocol, with the newest word and who wrote it."""

    def __init__(self, protocol: Protocol, line: Line[Word]) -> None:
        self.protocol = protocol
        self.line = line
        self.newest = line.memory
        self.newest_by: int | None = None

    def step(self, core: int, event: str, value: int) -> tuple[Outcome, int, str | None]:
        """One transaction: its outcome, the value that the core found, and the fault if it breaks coherence."""
        word = Word(self.newest + 1, value) if event == "PrWr" else self.newest
        outcome, moved, line = step(self.protocol, self.line, core, event, word)
        before, self.line = self.line, line
        stale = moved.seen is not None and moved.seen != self.newest and event != "Evict"
        if not stale and event == "PrWr":
            self.newest, self.newest_by = word, core
        broken = STALEREAD if stale else self._broken(moved)
        said = ending(self.protocol, broken, self._told(core, event, before, moved, outcome)) if broken else None
        if event == "PrWr":
            self.newest, self.newest_by = word, core
        seen = moved.memory if moved.seen is None else moved.seen
        return outcome, seen.value, said

    def _broken(self, moved: Moved[Word]) -> str | None:
        """The property that the line breaks now, if any: those of the verifier, in its order."""
        held = [self.protocol.by_name[s] for s in self.line.states.values()]
        if any(len(set(offered)) > 1 for offered in moved.offers):
            return DATA
        if len(held) > 1 and any(s.exclusive for s in held):
            return SWMR
        if sum(s.owner for s in held) > 1:
            return OWNER
        if any(value != self.newest for value in self.line.values.values()):
            return DATA
        if self.line.memory != self.newest and not any(s.dirty for s in held):
            return MEM
        return None

    def _told(self, core: int, event: str, before: Line[Word], moved: Moved[Word], outcome: Outcome) -> Told:
        """The step as the verifier tells one, for its last sentence."""
        cores = range(1 + max([core, *before.states, *self.line.states]))
        invalid, values = self.protocol.invalid, self.line.values
        return Told(
            core=core, op=OPS[event], word=0, cell="",
            before=tuple(before.states.get(c, invalid) for c in cores),
            states=tuple(self.line.states.get(c, invalid) for c in cores),
            values=tuple((values[c],) if c in values else None for c in cores),
            memory=(self.line.memory,), newest=(self.newest,), newest_by=(self.newest_by,),
            seen=None if moved.seen is None else (moved.seen,), outcome=outcome,
        )  # fmt: skip
