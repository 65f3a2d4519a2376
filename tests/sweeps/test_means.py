"""Means, intervals, ratios and crossovers: against tables, against lines whose answer is known, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import coherence as co
from coherence.sweeps.means import mean_of, ratios_of, series_of, t975


def rows(lines: dict[str, list[list[float]]], xs: list[Any] | None = None, **more: Any) -> list[dict[str, Any]]:
    """Rows of `protocol` → for each x the values of its seeds."""
    return [
        {"protocol": p, "cores": (xs or list(range(len(line))))[n], "seed": seed, "cycles": value, **more}
        for p, line in lines.items()
        for n, values in enumerate(line)
        for seed, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("degrees", "quantile"),
    [(1, 12.706), (4, 2.776), (30, 2.042), (31, 2.040), (40, 2.021), (60, 2.000), (120, 1.980), (10**6, 1.960)],
)
def test_quantiles_are_those_of_the_tables(degrees: int, quantile: float) -> None:
    assert round(t975(degrees), 3) == quantile


def test_an_interval_is_students() -> None:
    found = mean_of([4, 6, 8, 10, 12])
    assert found.mean == 8 and found.count == 5
    assert found.high - 8 == pytest.approx(2.7764 * 10**0.5 / 5**0.5)  # variance 10, five values
    assert (mean_of([7]).low, mean_of([7]).high) == (7, 7)


def test_failed_points_are_left_out() -> None:
    given = rows({"A": [[1, 2]]})
    given[0]["cycles"] = float("nan")
    assert series_of(given, "cores", "cycles", "protocol") == {"A": {0: {1: 2.0}}}


def test_what_varies_besides_is_never_averaged_away() -> None:
    mixed = rows({"A": [[1]]}, workload_writes=0.1) + rows({"A": [[2]]}, workload_writes=0.2)
    with pytest.raises(co.InputError, match="choose one value of workload_writes first, or make it x or hue"):
        series_of(mixed, "cores", "cycles", "protocol")
    assert series_of(mixed, "workload_writes", "cycles", "protocol")["A"] == {0.1: {0: 1.0}, 0.2: {0: 2.0}}


def test_unknown_columns_are_told() -> None:
    with pytest.raises(co.InputError, match=r"unknown column 'core'; did you mean cores\?.*\nunknown column 'cycle'"):
        series_of(rows({"A": [[1]]}), "core", "cycle", "protocol")
    with pytest.raises(co.InputError, match="protocol must be a column of numbers, and has 'A'"):
        series_of(rows({"A": [[1]]}), "cores", "protocol", None)


def test_ratios_are_of_the_same_seed() -> None:
    series = series_of(rows({"A": [[1, 10]], "B": [[2, 5]]}), "cores", "cycles", "protocol")
    assert ratios_of(series, "A")["B"] == {0: {0: 2.0, 1: 0.5}}
    with pytest.raises(co.InputError, match="unknown value 'C'"):
        ratios_of(series, "C")


def cross(lines: dict[str, list[list[float]]], xs: list[Any] | None = None) -> co.Crossover:
    return co.crossover(rows(lines, xs), "cores", "cycles", "A", "B")


def test_lines_cross_where_they_must() -> None:
    found = cross({"A": [[10], [20], [30]], "B": [[16], [22], [24]]}, [0, 4, 8])
    assert found.at == 5.0  # the gap goes from -2 at 4 to 6 at 8
    assert (found.one, found.other, found.crossings, found.share) == ("A", "B", 1, 1.0)
    assert cross({"B": [[10], [20], [30]], "A": [[16], [22], [24]]}, [0, 4, 8]).one == "B"


def test_lines_that_do_not_cross_or_touch_do_not() -> None:
    for other in ([[2], [3]], [[2], [2]], [[1], [2]]):
        found = cross({"A": [[1], [2]], "B": other})
        assert (found.at, found.low, found.crossings) == (None, None, 0)
        assert "A has the less all over" in str(found) or found.one == "B"
    assert cross({"A": [[1], [9], [1]], "B": [[2], [2], [2]]}).crossings == 2


def test_the_uncertainty_grows_with_the_scatter_and_is_the_same_every_time() -> None:
    def scattered(by: float) -> co.Crossover:
        noise = (-1, 1, -0.5, 0.5, 0)
        return cross({"A": [[10 * x + by * n for n in noise] for x in range(5)], "B": [[25] * 5] * 5})

    narrow, wide = scattered(1), scattered(8)
    assert narrow.at == pytest.approx(2.5) == wide.at
    for found in (narrow, wide):
        assert found.low is not None and found.high is not None and found.low < 2.5 < found.high
    assert wide.high - wide.low > 4 * (narrow.high - narrow.low)  # type: ignore[operator]
    assert scattered(8) == wide
    assert str(wide) == f"B overtakes A at 2.5 (95 % from {wide.low:.3g} to {wide.high:.3g}, 5 seeds)"


@given(st.integers(0, 6), st.integers(1, 100), st.integers(1, 100))
def test_a_crossing_lies_between_the_points_that_it_parts(before: int, below: int, above: int) -> None:
    gaps = [-below] * (before + 1) + [above] * (7 - before)
    found = cross({"A": [[100 + g] for g in gaps], "B": [[100]] * 8})
    assert found.at is not None and before < found.at < before + 1


def test_what_cannot_cross_is_told() -> None:
    with pytest.raises(co.InputError, match="unknown value 'B'"):
        co.crossover(rows({"A": [[1], [2]]}), "cores", "cycles", "A", "B")
    with pytest.raises(co.InputError, match="at least two cores with the same seeds"):
        cross({"A": [[1]], "B": [[1]]})
    with pytest.raises(co.InputError, match="cores must be a column of numbers"):
        cross({"A": [[1], [2]], "B": [[1], [2]]}, ["few", "many"])
