"""Hits as the field counts them: requests one after another through caches of KV blocks, without protocol or bus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from coherence.cache.replacement import POLICIES, Future, Unbounded, find_policy
from coherence.errors import InputError, unknown, whole
from coherence.kv.requests import Name, Request, Traffic
from coherence.kv.routers import ROUTERS
from coherence.kv.units import Cluster
from coherence.random import SplitMix64
from coherence.run.totals import ratio

# Why a block of a prompt was missing: nobody had put it; only under old weights; it was evicted, and no worker has it;
# another worker has it, which was not asked; the worker has it, but an earlier block of the prompt was missing.
CAUSES = ("cold", "weights", "evicted", "elsewhere", "behind")
BY_PLACE = ("ARC", "PLRU")  # policies that count places of one size
ROUTER = "prefix"
Watch = Callable[[int], object]  # is told how many requests are done


@dataclass(frozen=True)
class Hits:
    """What a traffic hits in caches of `capacity` tokens a worker (None: endless).

    A request's prefix hits are its blocks before the first that its worker does not hold. `requests`, and how many of
    them hit in all their blocks (`whole`) · `hit` of `asked` blocks, `hit_tokens` of `asked_tokens` tokens of prompts ·
    `reused`: the share of blocks that an earlier request named, in whatever position, which is the traffic's own ·
    `missing`: the other blocks by cause, by the names of CAUSES.
    """

    capacity: int | None
    requests: int
    whole: int
    hit: int
    asked: int
    hit_tokens: int
    asked_tokens: int
    reused: float
    missing: Mapping[str, int]

    @property
    def blocks(self) -> float:
        """Prefix hits, of all blocks."""
        return ratio(self.hit, self.asked)

    @property
    def tokens(self) -> float:
        """The same by tokens: a partial last block counts by those that it has, a tail as none that can hit."""
        return ratio(self.hit_tokens, self.asked_tokens)

    def to_json(self) -> dict[str, object]:
        """By the names of the command line's JSON."""
        return {
            "blocks": self.blocks, "tokens": self.tokens, "reused": self.reused, "requests": self.requests,
            "whole": self.whole, "capacity": self.capacity, "missing": dict(self.missing),
        }  # fmt: skip


def hits(
    traffic: Traffic, capacity: int | None = None, *, workers: int = 1, router: str = ROUTER, policy: str = "LRU",
    seed: int = 0, watch: Watch = lambda done: None,
) -> Hits:  # fmt: skip
    """Count what *traffic* hits, request after request in the order of arrival.

    A request first touches its hits in order; then its other blocks, and those that its answer fills, are put in order,
    each with evictions while more tokens are held than *capacity*. A put is not an access.

    Parameters
    ----------
    traffic
        The requests. New weights make every block put before them worthless.
    capacity
        Tokens that each worker's cache holds, or None for endless ones.
    workers
        How many; each has a cache of its own, and only a request's own worker is asked. To one worker all go.
    router
        A name of ROUTERS: who gets a request that names no worker. A worker's load is the blocks that it has still to
        compute when the request arrives, if each takes as long as under `Cluster()`.
    policy
        What is evicted: any policy but ARC and PLRU, which count places; OPT serves one worker only.
    seed
        Of policies that choose by chance.
    watch
        Called with the number of requests done, after each.

    Raises `InputError` that lists every fault.

    >>> traffic = Traffic((Request(0, ("s", "a")), Request(1, ("s", "b")), Request(2, ("s", "a"))), tokens=16)
    >>> hits(traffic).blocks, hits(traffic, 32).missing["evicted"]
    (0.5, 1)
    """
    name = check(capacity, workers, router, policy, traffic)
    held = [Held(capacity, traffic, name, seed) for _ in range(workers)]
    fleet = Workers(held, Cluster(tokens=traffic.tokens).block)
    tally, missing = Counter[str](), Counter[str](dict.fromkeys(CAUSES, 0))
    put: dict[Name, int] = {}  # the newest weights with which anybody has put a block
    for number, request in enumerate(traffic.requests):
        version = traffic.version(request.arrival)
        blocks = named(request.blocks, version)
        fleet.arrive(number, request.arrival, blocks)
        worker = 0 if workers == 1 else ROUTERS[router](request, fleet) if request.worker is None else request.worker
        mine = held[worker]
        hit = mine.prefix(blocks)
        for block, entry in zip(request.blocks[hit:], blocks[hit:], strict=True):
            missing[_cause(entry, put.get(block), version, mine, held)] += 1
        sizes = request.sizes(traffic.tokens)
        tally.update(hit=hit, whole=0 < hit == len(blocks), tokens=sum(sizes[:hit]), prompt=sum(sizes) + request.tail)
        for entry, size in zip(blocks, sizes, strict=True):
            mine.use(entry, size)
        for entry in named(request.grows, version):
            mine.use(entry, traffic.tokens)
        put.update(dict.fromkeys(request.blocks + request.grows, version))
        fleet.give(worker, len(blocks) - hit)
        watch(number + 1)
    return Hits(
        capacity, len(traffic.requests), tally["whole"], tally["hit"], traffic.blocks, tally["tokens"],
        tally["prompt"], traffic.reuse, missing,
    )  # fmt: skip


