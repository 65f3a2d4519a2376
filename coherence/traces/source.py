"""Opening what a trace lies in: files, packed or not, folders and zips; every fault as TraceError, in one line."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from coherence.accesses.text import TraceError, named
from coherence.errors import needs

BUFFER = 1 << 16
LONGEST = 1 << 20  # characters of a line, at the most
ZSTD_CHUNK = 1 << 10  # bytes unpacked at once: each may stand for 32 kB
MISSING = 4  # missing files that a message names


class _Unzstd(io.RawIOBase):
    """The bytes of a zstd stream, some at a time; raises EOFError if it is cut short, as the package's own does not."""

    def __init__(self, stream: BinaryIO) -> None:
        try:
            import zstandard
        except ImportError:
            raise TraceError(f"a zstd file {needs('zstandard', 'data')}") from None
        self.stream = stream
        self.begin = zstandard.ZstdDecompressor().decompressobj
        self.frame = self.begin()
        self.inside = False
        self.ready = memoryview(b"")
        self.rest = b""

    def read(self, size: int = -1) -> bytes:
        while not self.ready:
            packed = self.rest or self.stream.read(ZSTD_CHUNK)
            if not packed:
                if not self.frame.eof and self.inside:
                    raise EOFError("it ends within a frame")
                return b""
            if self.frame.eof:
                self.frame = self.begin()
            self.inside = True
            self.ready = memoryview(self.frame.decompress(packed))
            self.rest = self.frame.unused_data
        found, self.ready = self.ready[:size], self.ready[size:]
        return bytes(found)


# How a packed file begins, and what unpacks it.
GZIP = b"\x1f\x8b"
UNPACKED: dict[bytes, Callable[[BinaryIO], BinaryIO]] = {
    GZIP: lambda packed: cast("BinaryIO", gzip.GzipFile(fileobj=packed)),
    b"\x28\xb5\x2f\xfd": lambda packed: cast("BinaryIO", _Unzstd(packed)),
    **{bytes([0x50 + n]) + b"\x2a\x4d\x18": lambda packed: cast("BinaryIO", _Unzstd(packed)) for n in range(16)},
    b"\xfd7zXZ\x00": lambda packed: cast("BinaryIO", lzma.LZMAFile(packed)),
    b"BZh": lambda packed: cast("BinaryIO", bz2.BZ2File(packed)),
}
PACKED = r"(?:\.(?:gz|zst|xz|bz2))?"  # how the name of such a file may end
LONGEST_MAGIC = max(map(len, UNPACKED))


def packed(start: bytes) -> bool:
    """Whether a file that begins with *start* is packed in a way that opens as it is.

    >>> packed(b"0 r x"), packed(bytes([0x1f, 0x8b]))
    (False, True)
    """
    return start.startswith(tuple(UNPACKED))


@dataclass(frozen=True)
class Source:
    """One stream of bytes that can be opened again and again; `name` goes into messages, `size` is in bytes."""

    name: str
    open: Callable[[], BinaryIO]
    size: int = 0

    @contextmanager
    def reading(self) -> Iterator[BinaryIO]:
        """The bytes, unpacked if they begin as a packed file does; what goes wrong in reading becomes TraceError."""
        try:
            raw = self.open()
        except (zipfile.BadZipFile, OSError) as error:
            raise self._fault(error) from None
        with raw:
            try:
                start = raw.read(LONGEST_MAGIC)
            except Exception as error:
                raise self._fault(error) from None
            whole = io.BufferedReader(_Rejoined(start, raw, self._fault), BUFFER)  # short only at the end
            unpack = next((opened for magic, opened in UNPACKED.items() if start.startswith(magic)), None)
            if unpack is None:
                yield cast("BinaryIO", whole)
                return
            try:
                unpacked = unpack(cast("BinaryIO", whole))
            except TraceError as error:
                raise TraceError(f"{self.name}: {error}") from None
            except Exception as error:
                raise self._fault(error) from None
            yield cast("BinaryIO", io.BufferedReader(_Rejoined(b"", unpacked, self._fault), BUFFER))

    def _fault(self, error: Exception) -> TraceError:
        """What reading raised, told in one line: foreign bytes can make an unpacker raise anything."""
        if isinstance(error, TraceError):
            return error
        if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile) and error.strerror:
            return TraceError(f"{self.name}: cannot be read ({error.strerror})")
        said = named(error) or type(error).__name__
        return TraceError(f"{self.name}: the compressed file is truncated or damaged ({said})")

    def lines(self) -> Lines:
        """The lines of text: UTF-8 with or without BOM, any line ending."""
        return Lines(self)


