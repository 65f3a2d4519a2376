"""A workload in pieces: its accesses dense as in `Encoded`, some at a time, for a run that keeps none of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from coherence.accesses.arrays import Encoded, Feed, Piece
from coherence.accesses.dense import grouped, numbered
from coherence.accesses.op import CoreOp
from coherence.accesses.workload import Workload
from coherence.cache.config import Key

if TYPE_CHECKING:
    pass

PIECE = 1 << 18  # accesses of a piece, at the most


class Unread(Exception):
    """A feed met what it does not understand: the workload's own sequence or streams must tell it, or refuse it."""


def plain_feed(workload: Workload, apart: bool) -> Feed:
    """The feed of any workload but programs, by way of Python's objects; *apart*: one stream a core.

    >>> feed = plain_feed(Workload.from_ops("1 w x; 0 r y; 1 r x"), apart=False)
    >>> [([int(w) >> 2 for w in p.what], p.core.tolist()) for p in feed.streams[0]], feed.keys()
    ([([0, 1, 0], [1, 0, 1])], ['x', 'y'])
    """
    number: dict[Key, int] = {}
    keys: list[Key] = []

    def pieces(accesses: Iterator[CoreOp]) -> Iterator[Piece]:
        while True:
            core, what, gap = numbered(workload.name, islice(accesses, PIECE), number)
            if not len(what):
                return
            keys.extend(islice(number, len(keys), None))
            yield Piece(what, gap, None if apart else core)

    return Feed([pieces(s) for s in (workload.streams() if apart else [workload.sequence()])], lambda: keys)


def encoded_feed(trace: Encoded, apart: bool) -> Feed:
    """The feed of a trace that is dense, as one that is mapped from a file is.

    >>> from coherence.accesses.dense import encode
    >>> trace = grouped(encode(Workload.from_ops("1 w x; 0 r y; 1 r x")))
    >>> [[(p.what >> 2).tolist() for p in stream] for stream in encoded_feed(trace, apart=True).streams]
    [[[1]], [[0, 0]]]
    >>> [(p.what >> 2).tolist() for p in encoded_feed(trace, apart=False).streams[0]]
    [[0, 1, 0]]
    """
    if not apart and trace.starts is None:
        return Feed([_slices(trace, 0, len(trace.what))], lambda: trace.keys)
    together = grouped(trace)
    assert together.starts is not None
    cores = range(len(together.starts) - 1)
    streams = [_slices(together, int(together.starts[c]), int(together.starts[c + 1])) for c in cores]
    if not apart:
        streams = [in_turn(streams) if trace.core is None else _interleaved(together)]
    return Feed(streams, lambda: trace.keys)


def _slices(trace: Encoded, start: int, end: int) -> Iterator[Piece]:
    """The accesses from place *start* to *end*, with their cores where they lie in the order of the trace."""
    for at in range(start, end, PIECE):
        part = slice(at, min(at + PIECE, end))
        gap = None if trace.gap is None else trace.gap[part]
        yield Piece(
            trace.what[part], gap, trace.core[part] if trace.starts is None and trace.core is not None else None
        )


def _interleaved(trace: Encoded) -> Iterator[Piece]:
    """The accesses of a trace whose cores' lie together, in the order that it tells."""
    import numpy as np

    assert trace.core is not None and trace.starts is not None
    cursor = trace.starts[:-1].copy()
    for at in range(0, len(trace.core), PIECE):
        core = trace.core[at : at + PIECE]
        counts = np.bincount(core, minlength=len(cursor))
        place = np.argsort(core, kind="stable")
        own = np.arange(len(core)) + np.repeat(cursor - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
        what, gap = np.empty(len(core), np.uint32), None
        what[place] = trace.what[own]
        if trace.gap is not None:
            gap = np.empty(len(core), np.uint32)
            gap[place] = trace.gap[own]
        cursor += counts
        yield Piece(what, gap, core)


def in_turn(streams: Sequence[Iterator[Piece]]) -> Iterator[Piece]:
    """One stream a core as one of all: cores take turns, one access of each, as long as they have any.

    >>> import numpy as np
    >>> own = [iter([Piece(np.full(n, core, np.uint32))]) for core, n in enumerate((3, 1, 2))]
    >>> [p.core.tolist() for p in in_turn(own)]
    [[0, 1, 2], [0, 2], [0]]
    """
    import numpy as np

    none = np.empty(0, np.uint32)
    what, gap = [none] * len(streams), [none] * len(streams)
    running = list(range(len(streams)))
    while True:
        for core in list(running):
            if not len(what[core]):
                piece = next(streams[core], None)
                if piece is None:
                    running.remove(core)
                else:
                    what[core] = piece.what.copy()
                    gap[core] = piece.gaps()
        if not running:
            return
        turns = min(max(1, PIECE // len(running)), *(len(what[core]) for core in running))
        yield Piece(
            np.stack([what[core][:turns] for core in running], axis=1).ravel(),
            np.stack([gap[core][:turns] for core in running], axis=1).ravel(),
            np.tile(np.array(running, np.uint16), turns),
        )
        for core in running:
            what[core], gap[core] = what[core][turns:], gap[core][turns:]
