"""The ledger: which blocks are computed, who has them, and what must never happen.

It lies beside simulated memory and takes no time, as a cluster's block directory is taken to do. Who holds a block is
not written down twice: it asks the machine (`Core.where`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from coherence.cache.config import Key
from coherence.kv.requests import Name

if TYPE_CHECKING:
    from coherence.simulation.core import Core

# Why a block is computed: nobody ever did; only under old weights; another worker is about to publish it; every copy
# was dropped; an earlier block of the chain was, and a prefix ends there.
CAUSES = ("new", "weights", "at_once", "lost", "behind_gap")
Block = tuple[Name, int]  # what is stored: the block's name, and the version of the weights it was computed with


def key(name: Name) -> Key:
    """The key of a block: a line of its own, whatever the size of lines."""
    return ("kv", name)


class Ledger:
    """Of one run. *where* tells who has a key; *keep*: cycles the pool keeps a block after its last use, or None."""

    def __init__(self, where: Callable[[Key], tuple[tuple[int, ...], bool]], keep: int | None) -> None:
        self.where = where
        self.keep = keep
        self.begun: dict[Name, int] = {}  # the newest weights with which somebody began to compute it
        self.published: dict[Name, int] = {}  # those of the newest copy
        self.used: dict[Name, int] = {}  # when it was last read or published

    def holders(self, name: Name, version: int) -> tuple[int, ...]:
        """The workers whose caches hold the block as computed with weights *version*."""
        return self.where(key(name))[0] if self.published.get(name) == version else ()

    def has(self, name: Name, version: int, now: int) -> bool:
        """Whether anybody, a worker or the pool, has the block as computed with weights *version*."""
        if self.published.get(name) != version:
            return False
        holders, pool = self.where(key(name))
        return bool(holders) or (pool and (self.keep is None or now - self.used[name] <= self.keep))

    def begin(self, core: Core, rest: Sequence[Name], version: int) -> list[str]:
        """*core* is about to compute *rest*; the cause for each. Stops the run if somebody has the first of them."""
        causes = []
        for name in rest:
            causes.append(self._cause(core, name, version))
            self.begun[name] = max(version, self.begun.get(name, version))
        if rest and self.holders(rest[0], version):
            core.stop(f"worker {core.index} computes a block that somebody holds", key(rest[0]))
        return causes

    def _cause(self, core: Core, name: Name, version: int) -> str:
        if self.published.get(name) == version:
            return "behind_gap" if self.has(name, version, core.time) else "lost"
        if name not in self.begun:
            return "new"
        return "at_once" if self.begun[name] == version else "weights"

    def publish(self, name: Name, version: int) -> Callable[[Any], Block]:
        """What a worker writes, decided at the moment of its write: never over a block of newer weights."""

        def write(there: Block | None) -> Block:
            newest = version if there is None else max(version, there[1])
            self.published[name] = newest
            return name, newest

        return write

    def touch(self, name: Name, now: int) -> None:
        """The block was used at *now*."""
        self.used[name] = max(now, self.used.get(name, 0))

    def serve(self, core: Core, name: Name, found: object, version: int) -> None:
        """A token is made from *found*: stops the run unless it is that block, computed with these weights."""
        if found == (name, version):
            return
        said = "but nobody computed what it has" if found is None else f"but what it has is {found!r}"
        core.stop(f"worker {core.index} uses {name!r} of weights {version}, {said}", key(name))
