"""Keys drawn at random: with equal chance, by popularity, or from a set that moves."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import accumulate
from typing import TypeAlias

from coherence.accesses.given import padded, refuse, share, stream_seed
from coherence.accesses.op import CoreOp
from coherence.accesses.workload import Workload
from coherence.errors import whole
from coherence.random import SplitMix64

HALF = 32  # bits of a random number that choose a key, where the rest decides something else
MOST_SKEW = 8
SKEW_BITS = 16  # binary digits of a skew's fraction that count

# The ops and keys of one core, from its own random numbers.
Draw: TypeAlias = "Callable[[int, SplitMix64], Iterator[CoreOp]]"


def private(cores: int = 4, accesses: int = 1000, keys: int = 64, writes: float = 0.3, seed: int = 0) -> Workload:
    """Each core reads and writes keys of its own.

    Look for silence: after its cold misses a core only hits, if the first write to what it alone has read is silent.

    *accesses*: a core · *keys*: of each core, on lines of their own · *writes*: their share, 0 to 1.

    >>> import coherence as co
    >>> co.Machine().run(private()).totals["invalidations"]
    0
    """
    refuse(cores, seed, whole("accesses", accesses, 1), whole("keys", keys, 1), share("writes", writes))
    return _drawn("private", cores, seed, _equal(accesses, keys, writes, apart=padded(keys)))


def read_mostly(cores: int = 4, accesses: int = 1000, keys: int = 64, writes: float = 0.01, seed: int = 0) -> Workload:
    """All cores read the same keys, and seldom one of them writes.

    Look for copies in every cache: each of the few writes takes them all, and every reader then misses once.

    *accesses*: a core · *keys*: how many there are · *writes*: their share, 0 to 1. The class of Weber & Gupta
    (ASPLOS 1989).

    >>> read_mostly(accesses=10).cores
    4
    """
    refuse(cores, seed, whole("accesses", accesses, 1), whole("keys", keys, 1), share("writes", writes))
    return _drawn("read_mostly", cores, seed, _equal(accesses, keys, writes))


def random(cores: int = 4, accesses: int = 1000, keys: int = 256, writes: float = 0.3, seed: int = 0) -> Workload:
    """Each core reads and writes keys that all share, with equal chance.

    Look for true sharing all over: the more writes, the more misses, and no line is worse than another.

    *accesses*: a core · *keys*: how many there are · *writes*: their share among the accesses, 0 to 1.

    >>> random(cores=2, accesses=10).cores
    2
    """
    refuse(cores, seed, whole("accesses", accesses, 1), whole("keys", keys, 1), share("writes", writes))
    return _drawn("random", cores, seed, _equal(accesses, keys, writes))


def uniform(cores: int = 4, accesses: int = 1000, keys: int = 256, writes: float = 0.3, seed: int = 0) -> Workload:
    """Another name for `random`: the very same accesses.

    Look for the base line of zipf and moving_hot_set: the same keys, none of them more popular.

    >>> list(uniform(accesses=10).sequence()) == list(random(accesses=10).sequence())
    True
    """
    return replace(random(cores, accesses, keys, writes, seed), name="uniform")


def zipf(
    cores: int = 4, accesses: int = 1000, keys: int = 256, skew: float = 0.99, writes: float = 0.3, seed: int = 0
) -> Workload:
    """Each core reads and writes shared keys, a few of which are very popular (Zipf's law).

    Look for a few lines that cost nearly everything: key 0 is the most popular, and it is fought over.

    The chance of key *k* goes with 1 / (k + 1)^*skew*; 0 is uniform, and 0.99 is usual for key-value stores (YCSB:
    Cooper et al., SoCC 2010). *accesses*: a core · *keys*: how many there are · *skew*: 0 to 8 · *writes*: their
    share, 0 to 1.

    >>> import coherence as co
    >>> lines = co.Machine().run(zipf()).lines
    >>> lines[0].invalidations > 10 * lines[100].invalidations
    True
    """
    refuse(cores, seed, whole("accesses", accesses, 1), whole("keys", keys, 1), skewed(skew), share("writes", writes))
    popular, writing = popularity(keys, skew), below(writes)

    def draw(core: int, numbers: SplitMix64) -> Iterator[CoreOp]:
        next_number = numbers.next
        for _ in range(accesses):
            op = "w" if next_number() < writing else "r"
            yield core, op, popular(next_number()), 0

    return _drawn("zipf", cores, seed, draw)


def moving_hot_set(
    cores: int = 4, accesses: int = 2000, keys: int = 1024, hot: int = 32, heat: float = 0.9, period: int = 250,
    writes: float = 0.1, seed: int = 0,
) -> Workload:  # fmt: skip
    """Most accesses go to a small set of shared keys, and from time to time the set is another one.

    Look for a burst of misses at each move, and with few ways for how soon the replacement policy forgets the old set.

    *accesses*: a core · *keys*: how many there are · *hot*: how many of them are hot at a time · *heat*: the share of
    the accesses that go to those, 0 to 1 · *period*: accesses of a core between two moves · *writes*: their share.

    >>> moving_hot_set(accesses=10).cores
    4
    """
    counts = whole("accesses", accesses, 1) + whole("keys", keys, 1) + whole("hot", hot, 1) + whole("period", period, 1)
    refuse(cores, seed, counts, share("heat", heat), share("writes", writes))
    writing, heated, lower = below(writes), below(heat), (1 << HALF) - 1

    def draw(core: int, numbers: SplitMix64) -> Iterator[CoreOp]:
        next_number = numbers.next
        for number in range(accesses):
            op = "w" if next_number() < writing else "r"
            both = next_number()  # its upper bits decide whether it is hot, its lower half which key it is
            if both < heated:
                yield core, op, (number // period * hot + (both & lower) % hot) % keys, 0
            else:
                yield core, op, (both & lower) % keys, 0

    return _drawn("moving_hot_set", cores, seed, draw)


def skewed(skew: object) -> list[str]:
    """The faults of a skew: a list of none or one line."""
    fits = isinstance(skew, (int, float)) and not isinstance(skew, bool) and 0 <= skew <= MOST_SKEW
    return [] if fits else [f"skew must be from 0 to {MOST_SKEW}, not {skew!r}"]


def popularity(keys: int, skew: float) -> Callable[[int], int]:
    """Zipf's law: the key that a number of SplitMix64 draws, by its upper 53 bits.

    >>> popular = popularity(3, 1)
    >>> [popular((2 * part + 1) * 2**63 // 11) for part in range(11)]  # as 6 : 3 : 2
    [0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2]
    """
    upto = list(accumulate(1 / power(rank, skew) for rank in range(1, keys + 1)))
    scale = upto.pop() * 2.0**-53  # without the last, a search never ends beyond the last key
    return lambda number: bisect(upto, (number >> 11) * scale)


def power(base: int, exponent: float) -> float:
    """*base* ≥ 1 to *exponent* ≥ 0, made of products and square roots alone.

    IEEE 754 fixes both to the last bit, which it does not for the library's power function, so a table made of this
    is the same on every machine. The exponent's fraction counts to SKEW_BITS binary digits.

    >>> power(9, 1.5), power(2, 0)
    (27.0, 1.0)
    """
    result, root = 1.0, float(base)
    for _ in range(int(exponent)):
        result *= root
    fraction = exponent - int(exponent)
    for _ in range(SKEW_BITS):
        if not fraction:
            break
        root = math.sqrt(root)
        fraction *= 2
        if fraction >= 1:
            result *= root
            fraction -= 1
    return result


def below(probability: float) -> int:
    """The bound under which a number of SplitMix64 lies with *probability*, as its `chance` decides.

    A comparison where there is an access, instead of a call: a million accesses are made in about a second.

    >>> below(1), below(0)
    (18446744073709551616, 0)
    """
    return math.ceil(probability * 2.0**53) << 11


def _equal(accesses: int, keys: int, writes: float, apart: int = 0) -> Draw:
    """Keys with equal chance; each core's begin *apart* keys after the ones of the core before it."""
    writing = below(writes)

    def draw(core: int, numbers: SplitMix64) -> Iterator[CoreOp]:
        first, next_number = core * apart, numbers.next
        for _ in range(accesses):
            op = "w" if next_number() < writing else "r"
            yield core, op, first + next_number() % keys, 0

    return draw


def _drawn(name: str, cores: int, seed: int, draw: Draw) -> Workload:
    """One stream a core, each from random numbers of its own."""

    def stream(core: int) -> Callable[[], Iterator[CoreOp]]:
        return lambda: draw(core, SplitMix64(stream_seed(seed, core)))

    return Workload.from_streams(name, [stream(core) for core in range(cores)])
