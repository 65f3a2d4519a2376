"""One core: a SimPy process that runs a stream of accesses or a program."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import Any, cast

import simpy

from coherence.accesses.op import COMPUTE, CoreOp, Program, Steps
from coherence.cache.config import Key, check_key
from coherence.errors import InputError, whole
from coherence.protocol.model import EVENTS
from coherence.simulation.interconnect.base import START, Moment
from coherence.simulation.port import Place, Port
from coherence.simulation.system import NUMBERED, Task, Update
from coherence.words.say import VERBS, show_key


class Core(Port):
    """A core as a program sees it: get, put, update, evict and compute, all in simulated time.

    `index` is its number, `cores` how many the machine has, `time` the cycle up to which it has come. `notes` is a
    dict that all cores of one run share outside of simulated memory and time: for what checks remember. A program
    is a generator function of the core; it asks with `yield from`, and computes with `yield`:

    >>> import coherence as co
    >>> def program(core):
    ...     yield from core.put("x", 1)
    ...     yield core.compute(5)
    ...     return (yield from core.get("x"))
    >>> co.Machine(cores=1).run([program]).returned
    (1,)
    """

    def __init__(self, index: int, cores: int, place: Place, notes: dict[object, Any]) -> None:
        super().__init__(index, place)
        self.cores = cores
        self.notes = notes

    def get(self, key: Key) -> Generator[simpy.Event, Any, Any]:
        """Read *key*; the value is None if it was never written."""
        done = yield from self.access(self.task("PrRd", check_key(key)))
        return done.value

    def put(self, key: Key, value: object) -> Generator[simpy.Event, Any, None]:
        """Write *value* to *key*."""
        yield from self.access(self.task("PrWr", check_key(key), value))

    def update(self, key: Key, fn: Update) -> Generator[simpy.Event, Any, Any]:
        """Write `fn(value)` to *key* as one atomic write; returns the value that *fn* saw.

        *fn* sees the value at the moment at which the write takes effect, so two increments never collide.
        """
        done = yield from self.access(self.task("PrWr", check_key(key), NUMBERED, fn))
        return done.seen

    def evict(self, key: Key) -> Generator[simpy.Event, Any, None]:
        """Give up the copy of the line of *key*, written back if it must; nothing if there is no copy."""
        yield from self.access(self.task("Evict", check_key(key)))

    def compute(self, cycles: int) -> simpy.Event:
        """Work for *cycles* ≥ 0 without the cache; yield what it returns."""
        faults = whole("compute", cycles, 0)
        if faults:
            raise InputError(f"core {self.index}: {faults[0]}")
        self.time = max(self.time, cast("int", self.env.now)) + cycles
        self.active = True
        return Moment(self.env, self.time, START)

    def where(self, key: Key) -> tuple[tuple[int, ...], bool]:
        """Who has *key* now: the cores that hold a copy, and whether memory has its newest value. Takes no time.

        It is what an all-knowing directory would answer; nobody has a key never written.

        >>> import coherence as co
        >>> def program(core):
        ...     yield from core.put("x", 1)
        ...     return core.where("x"), core.where("y")
        >>> co.Machine().run([program]).returned
        ((((0,), False), ((), False)),)
        """
        return self._system.where(key)

    def run(self, program: Program) -> Steps:
        """The process of a program; its value is what the program returns."""
        if self.time > self.env.now:
            yield Moment(self.env, self.time, START)
        result = yield from program(self)
        self.time = max(self.time, cast("int", self.env.now))
        yield from self.settle()
        return result

    def __repr__(self) -> str:
        at = f"at cycle {self.time}"
        if self.waits_for:
            at = f"waits for the bus ({VERBS[self.waits_for.event]} {show_key(self.waits_for.key)})"
        return f"<Core {self.index}: {self.accesses} accesses done, {at}>"


def follow(cores: Sequence[Core], accesses: Iterable[CoreOp], in_turn: bool) -> Steps:
    """The process of a stream of (core, op, key, gap).

    *in_turn*: each access starts when the one before it has ended, whichever core's that was (trace order);
    otherwise each core goes on from its own last access (program order, where a stream has one core).
    """
    time = 0
    core = None
    line_of = cores[0].line_of
    for index, op, key, gap in accesses:
        core = cores[index]
        if in_turn:
            core.time = max(time, core.time)
        core.time += gap
        if op == COMPUTE:
            core.active = True
        else:
            task = Task(index, EVENTS[op], key, line_of(key))
            if core.env.peek() <= core.time:
                yield Moment(core.env, core.time, START)
            if core.locally(task) is None:
                request = core.submit(task)
                yield request.over
                core.ended(request)
        time = core.time
    if core is not None:
        yield from core.settle()
