"""The atomic bus: one grant at a time, and every grant is a whole transaction."""

from __future__ import annotations

from typing import Any, cast

import simpy

from coherence.config.arbiter import Arbiter
from coherence.config.timing import Timing
from coherence.simulation.interconnect.base import GRANT, QUEUE, START, Moment, Request
from coherence.simulation.memory import Behind
from coherence.simulation.system import System
from coherence.transaction.access import BUS, HIT, REPLY, WAIT


class AtomicBus:
    """Queues requests and grants them one at a time; `Timing.held` says for how long a grant holds the bus."""

    def __init__(
        self, env: simpy.Environment, arbiter: Arbiter, system: System, timing: Timing, behind: Behind
    ) -> None:
        self.env = env
        self.arbiter = arbiter
        self.system = system
        self.timing = timing
        self.behind = behind
        self.waiting: list[Request] = []
        self.free = 0
        self.busy = 0
        self.scheduled = False

    def submit(self, request: Request) -> None:
        """Put *request* on its way: it queues at its cycle."""
        arrival = Moment(self.env, request.queued, QUEUE)
        arrival.callbacks.append(lambda _: self._arrive(request))

    def idle(self) -> bool:
        """Whether no request waits; the last one granted has ended when its core has."""
        return not self.waiting

    def counts(self) -> dict[str, int]:
        """For how many cycles it was held."""
        return {"bus_busy": self.busy}

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
            self._serve(request, now)
        self.scheduled = False
        if self.waiting:
            self._schedule()

    def _serve(self, request: Request, now: int) -> None:
        """Do a granted request, which may have become local while it waited."""
        done = request.done = self.system.local(request.task, now)
        if done is not None:
            end = now + self.timing.hit + done.lookup
            request.effective(request, end, ((WAIT, now), (HIT, end)))
        else:
            done = request.done = self.system.transact(request.task, now)
            assert done.outcome is not None
            held = self.timing.held(done.outcome, self.behind.serve(done.outcome, request.task.line))
            self.busy += held
            self.free = now + held
            end = self.free + self.timing.reply
            request.effective(request, end, ((WAIT, now), (BUS, self.free), (REPLY, end)))
        over: Any = request.over
        over._ok, over._value = True, None
        self.env.schedule(over, START, end - now)
