"""Every global state of one line and n caches, breadth first, so that a counterexample is a shortest one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from coherence.verifier.model import Model, Move, valid_kinds


class Fired(NamedTuple):
    """One step from one global state: who did what, for how many equal caches it stands, and where it leads."""

    core: int
    own: int
    move: Move
    weight: int
    broken: str | None
    state: bytes


@dataclass(frozen=True, slots=True)
class Explored:
    """What an exploration found: counts, and if it did not hold the `broken` property and the steps of a shortest run.

    `path` lists (core, move) of a concrete run, also where symmetry was used. `partial` says that it stopped at the
    bound on states.
    """

    states: int
    fired: int
    depth: int
    broken: str | None = None
    path: tuple[tuple[int, Move], ...] = ()
    partial: bool = False


def start(model: Model, caches: int) -> bytes:
    """All caches without a copy, memory fresh: one code a cache, then memory's."""
    return bytes(caches) + bytes([model.fresh])


def steps_from(model: Model, state: bytes, symmetry: bool) -> Iterator[Fired]:
    """Every enabled step of every cache; with *symmetry* one for all caches with equal copies, in sorted order."""
    copies, memory = state[:-1], state[-1]
    kinds = valid_kinds(copies)
    others = {own: kinds if copies.count(own) > 1 else kinds - {own} for own in set(copies)}
    seen: set[int] = set()
    for core, own in enumerate(copies):
        if symmetry and own in seen:
            continue
        seen.add(own)
        weight = copies.count(own) if symmetry else 1
        for move in model.moves(own):
            effect = model.effect(own, others[own], memory, move)
            if effect.broken:
                yield Fired(core, own, move, weight, effect.broken, state)
                continue
            moved = bytearray(copies.translate(effect.others))
            moved[core] = effect.own
            if symmetry:
                moved = bytearray(sorted(moved))
            moved.append(effect.memory)
            yield Fired(core, own, move, weight, None, bytes(moved))


def explore(model: Model, caches: int, symmetry: bool, max_states: int) -> Explored:
    """Visit the global states of *caches* caches until one breaks a property, all are seen, or *max_states* are."""
    first = start(model, caches)
    parents: dict[bytes, tuple[bytes, Fired] | None] = {first: None}
    level, depth, fired = [first], 0, 0
    while level:
        following: list[bytes] = []
        for state in level:
            for step in steps_from(model, state, symmetry):
                fired += step.weight
                broken = step.broken
                if broken is None and step.state not in parents:
                    parents[step.state] = state, step
                    following.append(step.state)
                    copies = step.state[:-1]
                    broken = model.broken({c: copies.count(c) for c in set(copies)}, step.state[-1])
                if broken:
                    path = _path(model, parents, state, step, caches)
                    return Explored(len(parents), fired, depth, broken, path)
            if len(parents) > max_states:
                return Explored(len(parents), fired, depth, partial=True)
        depth += bool(following)
        level = following
    return Explored(len(parents), fired, depth)


def _path(
    model: Model, parents: dict[bytes, tuple[bytes, Fired] | None], state: bytes, last: Fired, caches: int
) -> tuple[tuple[int, Move], ...]:
    """The steps from the start to *last*, un-permuted: each by the lowest core that has the copy it was made with."""
    steps = [last]
    at = parents[state]
    while at is not None:
        state, step = at
        steps.append(step)
        at = parents[state]
    path = []
    now = start(model, caches)
    for step in reversed(steps):
        core = step.core if now[step.core] == step.own else now.index(step.own)
        path.append((core, step.move))
        now = _apply(model, now, core, step.move)
    return tuple(path)


def _apply(model: Model, state: bytes, core: int, move: Move) -> bytes:
    """The concrete state after one concrete step; unchanged where the step breaks a property."""
    copies = state[:-1]
    others = valid_kinds(copies[:core] + copies[core + 1 :])
    effect = model.effect(copies[core], others, state[-1], move)
    if effect.broken:
        return state
    moved = bytearray(copies.translate(effect.others))
    moved[core] = effect.own
    return bytes(moved) + bytes([effect.memory])
