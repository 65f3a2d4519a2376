"""Are two tables the same protocol? Both in lockstep from all-invalid; names of states are free."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from os import PathLike

from coherence.errors import InputError, whole
from coherence.protocol.find import find_protocol
from coherence.protocol.model import OPS, PROCESSOR, Protocol, Undefined
from coherence.transaction.order import order
from coherence.transaction.outcome import MEMORY, Outcome
from coherence.verifier.search import Step, search
from coherence.words.say import VERBS

MAX_CACHES = 8
DIFFERENT = "DIFFERENT"  # what a step breaks if more than names is seen of it
Names = tuple[str, ...]  # the state of each cache
Pair = tuple[Names, Names]  # under the first protocol and under the second
Seen = tuple[tuple[str, object], ...]  # what an onlooker sees of one step: (aspect, value)


@dataclass(frozen=True, eq=False)
class Lockstep:
    """The space of two protocols that take the same steps; a step is broken if not the same is seen of it."""

    first: Protocol
    second: Protocol
    caches: int

    quiet = None  # each step is a whole transaction

    def start(self) -> Pair:
        """No copy anywhere."""
        return (self.first.invalid,) * self.caches, (self.second.invalid,) * self.caches

    def steps(self, state: Pair) -> Iterator[Step[tuple[int, str], Pair]]:
        """Every event of every core, but no eviction where the first protocol has no copy."""
        for core in range(self.caches):
            for event in PROCESSOR:
                if event != "Evict" or state[0][core] != self.first.invalid:
                    (one, other), after = self.step(state, core, event)
                    yield (core, event), after, None if one == other else DIFFERENT, 1

    def step(self, state: Pair, core: int, event: str) -> tuple[tuple[Seen, Seen], Pair]:
        """What is seen of one step under both protocols, and the states after it."""
        one, first = _step(self.first, state[0], core, event)
        other, second = _step(self.second, state[1], core, event)
        return (one, other), (first, second)

    def broken(self, state: Pair) -> None:
        """Nothing: what tells the two apart is seen of steps."""


@dataclass(frozen=True)
class Comparison:
    """Whether two protocols behave alike, as far as an onlooker of bus, memory and copies can see.

    `same` for `caches` caches; `states`: pairs of global states visited. If they differ: `path` is a shortest
    sequence (core, event) that tells them apart, `differences` what is seen in its last step.
    """

    first: Protocol
    second: Protocol
    caches: int
    same: bool
    states: int
    path: tuple[tuple[int, str], ...] = ()
    runs: tuple[Pair, ...] = field(default=(), repr=False)
    differences: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """The result in one line."""
        like = "is like" if self.same else "is not like"
        told = f"{self.first.name} {like} {self.second.name} with {self.caches} cache{'s' * (self.caches != 1)}"
        return told if self.same else f"{told}: {'; '.join(self.differences)}"

    def text(self) -> str:
        """The verdict, and the sequence that tells the two apart with the states under both."""
        lines = [self.verdict]
        for number, ((core, event), (one, other)) in enumerate(zip(self.path, self.runs, strict=True), start=1):
            did = f"core {core} {VERBS[event]} x"
            lines.append(
                f"  {number}  {did:18} {self.first.name}: {' '.join(one)}   {self.second.name}: {' '.join(other)}"
            )
        return "\n".join(lines) + "\n"

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "like": self.second.name,
            "same": self.same,
            "caches": self.caches,
            "states": self.states,
            "steps": [
                {
                    "core": core,
                    "op": OPS[event],
                    "key": "x",
                    "states": {"x": list(one)},
                    "like_states": {"x": list(other)},
                }
                for (core, event), (one, other) in zip(self.path, self.runs, strict=True)
            ],
            "differences": list(self.differences),
        }

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Comparison {self.verdict}: {self.states:,} pairs of states>"


def compare_protocols(
    first: Protocol | str | PathLike[str], second: Protocol | str | PathLike[str], caches: int = 3
) -> Comparison:
    """Run both tables in lockstep through every reachable pair of states of *caches* caches (1 to 8).

    Seen of each step: the requests, who supplies (memory, a cache, nobody), whether memory is written, and which
    copies are valid, exclusive and dirty afterwards. Raises `InputError` listing every fault.

    >>> compare_protocols("Berkeley", "MOSI").same
    True
    >>> compare_protocols("Illinois", "MESI").differences
    ('line from a cache, not memory',)
    """
    faults = whole("caches", caches, 1, MAX_CACHES)
    tables = []
    for what in (first, second):
        try:
            tables.append(find_protocol(what))
        except InputError as error:
            faults.append(str(error))
    if faults:
        raise InputError("\n".join(faults))
    p, q = tables
    space = Lockstep(p, q, caches)
    found = search(space)
    pair, runs = space.start(), []
    differences: tuple[str, ...] = ()
    for core, event in found.path:
        seen, pair = space.step(pair, core, event)
        runs.append(pair)
        differences = _differences(*seen)  # of the last step: in those before there are none
    return Comparison(p, q, caches, not found.broken, found.states, found.path, tuple(runs), differences)


def _step(protocol: Protocol, states: Names, core: int, event: str) -> tuple[Seen, Names]:
    copies = {c: s for c, s in enumerate(states) if s != protocol.invalid}
    try:
        outcome = order(protocol, core, event, copies)
    except Undefined:
        return (("the step", "undefined"),), states
    after = list(states)
    for c, (_, to) in outcome.changes.items():
        after[c] = to
    return _seen(protocol, outcome, after), tuple(after)


def _seen(protocol: Protocol, outcome: Outcome, after: list[str]) -> Seen:
    """What an onlooker sees, in words that need no name of a state."""
    supplier = outcome.supplier
    line = "nobody" if supplier is None else supplier if supplier == MEMORY else "a cache"
    states = [protocol.by_name[s] for s in after]
    return (
        ("requests", ", ".join(outcome.requests) or "none"),
        ("line from", line),
        ("memory", "written" if outcome.memory_written else "left alone"),
        *(
            (
                f"core {c}",
                " ".join(["no copy" if s.invalid else "a copy", *["exclusive"] * s.exclusive, *["dirty"] * s.dirty]),
            )
            for c, s in enumerate(states)
        ),
    )


def _differences(one: Seen, other: Seen) -> tuple[str, ...]:
    if one[0][0] != other[0][0]:  # one of them has no such step
        return (f"{one[0][0]} {one[0][1]}, not {other[0][0]} {other[0][1]}",)
    return tuple(f"{aspect} {a}, not {b}" for (aspect, a), (_, b) in zip(one, other, strict=True) if a != b)
