"""What a litmus test is: a few instructions for each core, where all starts, and a condition on how all may end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

EXISTS, NEVER_EXISTS, FORALL = QUANTIFIERS = ("exists", "~exists", "forall")
Source = int | str  # a number, or the register that holds it


@dataclass(frozen=True, slots=True)
class Load:
    """Read a location into a register."""

    register: str
    location: str


@dataclass(frozen=True, slots=True)
class Store:
    """Write a number or a register to a location."""

    location: str
    source: Source


@dataclass(frozen=True, slots=True)
class Exchange:
    """Read a location into a register and write what the register held, in one step."""

    register: str
    location: str


@dataclass(frozen=True, slots=True)
class Copy:
    """Set a register, without memory."""

    register: str
    source: Source


@dataclass(frozen=True, slots=True)
class Fence:
    """Wait until the own store buffer is empty."""


Instruction = Load | Store | Exchange | Copy | Fence


@dataclass(frozen=True, slots=True)
class Is:
    """A register (`0:EAX`) or a location (`x`) ends with this value."""

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    of: Condition


@dataclass(frozen=True, slots=True)
class Every:
    """All parts are true; without parts, true."""

    parts: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part is true; without parts, false."""

    parts: tuple[Condition, ...] = ()


Condition = Is | Not | Every | Some
Outcome = Mapping[str, int]


def true_in(condition: Condition, outcome: Outcome) -> bool:
    """Whether *condition* is true of *outcome*; a register that nobody wrote holds 0.

    >>> true_in(Every((Is("x", 1), Not(Is("0:EAX", 1)))), {"x": 1, "0:EAX": 0})
    True
    """
    match condition:
        case Is(name, value):
            return outcome.get(name, 0) == value
        case Not(of):
            return not true_in(of, outcome)
        case Every(parts):
            return all(true_in(part, outcome) for part in parts)
        case Some(parts):
            return any(true_in(part, outcome) for part in parts)


@dataclass(frozen=True)
class Litmus:
    """A litmus test.

    `programs` has the instructions of each core. `registers` gives, for each core, the start of every register that
    an instruction writes or the test's start names; `memory` gives the start of every location. `quantifier` is
    `exists` (some outcome meets the condition), `~exists` (none does) or `forall` (each does). `file` is where the test
    was read, if it was.
    """

    name: str
    about: str
    programs: tuple[tuple[Instruction, ...], ...]
    registers: tuple[Mapping[str, int], ...]
    memory: Mapping[str, int]
    quantifier: str
    condition: Condition
    asked: str
    file: str | None = None

    @property
    def question(self) -> str:
        """The condition with its quantifier, as the test writes it."""
        return f"{self.quantifier} {self.asked}"

    @property
    def names(self) -> list[str]:
        """The names of an outcome: registers by core, then locations."""
        return [f"{core}:{r}" for core, held in enumerate(self.registers) for r in held] + list(self.memory)
