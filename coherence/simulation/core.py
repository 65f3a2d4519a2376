"""One core: a SimPy process that runs a stream of accesses or a program, in order, one access outstanding."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import Any, NoReturn, cast

import simpy

from coherence.accesses.op import COMPUTE, CoreOp, Program, Steps
from coherence.cache.config import Key, check_key
from coherence.config.timing import Timing
from coherence.errors import InputError, whole
from coherence.protocol.model import EVENTS
from coherence.simulation.interconnect.atomic import START, Bus, Moment, Request
from coherence.simulation.system import Done, System, Task, Update
from coherence.transaction.access import Access
from coherence.words.say import VERBS, show_key


class Core:
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

    def __init__(
        self, index: int, cores: int, env: simpy.Environment, bus: Bus, system: System, timing: Timing,
        recorder: list[Access] | None, notes: dict[object, Any],
    ) -> None:  # fmt: skip
        self.index = index
        self.cores = cores
        self.env = env
        self.notes = notes
        self.time = timing.start
        self.active = False  # has done anything
        self.accesses = 0
        self.access_cycles = 0  # of reads and writes, from start to end
        self.waits_for: Task | None = None
        self._bus = bus
        self._system = system
        self._timing = timing
        self._recorder = recorder

    def get(self, key: Key) -> Generator[simpy.Event, Any, Any]:
        """Read *key*; the value is None if it was never written."""
        done = yield from self.access(Task(self.index, "PrRd", check_key(key)))
        return done.value

    def put(self, key: Key, value: object) -> Generator[simpy.Event, Any, None]:
        """Write *value* to *key*."""
        yield from self.access(Task(self.index, "PrWr", check_key(key), value))

    def update(self, key: Key, fn: Update) -> Generator[simpy.Event, Any, Any]:
        """Write `fn(value)` to *key* as one atomic write; returns the value that *fn* saw.

        *fn* sees the value at the moment at which the write takes effect, so two increments never collide.
        """
        done = yield from self.access(Task(self.index, "PrWr", check_key(key), update=fn))
        return done.seen

    def evict(self, key: Key) -> Generator[simpy.Event, Any, None]:
        """Give up the copy of the line of *key*, written back if it must; nothing where there is none."""
        yield from self.access(Task(self.index, "Evict", check_key(key)))

    def compute(self, cycles: int) -> simpy.Event:
        """Work for *cycles* ≥ 0 without the cache; yield what it returns."""
        faults = whole("compute", cycles, 0)
        if faults:
            raise InputError(f"core {self.index}: {faults[0]}")
        self.time = max(self.time, cast("int", self.env.now)) + cycles
        self.active = True
        return Moment(self.env, self.time, START)

    def catch_up(self) -> Steps:
        """Let all happen that happens before the core's time, so that what the program looks at next is of that time.

        Accesses do it by themselves; `where` and `notes` are looked at as they are.
        """
        if self.time < self.env.now:  # the program waited for an event of its own
            self.time = cast("int", self.env.now)
        if self.env.peek() <= self.time:
            yield Moment(self.env, self.time, START)

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

    @property
    def hit(self) -> int:
        """The cycles of an access that the first level serves: a longer one looked farther, waited or took the bus."""
        return self._timing.hit

    def stop(self, why: str, key: Key) -> NoReturn:
        """Stop the run by a `Breach`: *why*, and the last events of the line of *key*.

        For a program that checks itself: `core.stop("core 1 is in as well", "lock")`.
        """
        self._system.watch.stop(self._system.cache.line(key), why)

    def access(self, task: Task) -> Generator[simpy.Event, Any, Done]:
        """Do one task from the core's time on; at its end the core's time is the end."""
        yield from self.catch_up()
        done = self.locally(task)
        if done is None:
            request = self.submit(task)
            yield request.over
            done = self.ended(request)
        return done

    def locally(self, task: Task) -> Done | None:
        """Do *task* at the core's time if it needs no bus; None where it does.

        The caller has seen to it that nothing else can happen before that time any more. While that holds without
        waiting, a core runs on from access to access without an event.
        """
        done = self._system.local(task, self.time)
        if done is not None:
            end = self.time + self._timing.hit + done.lookup
            if self._recorder is not None:
                self.record(task, end, done)
            if done.fault:
                self.stop(done.fault, task.key)
            self._end(task, end)
        return done

    def submit(self, task: Task) -> Request:
        """Send *task* to the bus from the core's time on; wait for its `over`, then call `ended`."""
        self.waits_for = task
        return self._bus.submit(task, self.time + self._timing.issue + self._system.reach(task))

    def ended(self, request: Request) -> Done:
        """The request's access ends now."""
        assert request.done is not None
        self.waits_for = None
        self._system.counter.per_core[self.index].bus_wait += request.granted - request.queued
        self._end(request.task, cast("int", self.env.now))
        return request.done

    def _end(self, task: Task, end: int) -> None:
        """The access that started at the core's time is over at *end*."""
        if task.event != "Evict":
            self.access_cycles += end - self.time
        self.time = end
        self.active = True
        self.accesses += 1

    def record(self, task: Task, end: int, done: Done, request: Request | None = None) -> None:
        """Keep the access, if anybody asked for it, at the moment at which it takes effect: so they lie in order."""
        if self._recorder is None:
            return
        self._recorder.append(
            Access(
                core=self.index,
                event=task.event,
                key=task.key,
                line=self._system.cache.line(task.key),
                start=self.time,
                end=end,
                before=done.before,
                after=done.after,
                queued=request.queued if request else None,
                granted=request.granted if request else None,
                held=request.held if request else 0,
                lookup=request.queued - self.time - self._timing.issue if request else done.lookup,
                outcome=done.outcome,
                miss=done.miss,
                value=done.value,
            )
        )

    def settle(self) -> Steps:
        """Let simulated time come up to the core's own, so that its end is seen."""
        if self.time > self.env.now and self.active:
            yield Moment(self.env, self.time, START)

    def run(self, program: Program) -> Steps:
        """The process of a program; its value is what the program returns."""
        if self.time > self.env.now:
            yield Moment(self.env, self.time, START)
        result = yield from program(self)
        self.time = max(self.time, cast("int", self.env.now))
        yield from self.settle()
        return result

    @property
    def finish(self) -> int:
        """The cycle of its end; 0 if it did nothing."""
        return self.time if self.active else 0

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
    for index, op, key, gap in accesses:
        core = cores[index]
        if in_turn:
            core.time = max(time, core.time)
        core.time += gap
        if op == COMPUTE:
            core.active = True
        else:
            task = Task(index, EVENTS[op], key)
            if core.env.peek() <= core.time:
                yield Moment(core.env, core.time, START)
            if core.locally(task) is None:
                request = core.submit(task)
                yield request.over
                core.ended(request)
        time = core.time
    if core is not None:
        yield from core.settle()
