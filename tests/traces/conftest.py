"""Small traces written by the tests themselves."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from coherence.accesses.op import CoreOp
from coherence.traces.read import read_trace

Put = Callable[..., Path]


def put_at(folder: Path, name: str, content: str | bytes | Mapping[str, str | bytes]) -> Path:
    """Write a trace: text or bytes is a file, a mapping a folder, or a zip if the name ends in .zip; an old one goes."""
    path = folder / name
    if path.is_dir():
        shutil.rmtree(path)
    if isinstance(content, Mapping) and name.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
            for member, inside in content.items():
                bundle.writestr(member, inside)
    elif isinstance(content, Mapping):
        path.mkdir()
        for member, inside in content.items():
            (path / member).write_bytes(inside if isinstance(inside, bytes) else inside.encode())
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """`put_at` in the test's own folder."""
    return partial(put_at, tmp_path)


def accesses(path: Path, format: str = "auto", lines_of: int = 64, **how: object) -> list[CoreOp]:
    """Every access in trace order, as a machine with such lines sees it."""
    return list(read_trace(path, format, **how).at(lines_of).sequence())  # type: ignore[arg-type]
