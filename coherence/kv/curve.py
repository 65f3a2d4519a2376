"""Hits at several capacities: in one pass where the policy allows it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import accumulate

from coherence.kv.hits import CAUSES, ROUTER, Hits, Watch, check, hits, named
from coherence.kv.requests import Name, Traffic

ENDLESS = 2**62  # tokens
NEVER = ENDLESS + 1  # the distance of a block that was not put before


def hit_curve(
    traffic: Traffic, capacities: Sequence[int | None], *, workers: int = 1, router: str = ROUTER, policy: str = "LRU",
    seed: int = 0, watch: Watch = lambda done: None,
) -> list[Hits]:  # fmt: skip
    """The Hits at each of *capacities*, as `hits` counts them.

    Several capacities of one worker under LRU take one pass, by stack distances in tokens (Mattson et al., 1970): what
    is touched and put is the same at each, and LRU holds the last of it, as many tokens as fit. For that every block
    must have the same tokens wherever it is put. Anything else takes one pass for each.

    Parameters are those of `hits`; raises `InputError`.

    >>> from coherence.kv.requests import Request
    >>> traffic = Traffic((Request(0, ("s", "a")), Request(1, ("s", "b")), Request(2, ("s", "a"))), tokens=16)
    >>> [found.hit for found in hit_curve(traffic, [16, 32, None])]
    [0, 2, 3]
    """
    found = []
    if len(capacities) > 1 and workers == 1 and traffic.steady:
        names = {check(capacity, workers, router, policy, traffic) for capacity in capacities}
        found = _one_pass(traffic, capacities, watch) if names == {"LRU"} else []
    return found or [
        hits(traffic, capacity, workers=workers, router=router, policy=policy, seed=seed, watch=watch)
        for capacity in capacities
    ]


def _one_pass(traffic: Traffic, capacities: Sequence[int | None], watch: Watch) -> list[Hits]:
    """By the least capacity at which each block is still held when its request comes, and hit."""
    stack = _Stack(sum(len(request.blocks) + len(request.grows) for request in traffic.requests))
    held_from: list[int] = []  # of each block that was put before
    hit_from: list[tuple[int, int]] = []  # of each block in a prefix that was put before; and its tokens
    whole_from: list[int] = []  # of each request
    put: dict[Name, int] = {}
    never, prompt = Counter[str](), 0
    for number, request in enumerate(traffic.requests):
        version = traffic.version(request.arrival)
        entries, sizes = named(request.blocks, version), request.sizes(traffic.tokens)
        prompt += sum(sizes) + request.tail
        farthest = 0
        for block, entry, size in zip(request.blocks, entries, sizes, strict=True):
            distance = stack.distance(entry)
            farthest = max(farthest, distance)
            if distance < NEVER:
                held_from.append(distance)
            else:
                never["weights" if block in put else "cold"] += 1
            if farthest < NEVER:
                hit_from.append((farthest, size))
        if entries:
            whole_from.append(farthest)
        for entry, size in zip(entries, sizes, strict=True):
            stack.use(entry, size)
        for entry in named(request.grows, version):
            stack.use(entry, traffic.tokens)
        put.update(dict.fromkeys(request.blocks + request.grows, version))
        watch(number + 1)
    held_from.sort()
    hit_from.sort()
    whole_from.sort()
    tokens = list(accumulate((size for _, size in hit_from), initial=0))
    reused = traffic.reuse

    def at(capacity: int | None) -> Hits:
        most = ENDLESS if capacity is None else capacity
        hit = bisect_right(hit_from, (most, ENDLESS))
        evicted = len(held_from) - bisect_right(held_from, most)
        missing = dict.fromkeys(CAUSES, 0) | never | {"evicted": evicted}
        missing["behind"] = traffic.blocks - hit - sum(missing.values())
        return Hits(
            capacity, len(traffic.requests), bisect_right(whole_from, most), hit, traffic.blocks, tokens[hit], prompt,
            reused, missing,
        )  # fmt: skip

    return [at(capacity) for capacity in capacities]


class _Stack:
    """Everything used, by the last use; a Fenwick tree over the uses adds up the tokens from one use on."""

    def __init__(self, uses: int) -> None:
        self.tree = [0] * (uses + 1)
        self.last: dict[Hashable, int] = {}
        self.uses = 0
        self.total = 0

    def distance(self, entry: Hashable) -> int:
        """The tokens of it and of all that was used after it; NEVER if it was not."""
        position = self.last.get(entry)
        if position is None:
            return NEVER
        position -= 1
        before = 0
        while position:
            before += self.tree[position]
            position &= position - 1
        return self.total - before

    def use(self, entry: Hashable, size: int) -> None:
        """It comes to the top."""
        before = self.last.get(entry)
        if before is None:
            self.total += size
        else:
            self._add(before, -size)
        self.uses += 1
        self.last[entry] = self.uses
        self._add(self.uses, size)

    def _add(self, position: int, tokens: int) -> None:
        while position < len(self.tree):
            self.tree[position] += tokens
            position += position & -position
