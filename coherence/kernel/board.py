"""All that a compiled run reads and writes, in one tuple of arrays; made here, nothing decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from coherence.cache.config import Cache
from coherence.kernel.limits import MOST_STATES, POLICIES
from coherence.kernel.prepared import Prepared
from coherence.protocol.arrays import UNDEFINED, Arrays, arrays
from coherence.protocol.model import PROCESSOR, REQUESTS, SNOOPED, Protocol
from coherence.random import MASK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coherence.config.timing import Timing

Int: TypeAlias = Any  # a number in compiled code: Python's, or one of numpy's
Rows: TypeAlias = Any  # an array of rows with named fields; compiled code reaches one as an attribute

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

CAUSES = ("cold", "replacement", "true_sharing", "false_sharing")  # of a miss, by number
COLD, REPLACEMENT, TRUE_SHARING, FALSE_SHARING = range(len(CAUSES))
# What is counted of a core; `longer`: cycles of reads and writes beyond what a local access takes.
COUNTS = np.dtype(
    [(name, np.int64) for name in (
        "read_misses", "write_misses", "upgrades", "silent_upgrades", "evictions", "writebacks", "flushes", "supplies",
        "memory_fills", "cache_fills", "interventions", "invalidations", "bus_wait", "finish", "longer",
    )] + [("bus", np.int64, len(REQUESTS)), ("causes", np.int64, len(CAUSES))]
)  # fmt: skip
# Of a pair: where it belongs, the place in `touched`, how it was lost last, and what is counted of it. It fills a cache
# line: one miss a transaction instead of many.
PAIR = np.dtype(
    [("line", np.uint32), ("set", np.uint32), ("seat", np.uint32), ("lost", np.int32), ("upgrades", np.uint32),
     ("invalidations", np.uint32), ("causes", np.uint32, len(CAUSES)), ("nothing", np.uint32, 6)]
)  # fmt: skip
NEVER_HELD, EVICTED = 0, -1  # of `lost`; otherwise the line's epoch at the loss
# Of a line that several cores touch: where its pairs begin, the valid copies, and how often a snoop took copies.
LINE = np.dtype([("first", np.uint32), ("holders", np.int32), ("epoch", np.int32)])
# What a snoop does, by state * ASKED + request: the next state, the response, and whether nothing that a core did ahead
# is in conflict with it.
SNOOP = np.dtype([("to", np.int8), ("response", np.int8), ("calm", np.bool_)])
SEAT_BITS = 6
SEATS = 1 << SEAT_BITS  # bits of a word of `held`

HIT, ISSUE, REPLY, ARBITRATE, MEMORY, TRANSFER = range(6)  # of `latency`
COST = MEMORY  # COST + request: of a request that brings no line, and of BusWB
FLUSHING = COST + len(REQUESTS)
LRU, FIFO, RANDOM = range(3)


class Board(NamedTuple):
    """The table, the latencies, the trace's pairs, and the state of all caches and counters.

    Of the table: `next` after a local access, or -1, by state * EVENTS + event; `alone`, `shared` and the rows of
    `request`, `if_shared` by state * 3 + event; `snooped` as named above; `exclusive`, `dirty` by state.
    Of the run: `state` and `stamp` (1 + position of the last access) of each pair, `pair` and `line` as named above;
    bit s % SEATS of `held[s // SEATS]`: whether the pair `touched[s]` is valid, of lines that several cores touch;
    `written[word]` = epoch << 16 | core of the last write and `other[word]` the epoch of the last by another core (kept
    for lines that were taken); set i of those in use, of which each is one core's, holds the pairs
    `ways[base[i]:base[i] + filled[i]]` by order of fill, at most `most`; `base` is empty where no set
    can be full.
    """

    next: NDArray[np.int16]
    alone: NDArray[np.int8]
    shared: NDArray[np.int8]
    request: NDArray[np.int8]
    if_shared: NDArray[np.int8]
    snooped: Rows
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
    pair: Rows
    line: Rows
    held: NDArray[np.uint64]
    written: NDArray[np.int64]
    other: NDArray[np.int64]
    policy: int
    most: int
    ways: NDArray[np.uint32]
    base: NDArray[np.int64]
    filled: NDArray[np.int64]
    random: NDArray[np.uint64]
    counts: Rows
    took: NDArray[np.int64]


def board(
    protocol: Protocol, cache: Cache, timing: Timing, seed: int, cores: int, ready: Prepared, what: NDArray[np.uint32]
) -> Board:
    """A board at the start of a run: nothing held, nothing counted; *what* in the order in which it runs."""
    table = arrays(protocol)
    local = _local(table)
    pairs = len(ready.line_of)
    set_of, room = _sets(cache, ready)
    pair = np.zeros(pairs, PAIR)
    pair["line"] = ready.line_of
    pair["set"][:-1] = set_of
    pair["seat"][ready.touched] = np.arange(len(ready.touched))
    state = np.full(pairs, table.invalid, np.uint8)
    state[:-1][np.diff(ready.first)[ready.line_of[:-1]] == 1] |= ALONE
    line = np.zeros(len(ready.first), LINE)
    line["first"] = ready.first
    return Board(
        next=local,
        alone=table.alone.ravel(),
        shared=table.shared.ravel(),
        request=table.request.reshape(-1, table.request.shape[2]),
        if_shared=table.if_shared.reshape(-1, table.request.shape[2]),
        snooped=_snooped(table, local),
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
        counts=np.zeros(cores, COUNTS),
        took=np.zeros((cores, cores), np.int64),
    )


def _local(table: Arrays) -> NDArray[np.int16]:
    """The state after an access that needs no bus, -1 where it does; of no copy to evict, and of computing, the same.

    By state, with the bits that stay, * EVENTS + event.
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
    return np.concatenate(kept).astype(np.int16).ravel()


def _snooped(table: Arrays, local: NDArray[np.int16]) -> Rows:
    """What snoops do.

    One is calm that leaves the state as it is, if that was surely the same before what its core did ahead, and if that
    core cannot write locally: a write must know whether it was before or after the transaction.
    """
    found = np.zeros(table.snooped.shape, SNOOP)
    found["to"], found["response"] = table.snooped, table.response
    for state in range(len(found)):
        before = np.flatnonzero(local[: len(found) * EVENTS] == state)
        reached = any(at // EVENTS != state and at % EVENTS in (READ, WRITE) for at in before.tolist())
        if not reached and local[state * EVENTS + WRITE] < 0:
            found["calm"][state] = table.snooped[state] == state
    return found.ravel()


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
