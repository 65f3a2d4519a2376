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

from coherence.verifier.explore import Explored, explore
from coherence.verifier.model import NO_COPY, Model

MANY = 2  # two and more
MORE_CACHES = 4  # beyond the length of the abstract run, when a concrete one is looked for

Abstract = tuple[tuple[tuple[int, int], ...], int]  # ((code, 1 or MANY), …) in order of codes; memory


def explore_any(model: Model) -> tuple[Explored, int | None]:
    """Explore the abstract states of *model*.

    Returns what was found and, if something is broken, the number of caches of the concrete run in `path`, which is
    the least that breaks a property; None for it means that no concrete run was found, so that nothing is shown.
    """
    first: Abstract = (((NO_COPY, MANY),), model.fresh)
    seen = {first}
    level, depth, fired = [first], 0, 0
    while level:
        following = []
        for state in level:
            for broken, after in _steps_from(model, state):
                fired += 1
                if broken is None and after not in seen:
                    seen.add(after)
                    following.append(after)
                    broken = model.broken(dict(after[0]), after[1])
                if broken:
                    return _confirm(model, Explored(len(seen), fired, depth, broken), depth + 1)
        depth += bool(following)
        level = following
    return Explored(len(seen), fired, depth), None


def _steps_from(model: Model, state: Abstract) -> Iterator[tuple[str | None, Abstract]]:
    counts, memory = dict(state[0]), state[1]
    for own, count in state[0]:
        for left in (0,) if count == 1 else (1, MANY):
            rest = {c: left if c == own else n for c, n in counts.items() if c != own or left}
            others = frozenset(rest) - {NO_COPY}
            for move in model.moves(own):
                effect = model.effect(own, others, memory, move)
                if effect.broken:
                    yield effect.broken, state
                    continue
                after = {effect.own: 1}
                for code, n in rest.items():
                    to = effect.others[code]
                    after[to] = min(MANY, after.get(to, 0) + n)
                yield None, (tuple(sorted(after.items())), effect.memory)


def _confirm(model: Model, found: Explored, length: int) -> tuple[Explored, int | None]:
    """The concrete run with the fewest caches that breaks a property, found with symmetry."""
    for caches in range(1, length + MORE_CACHES + 1):
        concrete = explore(model, caches, symmetry=True, max_states=10**6)
        if concrete.broken:
            shown = Explored(found.states, found.fired, found.depth, concrete.broken, concrete.path)
            return shown, caches
    return found, None
