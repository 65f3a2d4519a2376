"""One core of a litmus test: where it is in its program, what its registers hold, and its store buffer.

What needs no memory happens at once: registers are set, a store enters the buffer, a fence that finds the buffer empty
is passed. Nobody else can see any of it, so no outcome is lost. All that is left are steps: a load, an exchange, a
store, or under TSO the drain of the oldest buffered store, and with evictions those too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from coherence.consistency.line import Numbers
from coherence.consistency.program import Copy, Exchange, Fence, Instruction, Load, Source, Store

LOAD, FORWARD, STORE, DRAIN, EXCHANGE, EVICT = "load", "forward", "store", "drain", "exchange", "evict"


class Local(NamedTuple):
    """What only the core itself sees: the next instruction, its registers, its buffered stores, the oldest first."""

    at: int
    registers: tuple[int, ...]
    buffer: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """One step that a core may take: what, on which location, with which word (of a forward, the word it gets)."""

    kind: str
    location: str
    word: int = 0

    @property
    def event(self) -> str | None:
        """The processor event that the caches see; None for a forward, which they do not see."""
        return {LOAD: "PrRd", FORWARD: None, EVICT: "Evict"}.get(self.kind, "PrWr")


class Core:
    """The program of one core as numbered local states, each with the actions it allows."""

    def __init__(self, program: Sequence[Instruction], registers: Mapping[str, int], buffered: bool) -> None:
        self.program = program
        self.place = {name: i for i, name in enumerate(registers)}
        self.buffered = buffered
        self.locals: Numbers[Local] = Numbers()
        self.first = self.locals.of(self._settled(Local(0, tuple(registers.values()))))

    def done(self, local: Local) -> bool:
        """Whether nothing is left to do."""
        return self.at_end(local) and not local.buffer

    def at_end(self, local: Local) -> bool:
        """Whether the last instruction is behind."""
        return local.at == len(self.program)

    def actions(self, local: Local) -> list[Action]:
        """The steps that the core may take now."""
        found = [Action(DRAIN, *local.buffer[0])] if local.buffer else []
        if self.at_end(local):
            return found
        match self.program[local.at]:
            case Load(_, location):
                own = [word for place, word in local.buffer if place == location]
                found.append(Action(FORWARD, location, own[-1]) if own else Action(LOAD, location))
            case Store(location, source):
                found.append(Action(STORE, location, self._value(local, source)))
            case Exchange(register, location) if not local.buffer:
                found.append(Action(EXCHANGE, location, self._value(local, register)))
        return found

    def after(self, local: Local, action: Action, seen: int) -> Local:
        """Where the core is after *action*, in which it found *seen* in memory."""
        if action.kind == DRAIN:
            return self._settled(local._replace(buffer=local.buffer[1:]))
        value = action.word if action.kind == FORWARD else seen
        return self._settled(self._passed(local, value))

    def _passed(self, local: Local, value: int) -> Local:
        """Behind the current instruction, which gives *value* to its register if it has one."""
        step = self.program[local.at]
        if isinstance(step, Load | Exchange | Copy):
            at = self.place[step.register]
            local = local._replace(registers=(*local.registers[:at], value, *local.registers[at + 1 :]))
        return local._replace(at=local.at + 1)

    def _settled(self, local: Local) -> Local:
        """All done that needs no memory."""
        while not self.at_end(local):
            match self.program[local.at]:
                case Copy(_, source):
                    local = self._passed(local, self._value(local, source))
                case Store(location, source) if self.buffered:
                    entry = location, self._value(local, source)
                    local = self._passed(local._replace(buffer=(*local.buffer, entry)), 0)
                case Fence() if not local.buffer:
                    local = self._passed(local, 0)
                case _:
                    break
        return local

    def _value(self, local: Local, source: Source) -> int:
        """A number, or what a register holds; one that nothing ever sets holds 0."""
        if isinstance(source, int):
            return source
        return local.registers[self.place[source]] if source in self.place else 0
