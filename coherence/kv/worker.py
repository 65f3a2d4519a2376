"""The worker: the program of one core, which serves the requests that are handed to it, one at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coherence.cache.config import Key
from coherence.kv.desk import Desk, Plan
from coherence.kv.ledger import CAUSES, key
from coherence.kv.requests import Name, Request
from coherence.simulation.system import NUMBERED, Task
from coherence.transaction.outcome import MEMORY

if TYPE_CHECKING:
    from coherence.accesses.op import Program, Steps
    from coherence.simulation.core import Core

# What a worker counts for a request: blocks read from its own cache, a peer, the pool; blocks computed, by cause;
# blocks put; what only the bus model fetches for a write, from a peer and from the pool; computed in vain; begun anew.
DID = ("local", "peer", "pool", *CAUSES, "put", "put_peer", "put_pool", "in_vain", "restarts")


@dataclass(frozen=True, slots=True)
class Served:
    """One request, served: its number in the traffic, times in cycles, and what it took (`did`, by the names of DID).

    `start`: the worker turned to it · `first`: its first token · `end`: its last one · `hits`: how many of its
    `blocks` the first token was made from without computing them.
    """

    request: int
    worker: int
    arrival: int
    start: int
    first: int
    end: int
    blocks: int
    hits: int
    did: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Log:
    """What a worker's program returns: all it `served`, and the cycles that it reckons for a `block`."""

    block: int
    served: tuple[Served, ...]


def worker(plan: Plan) -> Program:
    """The program of a worker under *plan*; it returns its Log."""

    def program(core: Core) -> Generator[Any, Any, Log]:
        desk = Desk.of(plan, core)
        served = []
        while (item := (yield desk.next(core))) is not None:
            served.append((yield from _serve(core, desk, *item)))
            yield from core.settle()
            desk.finished(core, item[1])
        return Log(plan.block, tuple(served))

    return program


def _serve(core: Core, desk: Desk, number: int, request: Request) -> Generator[Any, Any, Served]:
    yield from core.catch_up()
    plan, did = desk.plan, Counter(dict.fromkeys(DID, 0))
    start = core.time
    version, hits = yield from _prefill(core, desk, request, did)
    first = core.time
    for name in request.blocks[hits:]:
        yield from _put(core, desk, name, version, did)
    yield from _write(core, core.task("PrWr", slot(core), number), did)
    free = plan.traffic.tokens - request.tail
    left = request.decode - 1  # the first token is there
    for name in request.grows:
        yield core.compute(min(free, left) * plan.token)
        left -= min(free, left)
        yield from _put(core, desk, name, version, did)
        yield from _write(core, core.task("PrWr", slot(core), number), did)
        free = plan.traffic.tokens
    if left:
        yield core.compute(left * plan.token)
    return Served(number, core.index, request.arrival, start, first, core.time, len(request.blocks), hits, did)


def slot(core: Core) -> Key:
    """The key of the worker's last, partial block: a place of its own, used again for each request."""
    return ("kv partial", core.index)


def _prefill(core: Core, desk: Desk, request: Request, did: Counter[str]) -> Generator[Any, Any, tuple[int, int]]:
    """Read the prefix, compute the rest and the first token; (version of the weights, blocks read).

    If the weights change meanwhile, all of it is for nothing and begins again.
    """
    plan, ledger = desk.plan, desk.ledger
    while True:
        version = desk.plan.traffic.version(core.time)
        read = []
        for name in request.blocks:
            yield from core.catch_up()
            if not ledger.has(name, version, core.time):
                break
            ledger.touch(name, core.time)
            done = yield from core.access(core.task("PrRd", key(name)))
            did[_source(done.outcome and done.outcome.supplier)] += 1
            read.append((name, done.value))
        yield from core.catch_up()
        causes = ledger.begin(core, request.blocks[len(read) :], version)
        did.update(causes)
        yield core.compute(len(causes) * plan.block + request.tail * plan.block // plan.traffic.tokens + plan.token)
        if desk.plan.traffic.version(core.time) == version:
            for name, value in read:
                ledger.serve(core, name, value, version)
            return version, len(read)
        did["restarts"] += 1


def _put(core: Core, desk: Desk, name: Name, version: int, did: Counter[str]) -> Steps:
    """Publish a block, unless another worker has done so meanwhile or the weights are old."""
    ledger = desk.ledger
    yield from core.catch_up()
    if ledger.has(name, version, core.time) or desk.plan.traffic.version(core.time) != version:
        did["in_vain"] += 1
        return
    ledger.touch(name, core.time)
    yield from _write(core, core.task("PrWr", key(name), NUMBERED, ledger.publish(name, version)), did)
    did["put"] += 1


def _write(core: Core, task: Task, did: Counter[str]) -> Steps:
    """Write, and count what the bus fetched for it."""
    done = yield from core.access(task)
    for supplier in done.outcome.suppliers if done.outcome else ():
        did[f"put_{_source(supplier)}"] += 1


def _source(supplier: object) -> str:
    """Where a block came from: the own cache, the pool, a peer."""
    return "local" if supplier is None else "pool" if supplier == MEMORY else "peer"
