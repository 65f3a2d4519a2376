"""The classic sharing patterns, as streams: who reads and writes which key."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from coherence.errors import InputError, whole
from coherence.splitmix import SplitMix64
from coherence.workloads.base import MAX_CORES, CoreOp, Workload

SLOTS = 8  # through which a producer hands its items
PADDING = 64  # keys between padded counters: a line of 64 bytes


def false_sharing(cores: int = 4, writes: int = 100, padded: bool = False, seed: int = 0) -> Workload:
    """Each core increments its own counter; the counters lie side by side, or (*padded*) 64 keys apart.

    *writes*: increments a core. With 64 keys a line the first kind invalidates at every turn though no counter is
    shared, the second never: the cure is the padding.

    >>> false_sharing(cores=2, writes=3).cores
    2
    """
    _check(cores, writes=writes)

    def counter(core: int) -> Callable[[], Iterator[CoreOp]]:
        key = core * PADDING if padded else core

        def stream() -> Iterator[CoreOp]:
            for _ in range(writes):
                yield core, "r", key, 0
                yield core, "w", key, 0

        return stream

    name = "false_sharing_padded" if padded else "false_sharing"
    return Workload.from_streams(name, [counter(core) for core in range(cores)], keys_per_line=PADDING)


def false_sharing_padded(cores: int = 4, writes: int = 100, seed: int = 0) -> Workload:
    """The cure of false_sharing: the same counters, each on a line of its own."""
    return false_sharing(cores, writes, padded=True, seed=seed)


def producer_consumer(cores: int = 4, items: int = 50, seed: int = 0) -> Workload:
    """Core 0 writes items into slots one after another; every other core reads each of them.

    *items*: how many, through eight slots. A dirty line is read by others after every write: a protocol without an
    owner state flushes it to memory each time, one with an owner keeps it from memory until it is evicted.
    """
    _check(cores, items=items)

    def produce() -> Iterator[CoreOp]:
        for item in range(items):
            yield 0, "w", item % SLOTS, 20

    def consume(core: int) -> Callable[[], Iterator[CoreOp]]:
        return lambda: ((core, "r", item % SLOTS, 20) for item in range(items))

    return Workload.from_streams("producer_consumer", [produce, *(consume(core) for core in range(1, cores))])


def random(cores: int = 4, accesses: int = 1000, keys: int = 256, writes: float = 0.3, seed: int = 0) -> Workload:
    """Each core reads and writes keys that all share, with equal chance.

    *accesses*: a core · *keys*: how many there are · *writes*: their share among the accesses, 0 to 1.
    """
    _check(cores, accesses=accesses, keys=keys)
    if not 0 <= writes <= 1:
        raise InputError(f"writes must be from 0 to 1, not {writes!r}")

    def stream(core: int) -> Callable[[], Iterator[CoreOp]]:
        def run() -> Iterator[CoreOp]:
            draw = SplitMix64(seed * MAX_CORES + core)
            for _ in range(accesses):
                op = "w" if draw.chance(writes) else "r"
                yield core, op, draw.below(keys), 0

        return run

    return Workload.from_streams("random", [stream(core) for core in range(cores)])


def _check(cores: int, **counts: int) -> None:
    faults = whole("cores", cores, 1, MAX_CORES)
    for name, value in counts.items():
        faults += whole(name, value, 1)
    if faults:
        raise InputError("\n".join(faults))
