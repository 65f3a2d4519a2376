"""A work-stealing deque: its owner works at one end, thieves take from the other."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coherence.accesses.given import refuse, refuse_if, stream_seed
from coherence.accesses.workload import Workload
from coherence.cache.config import Key
from coherence.errors import whole
from coherence.random import SplitMix64
from coherence.simulation.operation import operation
from coherence.workloads.checks import check_once
from coherence.workloads.primitives import compare_and_swap, fetch_and_add

if TYPE_CHECKING:
    from coherence.accesses.op import Program, Steps
    from coherence.run.run import Run
    from coherence.simulation.core import Core

DONE = "tasks done"
DEEPEST = 20
IDLE = 100  # cycles by which each search in vain delays the next


@dataclass(frozen=True)
class Deque:
    """The deque of core *owner* (Chase & Lev, SPAA 2005), whose array has no end, so it never grows.

    Only the owner may `push` and `pop`; any core may `steal`. Memory is sequentially consistent here, so none of the
    fences is needed that Lê, Pop, Cohen & Zappa Nardelli (PPoPP 2013) put in.

    >>> import coherence as co
    >>> def program(core):
    ...     deque = Deque(owner=0)
    ...     for task in "abc":
    ...         yield from deque.push(core, task)
    ...     newest = yield from deque.pop(core)
    ...     return newest, (yield from deque.steal(core))
    >>> co.Machine().run([program]).returned[0]
    ('c', 'a')
    """

    owner: int
    key: Key = "deque"

    def __post_init__(self) -> None:
        refuse_if(whole("owner", self.owner, 0))

    @property
    def top(self) -> Key:
        """The key of the oldest task's number, which only grows."""
        return (self.key, self.owner, "top")

    @property
    def bottom(self) -> Key:
        """The key of the number that the next task pushed gets."""
        return (self.key, self.owner, "bottom")

    def at(self, number: int) -> Key:
        """The key of a task."""
        return (self.key, self.owner, number)

    @operation
    def push(self, core: Core, task: object) -> Steps:
        """Add *task* at the owner's end."""
        bottom = (yield from core.get(self.bottom)) or 0
        yield from core.put(self.at(bottom), task)
        yield from core.put(self.bottom, bottom + 1)

    @operation
    def pop(self, core: Core) -> Generator[Any, Any, Any]:
        """The newest task, or None."""
        bottom = ((yield from core.get(self.bottom)) or 0) - 1
        yield from core.put(self.bottom, bottom)  # a thief that looks from here on does not see it any more
        read = yield from core.get(self.top)
        top = read or 0
        if top > bottom:
            yield from core.put(self.bottom, top)
            return None
        task = yield from core.get(self.at(bottom))
        if top == bottom:  # the last: a thief may have seen it before
            won = yield from compare_and_swap(core, self.top, read, top + 1)
            yield from core.put(self.bottom, top + 1)
            return task if won else None
        return task

    @operation
    def steal(self, core: Core) -> Generator[Any, Any, Any]:
        """The oldest task, or None if there is none or another core was faster."""
        read = yield from core.get(self.top)
        top = read or 0
        bottom = (yield from core.get(self.bottom)) or 0
        if top >= bottom:
            return None
        task = yield from core.get(self.at(top))
        won = yield from compare_and_swap(core, self.top, read, top + 1)
        return task if won else None


def work_stealing(cores: int = 4, depth: int = 6, work: int = 1000, seed: int = 0) -> Workload:
    """Core 0 begins with one task, every task makes two, and idle cores steal the oldest they find.

    Look for quiet owners: pushing and popping are hits, and only a theft moves lines, a large piece of work at a time.

    *depth*: 2^(depth + 1) − 1 tasks in all, at most 20 · *work*: cycles a task, at most, drawn from *seed* as the
    victims are. Checks that every task is done once.

    >>> import coherence as co
    >>> sum(len(tasks) for tasks in co.Machine().run(work_stealing(depth=3)).returned)
    15
    """
    refuse(cores, seed, whole("depth", depth, 0, DEEPEST), whole("work", work, 0))
    every = 2 ** (depth + 1) - 1  # tasks are numbered as in a heap: the root is 1, n makes 2n and 2n + 1

    def program(core: Core) -> Generator[Any, Any, list[int]]:
        numbers = SplitMix64(stream_seed(seed, core.index))
        own = Deque(core.index)
        done: list[int] = []
        told = idle = 0
        if core.index == 0:
            yield from own.push(core, 1)
        while True:
            task = yield from own.pop(core)
            if task is None:
                if len(done) > told:  # only who runs out says what it has done: the count is not fought over
                    yield from fetch_and_add(core, DONE, len(done) - told)
                    told = len(done)
                if ((yield from core.get(DONE)) or 0) >= every:
                    return done
                if cores > 1:
                    victim = (core.index + 1 + numbers.below(cores - 1)) % cores
                    task = yield from Deque(victim).steal(core)
            if task is None:
                idle += IDLE  # who finds nothing looks less and less often, and leaves the bus to who works
                yield core.compute(idle)
                continue
            idle = 0
            if type(task) is not int:
                core.stop(f"core {core.index} took {task!r}, which is no task", own.bottom)
            yield core.compute(numbers.below(work + 1))
            if 2 * task < every:
                yield from own.push(core, 2 * task)
                yield from own.push(core, 2 * task + 1)
            done.append(task)

    def check(run: Run) -> None:
        returned: tuple[Any, ...] = run.returned
        check_once("work_stealing: task", range(1, every + 1), [task for one in returned for task in one])

    programs: list[Program] = [program] * cores
    return Workload.from_programs("work_stealing", programs, check)
