"""Every number of caches at once.

The abstraction keeps, of each kind of copy (state and fresh bits; having no copy is a kind too), only whether no
cache, one, or two and more have it. It is sound because it loses nothing that a step could see:

- a snoop treats equal copies alike, so a kind moves as a whole;
- taking the requester out of *two and more* leaves one or two and more, and both are tried;
- whether the requester is *alone*, or shares, is exact, for it asks only whether a valid kind is left;
- suppliers are compared by what they offer, and equal copies offer the same.

So every run of every number of caches is followed by some abstract run, and a property that no abstract state
breaks holds for all of them. The converse may fail: an abstract state stands for more states than are reachable.
A violation is therefore reported only with a concrete run that shows it.

Source: Pong & Dubois, *A new approach for the verification of cache coherence protocols* (IEEE TPDS 1995), in its
simplest form.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from coherence.verifier.explore import Act, explore
from coherence.verifier.model import NO_COPY, Model, valid_kinds
from coherence.verifier.search import Found, Step, search

MANY = 2  # two and more
MORE_CACHES = 4  # beyond the length of the abstract run, when a concrete one is looked for

Abstract = tuple[tuple[tuple[int, int], ...], int]  # ((code, 1 or MANY), …) in order of codes; memory


@dataclass(frozen=True, eq=False)
class AnyNumber:
    """The space of the abstract states of *model*; a label is the kind of copy that moves, and its move."""

    model: Model

    quiet = None  # each step is a whole transaction

    def start(self) -> Abstract:
        """Two and more caches without a copy, memory fresh."""
        return ((NO_COPY, MANY),), self.model.fresh

    def steps(self, state: Abstract) -> Iterator[Step[Act, Abstract]]:
        """Every enabled step of one cache of every kind, twice where one or more others of its kind may be left."""
        counts, memory = dict(state[0]), state[1]
        for own, count in state[0]:
            for left in (0,) if count == 1 else (1, MANY):
                rest = {c: left if c == own else n for c, n in counts.items() if c != own or left}
                others = valid_kinds(rest)
                for move in self.model.moves(own):
                    effect = self.model.effect(own, others, memory, move)
                    if effect.broken:
                        yield (own, move), state, effect.broken, 1
                        continue
                    after = {effect.own: 1}
                    for code, n in rest.items():
                        to = effect.others[code]
                        after[to] = min(MANY, after.get(to, 0) + n)
                    yield (own, move), (tuple(sorted(after.items())), effect.memory), None, 1

    def broken(self, state: Abstract) -> str | None:
        """The first property that does not hold in *state*."""
        return self.model.broken(dict(state[0]), state[1])


def explore_any(model: Model) -> tuple[Found[Abstract, Act], int | None]:
    """Search the abstract states of *model*.

    Returns what was found and, if something is broken, the number of caches of the concrete run in `path`, which is
    the least that breaks a property; None for it means that no concrete run was found, so that nothing is shown.
    """
    found = search(AnyNumber(model))
    if found.broken:
        for caches in range(1, len(found.path) + MORE_CACHES + 1):
            concrete = explore(model, caches, symmetry=True, max_states=10**6)
            if concrete.broken:
                return replace(found, broken=concrete.broken, path=concrete.path), caches
    return replace(found, path=()), None
