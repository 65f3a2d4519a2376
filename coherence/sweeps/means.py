"""The numbers of a sweep over its seeds: means with their 95 % intervals, ratios of pairs, and crossovers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any, TypeAlias

from coherence.errors import InputError, unknown
from coherence.random import SplitMix64
from coherence.sweeps.results import Sweep, says_what

if TYPE_CHECKING:
    import pandas as pd

Table: TypeAlias = "Sweep | pd.DataFrame | Iterable[Mapping[str, Any]]"
# hue → x → seed → y
Series: TypeAlias = "dict[Any, dict[Any, dict[Any, float]]]"
DRAWS = 1000  # resamplings of the seeds, for a crossover
TAIL = 0.025

# The 97.5 % quantiles of Student's t with 1 to 30 degrees of freedom, as in any table of it.
T975 = (
    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010, 2.1788, 2.1604, 2.1448,
    2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484,
    2.0452, 2.0423,
)  # fmt: skip


@dataclass(frozen=True)
class Mean:
    """`mean` of `count` values, and the 95 % interval `low` to `high` in which the true mean lies (Student's t)."""

    mean: float
    low: float
    high: float
    count: int


def mean_of(values: Sequence[float]) -> Mean:
    """The mean and its interval, which is the mean alone for a single value.

    >>> found = mean_of([1, 2, 3])
    >>> found.mean, round(found.low, 3), round(found.high, 3)
    (2.0, -0.484, 4.484)
    """
    mean = fmean(values)
    half = t975(len(values) - 1) * stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return Mean(mean, mean - half, mean + half, len(values))


def t975(degrees: int) -> float:
    """The 97.5 % quantile of Student's t; above 30 degrees of freedom by the first terms of Cornish & Fisher.

    >>> round(t975(120), 3)
    1.98
    """
    if degrees <= len(T975):
        return T975[degrees - 1]
    z = 1.959964
    second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * degrees**3)
    return z + (z**3 + z) / (4 * degrees) + second + third


def series_of(table: Table, x: str, y: str, hue: str | None) -> Series:
    """The values of *y* by *hue*, *x* and seed; points that failed are left out.

    Raises `InputError` for an unknown column, where nothing is left, and where something besides *x*, *hue* and the
    seed varies, so that a mean would mix what is not the same.
    """
    rows = rows_of(table)
    names = list(dict.fromkeys(name for row in rows for name in row))
    faults = [unknown("column", name, names) for name in dict.fromkeys((x, y, hue)) if name and name not in names]
    if faults:
        raise InputError("\n".join(faults))
    found: Series = {}
    seen: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for row in rows:
        value = row.get(y)
        if value is None or value != value:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise InputError(f"{y} must be a column of numbers, and has {value!r}")
        place = (row.get(hue) if hue else None, row.get(x), row.get("seed"))
        other = seen.setdefault(place, row)
        if other is not row:
            differ = [n for n in names if says_what(n) and _differ(row.get(n), other.get(n))]
            raise InputError(
                f"several points have the same {x}, {f'{hue} and ' if hue else ''}seed: choose one value of "
                f"{' or '.join(differ) or 'what differs'} first, or make it x or hue"
            )
        found.setdefault(place[0], {}).setdefault(place[1], {})[place[2]] = float(value)
    if not found:
        raise InputError(f"no point of the sweep has a {y}")
    return found


def rows_of(table: Table) -> list[Mapping[str, Any]]:
    """The rows of a sweep, of a DataFrame, or of dictionaries."""
    if isinstance(table, Sweep):
        return list(table.rows())
    found: Any = table
    return found.to_dict("records") if hasattr(found, "to_dict") else list(found)


def ratios_of(series: Series, base: Any) -> Series:
    """Every value divided by that of *base* at the same x and seed; where there is none it is left out.

    Raises `InputError` if *base* is no hue.
    """
    check_hue(series, base)
    return {
        hue: {
            x: {seed: value / series[base][x][seed] for seed, value in seeds.items() if series[base][x].get(seed)}
            for x, seeds in by_x.items()
            if any(series[base].get(x, {}).get(seed) for seed in seeds)
        }
        for hue, by_x in series.items()
    }


def check_hue(series: Series, hue: Any) -> None:
    """Raise `InputError` if *hue* is none of them."""
    if hue not in series:
        raise InputError(unknown("value", hue, [str(h) for h in series]))


def _differ(one: Any, other: Any) -> bool:
    return bool(one != other) and not (one != one and other != other)


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
