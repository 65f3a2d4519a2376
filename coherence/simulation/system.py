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
from coherence.transaction.line import Line as Holding
from coherence.transaction.line import transact
from coherence.transaction.order import order
from coherence.transaction.outcome import Outcome, Victim

NUMBERED: Final = object()  # a write that names no value stores the number of the write
Update = Callable[[object], object]


class LineRecord:
    """One line for the whole machine: memory's data, the valid copies by core, the counters."""

    __slots__ = ("counts", "holders", "line", "memory")

    def __init__(self, line: Line) -> None:
        self.line = line
        self.memory: Data = {}
        self.holders: dict[int, Copy[LineRecord]] = {}
        self.counts = LineCounts()


class Task(NamedTuple):
    """What a core wants done: one event on one key of a line, and for a write what to store."""

    core: int
    event: str
    key: Key
    line: Line
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

    A task is first tried with `local`; what needs the others is done by `transact`, when the interconnect orders it.
    """

    def __init__(self, protocol: Protocol, cache: Cache, stores: Sequence[PrivateCache], watch: bool) -> None:
        self.protocol = protocol
        self.cache = cache
        self.copies: list[dict[Line, Copy[LineRecord]]] = [{} for _ in stores]
        self.stores = stores
        self.records: dict[Line, LineRecord] = {}
        self.newest: dict[Key, Word] = {}
        self.stamp = 0
        self.counter = Counter(protocol, len(stores))
        self.watch = Watch(protocol) if watch else NoWatch(protocol)
        self.local_cells = protocol.local
        self.dirty = {s.name: s.dirty for s in protocol.states}

    def copy(self, core: int, line: Line) -> Copy[LineRecord]:
        """The core's copy of *line*, valid or not."""
        found = self.copies[core].get(line)
        if found is None:
            record = self.records.get(line)
            if record is None:
                record = self.records[line] = LineRecord(line)
            found = self.copies[core][line] = Copy(line, self.protocol.invalid, record)
        return found

    def where(self, key: Key) -> tuple[tuple[int, ...], bool]:
        """The cores that hold a valid copy of the line of *key*, and whether memory has the key's newest value."""
        record = self.records.get(self.cache.line(key))
        newest = self.newest.get(key)
        if record is None or newest is None:
            return (), False
        return tuple(sorted(record.holders)), record.memory.get(key) is newest

    def reach(self, task: Task) -> int:
        """Cycles that *task* looks up levels behind the first before it leaves the core."""
        return self.stores[task.core].reach(task.line)

    def local(self, task: Task, now: int) -> Done | None:
        """Do *task* at once if its cell needs no request; None if it does."""
        core, event, key, line, _, update = task
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
            fault = fault or self.watch.states_of(copy.record.holders.items())
        return Done(before, after, value, seen.value if seen else None, lookup=lookup, fault=fault)

    def _evict(self, task: Task, copy: Copy[LineRecord], now: int) -> Done | None:
        """An explicit eviction: nothing of an invalid copy, at once of a clean one, None if it needs a request."""
        before = copy.state
        lookup = self.stores[task.core].reach(copy.line)
        if before == self.protocol.invalid:
            return Done(before, before, None, None, lookup=lookup)
        if (before, "Evict") not in self.local_cells:
            return None
        outcome = Outcome(task.core, "Evict", before, self.local_cells[before, "Evict"])
        self.counter.transaction(outcome, None, copy.record.counts)
        self._drop(task.core, copy, EVICTED)
        self.watch.note(now, task.key, copy.line, outcome)
        return Done(before, outcome.after, None, None, outcome, lookup=lookup)

    def transact(self, task: Task, now: int) -> Done:
        """Do *task* with requests, as one atomic transaction. Raises `Breach` at a `never` cell."""
        copy = self.copy(task.core, task.line)
        record = copy.record
        newest = self.newest.get(task.key)
        first_since = self.stamp + 1  # the write of this transaction, if it is one, counts as done since
        written: list[Word] = []

        def word(line: Data) -> Word:
            written.append(self._word(task, line.get(task.key)))
            return written[0]

        def put(line: Data, new: Word) -> Data:
            return {**line, task.key: new}

        holders = record.holders
        before = Holding(
            {c: k.state for c, k in holders.items()}, {c: k.data for c, k in holders.items()}, record.memory
        )
        try:
            outcome, moved, after = transact(self.protocol, before, task.core, task.event, word, put)
        except Undefined as error:
            self.watch.undefined(now, task.key, task.line, error)
        cause = miss_cause(outcome, self.protocol, copy.lost, newest)
        if self.needs_room(outcome):
            outcome = self._make_room(outcome, task, now)
        self.counter.transaction(outcome, cause, record.counts)
        self.watch.note(now, task.key, task.line, outcome)
        self._take(outcome, copy, after, first_since)
        seen = moved.seen.get(task.key) if moved.seen is not None else None
        fault = self.watch.read(now, task.core, task.key, seen, newest) if task.event == "PrRd" or task.update else ""
        if written:
            self.newest[task.key] = written[0]
            copy.writes += 1
        elif task.event == "PrRd":
            copy.reads += 1
        fault = fault or self.watch.states_of(holders.items())
        shown = written[0] if written else seen
        return Done(
            outcome.before, outcome.after, shown.value if shown else None, seen.value if seen else None, outcome, cause,
            fault=fault,
        )  # fmt: skip

    def needs_room(self, outcome: Outcome) -> bool:
        """Whether *outcome* fills a line that the core did not have."""
        return outcome.before == self.protocol.invalid != outcome.after

    def _make_room(self, outcome: Outcome, task: Task, now: int) -> Outcome:
        """Evict a victim if no way is free."""
        line = self.stores[task.core].victim(task.line)
        if line is None:
            return outcome
        victim = self.copies[task.core][line]
        try:
            evicted = order(self.protocol, task.core, "Evict", {task.core: victim.state})
        except Undefined as error:
            self.watch.undefined(now, task.key, line, error)
        if evicted.requests:
            victim.record.memory = victim.data
        self.watch.note(now, task.key, line, evicted)
        self._drop(task.core, victim, EVICTED)
        return replace(outcome, victim=Victim(line, evicted))

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

    def _take(self, outcome: Outcome, copy: Copy[LineRecord], line: Holding[Data], since: int) -> None:
        """Bring copies, memory and replacement state to *line*, where *outcome* led."""
        invalid = self.protocol.invalid
        record = copy.record
        if line.memory is not record.memory:
            record.memory = dict(line.memory)  # what moved may still be a cache's own
        filled = False
        for turn in outcome.turns:
            filled = filled or turn.supplier is not None
            for a in turn.answers:
                theirs = record.holders[a.core]
                if a.after == invalid:
                    self._drop(a.core, theirs, since)
                else:
                    theirs.state, theirs.data = a.after, line.values.get(a.core, theirs.data)
        store = self.stores[outcome.core]
        if outcome.after == invalid:
            if outcome.before != invalid:
                self._drop(outcome.core, copy, EVICTED)
            return
        copy.state = outcome.after
        data = line.values[outcome.core]
        copy.data = dict(data) if filled else data
        if outcome.before == invalid:
            store.insert(copy.line)
            record.holders[outcome.core] = copy
        else:
            store.hit(copy.line)

    def _drop(self, core: int, copy: Copy[LineRecord], lost: int) -> None:
        """The copy is gone: evicted, or taken by a snoop at stamp *lost*."""
        copy.state, copy.data, copy.lost = self.protocol.invalid, {}, lost
        del copy.record.holders[core]
        self.stores[core].remove(copy.line, "evicted" if lost == EVICTED else "invalidated")
