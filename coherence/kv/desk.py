"""The front desk: hands each request to a worker when it arrives, and knows who has how much to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import simpy

from coherence.kv.ledger import Ledger
from coherence.kv.requests import Request, Traffic
from coherence.kv.routers import Router

if TYPE_CHECKING:
    from coherence.accesses.op import Steps
    from coherence.simulation.core import Core

DESK = "the front desk of the KV workers"  # in the notes of a run


@dataclass(frozen=True)
class Plan:
    """What is to be served, and at which costs in cycles; see `serve`."""

    traffic: Traffic
    workers: int
    router: Router
    block: int
    token: int
    keep: int | None
    watch: Callable[[int], object]


class Desk:
    """One a run: the workers' queues, first come first served, and the ledger of what they compute."""

    def __init__(self, plan: Plan, core: Core) -> None:
        self.plan = plan
        self.env = core.env
        self.ledger = Ledger(core.where, plan.keep)
        self.queues = [simpy.Store(core.env) for _ in range(plan.workers)]
        self.load = [0] * plan.workers
        self.latest = [-1] * plan.workers
        self.routed = 0
        self.done = 0
        core.env.process(self._arrivals())

    @staticmethod
    def of(plan: Plan, core: Core) -> Desk:
        """The desk of this run; the first worker that asks opens it."""
        if DESK not in core.notes:
            core.notes[DESK] = Desk(plan, core)
        return cast("Desk", core.notes[DESK])

    def next(self, core: Core) -> simpy.Event:
        """An event that gives the worker's next (number, request), or None when no more can come."""
        return self.queues[core.index].get()

    def held(self, request: Request) -> list[int]:
        """Of each worker, how many of the prompt's first blocks its own cache holds."""
        counts = [0] * len(self.load)
        still: Sequence[int] = range(len(self.load))
        for name in request.blocks:
            holders = self.ledger.holders(name, self.plan.traffic.version(cast("int", self.env.now)))
            still = [worker for worker in still if worker in holders]
            if not still:
                break
            for worker in still:
                counts[worker] += 1
        return counts

    def finished(self, core: Core, request: Request) -> None:
        """The worker has finished with *request*."""
        self.load[core.index] -= len(request.blocks)
        self.done += 1
        self.plan.watch(self.done)

    def _arrivals(self) -> Steps:
        for number, request in enumerate(self.plan.traffic.requests):
            yield self.env.timeout(max(0, request.arrival - self.env.now))
            self.routed = number
            worker = self.plan.router(request, self) if request.worker is None else request.worker
            self.latest[worker] = number
            self.load[worker] += len(request.blocks)
            self._hand(worker, (number, request))
        for worker in range(len(self.queues)):
            self._hand(worker, None)

    def _hand(self, worker: int, item: Any) -> None:
        self.queues[worker].put(item)
