"""The compiled part of reading a trace: lines of text to numbers, and keys to words. Needs numba."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coherence.jit import entry, inlined

# What a Grammar says, as bits, and its columns by their numbers.
COMMENTS, REMARKS, REST, PREFIX, PREFIXED, APART, DECIMAL, LETTERED = (1 << bit for bit in range(8))
ANY, CORE, OP, KEY, GAP, MAYBE_GAP = range(6)
# What a word is as an op: its place in `encoded.OPS`, or one of these.
READ, COMPUTING, SKIP, NO_OP = 0, 3, 4, 255
# The places of `state`: bytes taken from the text; accesses found in it; cycles computed since the last access;
# highest core + 1; whether any key is negative, needs the 64th bit, or has a digit a-f; whether a heading comes first.
STATE = 8
TAKEN, FOUND, WAITING, CORES, NEGATIVE, HUGE, LETTERS, HEADING = range(STATE)
LONGEST_OP = 8  # letters, which are the bytes of a number

MOST_GAP = (1 << 32) - 1
_TAB, _LF, _CR, _BLANK, _HASH, _PLUS, _MINUS, _ZERO, _ONE, _X, _P, _T = (ord(c) for c in "\t\n\r #+-01xpt")
_TEN, _TEN_19 = np.uint64(10), np.uint64(10**19)  # numbers of 20 digits begin with 1, or are beyond 64 bits
_SPREAD, _HALF = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)  # 2^64 over the golden ratio: Knuth, TAOCP 3, 6.4


@entry
def scan(
    text: NDArray[np.uint8], end: int, last: bool, flags: int, fields: NDArray[np.uint8], separator: int,
    ops: NDArray[np.uint8], words: NDArray[np.int64], codes: NDArray[np.uint8], only: int, limit: int,
    state: NDArray[np.int64], what: NDArray[np.uint32], gap: NDArray[np.uint32], core: NDArray[np.uint16],
    key: NDArray[np.int64],
) -> bool:  # fmt: skip
    """Read the lines of *text* from `state[TAKEN]` up to *end*; False at one that the grammar does not describe.

    A line whose end is not there yet is left, unless this is the *last* of the text. `text[end]` must be a line feed,
    and what (the op alone), gap, core and key (its 64 bits) must have room for every line. *fields*: the columns, which
    *separator* parts, or blanks if that is one · *ops*: what each byte is as an op · *words*, *codes*: longer ops as
    numbers, and what they are · *only*: the core, if lines name none · *limit*: how many cores there may be.
    """
    at, found, waiting, cores = state[TAKEN], 0, state[WAITING], state[CORES]
    blanks = separator == _BLANK
    tab = _BLANK if separator == _TAB else _TAB  # what is a blank besides the blank
    whole = True
    while at < end:
        start = at
        good = True
        who, op, bits, minus, cycles = only, READ, 0, False, 0
        at = _past_blanks(text, at, tab)
        if _ends(text[at]) or (flags & COMMENTS and text[at] == _HASH) or state[HEADING]:
            op = SKIP
            heading = state[HEADING] and not _ends(text[at])
            while not _ends(text[at]) and text[at] < 128:
                at += 1
            if heading and _ends(text[at]) and (at < end or last):
                state[HEADING] = 0
        else:
            for place in range(len(fields)):
                field = fields[place]
                if place:
                    after = at
                    at = _past_blanks(text, at, tab)
                    if field == MAYBE_GAP and not (after < at and _digit(text[at])):
                        break
                    if not blanks:
                        good = text[at] == separator
                        at = _past_blanks(text, at + good, tab)
                    else:
                        good = after < at
                if field == KEY:
                    decimal = flags & DECIMAL != 0
                    if decimal and (text[at] == _PLUS or text[at] == _MINUS):
                        minus = text[at] == _MINUS
                        at += 1
                    if flags & (PREFIX | PREFIXED) and text[at] == _ZERO and text[at + 1] | 32 == _X:
                        decimal = False
                        at += 2
                        if flags & APART:
                            at = _past_blanks(text, at, tab)
                    elif flags & PREFIXED:
                        good = False
                    if decimal:
                        bits, digits, at = _decimal(text, at)
                        good = good and (
                            0 < digits <= 19
                            or bool(digits == 20 and text[at - 20] == _ONE and np.uint64(bits) >= _TEN_19)
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
                        good = good and 0 < at - first <= 16
                elif field == OP:
                    first = at
                    number = 0
                    while not (_blank(text[at], tab) or _ends(text[at]) or text[at] == separator):
                        number = number << 8 | text[at]
                        at += 1
                    if at - first == 1:
                        op = ops[number]
                    else:
                        op = NO_OP
                        if at - first <= LONGEST_OP:
                            for one in range(len(words)):
                                if words[one] == number:
                                    op = codes[one]
                    good = good and op != NO_OP
                elif field == CORE:
                    if flags & LETTERED and (text[at] | 32 == _P or text[at] | 32 == _T):
                        at += 1
                    who, digits, at = _decimal(text, at)
                    good = good and 0 < digits <= 18 and who < limit
                elif field == ANY:
                    first = at
                    while _printable(text[at]) or text[at] == _TAB:  # others may be blanks to the reader, or no text
                        if text[at] == separator or (blanks and text[at] == _TAB):
                            break
                        at += 1
                    good = good and (first < at or not blanks)
                else:
                    cycles, digits, at = _decimal(text, at)
                    good = good and 0 < digits <= 18
                if not good:
                    break
            after = at
            at = _past_blanks(text, at, tab)
            remark = flags & REMARKS and text[at] == _HASH
            good = good and (after < at or _ends(text[at]) or remark != 0)
            if remark or flags & REST:
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
def _past_blanks(text: NDArray[np.uint8], at: int, tab: int) -> int:
    while _blank(text[at], tab):
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
def _blank(byte: int, tab: int) -> bool:
    return byte in (_BLANK, tab)


@inlined
def _ends(byte: int) -> bool:
    return byte in (_LF, _CR)


@inlined
def _printable(byte: int) -> bool:
    return _BLANK <= byte < 127


@inlined
def _digit(byte: int) -> bool:
    return _ZERO <= byte <= _ZERO + 9
