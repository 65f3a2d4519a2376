"""The space of a split-transaction bus: one line and n caches, whose requests and data are steps apart.

A core *wishes*; its request is *ordered*, which changes the states of all copies exactly as on the atomic bus; later
its *data* come, and it loads or stores. So a copy is in its logical state already while its data are on their way. A
supplier without data owes them, and pays when its own have come, after its own access.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from coherence.errors import InputError
from coherence.protocol.model import FILLS, PROCESSOR, Protocol, Undefined
from coherence.transaction.order import fetch, order
from coherence.transaction.outcome import Outcome
from coherence.verifier.model import DATA, FRESH, MEM, OWNER, STALE, STALEREAD, SWMR, UNDEF, unused
from coherence.verifier.search import Found, Step, search

WISH, ORDER, DATA_PHASE = "wish", "order", "data"
NOTHING = -1  # the value of a copy that has no data; below it stands who owes them


def owed_by(core: int) -> int:
    """The value of data that *core* owes; the other way round, the core that owes the data with that value."""
    return NOTHING - 1 - core


class Act(NamedTuple):
    """A step: its phase, whose it is, and for which event. The step in which memory takes a flush is nobody's."""

    phase: str
    core: int | None
    event: str = ""


class Cache(NamedTuple):
    """One cache: its logical state, and what is under way in it.

    `event` is queued, or ordered if `before` says in which state its cell was looked up. `value` is FRESH, STALE,
    NOTHING, or who owes it. `owes`: the cores that it owes the line, in order. For a write that is ordered: the copies
    that its word updates, and whether the word goes through to memory.
    """

    state: str
    event: str = ""
    before: str = ""
    value: int = NOTHING
    owes: tuple[int, ...] = ()
    updates: tuple[int, ...] = ()
    through: bool = False


class State(NamedTuple):
    """All caches, and memory's value; while memory waits for a flush, the value that comes."""

    caches: tuple[Cache, ...]
    memory: int = FRESH
    waits: bool = False


Taken = tuple[State, str | None]  # where a step leads, and the property that it breaks


