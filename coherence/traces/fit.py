"""Whether a trace is of a format, and why: one look at it, which every format judges for itself."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from gzip import GzipFile
from pathlib import Path
from typing import TypeAlias

from coherence.accesses.op import CoreOp
from coherence.accesses.text import TraceError
from coherence.errors import InputError
from coherence.traces import oraclegeneral
from coherence.traces.build import PerFile, Reader
from coherence.traces.source import Source, check_there, file_source, is_zip, members

SAMPLE = 1 << 16  # bytes of a file that are looked at
MAGIC = 16  # bytes by which a binary format may be known
ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Sample:
    """What lies at a path: the files of a folder or zip, or the start of a file.

    `lines`: of the start, None if that is no text · `whole`: whether those are all · `magic`: how it begins.
    """

    path: Path
    files: Sequence[tuple[str, Source]] | None = None
    lines: Sequence[str] | None = None
    whole: bool = True
    magic: bytes = b""


@dataclass(frozen=True)
class Fit:
    """A format's verdict: whether it fits, why, and how many lines it reads before its first fault."""

    fits: bool
    why: str
    reads: int = 0


Look: TypeAlias = "Callable[[Sample], Fit]"


def sample(path: Path) -> Sample:
    """A look at what lies at *path*; raises `TraceError` where it cannot be opened."""
    check_there(path)
    if path.is_dir() or is_zip(path):
        return Sample(path, members(path))
    with file_source(path).reading() as raw:
        start = raw.read(SAMPLE)
    if start.startswith(ZIP):
        raise TraceError(f"{path}: begins as a zip, but is truncated or damaged")
    whole = len(start) < SAMPLE
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(start, final=whole)
    except UnicodeDecodeError:
        return Sample(path, magic=start[:MAGIC])
    if "\0" in text:
        return Sample(path, magic=start[:MAGIC])
    lines = list(io.StringIO(text, newline=None))
    return Sample(path, None, lines if whole else lines[:-1], whole)


def one_file(read: Reader) -> Look:
    """The look of a format that is one text file, which *read* reads."""

    def look(given: Sample) -> Fit:
        if given.files is not None:
            return Fit(False, "is one file, and this is several")
        if given.lines is None:
            return Fit(False, "is text, and this is binary")
        return _reads(read, given.lines, given.whole)

    return look


def one_a_core(files: PerFile) -> Look:
    """The look of a format of one file a core, in a folder or zip; one such file alone is one core."""

    def alone(lines: Iterable[str]) -> Iterator[tuple[CoreOp, str]]:
        return (((0, op, key, gap), text) for op, key, gap, text in filter(None, map(files.parse, lines)))

    def look(given: Sample) -> Fit:
        if given.files is None:
            if files.by_name and not files.name.fullmatch(given.path.name):
                return Fit(False, f"is {files.called}, and this is not called so")
            return one_file(alone)(given)
        if not any(files.name.fullmatch(name) for name, _ in given.files):
            return Fit(False, f"is {files.called}, and nothing here is called so")
        try:
            found = len(files.in_order(str(given.path), given.files))
        except InputError as error:
            return Fit(False, str(error), 1)
        return Fit(True, f"finds {found} files by their names", 1)

    return look


def begins(magic: bytes) -> Look:
    """The look of a binary format that begins with *magic*."""

    def look(given: Sample) -> Fit:
        if given.files is not None:
            return Fit(False, "is one file, and this is several")
        if given.lines is not None:
            return Fit(False, "is binary, and this is text")
        fits = given.magic.startswith(magic)
        return Fit(fits, "begins as such a file does" if fits else "begins otherwise")

    return look


def records(given: Sample) -> Fit:
    """The look of oraclegeneral, which is binary; reads all of a gzipped file for its size."""
    if given.files is not None:
        return Fit(False, "is one file, and this is several")
    if given.lines is not None:
        return Fit(False, "is binary, and this is text")
    size = oraclegeneral.RECORD.size
    source = file_source(given.path)
    with source.reading() as raw:
        start = raw.read(oraclegeneral.CHUNK)
        packed = isinstance(raw, GzipFile)
        total = len(start) + sum(len(part) for part in iter(lambda: raw.read(1 << 20), b"")) if packed else source.size
    if total % size:
        return Fit(False, f"{total} bytes are no multiple of {size}")
    times = [time for time, *_ in oraclegeneral.RECORD.iter_unpack(start[: len(start) // size * size])]
    if times != sorted(times):
        return Fit(False, f"the times of its records of {size} bytes are in no order")
    return Fit(True, f"finds {total // size} binary records of {size} bytes")


def _reads(read: Reader, lines: Sequence[str], whole: bool) -> Fit:
    """How far *read* gets. Lines without an access before a fault count for nothing: heads of files look alike."""
    taken = 0
    found = False

    def numbered() -> Iterator[str]:
        nonlocal taken
        for taken, line in enumerate(lines, start=1):  # noqa: B007 (it is told where the fault is)
            yield line

    try:
        for _ in read(numbered()):
            found = True
    except ValueError as error:
        return Fit(False, f"stops at line {taken}: {error}", taken - 1 if found else 0)
    return Fit(True, f"reads {'all' if whole else 'the first'} {len(lines)} lines", len(lines))
