"""All that a compiled run reads and writes, in one tuple of arrays; made here, nothing decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from coherence.cache.config import Cache
from coherence.kernel.limits import MOST_STATES, POLICIES
from coherence.kernel.prepared import Prepared
from coherence.protocol.arrays import UNDEFINED, Arrays, arrays
from coherence.protocol.model import PROCESSOR, REQUESTS, SNOOPED, Protocol
from coherence.splitmix import MASK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coherence.machine.timing import Timing

Int: TypeAlias = Any  # a number in compiled code: Python's, or one of numpy's

# Events by number, in the order of the ops of an encoded trace; computing alone is a fourth that is always local.
READ, WRITE, EVICT = range(len(PROCESSOR))
EVENTS = 4
BUS_RD, BUS_RDX, BUS_UPGR, BUS_UPD, BUS_WR, BUS_WB = range(len(REQUESTS))
ASKED = len(SNOOPED)
FLUSH, SUPPLIES = 1, 3  # bits of a response: Flush; Flush or Supply

# A pair's state: the number of the table's state, whether a snoop ever took a copy of its line from any core (only then
# does it matter who writes which word: what nobody has lost, nobody can miss by sharing), and whether no other core
# touches its line. The last two stay when the state changes.
STATE, TAKEN, ALONE = np.uint8(MOST_STATES), np.uint8(MOST_STATES + 1), np.uint8(2 * (MOST_STATES + 1))
STAYS = TAKEN | ALONE

# A core's counters, by number.
COUNTED = (
    "read_misses", "write_misses", "upgrades", "silent_upgrades", "evictions", "writebacks", "flushes", "supplies",
    "memory_fills", "cache_fills", "interventions", "invalidations", "cold", "replacement", "true_sharing",
    "false_sharing", "bus_wait", *REQUESTS, "finish", "longer",
)  # fmt: skip
(
    READ_MISSES, WRITE_MISSES, UPGRADES, SILENT, EVICTIONS, WRITEBACKS, FLUSHES, SUPPLIED, MEMORY_FILLS, CACHE_FILLS,
    INTERVENTIONS, INVALIDATIONS, COLD, REPLACEMENT, TRUE_SHARING, FALSE_SHARING, BUS_WAIT, REQUESTED,
) = range(18)  # fmt: skip
FINISH = REQUESTED + len(REQUESTS)
LONGER = FINISH + 1  # cycles of reads and writes beyond what a local access takes
# Of a pair: where it belongs, how it was lost last, its place in `touched`, and what is counted of it.
LINE, SET, LOST, SEAT, PAIR_COUNTED = range(5)
PAIR_COUNTS = ("cold", "replacement", "true_sharing", "false_sharing", "upgrades", "invalidations")
PAIR_UPGRADES, PAIR_INVALIDATIONS = PAIR_COUNTED + 4, PAIR_COUNTED + 5  # before them the causes, in order from COLD
PAIR_WIDTH = 16  # a pair fills a cache line: one miss a transaction instead of many
NEVER_HELD, EVICTED = 0, -1  # of LOST; otherwise the line's epoch at the loss
# Of a line that several cores touch: where its pairs begin, the valid copies, and how often a snoop took copies.
FIRST, HOLDERS, EPOCH = range(3)

SEATS = 64  # bits of a word of `held`

HIT, ISSUE, REPLY, ARBITRATE, MEMORY, TRANSFER = range(6)  # of `latency`
COST = MEMORY  # COST + request: of a request that brings no line, and of BusWB
FLUSHING = COST + len(REQUESTS)
LRU, FIFO, RANDOM = range(3)


class Board(NamedTuple):
    """The table, the latencies, the trace's pairs, and the state of all caches and counters.

    Of the table: `next[state, event]` after a local access, or -1; `alone`, `shared`, `request`, `if_shared` by
    state * 3 + event; `snooped`, `response` by state * ASKED + request; `exclusive`, `dirty` by state.
    Of the run: `state` and `stamp` (1 + position of the last access) of each pair, `pair[pair, …]` and
    `line[line, …]` as named above; bit s & 63 of `held[s >> 6]`: whether the pair `touched[s]` is valid, of lines that
    several cores touch; `written[word]` = epoch << 16 | core of the last write and `other[word]` the epoch
    of the last by another core (kept for lines that were taken); set i of those in use, of which each is one core's,
    holds the pairs `ways[base[i]:base[i] + filled[i]]` by order of fill, at most `most`; `base` is empty where no set
    can be full.
    """

    next: NDArray[np.int16]
    alone: NDArray[np.int8]
    shared: NDArray[np.int8]
    request: NDArray[np.int8]
    if_shared: NDArray[np.int8]
    snooped: NDArray[np.int8]
    response: NDArray[np.int8]
    exclusive: NDArray[np.int8]
    dirty: NDArray[np.int8]
    invalid: int
    latency: NDArray[np.int64]
    what: NDArray[np.uint32]
    core_of: NDArray[np.uint16]
    touched: NDArray[np.uint32]
    before: NDArray[np.uint32]
    state: NDArray[np.uint8]
    stamp: NDArray[np.uint32]
    pair: NDArray[np.int32]
    line: NDArray[np.int32]
    held: NDArray[np.uint64]
    written: NDArray[np.int64]
    other: NDArray[np.int64]
    policy: int
    most: int
    ways: NDArray[np.uint32]
    base: NDArray[np.int64]
    filled: NDArray[np.int64]
    random: NDArray[np.uint64]
    counts: NDArray[np.int64]
    took: NDArray[np.int64]


def board(
    protocol: Protocol, cache: Cache, timing: Timing, seed: int, cores: int, ready: Prepared, what: NDArray[np.uint32]
) -> Board:
    """A board at the start of a run: nothing held, nothing counted; *what* in the order in which it runs."""
    table = arrays(protocol)
    pairs = len(ready.line_of)
    set_of, room = _sets(cache, ready)
    pair = np.zeros((pairs, PAIR_WIDTH), np.int32)
    pair[:, LINE] = ready.line_of
    pair[:-1, SET] = set_of
    pair[ready.touched, SEAT] = np.arange(len(ready.touched))
    state = np.full(pairs, table.invalid, np.uint8)
    state[:-1][np.diff(ready.first)[ready.line_of[:-1]] == 1] |= ALONE
    line = np.zeros((len(ready.first), 3), np.int32)
    line[:, FIRST] = ready.first
    return Board(
        next=_local(table),
        alone=table.alone.ravel(),
        shared=table.shared.ravel(),
        request=table.request.reshape(-1, table.request.shape[2]),
        if_shared=table.if_shared.reshape(-1, table.request.shape[2]),
        snooped=table.snooped.ravel(),
        response=table.response.ravel(),
        exclusive=table.exclusive,
        dirty=table.dirty,
        invalid=table.invalid,
        latency=_latency(timing),
        what=what,
        core_of=ready.core_of,
        touched=ready.touched,
        before=ready.before,
        state=state,
        stamp=np.zeros(pairs, np.uint32),
        pair=pair,
        line=line,
        held=np.zeros(pairs // SEATS + 1, np.uint64),
        written=np.zeros(len(ready.trace.keys), np.int64),
        other=np.zeros(len(ready.trace.keys), np.int64),
        policy=POLICIES.index(cache.policy),
        most=0 if cache.ways is None else min(cache.ways, pairs),
        ways=np.zeros(int(room.sum()), np.uint32),
        base=np.concatenate(([0], np.cumsum(room)))[:-1].astype(np.int64),
        filled=np.zeros(len(room), np.int64),
        random=np.array([(seed + 1 + core) & MASK for core in range(cores)], np.uint64),
        counts=np.zeros((cores, len(COUNTED)), np.int64),
        took=np.zeros((cores, cores), np.int64),
    )


def _local(table: Arrays) -> NDArray[np.int16]:
    """The state after an access that needs no bus, -1 where it does; of no copy to evict, and of computing, the same.

    By (state, with the bits that stay, and event).
    """
    states = len(table.exclusive)
    found = np.full((int(TAKEN), EVENTS), -1, np.int16)
    for state in range(states):
        for event in (READ, WRITE, EVICT):
            needs_bus = table.request[state, event, 0] >= 0
            if table.alone[state, event] != UNDEFINED and not needs_bus:
                found[state, event] = table.alone[state, event]
        found[state, EVENTS - 1] = state
    found[table.invalid, EVICT] = table.invalid
    kept = [np.where(found < 0, -1, found | int(bits)) for bits in (0, TAKEN, ALONE, STAYS)]
    return np.concatenate(kept).astype(np.int16)


def _latency(timing: Timing) -> NDArray[np.int64]:
    costs = (timing.memory, timing.transfer, timing.upgrade, timing.update, timing.write_word, timing.writeback)
    return np.array([timing.hit, timing.issue, timing.reply, timing.arbitrate, *costs, timing.flush], np.int64)


def _sets(cache: Cache, ready: Prepared) -> tuple[NDArray[np.int64] | int, NDArray[np.int64]]:
    """The number of each pair's set among those in use, and each set's room; none if no set can be full."""
    none = 0, np.zeros(0, np.int64)
    if cache.ways is None:
        return none
    count = len(ready.line_of) - 1
    sets = cache.sets
    index = set_of_each(cache, ready.lines.names)
    if not isinstance(index, np.ndarray):
        number: dict[int, int] = {}
        index = np.array([number.setdefault(own, len(number)) for own in index], np.int64)
        sets = len(number)
    if sets > count:
        index = np.unique(index, return_inverse=True)[1]
        sets = int(index.max(initial=0)) + 1
    set_of = ready.core_of[:-1] * np.int64(sets) + index[ready.line_of[:-1]]
    if int(set_of.max(initial=0)) > 4 * count:
        set_of = np.unique(set_of, return_inverse=True)[1]
    sizes = np.bincount(set_of)
    if int(sizes.max(initial=0)) <= cache.ways:
        return none
    return set_of, np.minimum(sizes, cache.ways)


def set_of_each(cache: Cache, names: Any) -> NDArray[np.int64] | list[int]:
    """The set of each line, as `Cache.set_of` has it; an array where *names* are one.

    >>> set_of_each(Cache(sets=4), np.array([-1, 6])).tolist()
    [3, 2]
    """
    if isinstance(names, np.ndarray) and cache.sets <= np.iinfo(np.int64).max:
        return np.asarray(names % names.dtype.type(cache.sets), np.int64)
    return [cache.set_of(line) for line in (names.tolist() if isinstance(names, np.ndarray) else names)]
