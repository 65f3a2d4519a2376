"""The front door: which files it knows, what it refuses, and that it never leaves half a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import coherence as co
from coherence.exports import files
from coherence.exports.files import FORMATS
from tests.exports.conftest import RUNS


@pytest.fixture(scope="module")
def short() -> co.Run:
    return RUNS["MESI"]()


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_is_written_and_the_same_again(short: co.Run, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"run{suffix.upper()}"
    assert co.export(short, path) == []
    once = path.read_bytes()
    co.export(short, str(path))
    assert path.read_bytes() == once and len(once) > 1000
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", FORMATS)
def test_only_files_with_tracks_tell_of_lines_left_out(short: co.Run, tmp_path: Path, suffix: str) -> None:
    said = co.export(short, tmp_path / f"run{suffix}", tracks=2, first=5)
    assert said[0] == "steps 5–180 of 180"
    assert [s.startswith("the states of 2 of ") for s in said[1:]] == [True] * FORMATS[suffix].tracks


@pytest.mark.parametrize(
    ("name", "asked", "said"),
    [
        ("run.txt", {}, "run.txt: expected a name that ends in .json, .vcd, .parquet, .csv"),
        ("run", {}, "expected a name that ends in .json"),
        ("no/run.json", {}, "does not exist"),
        ("run.json", {"tracks": 0}, "tracks must be a whole number >= 1, not 0"),
        ("run.json", {"first": 500}, "--from must be a whole number from 1 to 180, not 500"),
        ("run.csv", {"lines": ["q"]}, "--line: no access touches line 'q'"),
        ("run.vcd", {"cores": [3]}, "--core: a core must be a whole number from 0 to 2, not 3"),
        ("run.parquet", {"first": 1, "last": 1, "cores": [2]}, "no step is left to show"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_no_file(
    short: co.Run, tmp_path: Path, name: str, asked: Any, said: str
) -> None:
    with pytest.raises(co.InputError) as error:
        co.export(short, tmp_path / name, **asked)
    assert said in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_a_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(co.InputError, match="record=True"):
        co.export(co.Machine().run([(0, "r", 1)]), tmp_path / "run.json")


@pytest.mark.parametrize(("suffix", "extra"), [(s, f.extra) for s, f in FORMATS.items() if f.extra])
def test_a_missing_extra_is_named(
    short: co.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, extra: str
) -> None:
    monkeypatch.setattr(files, "find_spec", lambda name: None)
    with pytest.raises(co.InputError, match=rf"from the extra '{extra}': pip install '.\[{extra}\]'"):
        co.export(short, tmp_path / f"run{suffix}")


def test_a_fault_in_the_middle_leaves_the_old_file(short: co.Run, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("old")
    count = iter(range(100))

    def fails(key: object) -> str:
        if next(count) == 99:
            raise ZeroDivisionError
        return str(key)

    with pytest.raises(ZeroDivisionError):
        co.export(short, tmp_path / "run.json", written=fails)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("run.json", "old")]
