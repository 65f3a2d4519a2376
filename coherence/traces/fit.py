"""Whether a trace is of a format, and why: one look at it, which every format judges for itself."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from coherence.accesses.text import TraceError, named
from coherence.errors import InputError
from coherence.traces import compact, oraclegeneral
from coherence.traces.build import PerFile, Reader
from coherence.traces.din import Leftover
from coherence.traces.source import (
    LONGEST,
    LONGEST_MAGIC,
    Source,
    check_there,
    file_source,
    is_zip,
    members,
    packed,
    too_long,
)

SAMPLE = 1 << 16  # bytes of a file that are looked at, and more if those hold no line
MAGIC = 16  # bytes by which a binary format may be known
ZIP = b"PK\x03\x04"
SOON = 1 << 48  # accesses, beyond which no trace says that an object comes again
PACKED_AS = (".gz", ".zst", ".xz", ".bz2", ".lz4")
NEVER = (-1, -2, (1 << 63) - 1)  # how oraclegeneral says that it does not


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
    """A format's verdict: whether it fits, and why.

    `reads`: how many lines it reads before its first fault · `fault`: that, as a message with its place ·
    `leftover`: the fault is that it would leave out a part of a line · `empty`: there is nothing in the whole file.
    """

    fits: bool
    why: str
    reads: int = 0
    fault: str = ""
    leftover: bool = False
    empty: bool = False


Look: TypeAlias = "Callable[[Sample], Fit]"


class Misfit(TraceError):
    """A trace that no format fits, or several: `fits` says why, format by format."""

    fits: dict[str, Fit]


def sample(path: Path) -> Sample:
    """A look at what lies at *path*; raises `TraceError` if it cannot be opened."""
    check_there(path)
    if path.is_dir() or is_zip(path):
        return Sample(path, members(path))
    magic, lines, whole = _start(file_source(path))
    if magic.startswith(ZIP):
        raise TraceError(f"{named(path)}: begins as a zip, but is truncated or damaged")
    return Sample(path, None, lines, whole, magic)


def _start(source: Source) -> tuple[bytes, list[str] | None, bool]:
    """How *source* begins, the lines of its start (None if that is no text), and whether those are all."""
    with source.reading() as raw:
        start = raw.read(SAMPLE)
        while len(start) < LONGEST and len(start) % SAMPLE == 0 and not re.search(rb"[\r\n]", start):
            more = raw.read(SAMPLE)
            if not more:
                break
            start += more
    whole = len(start) % SAMPLE != 0 or not start
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(start, final=whole)
    except UnicodeDecodeError:
        return start[:MAGIC], None, whole
    if "\0" in text:
        return start[:MAGIC], None, whole
    lines = list(io.StringIO(text, newline=None))
    if not whole and len(lines) == 1 and len(start) >= LONGEST:
        raise too_long(source.name, 1)
    return start[:MAGIC], lines if whole else lines[:-1], whole


def one_file(read: Reader) -> Look:
    """The look of a format that is one text file, which *read* reads."""

    def look(given: Sample) -> Fit:
        if given.files is not None:
            return Fit(False, "is one file, and this is several")
        if given.lines is None:
            return Fit(False, "is text, and this is binary")
        return _reads(read, given.lines, given.whole, named(given.path))

    return look


def one_a_core(files: PerFile) -> Look:
    """The look of a format of one file a core, in a folder or zip; one such file alone is one core."""

    def look(given: Sample) -> Fit:
        if given.files is None:
            if files.by_name and not files.name.fullmatch(given.path.name):
                return Fit(False, f"is {files.called}, and this is not called so")
            return one_file(files.alone)(given)
        if not any(files.name.fullmatch(name) for name, _ in given.files):
            return Fit(False, f"is {files.called}, and nothing here is called so")
        try:
            found = files.in_order(named(given.path), given.files)
        except InputError as error:
            return Fit(False, str(error), 1, str(error))
        for source in found:
            _, lines, whole = _start(source)
            fit = _reads(files.alone, lines or [], whole, source.name)
            if not fit.fits:
                return Fit(False, f"{source.name} {fit.why}", 1, fit.fault, fit.leftover)
        return Fit(True, f"finds {len(found)} files by their names", 1)

    return look


def is_compact(given: Sample) -> Fit:
    """The look of the compact format, which is known by how it begins."""
    if given.files is not None or given.lines is not None:
        return _not_binary(given)
    fits = given.magic.startswith(compact.MAGIC)
    return Fit(fits, "begins as such a file does" if fits else "begins otherwise")


def records(given: Sample) -> Fit:
    """The look of oraclegeneral, which is binary; reads all of a packed file for its size."""
    if given.files is not None or given.lines is not None:
        return _not_binary(given)
    if given.magic.startswith(compact.MAGIC):
        return Fit(False, "begins as a compact trace does")
    size = oraclegeneral.RECORD.size
    source = file_source(given.path)
    with source.open() as plain:
        unpacks = packed(plain.read(LONGEST_MAGIC))
    with source.reading() as raw:
        start = raw.read(oraclegeneral.CHUNK)
        total = source.size
        if unpacks:
            total = len(start) + sum(len(part) for part in iter(lambda: raw.read(1 << 20), b""))
    if total % size:
        return Fit(False, f"{total} bytes are no multiple of {size}")
    found = list(oraclegeneral.RECORD.iter_unpack(start[: len(start) // size * size]))
    times = [time for time, *_ in found]
    if given.path.suffix in PACKED_AS and not unpacks:
        return Fit(False, f"is not packed as its name says, {given.path.suffix}")
    if times != sorted(times):
        return Fit(False, f"the times of its records of {size} bytes are in no order")
    if not all(again in NEVER or 0 <= again < SOON for *_, again in found):
        return Fit(False, f"its records of {size} bytes do not say when an object comes again")
    return Fit(True, f"finds {total // size} binary records of {size} bytes")


def _not_binary(given: Sample) -> Fit:
    """The verdict of a binary format on what is not even one binary file."""
    several = given.files is not None
    return Fit(False, "is one file, and this is several" if several else "is binary, and this is text")


def _reads(read: Reader, lines: Sequence[str], whole: bool, name: str) -> Fit:
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
        reads = taken - 1 if found else 0
        return Fit(
            False, f"stops at line {taken}: {error}", reads, f"{name}:{taken}: {error}", isinstance(error, Leftover)
        )
    return Fit(
        True, f"reads {'all' if whole else 'the first'} {len(lines)} lines", len(lines), empty=whole and not found
    )
