"""Four locks, on the caches: each is a key or a few, and whoever has a `Core` can call it.

`yield from lock.acquire(core)` and `yield from lock.release(core)`. A lock object holds no state but its keys, so it
can be made anywhere, and used in any run. Anderson, *The Performance of Spin Lock Alternatives for Shared-Memory
Multiprocessors* (IEEE TPDS 1990); Mellor-Crummey & Scott, *Algorithms for Scalable Synchronization on Shared-Memory
Multiprocessors* (ACM TOCS 1991).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from coherence.accesses.given import refuse_if
from coherence.cache.config import Key
from coherence.errors import whole
from coherence.simulation.operation import operation
from coherence.workloads.primitives import compare_and_swap, fetch_and_add, spin, swap

if TYPE_CHECKING:
    from coherence.accesses.op import Steps
    from coherence.simulation.core import Core

FREE, HELD = 0, 1


class Lock(Protocol):
    """What every lock offers: its main `key`, and two generators to call with `yield from`."""

    @property
    def key(self) -> Key:
        """The key by which it is known."""

    def acquire(self, core: Core) -> Steps:
        """Come back when *core* has the lock."""

    def release(self, core: Core) -> Steps:
        """Give it up; *core* must have it."""


@dataclass(frozen=True)
class TasLock:
    """Test-and-set: write "held" and look what was there, until it was free.

    Every attempt is a write, so each takes the line from another core: while they wait they flood the bus, and the
    holder too waits in that flood to get out. *slower*: each attempt in vain waits so many cycles longer than the one
    before it. One changes little of the flood, but lets the holder in at last where the bus prefers other cores; with
    0, as the textbook has it, the priority arbitration can keep it out for good.

    >>> import coherence as co
    >>> def program(core):
    ...     lock = TasLock()
    ...     yield from lock.acquire(core)
    ...     n = yield from core.get("n")
    ...     yield from core.put("n", (n or 0) + 1)
    ...     yield from lock.release(core)
    >>> co.Machine().run([program] * 4).values["n"]
    4
    """

    key: Key = "lock"
    slower: int = 1

    def __post_init__(self) -> None:
        refuse_if(whole("slower", self.slower, 0))

    @operation
    def acquire(self, core: Core) -> Steps:
        """Come back when *core* has the lock."""
        pause = 0
        while (yield from swap(core, self.key, HELD)) == HELD:
            pause += self.slower
            yield core.compute(pause)

    @operation
    def release(self, core: Core) -> Steps:
        """Give it up."""
        yield from core.put(self.key, FREE)


@dataclass(frozen=True)
class TtasLock:
    """Test-and-test-and-set: read until it is free, and only then try to set it (Rudolph & Segall, ISCA 1984).

    Who waits reads its own copy and is silent on the bus; each release makes every one of them read and try again.

    >>> TtasLock().key
    'lock'
    """

    key: Key = "lock"

    @operation
    def acquire(self, core: Core) -> Steps:
        """Come back when *core* has the lock."""
        while True:
            yield from spin(core, self.key, lambda value: value != HELD)
            if (yield from swap(core, self.key, HELD)) != HELD:
                return

    @operation
    def release(self, core: Core) -> Steps:
        """Give it up."""
        yield from core.put(self.key, FREE)


@dataclass(frozen=True)
class TicketLock:
    """Draw a number, wait until it is called: first come, first served.

    One atomic write an acquire. *each*: cycles that a core waits, for each core before it, between two looks at the
    number called (Mellor-Crummey & Scott's proportional backoff; best the time that one holds the lock). With 0 it
    spins, and every call makes all who wait read it.

    >>> TicketLock().called
    ('lock', 'called')
    """

    key: Key = "lock"
    each: int = 0

    def __post_init__(self) -> None:
        refuse_if(whole("each", self.each, 0))

    @property
    def called(self) -> Key:
        """The key of the number called; `key` itself has the next to be drawn."""
        return (self.key, "called")

    @operation
    def acquire(self, core: Core) -> Steps:
        """Come back when *core* has the lock."""
        mine = yield from fetch_and_add(core, self.key)
        if not self.each:
            yield from spin(core, self.called, lambda number: (number or 0) == mine)
            return
        while (before := mine - ((yield from core.get(self.called)) or 0)) != 0:
            yield core.compute(self.each * max(before, 1))

    @operation
    def release(self, core: Core) -> Steps:
        """Call the next number."""
        number = (yield from core.get(self.called)) or 0
        yield from core.put(self.called, number + 1)


@dataclass(frozen=True)
class McsLock:
    """A queue of cores, each of which spins on a key of its own (Mellor-Crummey & Scott 1991).

    `key` has the last core in the queue. A release writes one key that one core reads, however many wait.

    >>> McsLock().waits(3), McsLock().behind(3)
    (('lock', 'waits', 3), ('lock', 'behind', 3))
    """

    key: Key = "lock"

    def waits(self, core: int) -> Key:
        """The key that is true while *core* must wait."""
        return (self.key, "waits", core)

    def behind(self, core: int) -> Key:
        """The key of the core that is next after *core*, None while there is none."""
        return (self.key, "behind", core)

    @operation
    def acquire(self, core: Core) -> Steps:
        """Come back when *core* has the lock."""
        me = core.index
        yield from core.put(self.behind(me), None)
        before = yield from swap(core, self.key, me)
        if before is not None:
            yield from core.put(self.waits(me), True)
            yield from core.put(self.behind(before), me)
            yield from spin(core, self.waits(me), lambda value: not value)

    @operation
    def release(self, core: Core) -> Steps:
        """Hand it to the next in the queue."""
        me = core.index
        after = yield from core.get(self.behind(me))
        if after is None:
            if (yield from compare_and_swap(core, self.key, me, None)):
                return
            # Another is in the queue, but has not said so yet.
            after = yield from spin(core, self.behind(me), lambda value: value is not None)
        yield from core.put(self.waits(after), False)
