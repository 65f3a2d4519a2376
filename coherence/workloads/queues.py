"""A bounded queue for any number of producers and consumers."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coherence.accesses.given import refuse, refuse_if, stream_seed
from coherence.accesses.workload import Workload
from coherence.cache.config import Key
from coherence.errors import Breach, whole
from coherence.random import SplitMix64
from coherence.simulation.operation import operation
from coherence.workloads.checks import check_once
from coherence.workloads.primitives import fetch_and_add, spin

if TYPE_CHECKING:
    from coherence.accesses.op import Program, Steps
    from coherence.run.run import Run
    from coherence.simulation.core import Core


@dataclass(frozen=True)
class BoundedQueue:
    """First in, first out, through *capacity* slots; whoever finds it full, or empty, waits.

    A producer and a consumer each draw a number, which is a slot and a turn of that slot: a slot takes turns at being
    filled (even) and emptied (odd), so two cores meet on a slot's line and nowhere else but at the two counters. It
    is a ticket lock for each slot, as in D. Vyukov's bounded queue for many producers and consumers.

    >>> import coherence as co
    >>> def gives(core):
    ...     for item in "abc":
    ...         yield from BoundedQueue(2).put(core, item)
    >>> def takes(core):
    ...     items = []
    ...     for _ in range(3):
    ...         items.append((yield from BoundedQueue(2).take(core)))
    ...     return items
    >>> co.Machine().run([gives, takes]).returned[1]
    ['a', 'b', 'c']
    """

    capacity: int
    key: Key = "queue"

    def __post_init__(self) -> None:
        refuse_if(whole("capacity", self.capacity, 1))

    @operation
    def put(self, core: Core, item: object) -> Steps:
        """Add *item*; waits while the queue is full."""
        number = yield from fetch_and_add(core, (self.key, "put"))
        slot, turn = number % self.capacity, number // self.capacity * 2
        yield from self._wait_for(core, slot, turn)
        yield from core.put((self.key, "item", slot), item)
        yield from core.put((self.key, "turn", slot), turn + 1)

    @operation
    def take(self, core: Core) -> Generator[Any, Any, Any]:
        """The oldest item; waits while there is none."""
        number = yield from fetch_and_add(core, (self.key, "taken"))
        slot, turn = number % self.capacity, number // self.capacity * 2 + 1
        yield from self._wait_for(core, slot, turn)
        item = yield from core.get((self.key, "item", slot))
        yield from core.put((self.key, "turn", slot), turn + 1)
        return item

    def _wait_for(self, core: Core, slot: int, turn: int) -> Steps:
        yield from spin(core, (self.key, "turn", slot), lambda now: (now or 0) == turn)


def bounded_queue(cores: int = 4, items: int = 40, capacity: int = 4, work: int = 50, seed: int = 0) -> Workload:
    """Half of the cores put items into a bounded queue, the others take them out.

    Look for lines that only pass from a producer to a consumer and back, and two counters that all fight over.

    *items*: of each producer (one core alone does both) · *capacity*: slots · *work*: cycles for an item, at most,
    drawn from *seed*. Checks that every item comes out once, and those of one producer in order at each consumer.

    >>> import coherence as co
    >>> sorted(co.Machine().run(bounded_queue(cores=2, items=3)).returned[1])
    [(0, 0), (0, 1), (0, 2)]
    """
    counts = whole("items", items, 1) + whole("capacity", capacity, 1) + whole("work", work, 0)
    refuse(cores, seed, counts)
    queue = BoundedQueue(capacity)
    producers = max(1, cores // 2)
    consumers = max(1, cores - producers)
    every = producers * items

    def program(core: Core) -> Generator[Any, Any, list[Any]]:
        numbers = SplitMix64(stream_seed(seed, core.index))
        gives = items if core.index < producers else 0
        rank = core.index if cores == 1 else core.index - producers
        takes = 0 if rank < 0 else every // consumers + (rank < every % consumers)
        taken = []
        for number in range(max(gives, takes)):
            yield core.compute(numbers.below(work + 1))
            if number < gives:
                yield from queue.put(core, (core.index, number))
            if number < takes:
                taken.append((yield from queue.take(core)))
        return taken

    def check(run: Run) -> None:
        taken: tuple[Any, ...] = run.returned
        given = [(core, number) for core in range(producers) for number in range(items)]
        check_once("bounded_queue: item", given, [item for one in taken for item in one])
        for consumer, one in enumerate(taken):
            for producer in range(producers):
                order = [number for core, number in one if core == producer]
                if order != sorted(order):
                    raise Breach(f"bounded_queue: core {consumer} took the items of core {producer} as {order}")

    programs: list[Program] = [program] * cores
    return Workload.from_programs("bounded_queue", programs, check)
