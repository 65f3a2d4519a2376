"""Where accesses enter the machine: first the own cache, then, if that is not enough, the interconnect."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, NoReturn, cast

import simpy

from coherence.accesses.op import Steps
from coherence.cache.config import Key
from coherence.config.timing import Timing
from coherence.simulation.interconnect.base import START, Interconnect, Moment, Request, Stages
from coherence.simulation.system import Done, System, Task
from coherence.transaction.access import HIT, ISSUE, LOOKUP, Access, Span


@dataclass(frozen=True)
class Place:
    """What all ports of one run share: time, what lies behind them, and the recorder (None if nobody records)."""

    env: simpy.Environment
    interconnect: Interconnect
    system: System
    timing: Timing
    recorder: list[Access] | None


class Port:
    """One core's way into the machine: in order, one access outstanding.

    `index` is the core's number, `time` the cycle up to which it has come. `hit` is how many cycles an access takes
    that the first level serves: a longer one looked farther, waited or took the bus.
    """

    def __init__(self, index: int, place: Place) -> None:
        self.index = index
        self.env = place.env
        self.time = place.timing.start
        self.active = False  # has done anything
        self.accesses = 0
        self.access_cycles = 0  # of reads and writes, from start to end
        self.waits_for: Task | None = None
        self.line_of = place.system.cache.line
        self._interconnect = place.interconnect
        self._system = place.system
        self.hit = place.timing.hit
        self._issue = place.timing.issue
        self._recorder = place.recorder

    def task(self, event: str, key: Key, *what: Any) -> Task:
        """A task of this core; *what* is the value or the update of a write."""
        return Task(self.index, event, key, self.line_of(key), *what)

    def catch_up(self) -> Steps:
        """Let all happen that happens before the core's time, so that what the program looks at next is of that time.

        Accesses do it by themselves; `where` and `notes` are looked at as they are.
        """
        if self.time < self.env.now:  # the program waited for an event of its own
            self.time = cast("int", self.env.now)
        if self.env.peek() <= self.time:
            yield Moment(self.env, self.time, START)

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
        """Do *task* at the core's time if it needs no request; None if it does.

        The caller has seen to it that nothing else can happen before that time any more. While that holds without
        waiting, a core runs on from access to access without an event.
        """
        done = self._system.local(task, self.time)
        if done is not None:
            end = self.time + self.hit + done.lookup
            if self._recorder is not None:
                hit = end - done.lookup
                looked = (Span(LOOKUP, hit, end),) if done.lookup else ()
                self._record(task, end, done, (Span(HIT, self.time, hit), *looked))
            if done.fault:
                self.stop(done.fault, task.key)
            self._end(task, end)
        return done

    def submit(self, task: Task) -> Request:
        """Send *task* to the interconnect from the core's time on; wait for its `over`, then call `ended`."""
        self.waits_for = task
        queued = self.time + self._issue + self._system.reach(task)
        request = Request(self.env, task, queued, self._effective)
        self._interconnect.submit(request)
        return request

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

    def _effective(self, request: Request, end: int, stages: Stages) -> None:
        """The request takes effect now, and its access ends at *end*."""
        done = request.done
        assert done is not None
        if self._recorder is not None:
            issued = self.time + self._issue
            spans = [Span(ISSUE, self.time, issued)]
            if issued < request.queued:
                spans.append(Span(LOOKUP, issued, request.queued))
            at = request.queued
            for what, until in stages:
                spans.append(Span(what, at, until))
                at = until
            self._record(request.task, end, done, tuple(spans))
        if done.fault:
            self.stop(done.fault, request.task.key)

    def _record(self, task: Task, end: int, done: Done, spans: tuple[Span, ...]) -> None:
        """Keep the access at the moment at which it takes effect."""
        assert self._recorder is not None
        self._recorder.append(
            Access(
                core=self.index,
                event=task.event,
                key=task.key,
                line=task.line,
                start=self.time,
                end=end,
                before=done.before,
                after=done.after,
                spans=spans,
                outcome=done.outcome,
                miss=done.miss,
                value=done.value,
            )
        )

    def stop(self, why: str, key: Key) -> NoReturn:
        """Stop the run by a `Breach`: *why*, and the last events of the line of *key*.

        For a program that checks itself: `core.stop("core 1 is in as well", "lock")`.
        """
        self._system.watch.stop(self.line_of(key), why)

    def settle(self) -> Steps:
        """Let simulated time come up to the core's own, so that its end is seen."""
        if self.time > self.env.now and self.active:
            yield Moment(self.env, self.time, START)

    @property
    def finish(self) -> int:
        """The cycle of its end; 0 if it did nothing."""
        return self.time if self.active else 0
