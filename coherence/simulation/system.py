"""All caches, memory and their contents, without time: what happens at one moment, applied and counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from coherence.cache.config import Cache, Key, Line
from coherence.cache.copies import EVICTED, Copy, Data, Word
from coherence.cache.sets import PrivateCache
from coherence.protocol.model import Protocol, Undefined
from coherence.simulation.watch import NoWatch, Watch
from coherence.transaction.count import Counter, LineCounts, miss_cause
from coherence.transaction.order import Moved, complete, order
from coherence.transaction.outcome import Outcome, Victim

NUMBERED: Final = object()  # a write that names no value stores the number of the write
Update = Callable[[object], object]


class Home:
    """One line for the whole machine: memory's data, the valid copies by core, the counters."""

    __slots__ = ("counts", "holders", "line", "memory")

    def __init__(self, line: Line) -> None:
        self.line = line
        self.memory: Data = {}
        self.holders: dict[int, Copy[Home]] = {}
        self.counts = LineCounts()


class Task(NamedTuple):
    """What a core wants done: one event on one key, and for a write what to store."""

    core: int
    event: str
    key: Key
    value: object = NUMBERED
    update: Update | None = None


class Done(NamedTuple):
    """What came of a task: the core's own states, the value read or stored, the value seen before a write.

    `lookup`: the cycles for which a local one looked up levels behind the first. `fault`: what it broke, or "".
    """

    before: str
    after: str
    value: object
    seen: object
    outcome: Outcome | None = None
    miss: str | None = None
    lookup: int = 0
    fault: str = ""


