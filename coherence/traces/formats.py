"""The table of trace formats: a new one is a file of its own and an entry here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from coherence.accesses import text
from coherence.accesses.grammar import Grammar
from coherence.accesses.op import CoreOp
from coherence.accesses.text import TraceError, named
from coherence.accesses.workload import Workload
from coherence.errors import InputError, unknown
from coherence.traces import (
    cachelib,
    columns,
    compact,
    cs4223,
    din,
    drmemtrace,
    lackey,
    mooncake,
    ncsu,
    oraclegeneral,
    per_core,
    proc,
)  # fmt: skip
from coherence.traces.build import BYTES, PerFile, Reader, each, merged, per_file
from coherence.traces.columns import Columns, parse_columns
from coherence.traces.fast import scans
from coherence.traces.fit import Look, is_compact, one_a_core, one_file, records
from coherence.traces.source import Source, file_source, is_zip, members

Load: TypeAlias = "Callable[[Path, int | None, bool], Workload]"


@dataclass(frozen=True)
class Format:
    """A trace format: its name, one line about it, how to read a path as it, and whether a path is of it.

    *load(path, cores, stream)*: `cores=None` counts them; *stream* keeps nothing in memory. `files` if it is one
    file a core. `sized`: its accesses have sizes, and touch each line that they cover. `reader`: of one text file, as
    it is looked at.
    """

    name: str
    about: str
    load: Load
    look: Look
    files: PerFile | None = None
    sized: bool = False
    reader: Reader | None = None


def _single(path: Path, name: str) -> Source:
    """The file at *path*; raises `TraceError` if that is a folder or a zip."""
    if path.is_dir() or is_zip(path):
        raise TraceError(f"{named(path)}: a {'folder' if path.is_dir() else 'zip'}, but format {name} is one file")
    return file_source(path)


def _text(
    name: str, about: str, read: Reader, keys_per_line: int | None = None, sized: bool = False,
    grammar: Grammar | None = None,
) -> Format:  # fmt: skip
    """A format of one text file that holds all cores."""

    def load(path: Path, cores: int | None, stream: bool) -> Workload:
        return merged(_single(path, name), read, cores, stream, keys_per_line, sized, grammar)

    return Format(name, about, load, one_file(read), sized=sized, reader=read)


def _columns(
    name: str, about: str, of: Columns, shape: str | None = None, keys_per_line: int | None = None
) -> Format:  # fmt: skip
    """A format of columns; *shape*: what each line must look like for "auto" to take a file for it."""
    sized = "size" in of.fields
    full = re.compile(shape or "")

    def shaped(lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            if line.strip() and not full.fullmatch(line.strip()):
                raise ValueError(f"expected {about}, not {text.shown(line)}")
            yield line

    def read(lines: Iterable[str]) -> Iterator[tuple[CoreOp, str]]:
        return of.read(shaped(lines))

    def load(path: Path, cores: int | None, stream: bool) -> Workload:
        source = _single(path, name)
        grammar = of.grammar(source.lines()) if scans([source]) else None
        return merged(source, of.read, cores, stream, keys_per_line, sized, grammar)

    return Format(name, about, load, one_file(read), sized=sized, reader=read)


def _files(name: str, about: str, files: PerFile) -> Format:
    """A format of one file a core, which are always read as they run; one file alone is one core."""

    def load(path: Path, cores: int | None, stream: bool) -> Workload:
        several = path.is_dir() or is_zip(path)
        sources = files.in_order(named(path), members(path)) if several else [file_source(path)]
        return per_file(named(path), sources, files, BYTES)

    return Format(name, about, load, one_a_core(files), files, reader=files.alone)


def _compact(path: Path, cores: int | None, stream: bool) -> Workload:
    _single(path, "compact")
    return compact.read_compact(path, cores)


def _oraclegeneral(path: Path, cores: int | None, stream: bool) -> Workload:
    source = _single(path, "oraclegeneral")
    if next(oraclegeneral.read(source), None) is None:
        raise TraceError(f"{source.name}: no accesses in it")
    return Workload.from_accesses(source.name, lambda: oraclegeneral.read(source), 1)


def _mooncake(path: Path, cores: int | None, stream: bool) -> Workload:
    return replace(merged(_single(path, "mooncake"), mooncake.reader(cores or 1), cores, stream), puts=True)


# In the order of preference, for where several fit.
FORMATS = {
    f.name: f
    for f in (
        _text(
            "native",
            "core op key [gap]; op r, w or e; key decimal, 0x… or a word",
            each(text.parse_line),
            grammar=text.GRAMMAR,
        ),
        _text("ncsu", "core r|w hex", each(ncsu.parse_line), BYTES, grammar=ncsu.GRAMMAR),
        _files("per-core", "folder or zip of p0.trace …; lines r 0xADDR [gap]", per_core.FILES),
        _files("cs4223", "folder or zip of NAME_0.data …; lines 0|1 ADDR, 2 CYCLES, in hex", cs4223.FILES),
        _files("proc", "folder or zip of NAME_proc0.trace …; lines R|W ADDR, in hex", proc.FILES),
        _files("din", "Dinero's .din, one file a core; lines 0|1|2 ADDR [SIZE], in hex", din.DIN),
        _files("smpcache", "SMPCache's .prg, one file a core; lines 0|2|3 ADDR, in hex", din.SMPCACHE),
        _columns(
            "dinero",
            "Dinero's extended form; lines r|w|i|m ADDR SIZE, in hex",
            Columns(("op", "key", "size"), {"r": "r", "w": "w", "i": None, "m": "r"}, hexadecimal=True),
            r"[rwim]\s+(?:0[xX])?[0-9a-fA-F]{1,16}\s+(?:0[xX])?[0-9a-fA-F]{1,6}",
            BYTES,
        ),
        _columns(
            "pin",
            "what Pin's pinatrace writes; lines 0xPC: R|W 0xADDR",
            Columns(("_", "op", "key"), {"R": "r", "W": "w"}, hexadecimal=True),
            r"0[xX][0-9a-fA-F]{1,16}:\s+[RW]\s+0[xX][0-9a-fA-F]{1,16}|#.*",
            BYTES,
        ),
        _text("lackey", "valgrind --tool=lackey --trace-mem=yes --trace-sched=yes", lackey.read, BYTES, sized=True),
        _text("drmemtrace", "what DynamoRIO's drcachesim view tool prints", drmemtrace.read, BYTES, sized=True),
        Format("compact", "what trace convert writes to FILE.ctrace; binary", _compact, is_compact),
        Format("oraclegeneral", "libCacheSim's binary records; reads of core 0", _oraclegeneral, records),
        Format(
            "mooncake",
            "JSON lines of LLM requests with hash_ids, dealt to cores in turn",
            _mooncake,
            one_file(mooncake.reader(1)),
            reader=mooncake.reader(1),
        ),
        _columns(
            "twitter",
            "Twitter's cluster caches; CSV of time, key, key size, value size, client, op, TTL; a client is a core",
            Columns(("_", "key", "_", "_", "client", "op", "_"), columns.OPS),
            rf"[0-9]+,[^,]+,[0-9]+,[0-9]+,[^,]+,(?:{'|'.join(columns.REQUESTS)}),[0-9]+",
        ),
        _text("cachelib", "Meta's kvcache traces; CSV with a heading that names key and op", cachelib.read),
    )
}


def find_format(name: str) -> Format:
    """The format of a name that `format_faults` finds no fault in; "columns FIELDS" makes one.

    >>> find_format("columns core op key:hex").about
    'core op key:hex'
    """
    if name in FORMATS:
        return FORMATS[name]
    of = parse_columns(name)
    return _columns(name, name.partition(" ")[2], of, keys_per_line=BYTES if of.hexadecimal else None)


def format_faults(name: str) -> list[str]:
    """The faults of a format's name, which may be "auto" or "columns FIELDS": a list of none or some lines.

    >>> format_faults("natve")[0][:50]
    "unknown format 'natve'; did you mean native? (know"
    """
    if name in ("auto", *FORMATS):
        return []
    if str(name).split()[:1] != [columns.NAME]:
        return [unknown("format", name, ["auto", *FORMATS, '"columns FIELDS"'])]
    try:
        parse_columns(name)
    except InputError as error:
        return str(error).split("\n")
    return []
