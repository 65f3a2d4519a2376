"""The one search: every state of a space, breadth first, so that what breaks is shown by a shortest run."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Generic, Protocol, TypeVar

State = TypeVar("State", bound=Hashable)
Label = TypeVar("Label", covariant=True)

DEADLOCK, STUCK = "DEADLOCK", "STUCK"


# One enabled step: who did what · the state it leads to (of a broken step nobody looks at it) · the property that the
# step itself breaks, or None · its weight, at least 1: for how many steps of equal caches it stands.
Step = tuple[Label, State, str | None, int]


class Space(Protocol[State, Label]):
    """What can be searched: a state to start from, and the steps from each."""

    def start(self) -> State:
        """The first state, which is taken to be right."""

    def steps(self, state: State) -> Iterable[Step[Label, State]]:
        """Every enabled step from *state*; asked for once per state."""

    def broken(self, state: State) -> str | None:
        """The first property that *state* breaks, or None; asked once per state, when a step first reaches it."""

    @property
    def quiet(self) -> Callable[[State], bool] | None:
        """Whether nothing is under way in a state, so that it may stay as it is; None if that is so in every state."""


@dataclass(frozen=True, slots=True)
class Found(Generic[State, Label]):
    """What a search found.

    `reached`: each state in the order in which it was reached, with the state and the label of the step that first
    led there, None for the start. `fired`: the weights of all steps taken, the one that breaks a property included.
    `depth`: the distance from the start of the states whose steps were taken last; after a whole search, the longest
    of all shortest paths. `broken`: the property that breaks. `path`: the labels of a shortest run from the start to
    the step or the state that breaks it. `partial`: the search stopped at the bound on states, nothing being broken.
    `stuck`: how many states cannot reach a quiet one, counted after a whole search in which nothing else is broken.
    """

    reached: Mapping[State, tuple[State, Label] | None] = field(repr=False)
    fired: int
    depth: int
    broken: str | None = None
    path: tuple[Label, ...] = ()
    partial: bool = False
    stuck: int = 0

    @property
    def states(self) -> int:
        """How many distinct states were reached, the start and the one that breaks a property included."""
        return len(self.reached)


def search(space: Space[State, Label], max_states: float = inf) -> Found[State, Label]:
    """Take every step from every state of *space*, until a property breaks or more than *max_states* are reached.

    States are taken in the order in which they were reached, the steps of each in the order in which the space gives
    them. Properties are checked in this order, and the first that breaks ends the search: the step's own; if the
    state that it leads to is new, that state's; after the steps of a state, DEADLOCK if there was none and it is not
    quiet; after the whole search, STUCK if a state cannot reach a quiet one (the nearest to the start is shown). The
    bound is looked at after the steps of each state, so somewhat more states may be reached. A deadlock is found when
    its state's turn comes, so the property shown may lie one step further than a deadlock that nobody came to.

    >>> from coherence.protocol.find import protocols
    >>> from coherence.verifier.explore import Caches, Model
    >>> found = search(Caches(Model(protocols["MESI"], words=1), count=2))
    >>> found.states, found.fired, found.depth, found.broken
    (8, 40, 3, None)
    """
    first = space.start()
    quiet = space.quiet
    reached: dict[State, tuple[State, Label] | None] = {first: None}
    before: dict[State, list[State]] = {}  # the states that lead to one; kept only if not every state is quiet
    level, depth, fired = [first], 0, 0
    while level:
        following = []
        for state in level:
            fired_before = fired
            for label, after, broken, weight in space.steps(state):
                fired += weight
                if broken is None:
                    if quiet:
                        before.setdefault(after, []).append(state)
                    if after not in reached:
                        reached[after] = state, label
                        following.append(after)
                        broken = space.broken(after)
                if broken is not None:
                    return Found(reached, fired, depth, broken, (*_path(reached, state), label))
            if quiet and fired == fired_before and not quiet(state):
                return Found(reached, fired, depth, DEADLOCK, _path(reached, state))
            if len(reached) > max_states:
                return Found(reached, fired, depth, partial=True)
        depth += bool(following)
        level = following
    stuck = _stuck(reached, before, quiet) if quiet else []
    if stuck:
        return Found(reached, fired, depth, STUCK, _path(reached, stuck[0]), stuck=len(stuck))
    return Found(reached, fired, depth)


def _path(reached: Mapping[State, tuple[State, Label] | None], state: State) -> tuple[Label, ...]:
    """The labels of a shortest run from the start to *state*."""
    labels = []
    while (at := reached[state]) is not None:
        state, label = at
        labels.append(label)
    return tuple(reversed(labels))


def _stuck(
    reached: Iterable[State], before: Mapping[State, list[State]], quiet: Callable[[State], bool]
) -> list[State]:
    """The states that cannot reach a quiet one, in the order of *reached*: back from the quiet ones, all others."""
    saved = {state for state in reached if quiet(state)}
    todo = list(saved)
    while todo:
        for state in before.get(todo.pop(), ()):
            if state not in saved:
                saved.add(state)
                todo.append(state)
    return [state for state in reached if state not in saved]
