"""Built-in workloads: what people run.

Each is a function `name(cores=…, …, seed=…) -> Workload`. Its docstring begins with a paragraph that says what the
cores do, and one that says what to look for; `coherence list` shows these two. One more is one more function, named
here.
"""

from __future__ import annotations

from collections.abc import Callable

from coherence.accesses.workload import Workload
from coherence.kv import llm
from coherence.workloads.barriers import Barrier, barrier
from coherence.workloads.checks import Inside, check_count, check_once
from coherence.workloads.deques import Deque, work_stealing
from coherence.workloads.draws import moving_hot_set, private, random, read_mostly, uniform, zipf
from coherence.workloads.grid import stencil
from coherence.workloads.locked import lock_mcs, lock_tas, lock_ticket, lock_ttas, locked
from coherence.workloads.locks import Lock, McsLock, TasLock, TicketLock, TtasLock
from coherence.workloads.lookups import database
from coherence.workloads.matching import vision
from coherence.workloads.primitives import compare_and_swap, fetch_and_add, spin, swap
from coherence.workloads.queues import BoundedQueue, bounded_queue
from coherence.workloads.reductions import reduction, reduction_padded, reduction_shared, reduction_tree
from coherence.workloads.sharing import false_sharing, false_sharing_padded, migratory, ping_pong, producer_consumer
from coherence.workloads.trees import Tree

STREAMS: tuple[Callable[..., Workload], ...] = (
    private, read_mostly, producer_consumer, migratory, ping_pong, false_sharing, false_sharing_padded, random,
    uniform, zipf, moving_hot_set, stencil, reduction_shared, reduction_padded, reduction_tree,
)  # fmt: skip
PROGRAMS: tuple[Callable[..., Workload], ...] = (
    lock_tas, lock_ttas, lock_ticket, lock_mcs, barrier, bounded_queue, work_stealing, llm, database, vision,
)  # fmt: skip

BUILT_IN: dict[str, Callable[..., Workload]] = {f.__name__: f for f in (*STREAMS, *PROGRAMS)}

__all__ = [
    "BUILT_IN",
    "PROGRAMS",
    "STREAMS",
    "Barrier",
    "BoundedQueue",
    "Deque",
    "Inside",
    "Lock",
    "McsLock",
    "TasLock",
    "TicketLock",
    "Tree",
    "TtasLock",
    "Workload",
    "barrier",
    "bounded_queue",
    "check_count",
    "check_once",
    "compare_and_swap",
    "database",
    "false_sharing",
    "false_sharing_padded",
    "fetch_and_add",
    "llm",
    "lock_mcs",
    "lock_tas",
    "lock_ticket",
    "lock_ttas",
    "locked",
    "migratory",
    "moving_hot_set",
    "ping_pong",
    "private",
    "producer_consumer",
    "random",
    "read_mostly",
    "reduction",
    "reduction_padded",
    "reduction_shared",
    "reduction_tree",
    "spin",
    "stencil",
    "swap",
    "uniform",
    "vision",
    "work_stealing",
    "zipf",
]
