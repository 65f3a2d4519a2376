"""Opening what a trace lies in: plain or gzipped files, standard input, folders and zips; every fault as TraceError."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from coherence.traces.native import TraceError

GZIP = b"\x1f\x8b"
Numbered = Iterator[tuple[int, str]]  # (line number from 1, line)


@dataclass(frozen=True)
class Source:
    """One stream of bytes that can be opened again and again; `name` goes into messages."""

    name: str
    open: Callable[[], BinaryIO]

    @contextmanager
    def reading(self) -> Iterator[BinaryIO]:
        """The bytes, unzipped where they begin as gzip does; what goes wrong in the block becomes TraceError."""
        try:
            with self.open() as raw:
                start = raw.read(2)
                whole = cast("BinaryIO", io.BufferedReader(_Rejoined(start, raw)))
                yield cast("BinaryIO", gzip.GzipFile(fileobj=whole)) if start == GZIP else whole
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            raise TraceError(f"{self.name}: the compressed file is truncated or damaged ({error})") from None
        except OSError as error:
            raise TraceError(f"{self.name}: cannot be read ({error.strerror or error})") from None

    def lines(self) -> Numbered:
        """Numbered lines of text: UTF-8 with or without BOM, any line ending."""
        number = 0
        with self.reading() as raw:
            try:
                for number, line in enumerate(io.TextIOWrapper(raw, encoding="utf-8-sig"), start=1):
                    yield number, line
            except UnicodeDecodeError:
                raise TraceError(f"{self.name}:{number + 1}: not text in UTF-8, expected a trace as text") from None


class _Rejoined(io.RawIOBase):
    """A stream with the bytes read ahead put back in front."""

    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        self.start = start
        self.rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        found = self.start or self.rest.read(len(buffer))
        count = min(len(found), len(buffer))
        buffer[:count] = found[:count]
        self.start = found[count:]
        return count


def file_source(path: Path) -> Source:
    """A file as a source."""
    return Source(str(path), lambda: open(path, "rb"))


def members(path: Path) -> dict[str, Source]:
    """The files of a folder or a zip by name, in the order of their names; a zip's folders are looked through."""
    if path.is_dir():
        return {p.name: file_source(p) for p in sorted(path.iterdir()) if p.is_file()}
    try:
        with zipfile.ZipFile(path) as bundle:
            names = sorted(n for n in bundle.namelist() if not n.endswith("/"))
    except (zipfile.BadZipFile, OSError) as error:
        raise TraceError(f"{path}: cannot be read as a zip ({error})") from None

    def opener(name: str) -> Callable[[], BinaryIO]:
        return lambda: cast("BinaryIO", zipfile.ZipFile(path).open(name))

    return {Path(name).name: Source(f"{path}:{name}", opener(name)) for name in names}
