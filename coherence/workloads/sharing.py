"""The classic sharing patterns, as streams: who reads and writes which key."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from coherence.accesses.given import PADDING, refuse
from coherence.accesses.op import CoreOp
from coherence.accesses.workload import Workload
from coherence.errors import whole

SLOTS = 8  # through which a producer hands its items


def false_sharing(cores: int = 4, writes: int = 100, padded: bool = False, seed: int = 0) -> Workload:
    """Each core increments its own counter, and the counters lie side by side on one line.

    Look for invalidations at every turn though no counter is shared: with 64 keys a line every miss is false sharing.

    *writes*: increments a core · *padded*: the counters lie 64 keys apart, which is the cure · *seed* changes nothing.
    (Torrellas, Lam & Hennessy, IEEE TC 1994.)

    >>> false_sharing(cores=2, writes=3).cores
    2
    """
    refuse(cores, seed, whole("writes", writes, 1))

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
    """The cure of false_sharing: the same counters, each on a line of its own.

    Look for one cold miss a core and nothing after it.

    >>> import coherence as co
    >>> co.Machine(cache=co.Cache(keys_per_line=64)).run(false_sharing_padded()).totals["invalidations"]
    0
    """
    return false_sharing(cores, writes, padded=True, seed=seed)


def producer_consumer(cores: int = 4, items: int = 50, seed: int = 0) -> Workload:
    """Core 0 writes items into slots one after another; every other core reads each of them.

    Look for a dirty line read by others after every write: memory is written each time, unless a state can own it.

    *items*: how many, through eight slots · *seed* changes nothing. A protocol without an owner state flushes the
    line to memory at each first read; one with an owner keeps it from memory until it is evicted.

    >>> producer_consumer(cores=2, items=3).cores
    2
    """
    refuse(cores, seed, whole("items", items, 1))

    def produce() -> Iterator[CoreOp]:
        for item in range(items):
            yield 0, "w", item % SLOTS, 20

    def consume(core: int) -> Callable[[], Iterator[CoreOp]]:
        return lambda: ((core, "r", item % SLOTS, 20) for item in range(items))

    return Workload.from_streams("producer_consumer", [produce, *(consume(core) for core in range(1, cores))])


def migratory(cores: int = 4, rounds: int = 25, keys: int = 4, gap: int = 1000, seed: int = 0) -> Workload:
    """A record goes from core to core, and each reads all of it and then writes all of it.

    Look for two bus requests where one would do: a read that shares the line, then the upgrade that takes it back.

    *rounds*: turns of each core · *keys*: of the record · *gap*: cycles from one core's turn to the next one's, long
    enough for a turn, since nothing else keeps them in order · *seed* changes nothing. The class of Weber & Gupta
    (ASPLOS 1989); Stenström, Brorsson & Sandberg (ISCA 1993) make one request of the two.

    >>> migratory(cores=2, rounds=3).cores
    2
    """
    refuse(cores, seed, whole("rounds", rounds, 1), whole("keys", keys, 1), whole("gap", gap, 0))
    return _in_turn("migratory", cores, rounds, [(op, key) for op in "rw" for key in range(keys)], gap)


def ping_pong(cores: int = 2, rounds: int = 50, gap: int = 200, seed: int = 0) -> Workload:
    """The cores write the same key in turn.

    Look for a write miss and an invalidation at every turn: the one line is always where it is not needed.

    *rounds*: turns of each core · *gap*: cycles from one core's turn to the next one's · *seed* changes nothing.

    >>> import coherence as co
    >>> co.Machine().run(ping_pong(rounds=50)).totals["invalidations"]
    99
    """
    refuse(cores, seed, whole("rounds", rounds, 1), whole("gap", gap, 0))
    return _in_turn("ping_pong", cores, rounds, [("w", 0)], gap)


def _in_turn(name: str, cores: int, rounds: int, turn: list[tuple[str, int]], gap: int) -> Workload:
    """Core after core does *turn*, *rounds* times round.

    In trace order the order is exact; in program order the cores know nothing of one another, and each waits
    *gap* cycles a core between its turns.
    """

    def sequence() -> Iterator[CoreOp]:
        for _ in range(rounds):
            for core in range(cores):
                for op, key in turn:
                    yield core, op, key, 0

    def stream(core: int) -> Iterator[CoreOp]:
        wait = core * gap
        for _ in range(rounds):
            for op, key in turn:
                yield core, op, key, wait
                wait = 0
            wait = cores * gap

    return Workload(name, cores, sequence, lambda: [stream(core) for core in range(cores)])
