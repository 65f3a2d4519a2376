"""One core: a SimPy process that runs a stream of accesses or a program."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, TypeVar, cast

import simpy

from coherence.accesses.op import COMPUTE, CoreOp, Program, Steps
from coherence.cache.config import Key, check_key
from coherence.errors import InputError, whole
from coherence.protocol.model import EVENTS
from coherence.simulation.interconnect.base import START, Moment
from coherence.simulation.operation import FIRST_LOOK, Computing, Operation
from coherence.simulation.port import Place, Port
from coherence.simulation.system import NUMBERED, Task, Update
from coherence.words.say import VERBS, show_key

T = TypeVar("T")
Look = Callable[[int], int]  # told how many operations a core has asked for; says at how many to be told again


class Core(Port):
    """A core as a program sees it: get, put, update, evict and compute, all in simulated time.

    `index` is its number, `cores` how many the machine has, `time` the cycle up to which it has come. `notes` is a
    dict that all cores of one run share outside of simulated memory and time: for what checks remember. A program
    is a generator function of the core, which asks with `yield from`:

    >>> import coherence as co
    >>> def program(core):
    ...     yield from core.put("x", 1)
    ...     yield from core.compute(5)
    ...     return (yield from core.get("x"))
    >>> co.Machine(cores=1).run([program]).returned
    (1,)
    """

    def __init__(self, index: int, cores: int, place: Place, notes: dict[object, Any], look: Look) -> None:
        super().__init__(index, place)
        self.cores = cores
        self.notes = notes
        self._look = look
        self._asked = 0
        self._next_look = FIRST_LOOK
        self._made: Operation[Any] | Computing | None = None  # the operation made last

    def ask(self, name: str, steps: Generator[simpy.Event, Any, T]) -> Operation[T]:
        """An operation of this core called *name*, for the program that called the caller.

        Raises `InputError` if the one made before was never started.
        """
        self._complain()
        self._asked += 1
        if self._asked == self._next_look:
            self._next_look = self._look(self._asked)
        made = self._made = Operation(name, steps)
        return made

    def _complain(self) -> None:
        """Raise `InputError` if the operation made last was never started."""
        if self._made is not None:
            self._made.complain(self.index)

    def get(self, key: Key) -> Generator[simpy.Event, Any, Any]:
        """Read *key*; the value is None if it was never written."""
        return self.ask("core.get(…)", self._get(self.task("PrRd", check_key(key))))

    def _get(self, task: Task) -> Generator[simpy.Event, Any, Any]:
        return (yield from self.access(task)).value

    def put(self, key: Key, value: object) -> Generator[simpy.Event, Any, None]:
        """Write *value* to *key*."""
        return self.ask("core.put(…)", self._do(self.task("PrWr", check_key(key), value)))

    def update(self, key: Key, fn: Update) -> Generator[simpy.Event, Any, Any]:
        """Write `fn(value)` to *key* as one atomic write; returns the value that *fn* saw.

        *fn* sees the value at the moment at which the write takes effect, so two increments never collide.
        """
        return self.ask("core.update(…)", self._update(self.task("PrWr", check_key(key), NUMBERED, fn)))

    def _update(self, task: Task) -> Generator[simpy.Event, Any, Any]:
        return (yield from self.access(task)).seen

    def evict(self, key: Key) -> Generator[simpy.Event, Any, None]:
        """Give up the copy of the line of *key*, written back if it must; nothing if there is no copy."""
        return self.ask("core.evict(…)", self._do(self.task("Evict", check_key(key))))

    def _do(self, task: Task) -> Generator[simpy.Event, Any, None]:
        yield from self.access(task)

    def compute(self, cycles: int) -> Computing:
        """Work for *cycles* ≥ 0 without the cache; yield what it returns, or `yield from` it."""
        faults = whole("compute", cycles, 0)
        if faults:
            raise InputError(f"core {self.index}: {faults[0]}")
        self._complain()
        self.time = max(self.time, cast("int", self.env.now)) + cycles
        self.active = True
        made = self._made = Computing(self.env, self.time)
        return made

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
        self._complain()
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