class System:
    """The private caches of every core over one memory, and the counters of what they do.

    A task is first tried with `local`; what needs the bus is done by `grant` at its grant.
    """

    def __init__(self, protocol: Protocol, cache: Cache, stores: Sequence[PrivateCache], watch: bool) -> None:
        self.protocol = protocol
        self.cache = cache
        self.copies: list[dict[Line, Copy[Home]]] = [{} for _ in stores]
        self.stores = stores
        self.homes: dict[Line, Home] = {}
        self.newest: dict[Key, Word] = {}
        self.stamp = 0
        self.counter = Counter(protocol, len(stores))
        self.watch = Watch(protocol) if watch else NoWatch(protocol)
        self.local_cells = protocol.local
        self.dirty = {s.name: s.dirty for s in protocol.states}

    def copy(self, core: int, line: Line) -> Copy[Home]:
        """The core's copy of *line*, valid or not."""
        found = self.copies[core].get(line)
        if found is None:
            home = self.homes.get(line)
            if home is None:
                home = self.homes[line] = Home(line)
            found = self.copies[core][line] = Copy(line, self.protocol.invalid, home)
        return found

    def where(self, key: Key) -> tuple[tuple[int, ...], bool]:
        """The cores that hold a valid copy of the line of *key*, and whether memory has the key's newest value."""
        home = self.homes.get(self.cache.line(key))
        newest = self.newest.get(key)
        if home is None or newest is None:
            return (), False
        return tuple(sorted(home.holders)), home.memory.get(key) is newest

    def local(self, task: Task, now: int) -> Done | None:
        """Do *task* at once if its cell needs no bus; None where it does."""
        core, event, key, _, update = task
        line = self.cache.line(key)
        copy = self.copies[core].get(line) or self.copy(core, line)
        before = copy.state
        if event == "Evict":
            return self._evict(task, copy, now)
        after = self.local_cells.get((before, event))
        if after is None:
            return None
        held = before != self.protocol.invalid
        lookup = self.stores[core].hit(line) if held else self.stores[core].reach(line)
        seen = copy.data.get(key)
        value: object
        fault = ""
        if event == "PrRd":
            copy.reads += 1
            if seen is not self.newest.get(key):
                fault = self.watch.read(now, core, key, seen, self.newest.get(key))
            value = seen.value if seen else None
        else:
            copy.writes += 1
            if update and seen is not self.newest.get(key):
                fault = self.watch.read(now, core, key, seen, self.newest.get(key))
            word = self._word(task, seen)
            value = word.value
            self.newest[key] = word
            if held:
                copy.data[key] = word
            if before != after:
                self.counter.per_core[core].silent_upgrades += self.dirty[after] and not self.dirty[before]
        if before != after:
            copy.state = after
            self.watch.note(now, key, line, Outcome(core, event, before, after))
            fault = fault or self.watch.states_of(copy.home.holders.items())
        return Done(before, after, value, seen.value if seen else None, lookup=lookup, fault=fault)

    def reach(self, task: Task) -> int:
        """Cycles that *task* looks up levels behind the first before it takes the bus."""
        return self.stores[task.core].reach(self.cache.line(task.key))

    def _evict(self, task: Task, copy: Copy[Home], now: int) -> Done | None:
        """An explicit eviction: nothing of an invalid copy, at once of a clean one, None where it takes the bus."""
        before = copy.state
        lookup = self.stores[task.core].reach(copy.line)
        if before == self.protocol.invalid:
            return Done(before, before, None, None, lookup=lookup)
        if (before, "Evict") not in self.local_cells:
            return None
        outcome = Outcome(task.core, "Evict", before, self.local_cells[before, "Evict"])
        self.counter.transaction(outcome, None, copy.home.counts)
        self._drop(task.core, copy, EVICTED)
        self.watch.note(now, task.key, copy.line, outcome)
        return Done(before, outcome.after, None, None, outcome, lookup=lookup)

    def grant(self, task: Task, now: int) -> Done:
        """Do *task* on the bus: the whole atomic transaction. Raises `Breach` at a `never` cell."""
        copy = self.copy(task.core, self.cache.line(task.key))
        home = copy.home
        try:
            outcome = order(self.protocol, task.core, task.event, {c: k.state for c, k in home.holders.items()})
        except Undefined as error:
            self.watch.undefined(now, task.key, home.line, error)
        newest = self.newest.get(task.key)
        cause = miss_cause(outcome, self.protocol, copy.lost, newest)
        outcome = self._make_room(outcome, task, copy, now)
        self.counter.transaction(outcome, cause, home.counts)
        self.watch.note(now, task.key, home.line, outcome)
        first_since = self.stamp + 1  # the write of this transaction, if it is one, counts as done since
        moved, word = self._move(task, outcome, home)
        self._apply(task, outcome, copy, moved, first_since)
        seen = moved.seen.get(task.key) if moved.seen is not None else None
        reads = task.event == "PrRd" or task.update
        fault = self.watch.read(now, task.core, task.key, seen, newest) if reads else ""
        if word:
            self.newest[task.key] = word
            copy.writes += 1
        elif task.event == "PrRd":
            copy.reads += 1
        fault = fault or self.watch.states_of(home.holders.items())
        value = (word or seen).value if word or seen else None  # type: ignore[union-attr]
        return Done(
            outcome.before, outcome.after, value, seen.value if seen else None, outcome, cause, fault=fault
        )  # fmt: skip

    def _word(self, task: Task, seen: Word | None) -> Word:
        """What a write stores, numbered, over the newest write to its key."""
        self.stamp += 1
        if task.update:
            value = task.update(seen.value if seen else None)
        else:
            value = self.stamp if task.value is NUMBERED else task.value
        newest = self.newest.get(task.key)
        other = 0 if newest is None else newest.other if newest.core == task.core else newest.stamp
        return Word(value, task.core, self.stamp, other)

    def _make_room(self, outcome: Outcome, task: Task, copy: Copy[Home], now: int) -> Outcome:
        """Evict a victim if this is a fill without a free way."""
        invalid = self.protocol.invalid
        if outcome.before != invalid or outcome.after == invalid:
            return outcome
        line = self.stores[task.core].victim(copy.line)
        if line is None:
            return outcome
        victim = self.copies[task.core][line]
        try:
            evicted = order(self.protocol, task.core, "Evict", {task.core: victim.state})
        except Undefined as error:
            self.watch.undefined(now, task.key, line, error)
        if evicted.requests:
            victim.home.memory = victim.data
        self.watch.note(now, task.key, line, evicted)
        self._drop(task.core, victim, EVICTED)
        return replace(outcome, victim=Victim(line, evicted))

    def _move(self, task: Task, outcome: Outcome, home: Home) -> tuple[Moved[Data], Word | None]:
        """The data of *outcome*, and the word if it was a write."""
        written: list[Word] = []

        def word(line: Data) -> Word:
            written.append(self._word(task, line.get(task.key)))
            return written[0]

        def put(line: Data, new: Word) -> Data:
            return {**line, task.key: new}

        values = {c: k.data for c, k in home.holders.items()}
        moved = complete(outcome, values, home.memory, word, put)
        return moved, written[0] if written else None

    def _apply(self, task: Task, outcome: Outcome, copy: Copy[Home], moved: Moved[Data], since: int) -> None:
        """Bring copies, memory and replacement state to where *outcome* says they are."""
        invalid = self.protocol.invalid
        home = copy.home
        if moved.memory is not home.memory:
            home.memory = dict(moved.memory)  # what moved may still be a cache's own
        for core, (_, after) in outcome.changes.items():
            if core == task.core:
                continue
            theirs = home.holders[core]
            if after == invalid:
                self._drop(core, theirs, since)
            else:
                theirs.state, theirs.data = after, moved.values[core]
        store = self.stores[task.core]
        if outcome.after == invalid:
            if outcome.before != invalid:
                self._drop(task.core, copy, EVICTED)
            return
        copy.state = outcome.after
        copy.data = dict(moved.values[task.core]) if outcome.suppliers else moved.values[task.core]
        if outcome.before == invalid:
            store.insert(copy.line)
            home.holders[task.core] = copy
        else:
            store.hit(copy.line)

    def _drop(self, core: int, copy: Copy[Home], lost: int) -> None:
        """The copy is gone: evicted, or taken by a snoop at stamp *lost*."""
        copy.state, copy.data, copy.lost = self.protocol.invalid, {}, lost
        del copy.home.holders[core]
        self.stores[core].remove(copy.line, "evicted" if lost == EVICTED else "invalidated")
