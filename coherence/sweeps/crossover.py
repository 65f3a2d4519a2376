"""Where one overtakes another, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from coherence.errors import InputError
from coherence.random import SplitMix64
from coherence.sweeps.means import Table, check_hue, series_of

DRAWS = 1000  # resamplings of the seeds
TAIL = 0.025


@dataclass(frozen=True)
class Crossover:
    """Where `y` of `one` and `other` are equal, going up in x: `one` has the less below, `other` above.

    `at`: the x, on a straight line between two points of the sweep (None: nowhere) · `low`, `high`: the middle 95 %
    of what resampled seeds give · `share`: of the resamplings that cross at all · `seeds`: how many there are ·
    `crossings`: how often the means cross; `at` is the first.
    """

    one: str
    other: str
    at: float | None
    low: float | None
    high: float | None
    share: float
    seeds: int
    crossings: int

    def __str__(self) -> str:
        if self.at is None:
            return f"{self.one} has the less all over"
        sure = f"95 % from {self.low:.3g} to {self.high:.3g}, {self.seeds} seeds" if self.seeds > 1 else "one seed"
        return f"{self.other} overtakes {self.one} at {self.at:.3g} ({sure})"


def crossover(table: Table, x: str, y: str, one: Any, other: Any, hue: str = "protocol") -> Crossover:
    """Where *one* and *other* of the column *hue* have the same mean *y*, along the numbers of *x*.

    Both are compared at the same seeds, since the same seed gives them the same work. The uncertainty is a bootstrap
    over the seeds (Efron & Tibshirani 1993) from fixed random numbers, so that it is the same every time. Raises
    `InputError` where a column or a value is unknown, or the two have no seed in common.

    >>> rows = [
    ...     {"protocol": p, "x": x, "seed": 0, "cycles": cycles}
    ...     for p, line in {"A": (10, 20, 30), "B": (15, 20, 25)}.items() for x, cycles in enumerate(line)
    ... ]
    >>> print(crossover(rows, "x", "cycles", "A", "B"))
    B overtakes A at 1 (one seed)
    """
    series = series_of(table, x, y, hue)
    for name in (one, other):
        check_hue(series, name)
    xs = sorted(at for at in series[one] if at in series[other])
    if any(isinstance(at, bool) or not isinstance(at, (int, float)) for at in xs):
        raise InputError(f"{x} must be a column of numbers to cross along")
    common = [set(series[name][at]) for at in xs for name in (one, other)]
    seeds = sorted(set.intersection(*common)) if common else []
    if not seeds or len(xs) < 2:
        raise InputError(f"{one} and {other} need at least two {x} with the same seeds")
    gaps = [{seed: series[one][at][seed] - series[other][at][seed] for seed in seeds} for at in xs]
    means = [fmean(gap.values()) for gap in gaps]
    if next((gap for gap in means if gap), 0.0) > 0:  # so that `one` is the one that has the less first
        one, other = other, one
        gaps = [{seed: -gap for seed, gap in by_seed.items()} for by_seed in gaps]
        means = [-gap for gap in means]
    found = _zeros(xs, means)
    drawn = [_zeros(xs, gap) for gap in (_resampled(gaps, seeds) if len(seeds) > 1 else [means])]
    draws = sorted(places[0] for places in drawn if places)
    return Crossover(
        str(one),
        str(other),
        found[0] if found else None,
        draws[int(TAIL * len(draws))] if found and draws else None,
        draws[-1 - int(TAIL * len(draws))] if found and draws else None,
        len(draws) / len(drawn),
        len(seeds),
        len(found),
    )


def _resampled(gaps: Sequence[Mapping[Any, float]], seeds: Sequence[Any]) -> list[list[float]]:
    """The mean gaps of seeds drawn with replacement, again and again."""
    random = SplitMix64(0)
    chosen = [[seeds[random.below(len(seeds))] for _ in seeds] for _ in range(DRAWS)]
    return [[fmean(gap[seed] for seed in draw) for gap in gaps] for draw in chosen]


def _zeros(xs: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """Where the gap goes from one sign to the other, on straight lines between the points.

    >>> _zeros([0, 1, 2, 4], [-1, 0, 0, 2]), _zeros([0, 1], [1, -3]), _zeros([0, 1, 2], [1, 0, 1])
    ([1], [0.25], [])
    """
    found = []
    last, zero = None, None
    for x, gap in zip(xs, gaps, strict=True):
        if gap == 0:
            zero = x if zero is None else zero
            continue
        if last is not None and (gap > 0) != (last[1] > 0):
            found.append(zero if zero is not None else last[0] + (x - last[0]) * last[1] / (last[1] - gap))
        last, zero = (x, gap), None
    return found
