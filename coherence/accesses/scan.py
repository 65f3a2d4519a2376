"""The compiled part of reading a trace: lines of text to numbers, and keys to words. Needs numba."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coherence.jit import entry, inlined

# What a Grammar says, as bits.
CORE, GAP, COMMENTS, REST, PREFIX, APART, DECIMAL = (1 << bit for bit in range(7))
# What a byte is as an op: its place in `encoded.OPS`, or one of these.
COMPUTING, SKIP, NO_OP = 3, 4, 255
# The places of `state`: bytes taken from the text; accesses found in it; cycles computed since the last access;
# highest core + 1; whether any key is negative, needs the 64th bit, or has a digit a-f.
STATE = 7
TAKEN, FOUND, WAITING, CORES, NEGATIVE, HUGE, LETTERS = range(STATE)

MOST_GAP = (1 << 32) - 1
_TAB, _LF, _CR, _BLANK, _HASH, _PLUS, _MINUS, _ZERO, _ONE, _X = (ord(c) for c in "\t\n\r #+-01x")
_TEN, _TEN_19 = np.uint64(10), np.uint64(10**19)  # numbers of 20 digits begin with 1, or are beyond 64 bits
_SPREAD, _HALF = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)  # 2^64 over the golden ratio: Knuth, TAOCP 3, 6.4


@entry
def scan(
    text: NDArray[np.uint8], end: int, last: bool, flags: int, ops: NDArray[np.uint8], only: int, limit: int,
    state: NDArray[np.int64], what: NDArray[np.uint32], gap: NDArray[np.uint32], core: NDArray[np.uint16],
    key: NDArray[np.int64],
) -> bool:  # fmt: skip
    """Read the lines of *text* from `state[TAKEN]` up to *end*; False at one that the grammar does not describe.

    A line whose end is not there yet is left, unless this is the *last* of the text. `text[end]` must be a line feed,
    and what (the op alone), gap, core and key (its 64 bits) must have room for every line. *only*: the core, where
    lines name none · *limit*: how many cores there may be.
    """
    at, found, waiting, cores = state[TAKEN], 0, state[WAITING], state[CORES]
    whole = True
    while at < end:
        start = at
        good = True
        who, op, bits, minus, cycles = only, SKIP, 0, False, 0
        at = _past_blanks(text, at)
        if not _ends(text[at]) and not (flags & COMMENTS and text[at] == _HASH):
            if flags & CORE:
                who, digits, at = _decimal(text, at)
                good = 0 < digits <= 18 and who < limit and _blank(text[at])
                at = _past_blanks(text, at)
            op = ops[text[at]]
            good = good and op != NO_OP and _blank(text[at + 1])
            if good:
                at = _past_blanks(text, at + 1)
                decimal = flags & DECIMAL != 0
                if decimal and (text[at] == _PLUS or text[at] == _MINUS):
                    minus = text[at] == _MINUS
                    at += 1
                if flags & PREFIX and text[at] == _ZERO and text[at + 1] | 32 == _X:
                    decimal = False
                    at += 2
                    if flags & APART:
                        at = _past_blanks(text, at)
                if decimal:
                    bits, digits, at = _decimal(text, at)
                    good = 0 < digits <= 19 or bool(
                        digits == 20 and text[at - 20] == _ONE and np.uint64(bits) >= _TEN_19
                    )
                else:
                    first = at
                    value = _value(text[at])
                    while value >= 0:
                        if value > 9:
                            state[LETTERS] = 1
                        bits = bits << 4 | value
                        at += 1
                        value = _value(text[at])
                    good = 0 < at - first <= 16
                after = at
                at = _past_blanks(text, at)
                if flags & GAP and after < at and _digit(text[at]):
                    cycles, digits, at = _decimal(text, at)
                    good = good and digits <= 18
                    after = at
                    at = _past_blanks(text, at)
                good = good and (after < at or _ends(text[at]) or (flags & COMMENTS != 0 and text[at] == _HASH))
        if flags & REST or (flags & COMMENTS and text[at] == _HASH):
            while not _ends(text[at]) and text[at] < 128:
                at += 1
        good = good and _ends(text[at])
        if good and op == COMPUTING:
            cycles = bits
        good = good and 0 <= cycles <= MOST_GAP and waiting + cycles <= MOST_GAP and (bits >= 0 or not minus)
        while not good and not _ends(text[at]):
            at += 1
        if at == end and not last:
            at = start
            break
        if not good:
            whole = False
            break
        at += 1
        if op != SKIP:
            waiting += cycles
        if op < COMPUTING:
            if bits < 0:
                state[HUGE] = 1
            if minus and bits > 0:
                state[NEGATIVE] = 1
                bits = -bits
            what[found] = op
            gap[found] = waiting
            core[found] = who
            key[found] = bits
            found += 1
            waiting = 0
            cores = max(cores, who + 1)
    state[TAKEN], state[FOUND], state[WAITING], state[CORES] = min(at, end), found, waiting, cores
    return whole


@entry
def number(
    key: NDArray[np.int64], start: int, what: NDArray[np.uint32], keys: NDArray[np.int64], words: int,
    table: NDArray[np.uint32],
) -> tuple[int, int]:  # fmt: skip
    """Put the words of *key* from *start* on into *what*, above the ops; how far it came, and how many words there are.

    It stops where *table* is half full. `keys[word]` is the key of each of the *words* known, *table* finds them: open
    addressing, word + 1 or 0, a power of two in size.
    """
    size = len(table)
    for at in range(start, len(key)):
        bits = key[at]
        slot = _slot(bits, size)
        while table[slot] and keys[table[slot] - 1] != bits:
            slot = (slot + 1) & (size - 1)
        word = int(table[slot]) - 1
        if word < 0:
            if 2 * words >= size:
                return at, words
            word = words
            keys[word] = bits
            words += 1
            table[slot] = words
        what[at] |= np.uint32(word << 2)
    return len(key), words


@entry
def together(
    core: NDArray[np.uint16], what: NDArray[np.uint32], gap: NDArray[np.uint32], cursor: NDArray[np.int64],
    what_together: NDArray[np.uint32], gap_together: NDArray[np.uint32],
) -> None:  # fmt: skip
    """Put the accesses of each core together, those of core c from `cursor[c]` on; *gap* is empty where all are 0."""
    for at in range(len(core)):
        to = cursor[core[at]]
        cursor[core[at]] = to + 1
        what_together[to] = what[at]
        if len(gap):
            gap_together[to] = gap[at]


@inlined
def _slot(bits: int, size: int) -> int:
    """Where to look for a key first."""
    return int(np.int64(np.uint64(bits) * _SPREAD >> _HALF)) & (size - 1)


@inlined
def _past_blanks(text: NDArray[np.uint8], at: int) -> int:
    while _blank(text[at]):
        at += 1
    return at


@inlined
def _decimal(text: NDArray[np.uint8], at: int) -> tuple[int, int, int]:
    """The 64 bits of a decimal number, how many digits it has, and what follows it."""
    number, first = np.uint64(0), at
    while _digit(text[at]):
        number = number * _TEN + np.uint64(text[at] - _ZERO)
        at += 1
    return int(np.int64(number)), at - first, at


@inlined
def _value(byte: int) -> int:
    """A digit's value in hex, or -1."""
    if _digit(byte):
        return int(byte) - _ZERO
    value = (int(byte) | 32) - 97
    return value + 10 if 0 <= value <= 5 else -1


@inlined
def _blank(byte: int) -> bool:
    return byte in (_BLANK, _TAB)


@inlined
def _ends(byte: int) -> bool:
    return byte in (_LF, _CR)


@inlined
def _digit(byte: int) -> bool:
    return _ZERO <= byte <= _ZERO + 9
