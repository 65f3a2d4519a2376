"""The pairs and lines of a stream as far as it was read, and the board that grows with them.

A pair takes 91 bytes, and 4 more where caches are bounded; a core's set 16, and 24 to 48 to find it; a line 16, and as
much to find it where it has several keys; a key 20, and as much to find it. Keys that are no numbers of 64 bits take
some 200. An array that is full doubles, so up to as much lies idle, and for a moment both stand.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from coherence.accesses.arrays import Encoded, Lines
from coherence.accesses.dense import OP_BITS, line_of_each
from coherence.accesses.words import Words
from coherence.cache.config import Line
from coherence.errors import InputError
from coherence.jit import announce, entry
from coherence.kernel.board import LINE, SEATS, STATE, TAKEN, Board, Rows, board, set_of_each
from coherence.kernel.prepared import IDLE, Prepared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coherence.accesses.arrays import Keys, Piece
    from coherence.config.machine import Config

MOST_PAIRS = 1 << (32 - OP_BITS)
MOST_SETS = 1 << 40  # up to which a core and its set fit one number
A = TypeVar("A", bound=np.generic)


class Growing:
    """What a stream needs to run that is not its accesses. Pair 0 stands for computing."""

    def __init__(self, machine: Config, cores: int) -> None:
        self.cache = machine.levels[0]
        self.cores = cores
        self.keys: Keys = []
        self.pairs, self.words = 1, 0
        self.by_line: Words | None = None
        self.by_set: Words | None = None
        self.line_number: dict[Line, int] = {}
        self.set_number: dict[tuple[int, int], int] = {}
        self.line_names: list[Line] = []
        self.head, self.following = np.zeros(1, np.uint32), np.zeros(1, np.uint32)
        self.line_of, self.core_of = np.zeros(1, np.uint32), np.zeros(1, np.uint16)
        self.uses, self.line_of_word = np.zeros((1, 2), np.uint32), np.zeros(0, np.uint32)
        self.settled = 1  # pairs that the board has
        protocol = machine.table
        nothing = self.ended()
        self.board = board(protocol, self.cache, machine.timing, machine.seed, cores, nothing, nothing.what)._replace(
            most=min(self.cache.ways or 0, MOST_PAIRS)
        )
        announce(pair_up)

    def take(self, piece: Piece, keys: Keys, only: int = 0) -> NDArray[np.uint32]:
        """The piece as the loops read it, pair << 2 | op; *keys*: all known by now; *only*: its core if not said."""
        self.keys = keys
        if len(keys) > self.words:
            self._number_lines()
        most = self.pairs + len(piece.what)
        if most > MOST_PAIRS:
            raise InputError(f"its cores touch more than {MOST_PAIRS:,} lines")
        self.following, self.uses = enlarged(self.following, most), enlarged(self.uses, most)
        self.line_of, self.core_of = enlarged(self.line_of, most), enlarged(self.core_of, most)
        stream = np.empty(len(piece.what), np.uint32)
        core = np.empty(0, np.uint16) if piece.core is None else piece.core
        self.pairs = pair_up(
            piece.what, core, only, self.line_of_word, self.head, self.following, self.line_of, self.core_of,
            self.uses, self.pairs, stream,
        )  # fmt: skip
        return stream

    def grown(self, what: NDArray[np.uint32]) -> Board:
        """The board for the accesses *what*, with all pairs met so far."""
        b = self.board
        lines, words, pairs, new = self._lines(), self.words, self.pairs, slice(self.settled, self.pairs)
        b = b._replace(what=what, written=enlarged(b.written, words), other=enlarged(b.other, words))
        if pairs > self.settled:
            b = b._replace(
                line=enlarged(b.line, lines + 1), pair=enlarged(b.pair, pairs), state=enlarged(b.state, pairs),
                stamp=enlarged(b.stamp, pairs), touched=enlarged(b.touched, pairs), core_of=self.core_of,
                held=enlarged(b.held, pairs // SEATS + 1),
            )  # fmt: skip
            own = self.line_of[new]
            b.pair["line"][new] = own
            b.state[new] = np.where(b.line["epoch"][own] > 0, b.invalid | TAKEN, b.invalid)
            chain(self.head, self.following, lines, b.touched, b.line)
            seat(b, pairs)
            if self.cache.ways is not None:
                b.pair["set"][new] = self._sets(self.core_of[new], own)
                b = self._with_room(b, np.minimum(np.bincount(b.pair["set"][1:pairs]), self.cache.ways))
            self.settled = pairs
        self.board = b
        return b

    def forget_times(self) -> int:
        """Make the stamps small, by their order; returns the highest, from which new ones go on."""
        stamp = self.board.stamp[: self.settled]
        stamp[np.argsort(stamp, kind="stable")] = np.arange(self.settled, dtype=np.uint32)
        return self.settled

    def ended(self) -> Prepared:
        """What is known of the accesses when all are done, which are not kept."""
        none, lines = np.empty(0, np.uint32), self._lines()
        first, touched = np.zeros(lines + 1, LINE), np.empty(self.pairs - 1, np.uint32)
        chain(self.head, self.following, lines, touched, first)
        return Prepared(
            Encoded(self.cores, none, None, self.keys), Lines(self.line_of_word[: self.words], self._names()),
            none, None, np.zeros(self.cores + 1, np.int64), none, none,
            self.line_of[: self.pairs], self.core_of[: self.pairs], first["first"].copy(), touched,
            self.uses[: self.pairs],
        )  # fmt: skip

    def _number_lines(self) -> None:
        per_line = self.cache.keys_per_line
        own = line_of_each(self.keys[self.words :], per_line)
        if not isinstance(own, np.ndarray):
            number = self.line_number
            of: Any = [number.setdefault(line, len(number)) for line in own]
            self.line_names.extend(islice(number, len(self.line_names), None))
        elif per_line == 1:
            of = np.arange(self.words, len(self.keys), dtype=np.uint32)
        else:
            self.by_line = self.by_line or Words()
            of = self.by_line.of(own.view(np.int64))
        self.line_of_word = enlarged(self.line_of_word, len(self.keys))
        self.line_of_word[self.words : len(self.keys)] = of
        self.words = len(self.keys)
        self.head = enlarged(self.head, self._lines())

    def _names(self) -> Keys:
        """The lines themselves, by number."""
        if self.by_line is not None:
            return self.by_line.known().view(cast("NDArray[np.int64]", self.keys).dtype)
        return self.keys[: self.words] if isinstance(self.keys, np.ndarray) and not self.line_names else self.line_names

    def _lines(self) -> int:
        return len(self._names())

    def _sets(self, core: NDArray[np.uint16], line: NDArray[np.uint32]) -> Any:
        """The numbers of the sets in which *core* keeps *line*."""
        names = self._names()
        own = set_of_each(
            self.cache, names[line] if isinstance(names, np.ndarray) else [names[at] for at in line.tolist()]
        )
        if isinstance(own, np.ndarray) and self.cache.sets <= MOST_SETS:
            self.by_set = self.by_set or Words()
            return self.by_set.of(core.astype(np.int64) * MOST_SETS + own)
        number = self.set_number
        plain = own.tolist() if isinstance(own, np.ndarray) else own
        return [number.setdefault(one, len(number)) for one in zip(core.tolist(), plain, strict=True)]

    def _with_room(self, b: Board, room: NDArray[np.int64]) -> Board:
        """The board with so many ways in each set."""
        base = np.cumsum(room) - room
        if len(base) == len(b.base) and len(b.ways) == room.sum():
            return b
        ways = np.zeros(int(room.sum()), np.uint32)
        move(b.ways, b.base, b.filled, ways, base)
        filled = np.zeros(len(room), np.int64)
        filled[: len(b.filled)] = b.filled
        return b._replace(ways=ways, base=base, filled=filled)


def enlarged(array: NDArray[A], size: int) -> NDArray[A]:
    """*array* itself if it has *size* entries, else its entries and zeros behind them, at least as many.

    >>> enlarged(np.array([7, 8]), 3).tolist()
    [7, 8, 0, 0]
    """
    if len(array) >= size:
        return array
    found = np.zeros((max(size, 2 * len(array)), *array.shape[1:]), array.dtype)
    found[: len(array)] = array
    return found


def seat(b: Board, pairs: int) -> None:
    """Give each of so many pairs its place in `touched` anew, and each valid copy its bit."""
    touched = b.touched[: pairs - 1]
    b.pair["seat"][touched] = np.arange(pairs - 1)
    valid = np.packbits(b.state[touched] & STATE != b.invalid, bitorder="little")
    b.held.view(np.uint8)[: len(valid)] = valid


@entry
def pair_up(
    what: NDArray[np.uint32], core: NDArray[np.uint16], only: int, line_of_word: NDArray[np.uint32],
    head: NDArray[np.uint32], following: NDArray[np.uint32], line_of: NDArray[np.uint32], core_of: NDArray[np.uint16],
    uses: NDArray[np.uint32], pairs: int, stream: NDArray[np.uint32],
) -> int:  # fmt: skip
    """Find the pair of each access, fill in *stream* and *uses*; returns how many pairs there are now.

    The pairs of line l are `head[l]` and, after each pair, `following[pair]`, by core; 0 ends them.
    """
    for p in range(len(what)):
        op = what[p] & 3
        if op == IDLE:
            stream[p] = IDLE
            continue
        line = line_of_word[what[p] >> 2]
        own = np.int64(core[p]) if len(core) else np.int64(only)
        before = np.uint32(0)
        pair = head[line]
        while pair and core_of[pair] < own:
            before = pair
            pair = following[pair]
        if not pair or core_of[pair] != own:
            following[pairs] = pair
            pair = np.uint32(pairs)
            pairs += 1
            if before:
                following[before] = pair
            else:
                head[line] = pair
            line_of[pair] = line
            core_of[pair] = own
        stream[p] = pair << 2 | op
        if op < 2:
            uses[pair, op] += 1
    return pairs


@entry
def chain(
    head: NDArray[np.uint32], following: NDArray[np.uint32], lines: int, touched: NDArray[np.uint32], line: Rows,
) -> None:  # fmt: skip
    """Put the pairs of each line side by side into *touched*, and where they begin into *line*."""
    k = 0
    for number in range(lines):
        line[number].first = k
        pair = head[number]
        while pair:
            touched[k] = pair
            k += 1
            pair = following[pair]
    line[lines].first = k


@entry
def move(
    old: NDArray[np.uint32], old_base: NDArray[np.int64], filled: NDArray[np.int64], new: NDArray[np.uint32],
    base: NDArray[np.int64],
) -> None:  # fmt: skip
    """Move what the sets hold to where they begin now."""
    for own in range(len(filled)):
        for n in range(filled[own]):
            new[base[own] + n] = old[old_base[own] + n]
