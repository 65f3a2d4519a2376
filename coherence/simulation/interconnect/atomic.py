"""The bus: one grant at a time, in simulated time.

In each cycle requests queue, then grants are made, then accesses start. SimPy orders the events of one time by
priority, so the three phases are three priorities.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import simpy
from simpy.events import EventPriority

from coherence.config.arbiter import Arbiter
from coherence.simulation.system import Done, Task

QUEUE, GRANT, START = (EventPriority(p) for p in (2, 3, 4))  # after SimPy's own URGENT and NORMAL


class Moment(simpy.Event):
    """An event that happens at a given cycle, in a given phase of it."""

    def __init__(self, env: simpy.Environment, at: int, phase: EventPriority) -> None:
        self.env = env
        self.callbacks = []
        self._ok = True
        self._value = None
        env.schedule(self, phase, at - cast("int", env.now))


class Request:
    """A task on its way over the bus; `over` happens when the access ends."""

    __slots__ = ("core", "done", "granted", "held", "over", "queued", "task")

    def __init__(self, task: Task, queued: int, over: simpy.Event) -> None:
        self.task = task
        self.core = task.core
        self.queued = queued
        self.over = over
        self.granted = -1
        self.held = 0
        self.done: Done | None = None


class Bus:
    """Queues requests and grants them.

    *serve(request)* does the task, sets for how long the bus is `held`, and returns the cycles from the grant to the
    access's end.
    """

    def __init__(self, env: simpy.Environment, arbiter: Arbiter, serve: Callable[[Request], int]) -> None:
        self.env = env
        self.arbiter = arbiter
        self.serve = serve
        self.waiting: list[Request] = []
        self.free = 0
        self.busy = 0
        self.scheduled = False

    def submit(self, task: Task, at: int) -> Request:
        """Put *task* on its way: it queues at cycle *at*. Wait for `request.over`."""
        request = Request(task, at, simpy.Event(self.env))
        arrival = Moment(self.env, at, QUEUE)
        arrival.callbacks.append(lambda _: self._arrive(request))
        return request

    def _arrive(self, request: Request) -> None:
        self.waiting.append(request)
        if not self.scheduled:
            self._schedule()

    def _schedule(self) -> None:
        self.scheduled = True
        moment = Moment(self.env, max(self.free, cast("int", self.env.now)), GRANT)
        moment.callbacks.append(self._grant)

    def _grant(self, _: simpy.Event) -> None:
        now = cast("int", self.env.now)
        while self.waiting and self.free <= now:
            request = cast("Request", self.arbiter(self.waiting))
            self.waiting.remove(request)
            request.granted = now
            delay = self.serve(request)
            self.free = now + request.held
            self.busy += request.held
            over: Any = request.over
            over._ok, over._value = True, None
            self.env.schedule(over, START, delay)
        self.scheduled = False
        if self.waiting:
            self._schedule()
