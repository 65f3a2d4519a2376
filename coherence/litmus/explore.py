"""Every interleaving of a litmus test, breadth first.

The verifier's search asks at each state which property is broken and stops there; this one has no property, wants
every last state, and meets some hundred thousand states a second, for which a state must be one number. So it is a
search of its own. A state packs the numbers of each core's local state and of each location's content; a step adds
the same amount to it wherever the core and the location are alike, and that amount is worked out once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from coherence.errors import InputError
from coherence.litmus.core import EVICT, Action, Core, Local
from coherence.litmus.line import BITS, Shared
from coherence.litmus.program import Litmus
from coherence.protocol.model import Undefined

MASK = (1 << BITS) - 1
MOST_STATES = 3_000_000


class Step(NamedTuple):
    """Who did what, and the local state of each core after it."""

    core: int
    action: Action
    locals: tuple[Local, ...]


class Stuck(NamedTuple):
    """A `never` cell that was reached: by which steps, the last of which met it."""

    error: Undefined
    location: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Explored:
    """What a search found: the number of states, each outcome with the first state that has it, a `never` cell."""

    states: int
    outcomes: dict[tuple[int, ...], int]
    stuck: Stuck | None = None


class _Met(Exception):
    """A `never` cell was met by this action."""

    def __init__(self, error: Undefined, amounts: _Amounts) -> None:
        super().__init__()
        self.error, self.amounts = error, amounts


class _Amounts(dict[int, int]):
    """Content of a location → what one action of one core adds to a packed state; worked out on first use."""

    def __init__(self, search: Search, core: int, local: int, action: Action) -> None:
        super().__init__()
        self.search, self.core, self.local, self.action = search, core, local, action
        self.shift = search.shifts[action.location]

    def __missing__(self, content: int) -> int:
        shared, core, action = self.search.shared, self.core, self.action
        after, seen = content, 0
        try:
            if action.event is not None and (action.kind != EVICT or shared.held(content, core)):
                after, seen = shared.step(content, core, action.event, action.word)
        except Undefined as error:
            raise _Met(error, self) from None
        moved = 0
        if action.kind != EVICT:
            program = self.search.cores[core]
            moved = program.locals.of(program.after(program.locals.things[self.local], action, seen)) - self.local
        self[content] = found = (moved << (core * BITS)) + ((after - content) << self.shift)
        return found


class _Moves(NamedTuple):
    """What a core may do in one local state: whether its program goes on, and every step, evictions last."""

    busy: bool
    steps: list[_Amounts]


class Search:
    """The states of one test on some shared memory, and the way to each."""

    def __init__(self, test: Litmus, shared: Shared, *, buffered: bool, start: str, evict: bool) -> None:
        self.test = test
        self.shared = shared
        self.evict = evict
        self.cores = [Core(p, r, buffered) for p, r in zip(test.programs, test.registers, strict=True)]
        self.shifts = {x: (len(self.cores) + i) * BITS for i, x in enumerate(test.memory)}
        self.first = sum(core.first << (i * BITS) for i, core in enumerate(self.cores))
        for location, value in test.memory.items():
            content = shared.fresh(value)
            for reader in readers(start, len(self.cores)):
                content, _ = shared.step(content, reader, "PrRd", 0)
            self.first += content << self.shifts[location]
        self.parents: dict[int, int] = {self.first: self.first}
        self._moves: list[dict[int, _Moves]] = [{} for _ in self.cores]

    def run(self) -> Explored:
        """Visit every state; raises `InputError` if there are too many."""
        parents, cores = self.parents, list(enumerate(self._moves))
        outcomes: dict[tuple[int, ...], int] = {}
        level, state = [self.first], self.first
        try:
            while level:
                following: list[int] = []
                for state in level:
                    last = True
                    for core, known in cores:
                        local = (state >> (core * BITS)) & MASK
                        busy, steps = known.get(local) or self._moves_of(core, local)
                        last = last and not busy
                        for amounts in steps:
                            after = state + amounts[(state >> amounts.shift) & MASK]
                            if after not in parents:
                                parents[after] = state
                                following.append(after)
                    if last:
                        outcomes.setdefault(self._outcome(state), state)
                if len(parents) > MOST_STATES:
                    raise InputError(f"{self.test.name}: more than {MOST_STATES:,} states, the test is too large")
                level = following
        except _Met as met:
            last_step = Step(met.amounts.core, met.amounts.action, self._locals(state))
            stuck = Stuck(met.error, met.amounts.action.location, (*self.steps_to(state), last_step))
            return Explored(len(parents), outcomes, stuck)
        return Explored(len(parents), outcomes)

    def steps_to(self, state: int) -> tuple[Step, ...]:
        """The steps of the first way that was found to *state*, which is a shortest one."""
        found = []
        while state != self.first:
            before = self.parents[state]
            found.append(self._step(before, state))
            state = before
        return tuple(reversed(found))

    def _moves_of(self, core: int, local: int) -> _Moves:
        program = self.cores[core]
        own = program.actions(program.locals.things[local])
        evictions = [Action(EVICT, location) for location in self.test.memory] if self.evict else []
        found = _Moves(bool(own), [_Amounts(self, core, local, action) for action in own + evictions])
        self._moves[core][local] = found
        return found

    def _step(self, before: int, after: int) -> Step:
        for core, known in enumerate(self._moves):
            for amounts in known[(before >> (core * BITS)) & MASK].steps:
                if amounts.get((before >> amounts.shift) & MASK) == after - before:
                    return Step(core, amounts.action, self._locals(after))
        raise AssertionError("a state without a step that leads to it")

    def _locals(self, state: int) -> tuple[Local, ...]:
        return tuple(c.locals.things[(state >> (i * BITS)) & MASK] for i, c in enumerate(self.cores))

    def _outcome(self, state: int) -> tuple[int, ...]:
        """The values of all registers, then of all locations, in the order of the test's names."""
        registers = [value for local in self._locals(state) for value in local.registers]
        return (*registers, *(self.shared.final((state >> shift) & MASK) for shift in self.shifts.values()))


def readers(start: str, cores: int) -> range:
    """The cores that have read every line before the test begins.

    >>> [list(readers(start, 3)) for start in ("cold", "touched", "owned")]
    [[], [0, 1, 2], [0]]
    """
    return range({"cold": 0, "touched": cores, "owned": min(1, cores)}[start])
