"""Accesses from a pandas DataFrame: numpy's numbers become Python's, and what is wrong is listed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import coherence as co

# what is in the frame: (columns, the accesses it means)
RIGHT: dict[str, tuple[dict[str, Any], list[tuple[Any, ...]]]] = {
    "numbers": ({"core": [0, 1], "op": ["w", "r"], "key": [64, -1]}, [(0, "w", 64, 0), (1, "r", -1, 0)]),
    "gaps": ({"core": [0], "op": ["e"], "key": ["x"], "gap": [7]}, [(0, "e", "x", 7)]),
    "small and large ints": (
        {"core": np.array([3], dtype="uint8"), "op": ["r"], "key": np.array([2**63], dtype="uint64")},
        [(3, "r", 2**63, 0)],
    ),
    "numpy in objects": (
        {"core": [np.int64(1)], "op": [np.str_("r")], "key": pd.Series([np.int32(5)], dtype=object)},
        [(1, "r", 5, 0)],
    ),
    "any key": ({"core": [0, 0, 0], "op": list("rwr"), "key": ["x", b"x", ("a", 1)]}, [(0, "r", "x", 0), (0, "w", b"x", 0), (0, "r", ("a", 1), 0)]),
    "categories and nullable ints": (
        {"core": pd.array([0, 1], dtype="Int64"), "op": pd.Categorical(["r", "w"]), "key": [1, 2]},
        [(0, "r", 1, 0), (1, "w", 2, 0)],
    ),
    "other columns are ignored": ({"time": [0.5], "key": [1], "op": ["r"], "core": [0]}, [(0, "r", 1, 0)]),
}  # fmt: skip

# what is wrong: (columns, lines of the message)
WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "columns": ({"core": [0], "address": [1]}, ["no column op and none key; the frame has core, address"]),
    "empty": ({"core": [], "op": [], "key": []}, ["no access: the frame has no rows"]),
    "every fault": (
        {"core": [0, -1, 0], "op": ["r", "r", "x"], "key": [1.5, 2.0, 3.0]},
        [
            "access 0: key 1.5 is a float; keys are int, str, bytes or tuples of them",
            "access 1: core must be a whole number from 0 to 65535, not -1",
            "access 1: key 2.0 is a float; keys are int, str, bytes or tuples of them",
            "access 2: op 'x' is none of r, w, e",
            "access 2: key 3.0 is a float; keys are int, str, bytes or tuples of them",
        ],
    ),
    "a hole": ({"core": [0], "op": ["r"], "key": [1], "gap": [None]}, ["access 0: gap must be a whole number >= 0, not None"]),
    "a truth": ({"core": [0], "op": ["r"], "key": [True]}, ["access 0: key True is a bool; keys are int, str, bytes or tuples of them"]),
}  # fmt: skip


@pytest.mark.parametrize("what", RIGHT)
def test_rows_become_accesses(what: str) -> None:
    columns, meant = RIGHT[what]
    workload = co.Workload.from_pandas(pd.DataFrame(columns))
    found = list(workload.sequence())
    assert found == meant
    assert [type(part) for access in found for part in access] == [type(part) for access in meant for part in access]
    assert workload.cores == 1 + max(core for core, *_ in meant)


@pytest.mark.parametrize("what", WRONG)
def test_every_fault_is_listed(what: str) -> None:
    columns, said = WRONG[what]
    with pytest.raises(co.InputError) as caught:
        co.Workload.from_pandas(pd.DataFrame(columns))
    assert str(caught.value).splitlines() == said


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(co.InputError, match="expected a pandas DataFrame with columns core, op, key"):
        co.Workload.from_pandas([(0, "r", 1)])  # type: ignore[arg-type]
    twice = pd.DataFrame([[0, "r", 1, 1]], columns=["core", "op", "key", "key"])
    with pytest.raises(co.InputError, match="more than one column key"):
        co.Workload.from_pandas(twice)


def test_a_frame_runs_like_the_same_ops_in_both_orders() -> None:
    df = pd.DataFrame({"core": [0, 1, 0], "op": ["w", "r", "w"], "key": [5, 5, 5], "gap": [0, 3, 0]})
    for order in ("program", "trace"):
        ops = co.Machine().run(co.Workload.from_ops("0 w 5; 1 r 5 3; 0 w 5"), order=order)
        assert co.Machine().run(co.Workload.from_pandas(df), order=order).to_json() == ops.to_json()
