"""A Workload of an encoded trace: the same accesses, taken from the arrays as they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import repeat
from typing import TYPE_CHECKING, TypeAlias, cast

from coherence.accesses.arrays import Encoded
from coherence.accesses.dense import OP_BITS, OPS, check_length, grouped, listed
from coherence.accesses.op import COMPUTE, CoreOp
from coherence.accesses.pieces import encoded_feed
from coherence.accesses.workload import Workload
from coherence.cache.config import Key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Known: TypeAlias = NDArray[np.int64] | NDArray[np.uint64] | Sequence[Key]

PART = 1 << 14  # accesses of a stream that are Python objects at once


def decoded(
    name: str, trace: Encoded, written: Callable[[Key], str] = str, keys_per_line: int | None = None
) -> Workload:
    """The workload of *trace*, which offers *trace* itself as its encoded form.

    >>> from coherence.accesses.dense import encode
    >>> again = decoded("again", encode(Workload.from_ops("0 w x; 1 r y 3; 0 r y")))
    >>> list(again.sequence())
    [(0, 'w', 'x', 0), (1, 'r', 'y', 3), (0, 'r', 'y', 0)]
    >>> [list(stream) for stream in again.streams()]
    [[(0, 'w', 'x', 0), (0, 'r', 'y', 0)], [(1, 'r', 'y', 3)]]
    """
    by_core, in_order = cache(lambda: grouped(trace)), cache(lambda: listed(trace))

    def stream(core: int) -> Callable[[], Iterator[CoreOp]]:
        return lambda: _stream(by_core(), core)

    found = Workload.from_streams(name, [stream(core) for core in range(trace.cores)], written, keys_per_line)
    if trace.core is not None:
        found = replace(found, sequence=lambda: _accesses(in_order(), 0, len(trace.what)))

    def whole(most: int) -> Encoded:
        check_length(name, len(trace.what), most)
        return trace

    return replace(found, encoded=whole, feed=lambda apart: encoded_feed(trace, apart))


def _stream(trace: Encoded, core: int) -> Iterator[CoreOp]:
    """The accesses of one core of a grouped trace."""
    assert trace.starts is not None
    return _accesses(replace(trace, core=None), int(trace.starts[core]), int(trace.starts[core + 1]), core)


def _accesses(trace: Encoded, start: int, end: int, core: int = 0) -> Iterator[CoreOp]:
    """The accesses from place *start* to *end*, all of *core* where the trace does not say whose they are."""
    for at in range(start, end, PART):
        part = slice(at, min(at + PART, end))
        what = trace.what[part]
        ops = [OPS[op] for op in (what & len(OPS) - 1).tolist()]
        keys = _keys(trace.keys, (what >> OP_BITS).tolist())
        if COMPUTE in ops:
            keys = [0 if op == COMPUTE else key for op, key in zip(ops, keys, strict=True)]
        cores = repeat(core) if trace.core is None else trace.core[part].tolist()
        gaps = repeat(0) if trace.gap is None else trace.gap[part].tolist()
        yield from zip(cores, ops, keys, gaps)  # noqa: B905 (repeat has no end)


def _keys(known: Known, words: list[int]) -> Sequence[Key]:
    """The key of each word; computing has word 0, even where no key is known."""
    if not len(known):
        return [0] * len(words)
    if isinstance(known, (list, tuple)):
        return [known[word] for word in words]
    return cast("list[Key]", cast("NDArray[np.int64]", known)[words].tolist())
