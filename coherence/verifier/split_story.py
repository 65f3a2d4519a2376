"""A run on the split bus told step by step: who wishes, is ordered, gets data, and who owes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from coherence.protocol.model import OPS, Protocol, Undefined
from coherence.transaction.outcome import Outcome
from coherence.verifier.model import FRESH
from coherence.verifier.search import DEADLOCK, STUCK
from coherence.verifier.split import DATA_PHASE, NOTHING, ORDER, WISH, Act, Cache, Split, State, owed_by
from coherence.verifier.story import Story, Told, Values, ending
from coherence.words.say import VERBS, show_supplier

NOBODY = Act("", None)
VERB = {"PrRd": "read", "PrWr": "write", "Evict": "evict"}


@dataclass(frozen=True, slots=True)
class SplitTold(Told):
    """One step on the split bus: `act`, the step `said` in words, each cache and memory `shown` in words.

    `values` holds no data that are still on their way. The step in which memory takes a flush is told of the core that
    made memory wait.
    """

    act: Act = NOBODY
    said: str = ""
    shown: tuple[str, ...] = ()


class SplitStory(Story):
    """The shortest run that breaks a property on the split bus; its steps are `SplitTold`."""

    def rows(self) -> list[list[str]]:
        """One row of words a step, under `columns()`."""
        found = []
        for number, t in enumerate(self.steps, start=1):
            assert isinstance(t, SplitTold)
            supplied = show_supplier(t.outcome) if t.outcome and t.act.phase == ORDER else ""
            *copies, memory = t.shown
            copies = [copies[c] for c in self.shown]
            found.append([str(number), t.said, t.cell, supplied, *copies, memory, self.newest(t)])
        return found


class _Numbers:
    """The number of the write that each fresh bit stands for: of every cache, then of memory."""

    def __init__(self, caches: int) -> None:
        self.known: list[int | None] = [None] * caches + [0]
        self.newest = 0
        self.by: int | None = None

    def follow(self, before: State, after: State, core: int, outcome: Outcome | None, stored: bool) -> None:
        """Go from *before* to *after*, a step of *core*."""
        old = list(self.known)
        if stored:
            self.newest, self.by = self.newest + 1, core
        bits = [(c.value for c in s.caches) for s in (before, after)]
        was, now = ([*bit, s.memory] for bit, s in zip(bits, (before, after), strict=True))
        for place, (a, b) in enumerate(zip(was, now, strict=True)):
            if b <= NOTHING:
                self.known[place] = None
            elif b == FRESH:
                self.known[place] = self.newest
            elif a <= NOTHING:  # a stale value that has just come: from who supplies it
                source = outcome.supplier if outcome and isinstance(outcome.supplier, int) else -1
                self.known[place] = old[owed_by(a)] if a < NOTHING else old[source]


def replay_split(protocol: Protocol, path: Sequence[Act], caches: int, overlap: bool) -> Iterator[SplitTold]:
    """Run *path* on *caches* caches of a split bus, with numbers for values.

    Parameters
    ----------
    protocol, path
        The table, and the steps from the start.
    caches, overlap
        The space in which the path was found.
    """
    space = Split(protocol, caches, overlap)
    state = space.start()
    numbers = _Numbers(caches)
    under_way: dict[int | None, tuple[int, Outcome]] = {}  # None: what made memory wait
    for act in path:
        after, broken = next((to, wrong) for label, to, wrong, _ in space.steps(state) if label == act)
        core, outcome, undefined = act.core, None, None
        cell = ""
        if core is not None and act.phase != DATA_PHASE:
            at = (state.caches[core].state, act.event)
            cell = f"{at[0]} on {act.event}: {protocol.cells.get(at, 'missing')}"
        try:
            if core is not None and act.phase == WISH and not protocol.cell(*at, core).actions:
                outcome = Outcome(core, act.event, at[0], protocol.local[at])
            elif core is not None and act.phase == ORDER and not space.void(state.caches[core]):
                outcome = space.look_up(state, core)
        except Undefined as error:
            undefined = error
        if outcome and core is not None:
            under_way[core] = core, outcome
            if outcome.flushes:
                under_way[None] = core, outcome
        teller, remembered = under_way.get(core, (core or 0, None))
        outcome = outcome or (remembered if act.phase == DATA_PHASE else None)
        event = act.event or (outcome.event if outcome else "PrRd")
        stored = core is not None and event == "PrWr" and _stores(act, state, after)
        numbers.follow(state, after, teller, outcome, stored)
        told = _told(protocol, act, state, after, numbers)
        yield replace(
            told, core=teller, op=OPS[event], cell=cell, outcome=outcome, undefined=undefined,
            seen=_seen(numbers, state, teller) if broken else None,
        )  # fmt: skip
        state = after


def _stores(act: Act, before: State, after: State) -> bool:
    """Whether a step of a write is the one that stores: not its wish or order, if more is to come."""
    assert act.core is not None
    return before != after and not after.caches[act.core].event


def _seen(numbers: _Numbers, state: State, core: int) -> Values | None:
    """What *core* was about to use."""
    number = numbers.known[core]
    return None if number is None or state.caches[core].value == NOTHING else (number,)


def _told(protocol: Protocol, act: Act, before: State, after: State, numbers: _Numbers) -> SplitTold:
    """The step without what its transaction did."""
    known = numbers.known
    copies = tuple(
        None if c.state == protocol.invalid or c.before else (known[i] or 0,) for i, c in enumerate(after.caches)
    )
    shown = tuple(_show(c, known[i]) for i, c in enumerate(after.caches))
    comes = f"core {owed_by(after.memory)}" if after.memory < NOTHING else str(known[-1])
    stale = "" if after.memory == FRESH else " stale"
    memory = f"waits for a flush of {comes}" if after.waits else f"{known[-1]}{stale}"
    return SplitTold(
        core=0, op="r", word=0, cell="",
        before=tuple(c.state for c in before.caches), states=tuple(c.state for c in after.caches),
        values=copies, memory=(known[-1] or 0,), newest=(numbers.newest,), newest_by=(numbers.by,),
        act=act, said=_sentence(act, before, after), shown=(*shown, memory),
    )  # fmt: skip


def _show(cache: Cache, number: int | None) -> str:
    """A cache: its state, what it waits for, and whom it owes the line."""
    if cache.before:
        whose = f" of core {owed_by(cache.value)}" if cache.value < NOTHING else ""
        said = f"{cache.state} waits for data{whose} to {VERB[cache.event]}"
    elif cache.event:
        said = f"{cache.state} {'' if number is None else f'{number} '}queued to {VERB[cache.event]}"
    else:
        said = f"{cache.state} {'' if number is None else number}".rstrip()
    return f"{said}, owes {_cores(cache.owes)}" if cache.owes else said


def _sentence(act: Act, before: State, after: State) -> str:
    """A step in words."""
    if act.core is None:
        return "memory takes the flush"
    who, cache, now = f"core {act.core}", before.caches[act.core], after.caches[act.core]
    verb = VERB[act.event]
    if act.phase == WISH:
        return f"{who} wishes to {verb} and queues" if now.event and before != after else f"{who} {VERBS[act.event]}"
    if act.phase == ORDER:
        if act.event == "Evict" and now == Cache(cache.state):
            return f"{who} has nothing left to evict"
        owing = f", core {owed_by(now.value)} owes the data" if now.value < NOTHING else ""
        left = [
            c
            for c, (old, new) in enumerate(zip(before.caches, after.caches, strict=True))
            if c != act.core and old.event == "Evict" and old.state != new.state and new.value == NOTHING
        ]
        leaving = f", {_cores(left)} with a queued eviction left" if left else ""
        return f"{who} is ordered to {verb}{owing}{leaving}"
    paid = f", pays {_cores(cache.owes)}" if cache.owes else ""
    return f"{who} gets its data and {VERBS[act.event]}{paid}"


def _cores(cores: Sequence[int]) -> str:
    return " and ".join(f"core {c}" for c in cores)


def tell_split(protocol: Protocol, found: tuple[str, Sequence[Act]], caches: int, overlap: bool, title: str) -> Story:
    """The story of the property and the path *found* in the space of *caches* caches, under *title*.

    Parameters
    ----------
    protocol, found
        The table; the property that breaks, and the shortest path to it.
    caches, overlap
        The space in which it was found.
    title
        The verdict.
    """
    broken, path = found
    steps = tuple(replay_split(protocol, path, caches, overlap))
    if broken in (DEADLOCK, STUCK):
        waiting = ", ".join(f"core {c} {said}" for c, said in enumerate(steps[-1].shown[:-1]) if "to " in said)
        last = f"{broken}: {waiting or 'memory waits for a flush'}."
    else:
        last = ending(protocol, broken, steps[-1])
    return SplitStory(title, steps, last, 1, protocol)
