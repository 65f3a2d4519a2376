"""Every interleaving of a litmus test, by the number of steps.

The verifier's search takes every step for one, asks at each state which property is broken and stops there. This one
has no property and wants every last state, some of its steps count for several (see below), and it meets so many
states that each must be one number. So it is a search of its own. A state packs
the numbers of each core's local state and of each location's content; a step adds the same amount to it wherever the
core's local state and the location's content are the same, and that amount is worked out once.

Evictions touch one location and no core, so they can wait until the next step on their location, or until the end:
no outcome is lost. So a step comes with any evictions on its location before it, which count as steps of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from coherence.consistency.core import EVICT, Action, Core, Local
from coherence.consistency.line import BITS, Shared
from coherence.consistency.program import Litmus
from coherence.errors import InputError
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


class End(NamedTuple):
    """One way to an outcome: after how many steps, from which state, by which evictions at the very end."""

    depth: int
    state: int
    evictions: tuple[tuple[int, Action], ...] = ()


@dataclass(frozen=True, slots=True)
class Explored:
    """What a search found: the number of states, a shortest way to each outcome, a `never` cell."""

    states: int
    outcomes: dict[tuple[int, ...], End]
    stuck: Stuck | None = None


class _Met(Exception):
    """A `never` cell was met: by these actions from the current state."""

    def __init__(self, error: Undefined, *actions: tuple[int, Action]) -> None:
        super().__init__()
        self.error, self.actions = error, actions


class _Ways(dict[int, list[tuple[int, int]]]):
    """Content of a location → what an action of a core may add to a packed state, each in how many steps.

    Worked out on first use; without evictions there is one way.
    """

    def __init__(self, search: Search, core: int, local: int, action: Action) -> None:
        super().__init__()
        self.search, self.core, self.local, self.action = search, core, local, action
        self.shift = search.shifts[action.location]

    def __missing__(self, content: int) -> list[tuple[int, int]]:
        cheapest: dict[int, int] = {}
        for amount, evictors in self.each(content):
            cheapest.setdefault(amount, 1 + len(evictors))
        self[content] = found = list(cheapest.items())
        return found

    def each(self, content: int) -> list[tuple[int, tuple[int, ...]]]:
        """What the action may add, and who evicts the line before it: the fewest first."""
        search, core, action = self.search, self.core, self.action
        program, found = search.cores[core], []
        before = search.evicted(content, action.location) if action.event is not None else {content: ()}
        for left, evictors in before.items():
            after, seen = left, 0
            if action.event is not None:
                try:
                    after, seen = search.shared.step(left, core, action.event, action.word)
                except Undefined as error:
                    evictions = ((c, Action(EVICT, action.location)) for c in evictors)
                    raise _Met(error, *evictions, (core, action)) from None
            moved = program.locals.of(program.after(program.locals.things[self.local], action, seen)) - self.local
            found.append(((moved << (core * BITS)) + ((after - content) << self.shift), evictors))
        return found


class Search:
    """The states of one test on some shared memory, and a shortest way to each."""

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
        self.depths: dict[int, int] = {self.first: 0}
        self._moves: list[dict[int, list[_Ways]]] = [{} for _ in self.cores]
        self._evicted: dict[int, dict[int, tuple[int, ...]]] = {}

    def run(self) -> Explored:
        """Visit every state; raises `InputError` if there are too many."""
        parents, depths, cores = self.parents, self.depths, list(enumerate(self._moves))
        outcomes: dict[tuple[int, ...], End] = {}
        levels, depth, state = [[self.first]], 0, self.first
        try:
            while depth < len(levels):
                for state in levels[depth]:
                    if depths[state] < depth:  # a shorter way was found since
                        continue
                    last = True
                    for core, known in cores:
                        local = (state >> (core * BITS)) & MASK
                        moves = known.get(local)
                        if moves is None:
                            moves = known[local] = self._ways(core, local)
                        for ways in moves:
                            last = False
                            for amount, steps in ways[(state >> ways.shift) & MASK]:
                                after, then = state + amount, depth + steps
                                if after not in depths or depths[after] > then:
                                    depths[after], parents[after] = then, state
                                    while len(levels) <= then:
                                        levels.append([])
                                    levels[then].append(after)
                    if last:
                        self._end(state, depth, outcomes)
                if len(parents) > MOST_STATES:
                    raise InputError(f"{self.test.name}: more than {MOST_STATES:,} states, the test is too large")
                levels[depth] = []
                depth += 1
        except _Met as met:
            steps_there = (*self._steps_to(state), *self._staying(state, met.actions))
            return Explored(len(parents), outcomes, Stuck(met.error, met.actions[-1][1].location, steps_there))
        return Explored(len(parents), outcomes)

    def steps_to(self, end: End) -> tuple[Step, ...]:
        """The steps of a shortest way to an outcome."""
        return (*self._steps_to(end.state), *self._staying(end.state, end.evictions))

    def evicted(self, content: int, location: str) -> dict[int, tuple[int, ...]]:
        """Every content that evictions make of this one, none included, and who evicts: the fewest first."""
        if not self.evict:
            return {content: ()}
        found = self._evicted.get(content)
        if found is None:
            found = {content: ()}
            for here in (queue := [content]):
                for core in range(len(self.cores)):
                    if self.shared.held(here, core):
                        evictors = (*found[here], core)
                        try:
                            after, _ = self.shared.step(here, core, "Evict", 0)
                        except Undefined as error:
                            raise _Met(error, *((c, Action(EVICT, location)) for c in evictors)) from None
                        if after not in found:
                            found[after] = evictors
                            queue.append(after)
            self._evicted[content] = found
        return found

    def _ways(self, core: int, local: int) -> list[_Ways]:
        program = self.cores[core]
        return [_Ways(self, core, local, action) for action in program.actions(program.locals.things[local])]

    def _end(self, state: int, depth: int, outcomes: dict[tuple[int, ...], End]) -> None:
        """Note the outcomes of a last state: the values of registers, then of locations, in the order of the names."""
        registers = [value for local in self._locals(state) for value in local.registers]
        left = []
        for location, shift in self.shifts.items():
            finals: dict[int, tuple[tuple[int, Action], ...]] = {}
            for content, evictors in self.evicted((state >> shift) & MASK, location).items():
                evictions = tuple((core, Action(EVICT, location)) for core in evictors)
                finals.setdefault(self.shared.final(content), evictions)
            left.append(finals.items())
        for chosen in product(*left):
            values = (*registers, *(value for value, _ in chosen))
            evictions = tuple(each for _, chain in chosen for each in chain)
            end = End(depth + len(evictions), state, evictions)
            outcomes[values] = min(outcomes.get(values, end), end, key=lambda found: found.depth)

    def _steps_to(self, state: int) -> tuple[Step, ...]:
        found: list[Step] = []
        while state != self.first:
            before = self.parents[state]
            found = [*self._steps(before, state), *found]
            state = before
        return tuple(found)

    def _steps(self, before: int, after: int) -> list[Step]:
        """The evictions and the action that lead from one state to the next."""
        cost = self.depths[after] - self.depths[before]
        for core, known in enumerate(self._moves):
            for ways in known[(before >> (core * BITS)) & MASK]:
                for amount, evictors in ways.each((before >> ways.shift) & MASK):
                    if amount == after - before and len(evictors) + 1 == cost:
                        evictions = tuple((c, Action(EVICT, ways.action.location)) for c in evictors)
                        return [*self._staying(before, evictions), Step(core, ways.action, self._locals(after))]
        raise AssertionError("a state without a step that leads to it")

    def _staying(self, state: int, actions: tuple[tuple[int, Action], ...]) -> list[Step]:
        """Actions after which every core is where it was."""
        return [Step(core, action, self._locals(state)) for core, action in actions]

    def _locals(self, state: int) -> tuple[Local, ...]:
        return tuple(c.locals.things[(state >> (i * BITS)) & MASK] for i, c in enumerate(self.cores))


def readers(start: str, cores: int) -> range:
    """The cores that have read every line before the test begins.

    >>> [list(readers(start, 3)) for start in ("cold", "touched", "owned")]
    [[], [0, 1, 2], [0]]
    """
    return range({"cold": 0, "touched": cores, "owned": min(1, cores)}[start])
