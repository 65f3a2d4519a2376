"""Numbers of 64 bits, numbered as they appear, by a compiled table. Needs numba; imported where used."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coherence.accesses import scan
from coherence.accesses.dense import MOST_WORDS, OP_BITS
from coherence.errors import InputError
from coherence.jit import announce


class TooManyWords(InputError):
    """More different numbers than the table can hold."""


class Words:
    """The numbers known, as `keys[:count]`, and the table that finds them: 24 to 48 bytes each.

    >>> words = Words()
    >>> words.of(np.array([7, -1, 7])).tolist(), words.known().tolist()
    ([0, 1, 0], [7, -1])
    """

    def __init__(self) -> None:
        announce(scan.number)
        self.count = 0
        self.keys = np.empty(1 << 12, np.int64)
        self.table = np.zeros(2 * len(self.keys), np.uint32)

    def known(self) -> NDArray[np.int64]:
        """Those met so far, in the order of their numbers."""
        return self.keys[: self.count]

    def of(self, key: NDArray[np.int64]) -> NDArray[np.uint32]:
        """The number of each key, new ones by first appearance."""
        what = np.zeros(len(key), np.uint32)
        self.number(key, what)
        return what >> np.uint32(OP_BITS)

    def number(self, key: NDArray[np.int64], what: NDArray[np.uint32]) -> None:
        """Put the number of each key into *what*, above the op. Raises `TooManyWords`."""
        at = 0
        while True:
            at, self.count = scan.number(key, at, what, self.keys, self.count, self.table)
            if at == len(key):
                return
            if self.count >= MOST_WORDS // 2:
                raise TooManyWords(f"it has more than {self.count:,} keys")
            known = self.known()
            self.keys = np.empty(4 * self.count, np.int64)
            self.table = np.zeros(2 * len(self.keys), np.uint32)
            scan.number(known, 0, np.zeros(len(known), np.uint32), self.keys, 0, self.table)