def check(capacity: int | None, workers: int, router: str, policy: str, traffic: Traffic) -> str:
    """The policy's name as listed; raises `InputError` with every fault of these."""
    faults = [] if capacity is None else whole("capacity", capacity, 1)
    wrong_workers = whole("workers", workers, 1)
    faults += wrong_workers
    faults += [] if router in ROUTERS else [unknown("router", router, ROUTERS)]
    name = policy
    try:
        name = find_policy(policy)
    except InputError as error:
        faults.append(str(error))
    if name in BY_PLACE:
        fit = ", ".join(p for p in POLICIES if p not in BY_PLACE)
        faults.append(f"policy {name} counts places of one size, but a last block may be partial; known here: {fit}")
    elif not wrong_workers and workers > 1:
        if name in POLICIES and POLICIES[name].foresees:
            faults.append(f"policy {name} needs to know what is asked next, so it serves one worker, not {workers}")
        most = max((r.worker for r in traffic.requests if r.worker is not None), default=0)
        faults += [f"a request names worker {most}, but there are {workers}"] if most >= workers else []
    if faults:
        raise InputError("\n".join(faults))
    return name


def named(blocks: Sequence[Name], version: int) -> Sequence[Hashable]:
    """What is held for *blocks*: under new weights another thing than before."""
    return [(version, block) for block in blocks] if version else blocks


def _cause(entry: Hashable, put: int | None, version: int, mine: Held, held: Sequence[Held]) -> str:
    """Why a block is missing that was last *put* with those weights."""
    if put is None:
        return "cold"
    if put != version:
        return "weights"
    if entry in mine.sizes:
        return "behind"
    return "elsewhere" if any(entry in one.sizes for one in held) else "evicted"


class Held:
    """The blocks that one worker holds, and their tokens."""

    def __init__(self, capacity: int | None, traffic: Traffic, policy: str, seed: int) -> None:
        self.capacity = capacity
        self.sizes: dict[Hashable, int] = {}
        self.total = 0
        kind = Unbounded if capacity is None else POLICIES[policy]
        self.future = Future((entry, True) for entry in _uses(traffic)) if kind.foresees else Future(())
        self.policy = kind(max(1, (capacity or 0) // traffic.tokens), SplitMix64(seed), self.future)

    def prefix(self, entries: Sequence[Hashable]) -> int:
        """How many of *entries* are held before the first that is not."""
        for count, entry in enumerate(entries):
            if entry not in self.sizes:
                return count
        return len(entries)

    def use(self, entry: Hashable, size: int) -> None:
        """Touch it, or put it and evict others while they and it are too much; what is larger than all is not kept."""
        self.future.now += 1
        if entry in self.sizes:
            self.policy.hit(entry)
            return
        if self.capacity is not None:
            while self.sizes and self.total + size > self.capacity:
                victim = self.policy.victim(entry)
                self.policy.remove(victim, "evicted")
                self.total -= self.sizes.pop(victim)
            if size > self.capacity:
                return
        self.policy.insert(entry)
        self.sizes[entry] = size
        self.total += size


def _uses(traffic: Traffic) -> Iterator[Hashable]:
    """All that is touched or put, in order."""
    for request in traffic.requests:
        yield from named(request.blocks + request.grows, traffic.version(request.arrival))


class Workers:
    """The fleet that a router sees: each worker computes what it was given, one block after another."""

    def __init__(self, held: Sequence[Held], block: int) -> None:
        self.held_by = held
        self.block = block  # µs
        self.load = [0] * len(held)
        self.latest = [-1] * len(held)
        self.routed = 0
        self.now = 0
        self.idle_from = [0] * len(held)
        self.asked: Sequence[Hashable] = ()

    def arrive(self, number: int, now: int, entries: Sequence[Hashable]) -> None:
        """Request *number* comes for *entries*."""
        self.routed, self.now, self.asked = number, now, entries
        self.load = [ceil(max(0, idle - now) / self.block) for idle in self.idle_from]

    def give(self, worker: int, blocks: int) -> None:
        """It goes to *worker*, who has so many *blocks* to compute for it."""
        self.latest[worker] = self.routed
        self.idle_from[worker] = max(self.idle_from[worker], self.now) + blocks * self.block

    def held(self, request: Request) -> list[int]:
        """Of each worker, how many of the prompt's first blocks its cache holds."""
        return [one.prefix(self.asked) for one in self.held_by]
