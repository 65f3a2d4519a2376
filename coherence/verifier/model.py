"""One line as the verifier sees it: copies as small numbers, and one step of one cache as a lookup.

A *copy* is a state and one fresh bit a word; its code is a number below 256, 0 for no copy, so that all caches
together are a `bytes` with one code a cache. What one step does depends on the requester's copy, on which other
copies exist (not on how many of each: a snoop treats equal copies alike, and suppliers that agree are as good as
one) and on memory. So each step is worked out once, by the machine's own `order` and `complete` on one cache of each
kind, and applied to any number of caches as a translation of codes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from coherence.errors import InputError
from coherence.protocol.model import EVENTS, PROCESSOR, Protocol, Undefined
from coherence.transaction.line import Line, transact
from coherence.transaction.outcome import Outcome

NO_COPY = 0
CODES = 256
STALE, FRESH, NEW = 0, 1, 2  # NEW: the word being written, during its step
Bits = tuple[int, ...]

UNDEF, DATA, STALEREAD, SWMR, OWNER, MEM = "UNDEF", "DATA", "STALEREAD", "SWMR", "OWNER", "MEM"


class Move(NamedTuple):
    """A read, a write of one word, or an eviction: op r, w or e; the word counts for a write only."""

    op: str
    word: int = 0


@dataclass(frozen=True, slots=True)
class Effect:
    """What one step does: the property it breaks, or the new codes of the requester, of the others and of memory."""

    broken: str | None
    own: int = NO_COPY
    others: bytes = b""  # code before → code after, for `bytes.translate`
    memory: int = 0


class Model:
    """The codes of one protocol with *words* words a line, and its steps, each worked out once.

    `reached` collects the (state, event) cells that any step has used. Raises `InputError` for a table with more
    kinds of copies than there are codes.
    """

    def __init__(self, protocol: Protocol, words: int) -> None:
        self.protocol = protocol
        self.words = words
        self.values: list[Bits] = list(product((STALE, FRESH), repeat=words))
        self.fresh = len(self.values) - 1
        valid = [s for s in protocol.states if not s.invalid]
        if len(valid) * len(self.values) >= CODES:
            raise InputError(f"{protocol.name}: {len(valid)} valid states with {words} words are more than {CODES - 1}")
        self.state = [protocol.invalid, *(s.name for s in valid for _ in self.values)]
        self.value = [self.values[0], *(v for _ in valid for v in self.values)]
        self.code = {(s, v): c for c, (s, v) in enumerate(zip(self.state, self.value, strict=True)) if c != NO_COPY}

        def codes(name: str) -> frozenset[int]:
            return frozenset(c for c in self.code.values() if getattr(protocol.by_name[self.state[c]], name))

        self.exclusive, self.owner, self.dirty = codes("exclusive"), codes("owner"), codes("dirty")
        self.stale = frozenset(c for c in self.code.values() if STALE in self.value[c])
        self.moves_without_copy = [Move("r"), *(Move("w", w) for w in range(words))]
        self.moves_with_copy = [*self.moves_without_copy, Move("e")]
        self.reached: set[tuple[str, str]] = set()
        self._effects: dict[tuple[int, frozenset[int], int, Move], Effect] = {}

    def moves(self, own: int) -> list[Move]:
        """The steps that a cache with this copy may take."""
        return self.moves_with_copy if own else self.moves_without_copy

    def effect(self, own: int, others: frozenset[int], memory: int, move: Move) -> Effect:
        """The effect of *move* by a cache with copy *own* while *others* are the kinds of valid copies elsewhere."""
        key = own, others, memory, move
        found = self._effects.get(key)
        if found is None:
            found = self._effects[key] = self._work_out(*key)
        return found

    def _work_out(self, own: int, others: frozenset[int], memory: int, move: Move) -> Effect:
        """Run the transaction on requester 0 and one cache of each other kind."""
        kinds = [own, *sorted(others)]
        holders = {core: code for core, code in enumerate(kinds) if code != NO_COPY}

        def put(line: Bits, new: int) -> Bits:
            return (*line[: move.word], new, *line[move.word + 1 :])

        before = Line(
            {c: self.state[k] for c, k in holders.items()}, {c: self.value[k] for c, k in holders.items()},
            self.values[memory],
        )  # fmt: skip
        try:
            outcome, moved, after = transact(self.protocol, before, 0, EVENTS[move.op], lambda line: NEW, put)
        except Undefined as error:
            self.reached.add((error.state, error.event))
            return Effect(UNDEF)
        self._note(outcome)
        if any(len(set(offered)) > 1 for offered in moved.offers):
            return Effect(DATA)
        if move.op == "r" and (moved.seen is None or STALE in moved.seen):
            return Effect(STALEREAD)

        def settled(value: Bits) -> Bits:
            """After a write only the new word is fresh; the other words are as they were."""
            return put(value, FRESH if value[move.word] == NEW else STALE) if move.op == "w" else value

        def coded(core: int) -> int:
            return self.code[after.states[core], settled(after.values[core])] if core in after.states else NO_COPY

        table = bytearray(range(CODES))
        for core, code in enumerate(kinds[1:], start=1):
            table[code] = coded(core)
        return Effect(None, coded(0), bytes(table), self.values.index(settled(after.memory)))

    def _note(self, outcome: Outcome) -> None:
        """Remember which cells were used."""
        self.reached.add((outcome.before, outcome.event))
        self.reached.update((a.before, turn.request) for turn in outcome.turns for a in turn.answers)

    def broken(self, counts: Mapping[int, int], memory: int) -> str | None:
        """The property that a global state breaks, if any; *counts*: how many caches have each code."""
        valid = sum(n for c, n in counts.items() if c != NO_COPY)
        if valid > 1 and any(c in self.exclusive for c in counts):
            return SWMR
        if sum(n for c, n in counts.items() if c in self.owner) > 1:
            return OWNER
        if any(c in self.stale for c in counts):
            return DATA
        if memory != self.fresh and not any(c in self.dirty for c in counts):
            return MEM
        return None

    def unreached(self) -> list[tuple[str, str]]:
        """The cells that no step has used."""
        return unused(self.protocol, self.reached)


def unused(protocol: Protocol, reached: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    """The cells that are not among *reached*, `never` cells and the invalid state's snoop cells aside."""
    return [
        at
        for at, cell in protocol.cells.items()
        if not cell.never and at not in reached and (at[0] != protocol.invalid or at[1] in PROCESSOR)
    ]


def valid_kinds(codes: Iterable[int]) -> frozenset[int]:
    """The kinds of valid copies among *codes*."""
    return frozenset(codes) - {NO_COPY}
