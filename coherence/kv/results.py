"""What a run of `serve` comes to: where blocks came from, what was moved, what was saved, how long people waited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import cast

from coherence.errors import InputError
from coherence.kv.ledger import CAUSES
from coherence.kv.worker import DID, Log, Served
from coherence.run.run import Run
from coherence.run.totals import number, ratio


@dataclass(frozen=True)
class Results:
    """The numbers of one run, in blocks and cycles (µs with a `Cluster`'s timing).

    `served`: each request, in their order · `did`: sums over them, by the names of `worker.DID` · `pool_writes`: blocks
    that reached the pool: flushes, write-backs and written through · `pushed`: blocks sent to the caches of peers by an
    update · `block`: cycles to compute one.
    """

    served: tuple[Served, ...]
    did: Mapping[str, int]
    pool_writes: int
    pushed: int
    block: int

    @property
    def peer(self) -> int:
        """Blocks that a worker read from a peer's cache, or was sent by one."""
        return self.did["peer"] + self.pushed

    @property
    def pool_reads(self) -> int:
        """Blocks that a worker read from the pool."""
        return self.did["pool"]

    @property
    def fetched_to_write(self) -> int:
        """Lines fetched only because the bus model fetches before a write; a cluster does not, `moved` neither."""
        return self.did["put_pool"] + self.did["put_peer"]

    @property
    def computed(self) -> int:
        """Blocks of prompts computed, for whatever cause."""
        return sum(self.did[cause] for cause in CAUSES)

    @property
    def recomputed(self) -> int:
        """Blocks computed that had been computed before, or were being so by another worker."""
        return self.computed - self.did["new"]

    @property
    def hits(self) -> int:
        """Blocks of prompts that were read instead of computed."""
        return sum(served.hits for served in self.served)

    @property
    def hit_rate(self) -> float:
        """The share of the prompts' blocks that were read instead of computed."""
        return ratio(self.hits, sum(served.blocks for served in self.served))

    @property
    def prefill_saved(self) -> int:
        """Cycles of computing that the blocks read have saved."""
        return self.hits * self.block

    @property
    def waits(self) -> list[int]:
        """The times to first token, queueing included, in the order of the requests."""
        return [served.first - served.arrival for served in self.served]

    @property
    def ttft(self) -> float:
        """The mean time to first token."""
        return ratio(sum(self.waits), len(self.served))

    def percentile(self, percent: int) -> int:
        """The time to first token that *percent* of the requests do not exceed (nearest rank, 1 to 100)."""
        if not 1 <= percent <= 100:
            raise InputError(f"percent must be from 1 to 100, not {percent!r}")
        return sorted(self.waits)[ceil(percent * len(self.waits) / 100) - 1]

    def moved(self, bytes_per_block: int) -> dict[str, int]:
        """Bytes by kind. A block that goes to a peer and to the pool is moved twice."""
        blocks = {"peer": self.peer, "pool read": self.pool_reads, "pool write": self.pool_writes}
        return {kind: count * bytes_per_block for kind, count in blocks.items()}

    def __repr__(self) -> str:
        return (
            f"<Results: {len(self.served)} requests, {self.hit_rate:.1%} of the blocks read; {self.peer} from peers, "
            f"{self.pool_reads} from the pool, {self.pool_writes} to it; {self.recomputed} recomputed; "
            f"first token after {self.ttft:,.0f} cycles>"
        )


def results(run: Run) -> Results:
    """The Results of a run whose workload `serve` or `llm` made; raises `InputError` for any other.

    >>> import coherence as co
    >>> from coherence import kv
    >>> results(co.Machine("MOESI").run(kv.llm(chats=4))).pool_writes
    0
    """
    logs = run.returned
    if not logs or not all(isinstance(log, Log) for log in logs):
        raise InputError(f"results are those of a run of kv.serve, not of {run.workload}")
    known = cast("tuple[Log, ...]", logs)
    served = sorted((served for log in known for served in log.served), key=lambda one: one.request)
    bus = cast("Mapping[str, int]", run.totals["bus"])
    return Results(
        served=tuple(served),
        did={name: sum(one.did[name] for one in served) for name in DID},
        pool_writes=int(number(run.totals, "memory_writes")),
        pushed=bus["BusUpd"],
        block=known[0].block,
    )
