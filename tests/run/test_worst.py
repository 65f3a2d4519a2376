"""The one ranking of lines."""

from __future__ import annotations

import pytest

import coherence as co
from coherence.run.worst import ranked, worst_lines
from coherence.transaction.count import LineCounts

LINES = {
    "private": LineCounts(reads=90, cold=1, replacement=30),
    "b": LineCounts(reads=9, writes=9, cold=2, true_sharing=7, upgrades=1),
    "a": LineCounts(reads=9, writes=9, cold=2, false_sharing=5, upgrades=3),
    "idle": LineCounts(),
}


@pytest.mark.parametrize(
    ("by", "order"), [("sharing", ["a", "b", "private", "idle"]), ("misses", ["private", "a", "b", "idle"])]
)
def test_lines_are_ranked_by_what_is_asked_and_ties_by_name(by: str, order: list[str]) -> None:
    assert ranked(LINES, by) == order
    assert [w.line for w in worst_lines(LINES, 2, by)] == order[:2]
    assert [w.line for w in worst_lines(LINES, 9, by)] == order[:3]  # a line without a request is none of the worst


def test_another_word_is_refused_with_the_known_ones() -> None:
    run = co.Machine().run([(0, "w", "x"), (1, "w", "x")])
    with pytest.raises(co.InputError, match=r"unknown ranking 'cost' \(known: sharing, misses\)"):
        run.worst_lines(by="cost")
