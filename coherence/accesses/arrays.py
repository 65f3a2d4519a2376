"""Accesses as arrays of numbers: whole, by line, and in pieces. Only data; `dense` and `pieces` make it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from coherence.cache.config import Key, Line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Keys: TypeAlias = NDArray[np.int64] | NDArray[np.uint64] | Sequence[Key]


@dataclass(frozen=True, eq=False)
class Encoded:
    """All accesses of a workload as arrays of n entries: 4 bytes an access, 2 more in an order, 4 more with gaps.

    `what`: word << 2 | op; a word is the number of a key by first appearance, an op its place in `dense.OPS` (computing
    without an access has word 0) · `gap`: cycles before it, None where all are 0 · `keys[word]` is the key: int64 or
    uint64 where all are such numbers, else a list · `core`: whose each is, in the order of the trace; None where cores
    take turns · `starts`: where each core's lie together, those of core c lie from `starts[c]` to `starts[c + 1]`;
    None where they lie in the order of the trace.

    >>> from coherence.accesses.dense import encode, grouped
    >>> from coherence.accesses.workload import Workload
    >>> found = encode(Workload.from_ops("1 w x; 0 r y; 1 r x"))
    >>> found.cores, [int(w) for w in found.what >> 2], [int(w) & 3 for w in found.what], found.keys
    (2, [0, 1, 0], [1, 0, 0], ['x', 'y'])
    >>> [int(at) for at in grouped(found).starts], [int(w) >> 2 for w in grouped(found).what]
    ([0, 1, 3], [1, 0, 0])
    """

    cores: int
    what: NDArray[np.uint32]
    gap: NDArray[np.uint32] | None
    keys: NDArray[np.int64] | NDArray[np.uint64] | Sequence[Key]
    core: NDArray[np.uint16] | None = None
    starts: NDArray[np.int64] | None = None


@dataclass(frozen=True, eq=False)
class Lines:
    """The lines of a trace for one line size: `of[word]` is the number of its line, `names[line]` the line itself."""

    of: NDArray[np.uint32]
    names: NDArray[np.int64] | NDArray[np.uint64] | Sequence[Line]


@dataclass(frozen=True, eq=False)
class Piece:
    """Some accesses: `what` and `gap` as in `Encoded`, and whose each is; `core` is None in the stream of one core."""

    what: NDArray[np.uint32]
    gap: NDArray[np.uint32] | None = None
    core: NDArray[np.uint16] | None = None

    def gaps(self) -> NDArray[np.uint32]:
        """The gaps to be kept: also where all are 0."""
        import numpy as np

        return np.zeros(len(self.what), np.uint32) if self.gap is None else self.gap.copy()


@dataclass(frozen=True, eq=False)
class Feed:
    """The pieces of a workload: `streams` has one of all cores in the order of the trace, or one a core.

    `keys()`: those of the pieces taken so far, by number; more come at the end. A piece holds until the next is taken
    from its stream.
    """

    streams: Sequence[Iterator[Piece]]
    keys: Callable[[], Keys]
