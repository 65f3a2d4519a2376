"""Serving: from traffic to a Workload, and the built-in `llm`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import cast

from coherence.accesses.given import refuse
from coherence.accesses.workload import Workload
from coherence.errors import Breach, InputError, unknown, whole
from coherence.kv.desk import Plan
from coherence.kv.requests import Request, Traffic
from coherence.kv.routers import ROUTERS
from coherence.kv.synthetic import synthetic
from coherence.kv.worker import Log, worker
from coherence.run.run import Run

ROUTER = "prefix"


def serve(
    traffic: Traffic | Sequence[Request], cores: int = 4, *, router: str = ROUTER, block: int = 1000, token: int = 2,
    keep: int | None = None, name: str = "llm", watch: Callable[[int], object] = lambda done: None,
) -> Workload:  # fmt: skip
    """A workload in which *cores* workers serve *traffic*, each from its own cache of KV blocks.

    *router*: a name of ROUTERS · *block*: cycles to compute a block of the prompt · *token*: cycles for a token of the
    answer · *keep*: cycles for which the pool keeps a block after its last use, or None for ever ·
    *watch*: called with the number of requests done, after each. `Cluster` has the costs of a model on a cluster in µs.
    Each worker returns a Log, of which `results` makes tables. Raises `InputError`
    listing every fault, and in a run `Breach` if a block is served that nobody computed or that old weights made, or
    computed though somebody has it.

    >>> import coherence as co
    >>> run = co.Machine("MOESI").run(serve([Request(0, ("a",), worker=0), Request(5000, ("a", "b"), worker=1)], 2))
    >>> run.totals["cache_fills"], run.totals["memory_writes"]
    (1, 0)
    """
    refuse(
        cores, 0, whole("block", block, 0), whole("token", token, 0), [] if keep is None else whole("keep", keep, 0),
        [] if router in ROUTERS else [unknown("router", router, ROUTERS)],
    )  # fmt: skip
    if not isinstance(traffic, Traffic):
        traffic = Traffic(tuple(traffic))
    hints = {r.worker for r in traffic.requests if r.worker is not None and r.worker >= cores}
    if hints:
        raise InputError(f"a request names worker {max(hints)}, but there are {cores}")
    plan = Plan(traffic, cores, ROUTERS[router], block, token, keep, watch)

    def check(run: Run) -> None:
        logs = cast("Sequence[Log]", run.returned)
        times = Counter(served.request for log in logs for served in log.served)
        wrong = [number for number in range(len(traffic.requests)) if times[number] != 1]
        if wrong:
            raise Breach(f"{name}: request {wrong[0]} was served {times[wrong[0]]} times")

    return Workload.from_programs(name, [worker(plan)] * cores, check)


def llm(
    cores: int = 4, chats: int = 12, turns: int = 3, updates: int = 1, router: str = ROUTER, seed: int = 0
) -> Workload:
    """Workers of an LLM server answer chats, each with its own cache of KV blocks, over peers and a shared pool.

    Look for blocks that come from a peer or the pool instead of being computed, and for what new weights cost.

    *chats*: how many, of *turns* requests each · *updates*: how often the weights change · *router*: round-robin, hash,
    least-loaded or prefix. A prompt's prefix is read as far as anybody has it, the rest is computed. For one's own
    traffic and for real units see `help(coherence.kv)`. Checks that no block is computed that somebody has,
    and none served that nobody computed with the present weights.

    >>> import coherence as co
    >>> co.Machine().run(llm(cores=2, chats=4)).totals["cache_fills"] > 0
    True
    """
    refuse(
        cores, seed, whole("chats", chats, 1), whole("turns", turns, 1), whole("updates", updates, 0),
        [] if router in ROUTERS else [unknown("router", router, ROUTERS)],
    )  # fmt: skip
    return serve(synthetic(chats, turns, updates=updates, seed=seed), cores, router=router)
