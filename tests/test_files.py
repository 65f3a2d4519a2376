"""Files appear whole or not at all, and only in the place of a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import coherence as co
from coherence.files import check_output, write_atomically


def test_a_link_stays_and_what_it_points_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there" / "file")
    for text in ("new", "again"):  # there is nothing behind the link at first
        write_atomically(tmp_path / "link", lambda name, text=text: name.write_text(text))  # type: ignore[misc]
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "there" / "file").read_text() == text
    assert [len(list(folder.iterdir())) for folder in (tmp_path, tmp_path / "there")] == [2, 1]


def test_a_pipe_or_a_device_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(co.InputError, match="pipe: is no ordinary file, expected one to write"):
        check_output(tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()


def test_what_cannot_be_written_is_told_beforehand(tmp_path: Path) -> None:
    for path, said in {
        tmp_path: "is a folder",
        tmp_path / "none" / "a.svg": "the folder .* does not exist",
        tmp_path / ("a" * 300): "cannot be written",
        tmp_path / "a\0b": "no name for a file",
    }.items():
        with pytest.raises(co.InputError, match=said):
            check_output(path)
    check_output(tmp_path / "a.svg")


def test_a_fault_while_writing_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    write_atomically(file, lambda path: path.write_text("old"))

    def break_off(path: Path) -> None:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(co.InputError, match="No space left on device"):
        write_atomically(file, break_off)
    assert [f.name for f in tmp_path.iterdir()] == ["a.txt"]
    assert file.read_text() == "old"
