"""Images recognised by their features: a shared index that nobody writes, private windows, and votes."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from coherence.accesses.given import padded, refuse, stream_seed
from coherence.accesses.workload import Workload
from coherence.errors import Breach, whole
from coherence.random import SplitMix64
from coherence.workloads.barriers import Barrier
from coherence.workloads.primitives import fetch_and_add

if TYPE_CHECKING:
    from coherence.run.run import Run
    from coherence.simulation.core import Core

WORDS = 8  # of the vocabulary
FLIPPED = 5  # bits of a feature's 64 that differ, at most, from one view of it to another


class Index(NamedTuple):
    """The image database, by visual words: `words`, and each word's features as (descriptor, image)."""

    words: tuple[int, ...]
    features: tuple[tuple[tuple[int, int], ...], ...]


def vision(
    cores: int = 4, images: int = 6, features: int = 12, queries: int = 4, window: int = 8, seed: int = 0
) -> Workload:
    """Every core matches the features of its own pictures against one index of known images, and votes for an image.

    Look for an index that all hold and nobody loses, and for the votes, which are written together on one line.

    *images*: known, of *features* each · *queries*: pictures of a core, of *window* features each. Features are binary
    descriptors of 64 bits, compared by the bits that differ (Calonder et al., ECCV 2010); the index is a list a visual
    word (Sivic & Zisserman, ICCV 2003). Core 0 writes it before a barrier. Checks every vote.

    >>> import coherence as co
    >>> run = co.Machine(cache=co.Cache(keys_per_line=64)).run(vision(cores=2, queries=2))
    >>> run.worst_lines(1)[0].line == votes_at(6, 12) // 64  # what costs most is the line of the votes
    True
    """
    refuse(
        cores, seed, whole("images", images, 1), whole("features", features, 1), whole("queries", queries, 1),
        whole("window", window, 1),
    )  # fmt: skip
    index = _index(images, features, SplitMix64(seed))
    pictures = [_pictures(index, queries, window, SplitMix64(stream_seed(seed, core) + 1)) for core in range(cores)]
    cells = _laid_out(index)
    votes = votes_at(images, features)
    meet = Barrier(cores, "index ready")

    def program(core: Core) -> Generator[Any, Any, None]:
        if core.index == 0:
            for key, value in enumerate(cells):
                yield from core.put(key, value)
        yield from meet.wait(core)
        mine = votes + padded(images) + core.index * padded(window)
        for picture in pictures[core.index]:
            for place, descriptor in enumerate(picture):
                yield from core.put(mine + place, descriptor)
            for place in range(window):
                query = yield from _read(core, mine + place)
                words = []
                for word in range(WORDS):
                    words.append((yield from _read(core, word)))
                word = nearest(query, words)
                start = yield from _read(core, WORDS + word)
                end = yield from _read(core, WORDS + word + 1)
                known = []
                for at in range(start, end, 2):
                    known.append((yield from _read(core, at)))
                if known:
                    image = yield from _read(core, start + 2 * nearest(query, known) + 1)
                    yield from fetch_and_add(core, votes + image)

    def check(run: Run) -> None:
        expected = [0] * images
        for picture in (picture for own in pictures for picture in own):
            for descriptor in picture:
                known = index.features[nearest(descriptor, index.words)]
                if known:
                    expected[known[nearest(descriptor, [d for d, _ in known])][1]] += 1
        for image, count in enumerate(expected):
            if (run.values.get(votes + image) or 0) != count:
                raise Breach(f"vision: image {image} has {run.values.get(votes + image)} votes, not {count}")

    return Workload.from_programs("vision", [program] * cores, check)


def votes_at(images: int, features: int) -> int:
    """The key of the first image's votes: on a line of their own behind the index."""
    return padded(WORDS + WORDS + 1 + 2 * images * features)


def nearest(descriptor: int, others: Sequence[int]) -> int:
    """The place of the one of *others* that differs from *descriptor* in the fewest bits; of several the first.

    >>> nearest(0b1100, [0b0011, 0b1101, 0b1110])
    1
    """
    return min(range(len(others)), key=lambda place: (descriptor ^ others[place]).bit_count())


def _read(core: Core, key: int) -> Generator[Any, Any, int]:
    """What somebody has written at *key*."""
    value = yield from core.get(key)
    if value is None:
        core.stop(f"core {core.index} finds nothing at {key}, which was written before the barrier", key)
    return int(value)


def _index(images: int, features: int, numbers: SplitMix64) -> Index:
    words = tuple(numbers.next() for _ in range(WORDS))
    lists: list[list[tuple[int, int]]] = [[] for _ in words]
    for image in range(images):
        for _ in range(features):
            descriptor = numbers.next()
            lists[nearest(descriptor, words)].append((descriptor, image))
    return Index(words, tuple(tuple(one) for one in lists))


def _pictures(index: Index, queries: int, window: int, numbers: SplitMix64) -> list[list[int]]:
    """Other views of known features: some bits flipped."""
    every = [descriptor for features in index.features for descriptor, _ in features]

    def view() -> int:
        descriptor = numbers.choose(every)
        for _ in range(FLIPPED):
            descriptor ^= 1 << numbers.below(64)
        return descriptor

    return [[view() for _ in range(window)] for _ in range(queries)]


def _laid_out(index: Index) -> list[int]:
    """The index as cells from key 0: the words, where each word's list starts and the last one ends, the lists."""
    starts = [2 * WORDS + 1]
    for features in index.features:
        starts.append(starts[-1] + 2 * len(features))
    lists = [value for features in index.features for pair in features for value in pair]
    return [*index.words, *starts, *lists]
