"""Misses by more definitions than the counters': capacity and conflict, and sharing as others have defined it.

All from the records of a run, after it: nothing is kept for it while a machine runs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from coherence.analysis.curves import stack_distances
from coherence.cache.config import Key, Line
from coherence.cache.copies import Word
from coherence.errors import InputError, whole
from coherence.machine import Machine
from coherence.run.run import Run
from coherence.transaction.access import Access

SHARING = ("true_sharing", "false_sharing")


@dataclass(frozen=True, slots=True)
class MissClasses:
    """How many misses fall into each class.

    `cold` as counted. Replacement misses = `capacity` + `conflict` + `given_up`: a conflict miss would have hit in a
    fully associative LRU cache of as many lines (Hill & Smith, 1989), and a line that the core evicted by its own
    request was missing for neither reason.

    Sharing misses, three times over: by Eggers (1989, the counters'): `true_sharing` if another core wrote the key
    since the line was lost, else `false_sharing` · by Dubois et al. (1993): `essential` if, while the line then stays,
    the core uses any key that another has written since the last miss that brought it, else `useless` · with lines of
    one word: `word_true` if a machine of one-key lines would have missed as well, as the core never used the key or
    another wrote it since, else `word_false`.
    """

    cold: int
    capacity: int
    conflict: int
    given_up: int
    true_sharing: int
    false_sharing: int
    essential: int
    useless: int
    word_true: int
    word_false: int


def miss_classes(machine: Machine, run: Run, core: int | None = None) -> MissClasses:
    """The misses of *run*, which *machine* made and recorded, by class; of all cores, or of one.

    Reads and writes are both uses. The fully associative cache is as large as the last private level and sees every
    use of its core and no snoop. Raises `InputError` if the run kept no events or has no such core.

    >>> import coherence as co
    >>> machine = co.Machine(cache=co.Cache(keys_per_line=2))
    >>> run = machine.run(co.Workload.from_ops("0 r 0; 1 w 1; 0 r 0; 0 r 1"), order="trace", record=True)
    >>> found = miss_classes(machine, run)
    >>> found.false_sharing, found.essential  # the miss itself was for key 0, but it brought key 1
    (1, 1)
    """
    events = run.recorded()
    faults = [] if core is None else whole("core", core, 0, run.cores - 1)
    if faults:
        raise InputError(faults[0])
    last = machine.levels[-1]
    room = None if last.ways is None else last.sets * last.ways
    found = Counter(
        kind
        for of, kind in (*_replaced(events, room), *_lifetimes(events, run.protocol.invalid), *_one_word(events))
        if core in (None, of)
    )
    found.update(a.miss for a in events if a.miss in ("cold", *SHARING) and core in (None, a.core))
    return MissClasses(**{name: found[name] for name in MissClasses.__slots__})


def _replaced(events: Sequence[Access], room: int | None) -> Iterator[tuple[int, str]]:
    """Of each replacement miss, the core and why."""
    uses: dict[int, list[Access]] = defaultdict(list)
    given_up: set[tuple[int, Line]] = set()
    asked: set[int] = set()  # replacement misses of lines that were given up
    for a in events:
        if a.event == "Evict":
            given_up.add((a.core, a.line))
            continue
        uses[a.core].append(a)
        if a.miss == "replacement" and (a.core, a.line) in given_up:
            asked.add(id(a))
        if a.miss:
            given_up.discard((a.core, a.line))
    for core, own in uses.items():
        for a, distance in zip(own, stack_distances([a.line for a in own]), strict=True):
            if a.miss == "replacement":
                near = room is None or (distance is not None and distance <= room)
                yield core, "given_up" if id(a) in asked else "conflict" if near else "capacity"


def _lifetimes(events: Iterable[Access], invalid: str) -> Iterator[tuple[int, str]]:
    """Of each sharing miss, the core and whether it was essential; known when the line's stay is over.

    `new[line][core]` are the keys that others wrote while the core had no copy, since the last miss that brought it
    what it then used.
    """
    new: dict[Line, dict[int, set[Key]]] = defaultdict(dict)
    held: dict[Line, set[int]] = defaultdict(set)
    useless: set[tuple[int, Line]] = set()  # stays after a sharing miss in which nothing new has been used yet
    for a in events:
        here, stay = new[a.line], (a.core, a.line)
        if a.miss and stay in useless:
            useless.remove(stay)
            yield a.core, "useless"
        for core, (_, after) in (a.outcome.changes if a.outcome else {a.core: (a.before, a.after)}).items():
            (held[a.line].discard if after == invalid else held[a.line].add)(core)
        if a.outcome and a.outcome.victim:
            held[a.outcome.victim.line].discard(a.core)  # type: ignore[index]
        if a.event == "Evict":
            continue
        stays = a.after != invalid
        if a.miss in SHARING:
            useless.add(stay)
        elif a.miss and stays:
            here[a.core] = set()
        if stays and a.key in here.get(a.core, ()):
            here[a.core] = set()
            if stay in useless:
                useless.remove(stay)
                yield a.core, "essential"
        if a.event == "PrWr":
            for core, keys in here.items():
                if core != a.core and core not in held[a.line]:
                    keys.add(a.key)
    yield from ((core, "useless") for core, _ in useless)


def _one_word(events: Iterable[Access]) -> Iterator[tuple[int, str]]:
    """Of each sharing miss, the core and whether lines of one key would have missed as well."""
    used: dict[tuple[int, Key], int] = {}  # the number of writes before the core's last use
    newest: dict[Key, Word] = {}
    writes = 0
    for a in events:
        if a.event == "Evict":
            continue
        word = newest.get(a.key)
        since = used.get((a.core, a.key))
        if a.miss in SHARING:
            lost = since is None or (word is not None and word.written_by_another(a.core, since + 1))
            yield a.core, "word_true" if lost else "word_false"
        if a.event == "PrWr":
            writes += 1
            other = 0 if word is None else word.other if word.core == a.core else word.stamp
            newest[a.key] = Word(None, a.core, writes, other)
        used[a.core, a.key] = writes
