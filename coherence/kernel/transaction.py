"""One atomic bus transaction, compiled: what `coherence.transaction.order`, the System and the Counter do, on a Board.

No protocol and no state is named: the table's arrays are read as they are.
"""

from __future__ import annotations

import numpy as np

from coherence.jit import inlined
from coherence.kernel.arbiters import draw
from coherence.kernel.board import (
    ALONE,
    ARBITRATE,
    ASKED,
    BUS_RD,
    BUS_RDX,
    BUS_WB,
    COLD,
    COST,
    EVICT,
    EVICTED,
    FALSE_SHARING,
    FIFO,
    FLUSH,
    FLUSHING,
    LRU,
    MEMORY,
    NEVER_HELD,
    READ,
    REPLACEMENT,
    SEAT_BITS,
    SEATS,
    STATE,
    STAYS,
    SUPPLIES,
    TAKEN,
    TRANSFER,
    TRUE_SHARING,
    WRITE,
    Board,
    Int,
)  # fmt: skip
from coherence.kernel.front import Front, withdraw
from coherence.random import MASK

_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)  # each six bits in a row occur once
_LOWEST = np.zeros(SEATS, np.uint8)
for _bit in range(SEATS):
    _LOWEST[(int(_DE_BRUIJN) << _bit & MASK) >> 58] = _bit

STOPPED = -1  # a cell that says never was reached


@inlined
def transact(b: Board, f: Front | None, core: Int, pair: Int, event: Int, p: Int, at: Int, now: Int) -> Int:
    """Do the access at position *p*, of stamp *at*, on the bus; returns for how long it holds it, or STOPPED.

    *f*: how far the cores have run ahead of *now*, if they do.
    """
    others = others_of(b, pair)
    first = index(first_of(b, pair) if f is None else f.core[core].asks)
    own = state_of(b, pair)
    cell = own * 3 + event
    if b.alone[cell] < 0:
        return STOPPED
    line = line_of(b, pair)
    own_seat = np.int64(b.pair[pair].seat)
    held = b.latency[ARBITRATE]
    taken = False
    for turn in range(b.request.shape[1]):
        request = b.request[cell, turn]
        if request < 0:
            break
        if b.if_shared[cell, turn] and others == 0:
            continue
        b.counts[core].bus[request] += 1
        if request == BUS_WB:
            b.counts[core].writebacks += 1
            held += b.latency[COST + request]
            continue
        fills = request in (BUS_RD, BUS_RDX)
        supplier: Int = -1
        if fills and b.snooped[own * ASKED + request].response & SUPPLIES:
            supplier = core
        left = others
        part = first >> SEAT_BITS
        bits = seated(b, part, own_seat) & (~np.uint64(0) << np.uint64(first & SEATS - 1))
        while left > 0:
            while bits == 0:
                part += 1
                bits = seated(b, part, own_seat)
            theirs = b.touched[(part << SEAT_BITS) + lowest(bits)]
            bits &= bits - np.uint64(1)
            left -= 1
            state = state_of(b, theirs)
            who = b.core_of[theirs]
            cut = state * ASKED + request
            if f is not None and not b.snooped[cut].calm and withdraw(b, f, who, theirs, now):
                state = state_of(b, theirs)
                cut = state * ASKED + request
            to = b.snooped[cut].to
            if to < 0:
                return STOPPED
            response = b.snooped[cut].response
            if response & FLUSH:
                b.counts[who].flushes += 1
                held += b.latency[FLUSHING]
            if supplier < 0 and response & SUPPLIES:
                supplier = np.int64(who)
            if to == b.invalid:
                others -= 1
                b.counts[who].invalidations += 1
                b.pair[theirs].invalidations += 1
                b.took[core, who] += 1
                b.line[line].epoch += not taken
                taken = True
                drop(b, theirs, b.line[line].epoch)
            elif to != state:
                if request == BUS_RD and b.exclusive[state] and not b.exclusive[to]:
                    b.counts[who].interventions += 1
                b.state[theirs] = (b.state[theirs] & STAYS) | to
        if not fills:
            held += b.latency[COST + request]
        elif supplier < 0:
            b.counts[core].memory_fills += 1
            held += b.latency[MEMORY]
        else:
            b.counts[core].cache_fills += 1
            b.counts[index(supplier)].supplies += 1
            held += b.latency[TRANSFER]
    if taken and not b.state[pair] & TAKEN:
        for n in range(b.line[line].first, b.line[line + 1].first):
            b.state[b.touched[n]] |= TAKEN
    after = b.shared[cell] if others > 0 else b.alone[cell]
    if event == EVICT:
        b.counts[core].evictions += 1
        drop(b, pair, EVICTED)
        return held
    if own == b.invalid:
        if event == READ:
            b.counts[core].read_misses += 1
        else:
            b.counts[core].write_misses += 1
        cause = COLD
        lost = b.pair[pair].lost
        if lost != NEVER_HELD and (event == READ or after != b.invalid):
            cause = REPLACEMENT if lost == EVICTED else TRUE_SHARING
        if cause == TRUE_SHARING:
            word = b.what[p] >> 2
            last = b.written[word]
            if (b.other[word] if last & 0xFFFF == core else last >> 16) < lost:
                cause = FALSE_SHARING
        b.counts[core].causes[cause] += 1
        b.pair[pair].causes[cause] += 1
        if after != b.invalid:
            room = make_room(b, core, pair, at)
            if room < 0:
                return STOPPED
            held += room
            count_copy(b, pair, 1)
    elif event == WRITE:
        b.counts[core].upgrades += 1
        b.pair[pair].upgrades += 1
    b.state[pair] = (b.state[pair] & STAYS) | after
    b.stamp[pair] = at
    if event == WRITE and b.state[pair] & TAKEN:
        write(b, core, pair, p)
    return held


