"""Small traces written by the tests themselves."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from coherence.accesses.op import CoreOp
from coherence.traces.read import read_trace

Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Write a trace under a name: text or bytes is a file, a mapping a folder, or a zip if the name ends in .zip."""

    def write(name: str, content: str | bytes | Mapping[str, str | bytes]) -> Path:
        path = tmp_path / name
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

    return write


def accesses(path: Path, format: str = "auto", lines_of: int = 64, **how: object) -> list[CoreOp]:
    """Every access in trace order, as a machine with such lines sees it."""
    return list(read_trace(path, format, **how).at(lines_of).sequence())  # type: ignore[arg-type]
