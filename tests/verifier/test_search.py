"""The search itself, on spaces small enough to be done by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from math import inf

import pytest

from coherence.verifier.search import DEADLOCK, STUCK, Step, search


class Drawn:
    """A space drawn as "a b c; b a", from the first state: a leads to b and c, b to a. A step is labelled "ab".

    "a b:3" weighs 3; "a b!P" breaks P by the step itself. `wrong`: state → the property it breaks. `calm`: the quiet
    states; without it the space has no such notion. `asked` counts what the search asks.
    """

    def __init__(self, drawing: str, wrong: dict[str, str] | None = None, calm: Collection[str] | None = None) -> None:
        self.out = {row.split()[0]: row.split()[1:] for row in drawing.split(";")}
        self.wrong = wrong or {}
        self.calm = calm
        self.asked: Counter[tuple[str, str]] = Counter()

    @property
    def quiet(self) -> Callable[[str], bool] | None:
        return None if self.calm is None else self.calm.__contains__

    def start(self) -> str:
        return next(iter(self.out))

    def steps(self, state: str) -> Iterator[Step[str, str]]:
        self.asked["steps", state] += 1
        for word in self.out[state]:
            to, _, weight = word.partition(":")
            to, _, broken = to.partition("!")
            yield state + to, to, broken or None, int(weight or 1)

    def broken(self, state: str) -> str | None:
        self.asked["broken", state] += 1
        return self.wrong.get(state)


DIAMOND = "a b c; b d; c d; d a"
CHAIN = "a b; b c; c d; d a"
PAIR = "a b; b c; c b"  # b and c never get back to a

# what → space, bound → states, fired, depth, broken, path, partial, stuck
CASES: dict[str, tuple[Drawn, float, tuple[int, int, int, str | None, str, bool, int]]] = {
    "one state and no step": (Drawn("a"), inf, (1, 0, 0, None, "", False, 0)),
    "a step to itself is fired and reaches nothing": (Drawn("a a"), inf, (1, 1, 0, None, "", False, 0)),
    "each state counts once, each step once": (Drawn(DIAMOND), inf, (4, 5, 2, None, "", False, 0)),
    "depth is the longest of the shortest paths": (Drawn("a b c; b c; c d; d a"), inf, (4, 5, 2, None, "", False, 0)),
    "fired sums weights": (Drawn("a b:3 a:4; b a"), inf, (2, 8, 1, None, "", False, 0)),
    "the step that breaks is fired with its weight, and no other after it": (
        Drawn("a b:3 b!P:4 a:5; b a"), inf, (2, 7, 0, "P", "ab", False, 0)),
    "a broken step reaches nothing": (Drawn("a b!P; b a"), inf, (1, 1, 0, "P", "ab", False, 0)),
    "a broken state is reached": (Drawn(CHAIN, {"c": "P"}), inf, (3, 2, 1, "P", "ab bc", False, 0)),
    "the way with the fewest steps is shown, not the first": (
        Drawn("a b c; b d; d e; e x; c x; x a", {"x": "P"}), inf, (5, 4, 1, "P", "ac cx", False, 0)),
    "of ways with as many steps the first is shown": (
        Drawn("a b c; b d; c d; d x; x a", {"x": "P"}), inf, (5, 5, 2, "P", "ab bd dx", False, 0)),
    "the property of a step comes before that of its state": (
        Drawn("a b!P; b a", {"b": "Q"}), inf, (1, 1, 0, "P", "ab", False, 0)),
    "the property of a state comes before that of the next step": (
        Drawn("a b c!P; b a; c a", {"b": "Q"}), inf, (2, 1, 0, "Q", "ab", False, 0)),
    "the start is taken to be right": (Drawn("a b; b a", {"a": "P"}), inf, (2, 2, 1, None, "", False, 0)),
    "a state without a step is a deadlock": (Drawn("a b; b", calm="a"), inf, (2, 1, 1, DEADLOCK, "ab", False, 0)),
    "the start may be one": (Drawn("a", calm=""), inf, (1, 0, 0, DEADLOCK, "", False, 0)),
    "a quiet state may have no step": (Drawn("a b; b", calm="ab"), inf, (2, 1, 1, None, "", False, 0)),
    "a space without quiet states knows no deadlock": (Drawn("a b; b"), inf, (2, 1, 1, None, "", False, 0)),
    "a step to itself is a step, so that this is stuck": (
        Drawn("a b; b b", calm="a"), inf, (2, 2, 1, STUCK, "ab", False, 1)),
    "a deadlock comes after what steps before it break": (
        Drawn("a b c; b; c x!P", calm="a"), inf, (3, 2, 1, DEADLOCK, "ab", False, 0)),
    "and before what steps after it break": (
        Drawn("a c b; b; c x!P", calm="a"), inf, (3, 3, 1, "P", "ac cx", False, 0)),
    "states that never get back are stuck, the nearest is shown": (
        Drawn(PAIR, calm="a"), inf, (3, 3, 2, STUCK, "ab", False, 2)),
    "a space without quiet states knows no stuck": (Drawn(PAIR), inf, (3, 3, 2, None, "", False, 0)),
    "a long way back is a way back": (Drawn(CHAIN, calm="a"), inf, (4, 4, 3, None, "", False, 0)),
    "of two ways in each is a way back": (Drawn(DIAMOND, calm="a"), inf, (4, 5, 2, None, "", False, 0)),
    "a quiet state elsewhere will do": (Drawn(PAIR, calm="ac"), inf, (3, 3, 2, None, "", False, 0)),
    "the start may be stuck": (Drawn("a b; b a", calm=""), inf, (2, 2, 1, STUCK, "", False, 2)),
    "what breaks comes before stuck": (Drawn(PAIR, {"c": "P"}, "a"), inf, (3, 2, 1, "P", "ab bc", False, 0)),
    "the bound itself may be reached": (Drawn(DIAMOND), 4, (4, 5, 2, None, "", False, 0)),
    "beyond it the search ends, after the steps of a state": (Drawn(DIAMOND), 3, (4, 3, 1, None, "", True, 0)),
    "so more states than one may be beyond it": (Drawn(DIAMOND), 1, (3, 2, 0, None, "", True, 0)),
    "what breaks comes before the bound": (Drawn(DIAMOND, {"c": "P"}), 1, (3, 2, 0, "P", "ac", False, 0)),
    "a search that ends early says nothing of stuck": (Drawn(PAIR, calm="a"), 1, (2, 1, 0, None, "", True, 0)),
}  # fmt: skip


@pytest.mark.parametrize("what", CASES)
def test_what_is_found(what: str) -> None:
    space, bound, wanted = CASES[what]
    found = search(space, bound)
    got = found.states, found.fired, found.depth, found.broken, " ".join(found.path), found.partial, found.stuck
    assert got == wanted


def test_reached_has_each_state_in_order_and_how_it_was_first_reached() -> None:
    assert list(search(Drawn(DIAMOND)).reached.items()) == [
        ("a", None), ("b", ("a", "ab")), ("c", ("a", "ac")), ("d", ("b", "bd"))]  # fmt: skip


def test_a_space_is_asked_for_the_steps_of_a_state_and_for_its_property_once() -> None:
    """The graph of states is drawn from what was asked, and a property may be dear."""
    space = Drawn(DIAMOND, calm="a")
    search(space)
    assert space.asked == Counter([("steps", s) for s in "abcd"] + [("broken", s) for s in "bcd"])
