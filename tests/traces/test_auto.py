""" "auto" reads what was written, or refuses; whatever bytes it is given, it says one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coherence.accesses.op import CoreOp
from coherence.traces.read import read_trace
from tests.traces import fuzz
from tests.traces.conftest import put_at
from tests.traces.writers import WRITERS, meant


@st.composite
def some(draw: st.DrawFn, format: str) -> list[CoreOp]:
    writer = WRITERS[format]
    numbers = st.integers(0x100, 2**48)
    keys = st.one_of(numbers, st.text("xyz_:", min_size=1, max_size=4)) if writer.words else numbers
    gaps = st.integers(0, 9) if writer.gaps else st.just(0)
    access = st.tuples(st.integers(0, writer.cores - 1), st.sampled_from(writer.ops), keys, gaps)
    return draw(st.lists(access, min_size=1, max_size=12))


@pytest.mark.parametrize("format", WRITERS)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_auto_gives_what_was_written(tmp_path: Path, format: str, data: st.DataObject) -> None:
    accesses = data.draw(some(format))
    path = put_at(tmp_path, WRITERS[format].name, WRITERS[format].write(accesses))
    found = read_trace(path).at(64)
    streams = [list(stream) for stream in found.streams()]
    expected = meant(format, accesses)
    assert streams[: len(expected)] == expected and not any(streams[len(expected) :])


def test_some_mutated_files_give_one_line_or_one_reading() -> None:
    assert fuzz.main(300, 1) == 0


@pytest.mark.slow
def test_mutated_files_give_one_line_or_one_reading() -> None:
    assert fuzz.main(6_000, 2) == 0