class Lines:
    """The lines of a source, read as they are asked for; `number` is that of the last one, from 1.

    Raises `TraceError` at bytes that are no text, and at a line longer than LONGEST, which is never whole in memory.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        with self.source.reading() as raw:
            try:
                text = io.TextIOWrapper(raw, encoding="utf-8-sig")
                for self.number, line in enumerate(iter(partial(text.readline, LONGEST), ""), start=1):
                    if len(line) == LONGEST:
                        raise too_long(self.source.name, self.number)
                    yield line
            except UnicodeDecodeError:
                where = f"{self.source.name}:{self.number + 1}"
                raise TraceError(f"{where}: not text in UTF-8, expected a trace as text") from None


def too_long(name: str, number: int) -> TraceError:
    """What is said of a line that is longer than LONGEST."""
    return TraceError(f"{name}:{number}: a line of {LONGEST:,} characters or more, too long for a trace")


class _Rejoined(io.RawIOBase):
    """A stream with the bytes read ahead put back in front; what reading it raises is told by *fault*."""

    def __init__(self, start: bytes, rest: BinaryIO, fault: Callable[[Exception], TraceError]) -> None:
        self.start = start
        self.rest = rest
        self.fault = fault

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            found = self.start or self.rest.read(len(buffer))
        except Exception as error:
            raise self.fault(error) from None
        count = min(len(found), len(buffer))
        buffer[:count] = found[:count]
        self.start = found[count:]
        return count


def file_source(path: Path) -> Source:
    """A file as a source."""
    return Source(named(path), lambda: open(path, "rb"), os.path.getsize(path) if os.path.isfile(path) else 0)


def check_there(path: Path, typed: str = "") -> None:
    """Raise `TraceError` if nothing lies at *path*, or a pipe, which could be read once only.

    *typed* is how the user wrote the path, if that is known.
    """
    try:
        there = "\0" not in str(path) and path.exists()
    except OSError as error:  # as of a name too long
        raise TraceError(f"{named(path)}: cannot be read ({error.strerror})") from None
    if not there:
        raise TraceError(f"{named(typed or path)}: no such file or folder, expected a trace")
    if not path.is_file() and not path.is_dir():
        raise TraceError(
            f"{named(path)}: is no ordinary file, expected a trace (a native one may come by standard input, as -)"
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
            raise TraceError(f"{named(path)}: cannot be read ({error.strerror or error})") from None
    else:
        try:
            with zipfile.ZipFile(path) as bundle:
                inside = [i for i in bundle.infolist() if not i.filename.endswith("/")]
        except Exception as error:  # foreign bytes can make it raise anything
            raise TraceError(f"{named(path)}: cannot be read as a zip ({named(error)})") from None
        inside.sort(key=lambda i: i.filename)
        found = [(Path(i.filename).name, _member(path, i)) for i in inside]
    return [(name, source) for name, source in found if not name.startswith(".")]


def _member(path: Path, member: zipfile.ZipInfo) -> Source:
    """One file of a zip as a source."""
    name = named(f"{path}:{member.filename}")

    def opened() -> BinaryIO:
        try:
            with zipfile.ZipFile(path) as bundle:
                return cast("BinaryIO", bundle.open(member))
        except Exception as error:  # encrypted, or packed by a method that Python lacks, or damaged
            raise TraceError(f"{name}: cannot be unpacked ({named(error)})") from None

    return Source(name, opened, member.file_size)


def by_core(
    where: str, files: Sequence[tuple[str, Source]], pattern: re.Pattern[str], called: Callable[[int], str]
) -> list[Source]:
    """The files whose names match *pattern*, in the order of its group `core`, which must run from 0 without holes.

    Parameters
    ----------
    where : str
        The folder or zip, for messages.
    files : list
        Each with its bare name.
    pattern : pattern
        Of a file's whole name.
    called : function
        The name that core n's file should have, for messages.

    Raises `TraceError` naming what is missing.

    >>> files = [(f"p{core}.trace", Source(f"p{core}", None)) for core in (10, 9, *range(9))]
    >>> [s.name for s in by_core("x", files, re.compile("p(?P<core>[0-9]+).trace"), "p{}.trace".format)][8:]
    ['p8', 'p9', 'p10']
    """
    found: dict[int, Source] = {}
    for name, source in files:
        match = pattern.fullmatch(name)
        if match:
            core = int(match["core"])
            if core in found:
                raise TraceError(f"{where}: both {found[core].name} and {source.name} are core {core}")
            found[core] = source
    if not found:
        raise TraceError(f"{where}: no such files in it; expected {called(0)}, {called(1)} …")
    holes = [core for core in range(max(found)) if core not in found]
    if holes:
        shown = ", ".join(called(core) for core in holes[:MISSING]) + (" …" if len(holes) > MISSING else "")
        raise TraceError(f"{where}: {shown} is missing; expected {called(0)} to {called(max(found))} without holes")
    return [found[core] for core in sorted(found)]


def one_trace(pattern: re.Pattern[str], called: str) -> Callable[[str, Sequence[tuple[str, Source]]], list[Source]]:
    """`by_core` for names that begin with the trace's own, the group `name`, which must be one; *called* makes one."""

    def in_order(where: str, files: Sequence[tuple[str, Source]]) -> list[Source]:
        names = sorted({match["name"] for name, _ in files if (match := pattern.fullmatch(name))})
        if len(names) > 1:
            found, first = named(", ".join(names[:MISSING])), called.format("NAME", 0)
            raise TraceError(f"{where}: more than one trace in it ({found}), expected one {first} …")
        return by_core(where, files, pattern, partial(called.format, named(names[0]) if names else "NAME"))

    return in_order
