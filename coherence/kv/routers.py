"""Routers: which worker a request goes to. One more is one more function, named in ROUTERS."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Protocol

from coherence.kv.requests import Request


class Fleet(Protocol):
    """What a router may look at, at the moment at which a request arrives."""

    @property
    def load(self) -> list[int]:
        """Of each worker, the blocks of the prompts that it has not yet finished with."""

    @property
    def routed(self) -> int:
        """How many requests came before this one."""

    @property
    def latest(self) -> list[int]:
        """Of each worker, the number of the request that it was given last; -1 if none."""

    def held(self, request: Request) -> list[int]:
        """Of each worker, how many of the prompt's first blocks its own cache holds."""


def cheapest(costs: Sequence[int], fleet: Fleet) -> int:
    """The worker of the least cost; of several the one chosen longest ago, so that ties are spread."""
    return min(range(len(costs)), key=lambda worker: (costs[worker], fleet.latest[worker]))


def round_robin(request: Request, fleet: Fleet) -> int:
    """The next worker in turn."""
    return fleet.routed % len(fleet.load)


def by_hash(request: Request, fleet: Fleet) -> int:
    """By the hash of the session, or where there is none of the second block: the first is a prompt that many share."""
    name = request.session if request.session is not None else request.blocks[:2][-1:]
    digest = hashlib.sha256(repr(name).encode()).digest()
    return int.from_bytes(digest[:8], "big") % len(fleet.load)


def least_loaded(request: Request, fleet: Fleet) -> int:
    """The worker with the fewest blocks before it; of several the one chosen longest ago."""
    return cheapest(fleet.load, fleet)


def prefix(request: Request, fleet: Fleet) -> int:
    """The worker with the fewest blocks to go: those before it, and those of this prompt that it does not hold.

    Of several the one chosen longest ago. The idea of Mooncake's scheduler (Qin et al., FAST 2025), reckoned in blocks.
    """
    costs = [load - held for load, held in zip(fleet.load, fleet.held(request), strict=True)]
    return cheapest(costs, fleet)


Router = Callable[[Request, Fleet], int]
ROUTERS: dict[str, Router] = {
    "round-robin": round_robin, "hash": by_hash, "least-loaded": least_loaded, "prefix": prefix,
}  # fmt: skip
