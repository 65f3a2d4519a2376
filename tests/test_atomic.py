"""Files that appear whole or not at all, and are refused before the work is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from coherence.atomic import check_output, write_atomically
from coherence.errors import InputError


def test_what_cannot_be_written_is_told_beforehand(tmp_path: Path) -> None:
    for path, said in {
        tmp_path: "is a folder",
        tmp_path / "none" / "a.svg": "the folder .* does not exist",
        tmp_path / ("a" * 300): "cannot be written",
        tmp_path / "a\0b": "no name for a file",
    }.items():
        with pytest.raises(InputError, match=said):
            check_output(path)
    check_output(tmp_path / "a.svg")


def test_a_fault_while_writing_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    write_atomically(file, lambda path: path.write_text("old"))

    def break_off(path: Path) -> None:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match="No space left on device"):
        write_atomically(file, break_off)
    assert [f.name for f in tmp_path.iterdir()] == ["a.txt"]
    assert file.read_text() == "old"
