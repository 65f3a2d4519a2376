"""What lies between the private caches and memory, as the rest of the machine sees it.

In each cycle requests queue, then grants are made, then accesses start. SimPy orders the events of one time by
priority, so the three phases are three priorities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, cast

import simpy
from simpy.events import EventPriority

from coherence.config.arbiter import OWN
from coherence.simulation.system import Done, Task

QUEUE, GRANT, START = (EventPriority(p) for p in (2, 3, 4))  # after SimPy's own URGENT and NORMAL


# What a request goes through after it has queued: (what, the cycle at which that ends), one after another.
Stages = tuple[tuple[str, int], ...]


class Moment(simpy.Event):
    """An event that happens at a given cycle, in a given phase of it."""

    def __init__(self, env: simpy.Environment, at: int, phase: EventPriority) -> None:
        self.env = env
        self.callbacks = []
        self._ok = True
        self._value = None
        env.schedule(self, phase, at - cast("int", env.now))


class Request:
    """A task on its way through the interconnect, which takes it at cycle `queued`.

    The interconnect sets `granted` and `done` when the task takes effect, calls `effective` with the cycle at which the
    access will end and with what it goes through from `queued` to there (each stage with the cycle at which it ends),
    and lets `over` happen at the end. `rank` orders the requests of one core that compete.
    """

    __slots__ = ("core", "done", "effective", "granted", "over", "queued", "rank", "task")

    def __init__(
        self, env: simpy.Environment, task: Task, queued: int, effective: Callable[[Request, int, Stages], None]
    ) -> None:
        self.task = task
        self.core = task.core
        self.rank = OWN
        self.queued = queued
        self.granted = -1
        self.done: Done | None = None
        self.effective = effective
        self.over = simpy.Event(env)


class Interconnect(Protocol):
    """One per run; it owns what happens from the queueing of a request to the end of its access."""

    def submit(self, request: Request) -> None:
        """Take *request* at its cycle `queued`."""

    def idle(self) -> bool:
        """Whether nothing is on its way any more; a run goes on after its last access until this is so."""

    def counts(self) -> Mapping[str, int]:
        """Its own counters; `bus_busy` is for how many cycles it was held."""