@inlined
def index(number: Int) -> Int:
    """The number, as one that is seen to be no negative index; all that is used as one is less than 2^32."""
    return np.int64(np.uint32(number))


@inlined
def line_of(b: Board, pair: Int) -> Int:
    """The line of which it is a copy."""
    return np.int64(b.pair[pair].line)


@inlined
def state_of(b: Board, pair: Int) -> Int:
    """The number of the table's state that it is in."""
    return np.int64(b.state[pair] & STATE)


@inlined
def others_of(b: Board, pair: Int) -> Int:
    """How many other cores hold its line."""
    if b.state[pair] & ALONE:
        return 0
    return b.line[line_of(b, pair)].holders - (state_of(b, pair) != b.invalid)


@inlined
def count_copy(b: Board, pair: Int, change: Int) -> None:
    """The pair's line has one valid copy more, or one fewer: the pair's."""
    if not b.state[pair] & ALONE:
        b.line[line_of(b, pair)].holders += change
        seat = np.int64(b.pair[pair].seat)
        b.held[seat >> SEAT_BITS] ^= np.uint64(1) << np.uint64(seat & SEATS - 1)


@inlined
def seated(b: Board, part: Int, but: Int) -> Int:
    """The bits of word *part* of `held`, but the one of seat *but*."""
    return b.held[part] & ~(np.uint64(part == but >> SEAT_BITS) << np.uint64(but & SEATS - 1))


@inlined
def lowest(bits: np.uint64) -> Int:
    """The number of the lowest bit that is set, of a word that is not 0 (C. E. Leiserson et al., 1998)."""
    return np.int64(_LOWEST[((bits & (~bits + np.uint64(1))) * _DE_BRUIJN) >> np.uint64(58)])


@inlined
def first_of(b: Board, pair: Int) -> Int:
    """Where in `touched` the pairs of its line begin."""
    return np.int64(b.line[line_of(b, pair)].first)


@inlined
def write(b: Board, core: Int, pair: Int, p: Int) -> None:
    """Remember who wrote the word, and in which epoch of its line."""
    word = b.what[p] >> 2
    last = b.written[word]
    if last & 0xFFFF != core:
        b.other[word] = last >> 16
    b.written[word] = np.int64(b.line[line_of(b, pair)].epoch) << 16 | core


@inlined
def locally(b: Board, core: Int, pair: Int, event: Int, p: Int, at: Int, after: Int) -> None:
    """Do the access at position *p*, of stamp *at*, which needs no bus and leads to state *after*."""
    state = b.state[pair]
    if event == EVICT:
        if state_of(b, pair) != b.invalid:
            b.counts[core].evictions += 1
            drop(b, pair, EVICTED)
        return
    if event == WRITE:
        if after != state:
            b.counts[core].silent_upgrades += b.dirty[after & STATE] > b.dirty[state & STATE]
        if state & TAKEN:
            write(b, core, pair, p)
    b.state[pair] = after
    b.stamp[pair] = at


@inlined
def drop(b: Board, pair: Int, lost: Int) -> None:
    """The copy is gone: EVICTED, or taken by a snoop in epoch *lost*."""
    b.state[pair] = (b.state[pair] & STAYS) | b.invalid
    b.pair[pair].lost = lost
    count_copy(b, pair, -1)
    if len(b.base):
        own = b.pair[pair].set
        place = b.base[own]
        while b.ways[place] != pair:
            place += 1
        close(b, own, place)


@inlined
def close(b: Board, own: Int, place: Int) -> None:
    """Take *place* out of the set; the others keep their order of fill, which LRU does not need."""
    b.filled[own] -= 1
    last = b.base[own] + b.filled[own]
    if b.policy == LRU:
        b.ways[place] = b.ways[last]
    else:
        for n in range(place, last):
            b.ways[n] = b.ways[n + 1]


@inlined
def make_room(b: Board, core: Int, pair: Int, at: Int) -> Int:
    """Fill *pair* into its set, evicting a victim if it is full; returns the cycles of its write-back, or STOPPED."""
    if not len(b.base):
        return 0
    own = b.pair[pair].set
    held = 0
    if b.filled[own] == b.most:
        place = victim(b, core, own, at)
        leaves = b.ways[place]
        cell = state_of(b, leaves) * 3 + EVICT
        if b.alone[cell] < 0:
            return STOPPED
        for turn in range(b.request.shape[1]):
            if b.request[cell, turn] < 0:
                break
            b.counts[core].bus[BUS_WB] += 1
            b.counts[core].writebacks += 1
            held += b.latency[COST + BUS_WB]
        b.counts[core].evictions += 1
        b.state[leaves] = (b.state[leaves] & STAYS) | b.invalid
        b.pair[leaves].lost = EVICTED
        count_copy(b, leaves, -1)
        close(b, own, place)
    b.ways[b.base[own] + b.filled[own]] = pair
    b.filled[own] += 1
    return held


@inlined
def victim(b: Board, core: Int, own: Int, at: Int) -> Int:
    """The place in `ways` of the one that leaves. Stamps from *at* on belong to accesses that were taken back."""
    first = b.base[own]
    count = b.filled[own]
    if b.policy == FIFO or count == 1:
        return first
    if b.policy != LRU:
        return first + np.int64(draw(b.random, core) % np.uint64(count))
    oldest: Int = first
    least = np.int64(at)
    for place in range(first, first + count):
        pair = b.ways[place]
        stamp = b.stamp[pair]
        if stamp >= at:
            while stamp >= at:
                stamp = b.before[stamp - 1]
            b.stamp[pair] = stamp
        if stamp < least:
            least = np.int64(stamp)
            oldest = place
    return oldest
