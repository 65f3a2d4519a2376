"""Opening what a trace lies in: plain or gzipped files, standard input, folders and zips; every fault as TraceError."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from coherence.accesses.text import TraceError

GZIP = b"\x1f\x8b"
BUFFER = 1 << 16


@dataclass(frozen=True)
class Source:
    """One stream of bytes that can be opened again and again; `name` goes into messages, `size` is in bytes."""

    name: str
    open: Callable[[], BinaryIO]
    size: int = 0

    @contextmanager
    def reading(self) -> Iterator[BinaryIO]:
        """The bytes, unzipped where they begin as gzip does; what goes wrong in the block becomes TraceError."""
        try:
            with self.open() as raw:
                start = raw.read(2)
                whole = io.BufferedReader(_Rejoined(start, raw), BUFFER)  # so that a read is short only at the end
                yield cast("BinaryIO", gzip.GzipFile(fileobj=whole) if start == GZIP else whole)
        except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            raise TraceError(f"{self.name}: the compressed file is truncated or damaged ({error})") from None
        except OSError as error:
            raise TraceError(f"{self.name}: cannot be read ({error.strerror or error})") from None

    def lines(self) -> Lines:
        """The lines of text: UTF-8 with or without BOM, any line ending."""
        return Lines(self)


class Lines:
    """The lines of a source, read as they are asked for; `number` is that of the last one, from 1."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        with self.source.reading() as raw:
            try:
                for self.number, line in enumerate(io.TextIOWrapper(raw, encoding="utf-8-sig"), start=1):
                    yield line
            except UnicodeDecodeError:
                where = f"{self.source.name}:{self.number + 1}"
                raise TraceError(f"{where}: not text in UTF-8, expected a trace as text") from None


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
    return Source(str(path), lambda: open(path, "rb"), os.path.getsize(path) if os.path.isfile(path) else 0)


def check_there(path: Path) -> None:
    """Raise `TraceError` if nothing lies at *path*, or a pipe, which could be read once only."""
    if "\0" in str(path) or not path.exists():
        raise TraceError(f"{path}: no such file or folder, expected a trace")
    if not path.is_file() and not path.is_dir():
        raise TraceError(
            f"{path}: is no ordinary file, expected a trace (a native one may come by standard input, as -)"
        )


def is_zip(path: Path) -> bool:
    """Whether *path* is a zip file."""
    return path.is_file() and zipfile.is_zipfile(path)


def members(path: Path) -> list[tuple[str, Source]]:
    """The files of a folder or a zip, each with its bare name, in the order of their names.

    A zip's folders are looked through; names that begin with a dot are left out, as some systems' archivers put a
    shadow `._p0.trace` beside each file.
    """
    if path.is_dir():
        try:
            found = [(p.name, file_source(p)) for p in sorted(path.iterdir()) if p.is_file()]
        except OSError as error:
            raise TraceError(f"{path}: cannot be read ({error.strerror or error})") from None
    else:
        try:
            with zipfile.ZipFile(path) as bundle:
                names = sorted((i.filename, i.file_size) for i in bundle.infolist() if not i.is_dir())
        except (zipfile.BadZipFile, OSError) as error:
            raise TraceError(f"{path}: cannot be read as a zip ({error})") from None
        found = [(Path(name).name, _member(path, name, size)) for name, size in names]
    return [(name, source) for name, source in found if not name.startswith(".")]


def _member(path: Path, name: str, size: int) -> Source:
    """One file of a zip as a source."""

    def opened() -> BinaryIO:
        try:
            return cast("BinaryIO", zipfile.ZipFile(path).open(name))
        except RuntimeError as error:  # encrypted, or packed by a method that Python lacks
            raise TraceError(f"{path}:{name}: cannot be unpacked ({error})") from None

    return Source(f"{path}:{name}", opened, size)
