"""What `trace info` counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coherence.accesses.op import COMPUTE, CoreOp
from coherence.accesses.survey import Degree, survey
from coherence.accesses.workload import Workload

OPS = st.tuples(
    st.integers(0, 3), st.sampled_from(["r", "w", "e", COMPUTE]), st.integers(0, 20), st.integers(0, 9)
)  # fmt: skip


def of(ops: list[CoreOp]) -> Workload:
    return Workload.from_accesses("ops", lambda: iter(ops), 4)


def test_counts_of_a_small_trace() -> None:
    found = survey(Workload.from_ops("0 r 0 5; 0 w 1; 1 r 63 2; 1 e 64 1; 2 r 128; 0 w 64"), 64, cores=4)
    assert (found.reads, found.writes, found.compute) == ((1, 1, 1, 0), (2, 0, 0, 0), (5, 3, 0, 0))
    assert (found.accesses, found.evictions, found.keys, found.lines) == (5, 1, 5, 3)
    assert found.read_share == 0.6
    # line 0 by cores 0 and 1, written; line 1 by core 0, written (an eviction is no touch); line 2 by core 2
    assert found.sharing == (Degree(1, 2, 1), Degree(2, 1, 1))


def test_a_line_only_evicted_is_touched_by_no_core() -> None:
    found = survey(Workload.from_ops("0 r 1; 1 e 2"), 1, cores=2)
    assert found.sharing == (Degree(0, 1, 0), Degree(1, 1, 0))
    assert (found.keys, found.lines) == (2, 2)


def test_computing_after_the_last_access_counts() -> None:
    found = survey(of([(0, "r", 1, 3), (0, COMPUTE, 0, 4), (1, COMPUTE, 0, 5)]), 1, cores=4)
    assert (found.compute, found.accesses, found.keys) == ((7, 5, 0, 0), 1, 1)


def test_words_are_lines_of_their_own() -> None:
    assert survey(Workload.from_ops("0 w x; 1 r y; 1 r x"), 64, cores=2).sharing == (Degree(1, 1, 0), Degree(2, 1, 1))


@given(st.lists(OPS, max_size=60), st.integers(1, 8))
def test_agrees_with_counting_by_hand(ops: list[CoreOp], keys_per_line: int) -> None:
    """Every count, said a second time without sets of cores: line by line, core by core."""
    found = survey(of(ops), keys_per_line, cores=4)
    lines = {key // keys_per_line for _, op, key, _ in ops if op != COMPUTE}  # type: ignore[operator]
    by = {line: {c for c, op, key, _ in ops if op in "rw" and key // keys_per_line == line} for line in lines}  # type: ignore[operator]
    wrote = {key // keys_per_line for _, op, key, _ in ops if op == "w"}  # type: ignore[operator]
    for degree in found.sharing:
        same = [line for line, cores in by.items() if len(cores) == degree.cores]
        assert (degree.lines, degree.written) == (len(same), len(wrote & set(same)))
    assert found.lines == len(lines)
    assert found.accesses == sum(op in "rw" for _, op, _, _ in ops)
    assert found.compute == tuple(sum(gap for c, _, _, gap in ops if c == core) for core in range(4))
