"""Every global state of one line and n caches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import inf

from coherence.verifier.model import Effect, Model, Move, valid_kinds
from coherence.verifier.search import Found, Step, search

Act = tuple[int, Move]  # the cache that moves, and its move


@dataclass(frozen=True, eq=False)
class Caches:
    """The space of *count* caches: a state is the code of each cache, then memory's.

    With *symmetry* the caches are sorted by their codes, and one step stands for those of all that have equal copies.
    """

    model: Model
    count: int
    symmetry: bool = False

    quiet = None  # each step is a whole transaction

    def start(self) -> bytes:
        """All caches without a copy, memory fresh."""
        return bytes(self.count) + bytes([self.model.fresh])

    def steps(self, state: bytes) -> Iterable[Step[Act, bytes]]:
        """Every enabled step of every cache in order, with symmetry of the first of those that have equal copies."""
        effect, symmetry = self.model.effect, self.symmetry
        copies, memory = state[:-1], state[-1]
        kinds = valid_kinds(copies)
        others = {own: kinds if copies.count(own) > 1 else kinds - {own} for own in set(copies)}
        seen: set[int] = set()
        for core, own in enumerate(copies):
            if symmetry and own in seen:
                continue
            seen.add(own)
            weight = copies.count(own) if symmetry else 1
            for move in self.model.moves(own):
                done = effect(own, others[own], memory, move)
                if done.broken:
                    yield (core, move), state, done.broken, weight
                    continue
                moved = _moved(copies, core, done)
                if symmetry:
                    moved = bytearray(sorted(moved))
                moved.append(done.memory)
                yield (core, move), bytes(moved), None, weight

    def broken(self, state: bytes) -> str | None:
        """The first property that does not hold in *state*."""
        copies = state[:-1]
        return self.model.broken({c: copies.count(c) for c in set(copies)}, state[-1])


def _moved(copies: bytes, core: int, effect: Effect) -> bytearray:
    """The copies after a step by *core*."""
    moved = bytearray(copies.translate(effect.others))
    moved[core] = effect.own
    return moved


def explore(model: Model, caches: int, symmetry: bool, max_states: float = inf) -> Found[bytes, Act]:
    """Search the states of *caches* caches; `path` is a run of single caches, also where symmetry was used."""
    found = search(Caches(model, caches, symmetry), max_states)
    return replace(found, path=tuple(_told_apart(model, caches, found.path))) if symmetry else found


def _told_apart(model: Model, caches: int, path: tuple[Act, ...]) -> Iterator[Act]:
    """The steps of *path*, found with symmetry, each by the lowest cache that has the copy it was made with."""
    copies, memory = bytes(caches), model.fresh
    for place, move in path:
        own = sorted(copies)[place]
        core = place if copies[place] == own else copies.index(own)
        yield core, move
        effect = model.effect(own, valid_kinds(copies[:core] + copies[core + 1 :]), memory, move)
        if not effect.broken:  # else it is the last
            copies, memory = bytes(_moved(copies, core, effect)), effect.memory
