"""Files appear whole or not at all, and only in the place of a file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import coherence as co
from coherence.atomic import check_output, write_atomically


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
