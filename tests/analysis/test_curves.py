"""Miss-ratio curves: one pass against a run a size, and the bound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import coherence as co
from coherence.analysis.curves import curve, stack_distances
from coherence.cache.replacement import POLICIES
from coherence.cache.replay import replay

LINES = st.lists(st.integers(0, 15), max_size=150)


@given(lines=LINES)
def test_the_one_pass_curve_of_lru_is_that_of_running_each_size(lines: list[int]) -> None:
    sizes = list(range(1, 20))
    assert list(curve(lines, sizes).misses) == [replay(lines, ways=size).misses for size in sizes]


@given(lines=LINES)
def test_stack_distances_are_those_of_a_stack(lines: list[int]) -> None:
    stack: list[int] = []
    wanted = []
    for line in lines:
        wanted.append(stack.index(line) + 1 if line in stack else None)
        stack = [line, *(other for other in stack if other != line)]
    assert stack_distances(lines) == wanted


@given(lines=LINES, policy=st.sampled_from(sorted(POLICIES)))
def test_no_curve_lies_below_that_of_opt(lines: list[int], policy: str) -> None:
    sizes = [1, 2, 4, 8]
    best, found = curve(lines, sizes, "opt"), curve(lines, sizes, policy)
    assert (best.policy, found.accesses) == ("OPT", len(lines))
    assert all(b <= f for b, f in zip(best.ratios, found.ratios, strict=True))


def test_a_curve_of_a_workload_is_that_of_a_cores_own_lines() -> None:
    work = co.Workload.from_ops("0 r 0; 1 r 9; 0 w 1; 1 r 8; 0 r 4; 0 e 4; 1 r 9; 0 r 1")
    assert curve(work, [1, 2], keys_per_line=2).misses == (3, 2)
    assert curve(work, [1, 2], core=1).misses == (3, 2)


@pytest.mark.parametrize("policy", ["LRU", "FIFO"])
def test_machine_and_curve_agree(policy: str) -> None:
    work = co.workloads.random(cores=1, seed=3)
    sizes = [1, 3, 8]
    runs = [co.Machine(cache=co.Cache(ways=size, policy=policy)).run(work) for size in sizes]
    misses = [run.per_core[0]["cold"] + run.per_core[0]["replacement"] for run in runs]  # type: ignore[operator]
    assert list(curve(work, sizes, policy).misses) == misses


def test_what_cannot_be_drawn_is_refused() -> None:
    def program(core: co.Core) -> object:
        yield from core.get("x")

    with pytest.raises(co.InputError, match="a size of the curve must be a whole number >= 1, not 0"):
        curve("ab", [0, 1])
    with pytest.raises(co.InputError, match="unknown policy"):
        curve("ab", [1], "best")
    with pytest.raises(co.InputError, match="core must be a whole number from 0 to 1, not 2"):
        curve(co.Workload.from_ops("0 r a; 1 r a"), [1], core=2)
    with pytest.raises(co.InputError, match="is programs"):
        curve(co.Workload.from_programs("mine", [program]), [1])  # type: ignore[list-item]
    assert curve("", [1]).ratios == [0.0]