@dataclass(frozen=True, eq=False)
class Split:
    """The space of *count* caches on a split bus.

    Without *overlap* nothing is ordered from an order until its data are in, and memory takes a flush at the order.
    With it, nothing but dropped evictions is ordered while memory waits for a flush, which it takes in a step of its
    own. `reached` collects the cells that any step has used.
    """

    protocol: Protocol
    count: int
    overlap: bool = False
    reached: set[tuple[str, str]] = field(default_factory=set)

    def start(self) -> State:
        """All caches without a copy, memory fresh."""
        return State((Cache(self.protocol.invalid),) * self.count)

    def quiet(self, state: State) -> bool:
        """Whether no event is queued or ordered, and memory waits for nothing."""
        return not state.waits and not any(c.event for c in state.caches)

    def steps(self, state: State) -> Iterator[Step[Act, State]]:
        """The steps of each cache in order, then memory's."""
        open_ = self.open(state)
        for core, cache in enumerate(state.caches):
            if not cache.event:
                for event in PROCESSOR:
                    if taken := self._wish(state, core, event):
                        yield Act(WISH, core, event), *taken, 1
            elif cache.before:
                if cache.value >= NOTHING:
                    yield Act(DATA_PHASE, core, cache.event), *self.data(state, core), 1
            elif open_ or (self.overlap and self.void(cache)):
                yield Act(ORDER, core, cache.event), *self._ordered(state, core), 1
        if state.waits and state.memory >= NOTHING:
            yield Act(DATA_PHASE, None), state._replace(waits=False), None, 1

    def open(self, state: State) -> bool:
        """Whether anything but a dropped eviction may be ordered."""
        return not (state.waits if self.overlap else any(c.before for c in state.caches))

    def broken(self, state: State) -> str | None:
        """The first property that does not hold in *state*."""
        kinds = self.protocol.by_name
        held = [c for c in state.caches if c.state != self.protocol.invalid]
        if len(held) > 1 and any(kinds[c.state].exclusive for c in held):
            return SWMR
        if sum(kinds[c.state].owner for c in held) > 1:
            return OWNER
        if any(c.value != FRESH for c in held if not c.before):
            return DATA
        quiet = not state.waits and not any(c.before for c in state.caches)
        if quiet and state.memory != FRESH and not any(kinds[c.state].dirty for c in held):
            return MEM
        return None

    def void(self, cache: Cache) -> bool:
        """Whether a queued eviction has nothing left to evict."""
        return cache.event == "Evict" and cache.state == self.protocol.invalid

    def _wish(self, state: State, core: int, event: str) -> Taken | None:
        """Queue an event, or do it if its cell needs no request; None if there is nothing to do."""
        cache = state.caches[core]
        if event == "Evict" and cache.state == self.protocol.invalid:
            return None
        self.reached.add((cache.state, event))
        try:
            cell = self.protocol.cell(cache.state, event, core)
        except Undefined:
            return state, UNDEF
        if cell.actions:
            return self.put(state, core, cache._replace(event=event)), None
        if event == "PrRd" and cell.alone == cache.state:
            return None
        return self._accessed(state, core, cache._replace(state=cell.alone), event)

    def _ordered(self, state: State, core: int) -> Taken:
        """The order of what *core* has queued."""
        cache = state.caches[core]
        if self.void(cache):
            return self.put(state, core, Cache(cache.state)), None
        try:
            outcome = self.look_up(state, core)
        except Undefined as error:
            self.reached.add((error.state, error.event))
            return state, UNDEF
        return self.moved(state, outcome)

    def look_up(self, state: State, core: int) -> Outcome:
        """What the order of a queued event does to the states, its cell being looked up again."""
        copies = {c: cache.state for c, cache in enumerate(state.caches) if cache.state != self.protocol.invalid}
        leaving = [c for c, cache in enumerate(state.caches) if cache.event == "Evict"]
        outcome = order(self.protocol, core, state.caches[core].event, copies, leaving)
        self.reached.add((outcome.before, outcome.event))
        self.reached.update((a.before, turn.request) for turn in outcome.turns for a in turn.answers)
        return outcome

    def moved(self, state: State, outcome: Outcome) -> Taken:
        """The state after an order: all logical states, who owes, and the data that set out."""
        core, caches, memory = outcome.core, list(state.caches), state.memory
        values = {c: owed_by(c) if cache.before else cache.value for c, cache in enumerate(caches)}
        agree = True
        for turn in outcome.turns:
            offers, memory = fetch(turn, core, values, memory)
            agree = agree and len({v for v in offers if v >= NOTHING}) < 2
            if offers:
                values[core] = offers[0]
        if not agree:
            return state, DATA
        for a in outcome.answers:
            caches[a.core] = self._kept(caches[a.core]._replace(state=a.after))
        value = values[core]
        if value < NOTHING:
            payer = caches[owed_by(value)]
            caches[owed_by(value)] = payer._replace(owes=(*payer.owes, core))
        cache = Cache(
            outcome.after, outcome.event, outcome.before, value,
            updates=tuple(a.core for a in outcome.answers if "Update" in a.responses),
            through="BusWr" in outcome.requests,
        )  # fmt: skip
        waits = state.waits or (self.overlap and bool(outcome.flushes))
        after = self.put(State(tuple(caches), memory, waits), core, cache)
        at_once = outcome.event == "Evict" or (outcome.before, outcome.event) in self.protocol.local
        if at_once or (self.overlap and FILLS.isdisjoint(outcome.requests)):
            return self.data(after, core)
        return after, None

    def data(self, state: State, core: int) -> Taken:
        """The data of *core* are there: it loads or stores, pays what it owes, and has its state."""
        cache = state.caches[core]
        return self._accessed(state, core, cache, cache.event)

    def _accessed(self, state: State, core: int, cache: Cache, event: str) -> Taken:
        """The state after the access of *core* itself, whose cache is *cache* until then."""
        lost = cache.before and cache.state == self.protocol.invalid  # a load may use such data once
        if event == "PrRd" and (cache.value == NOTHING or (cache.value == STALE and not lost)):
            return state, STALEREAD
        value, caches, memory = cache.value, list(state.caches), state.memory
        if event == "PrWr":
            value = FRESH
            memory = FRESH if cache.through else min(memory, STALE)
            for c, other in enumerate(caches):
                told = c in cache.updates and other.state != self.protocol.invalid
                caches[c] = other._replace(value=FRESH if told else min(other.value, STALE))
        for payee in cache.owes:
            caches[payee] = caches[payee]._replace(value=value)
        if state.waits and memory == owed_by(core):
            memory = value
        after = State(tuple(caches), memory, state.waits)
        return self.put(after, core, self._kept(Cache(cache.state, value=value))), None

    def _kept(self, cache: Cache) -> Cache:
        """A cache without the value of a copy that is gone."""
        gone = cache.state == self.protocol.invalid and not cache.before
        return cache._replace(value=NOTHING) if gone else cache

    @staticmethod
    def put(state: State, core: int, cache: Cache) -> State:
        """*state* with another cache of one core."""
        return state._replace(caches=(*state.caches[:core], cache, *state.caches[core + 1 :]))


def refusal(protocol: Protocol, overlap: bool) -> str | None:
    """Why *protocol* cannot be verified with *overlap*, in a sentence that says what can; None if it can."""
    cells = [{a.word for a in cell.actions} for cell in protocol.cells.values()]
    if overlap and any(words & {"Update", "BusUpd"} or ("BusWr" in words and words & FILLS) for words in cells):
        return (
            f"{protocol.name} updates copies, and overlap is for protocols that invalidate them; "
            "without overlap the split bus verifies every protocol"
        )
    return None


def explore_split(
    protocol: Protocol, caches: int, overlap: bool, max_states: float = inf
) -> tuple[Found[State, Act], list[tuple[str, str]]]:
    """Search the states of *caches* caches on a split bus; also the cells that no step has used.

    Parameters
    ----------
    protocol, caches
        The table, and how many caches, at least 1.
    overlap
        Whether requests are ordered while data are on their way.
    max_states
        Where to stop, with a partial result.

    Raises `InputError` if *protocol* cannot be verified with *overlap*.

    >>> import coherence as co
    >>> found, unused = explore_split(co.protocols["MSI"], 2, overlap=False)
    >>> found.states, found.fired, found.depth, found.broken, unused
    (79, 182, 9, None, [])
    """
    if refused := refusal(protocol, overlap):
        raise InputError(refused)
    space = Split(protocol, caches, overlap)
    return search(space, max_states), unused(protocol, space.reached)
