"""Matching against a shared index: what is shared stays shared, and what is voted is right."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, cast

import pytest

import coherence as co
from coherence.workloads import vision
from coherence.workloads.matching import FLIPPED, nearest, votes_at

IMAGES, FEATURES = 8, 16
VOTES = votes_at(IMAGES, FEATURES)


def run(protocol: str = "MESI", keys_per_line: int = 1, cores: int = 4) -> co.Run:
    machine = co.Machine(protocol, cache=co.Cache(keys_per_line=keys_per_line))
    return machine.run(vision(cores=cores, images=IMAGES, features=FEATURES, queries=3))


def test_the_index_is_written_once_and_then_read_by_all() -> None:
    lines = run().lines
    index = [lines[key] for key in range(2 * 8 + 1 + 2 * IMAGES * FEATURES) if key in lines]
    assert {counts.writers for counts in index} == {(0,)}
    assert all(counts.writes == 1 and counts.invalidations == 0 for counts in index)
    assert all(counts.readers == (0, 1, 2, 3) for counts in index[:8])  # the words


def test_windows_are_private() -> None:
    lines = {line: counts for line, counts in run().lines.items() if isinstance(line, int) and line >= VOTES + 64}
    assert len(lines) == 4 * 8
    assert all(counts.readers == counts.writers and len(counts.readers) == 1 for counts in lines.values())


def test_votes_are_written_together() -> None:
    """On a line of their own each, an image's votes are only taken by votes for it; on one, by votes for any."""
    apart, together = run(), run(keys_per_line=64)
    assert apart.totals["false_sharing"] == 0
    assert together.lines[VOTES // 64].false_sharing > 0
    assert together.worst_lines(1)[0].line == VOTES // 64


@pytest.mark.parametrize("protocol", ["MESI", "Dragon", "WriteThrough"])
def test_another_view_of_a_feature_votes_for_its_image(protocol: str) -> None:
    """With one image all votes are its; every core has 3 pictures of 8 features."""
    done = co.Machine(protocol).run(vision(images=1, features=64, queries=3))
    votes = cast("int", done.values[votes_at(1, 64)])
    assert votes == 4 * 3 * 8


def test_the_nearest_survives_flipped_bits() -> None:
    others = [0, (1 << 64) - 1]
    assert nearest((1 << FLIPPED) - 1, others) == 0
    assert nearest(others[1] ^ 0b10101, others) == 1


def test_a_lost_vote_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Votes that are read and written in two steps: two cores read the same count."""

    def racy(core: co.Core, key: int) -> Generator[Any, Any, None]:
        count = yield from core.get(key)
        yield from core.put(key, (count or 0) + 1)

    monkeypatch.setattr("coherence.workloads.matching.fetch_and_add", racy)
    with pytest.raises(co.Breach, match=r"vision: image \d has \d+ votes, not \d+"):
        co.Machine().run(vision(images=2))


def test_an_index_that_does_not_arrive_is_told() -> None:
    broken = co.protocols["MESI"].but("miserly", M={"BusRd": "S"})
    with pytest.raises(co.Breach, match=r"finds nothing at \d+, which was written before|takes more than"):
        co.Machine(broken, watch=False).run(vision(), max_cycles=100_000)
