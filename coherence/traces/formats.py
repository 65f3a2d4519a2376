"""The table of trace formats: a new one is a file of its own and an entry here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from coherence.accesses import text
from coherence.accesses.grammar import Grammar
from coherence.accesses.text import TraceError
from coherence.accesses.workload import Workload
from coherence.errors import unknown
from coherence.traces import compact, cs4223, din, drmemtrace, lackey, mooncake, ncsu, oraclegeneral, per_core
from coherence.traces.build import BYTES, PerFile, Reader, each, merged, per_file
from coherence.traces.fit import Look, begins, one_a_core, one_file, records
from coherence.traces.source import Source, file_source, is_zip, members

Load: TypeAlias = "Callable[[Path, int | None, bool], Workload]"


@dataclass(frozen=True)
class Format:
    """A trace format: its name, one line about it, how to read a path as it, and whether a path is of it.

    *load(path, cores, stream)*: `cores=None` counts them; *stream* keeps nothing in memory. `files` where it is one
    file a core. `sized`: its accesses have sizes, and touch each line that they cover.
    """

    name: str
    about: str
    load: Load
    look: Look
    files: PerFile | None = None
    sized: bool = False


def _single(path: Path, name: str) -> Source:
    """The file at *path*; raises `TraceError` if that is a folder or a zip."""
    if path.is_dir() or is_zip(path):
        raise TraceError(f"{path}: a {'folder' if path.is_dir() else 'zip'}, but format {name} is one file")
    return file_source(path)


def _text(
    name: str, about: str, read: Reader, keys_per_line: int | None = None, sized: bool = False,
    grammar: Grammar | None = None,
) -> Format:  # fmt: skip
    """A format of one text file that holds all cores."""

    def load(path: Path, cores: int | None, stream: bool) -> Workload:
        return merged(_single(path, name), read, cores, stream, keys_per_line, sized, grammar)

    return Format(name, about, load, one_file(read), sized=sized)


def _files(name: str, about: str, files: PerFile) -> Format:
    """A format of one file a core, which are always read as they run; one file alone is one core."""

    def load(path: Path, cores: int | None, stream: bool) -> Workload:
        several = path.is_dir() or is_zip(path)
        sources = files.in_order(str(path), members(path)) if several else [file_source(path)]
        return per_file(str(path), sources, files, BYTES)

    return Format(name, about, load, one_a_core(files), files)


def _compact(path: Path, cores: int | None, stream: bool) -> Workload:
    _single(path, "compact")
    return compact.read_compact(path, cores)


def _oraclegeneral(path: Path, cores: int | None, stream: bool) -> Workload:
    source = _single(path, "oraclegeneral")
    if next(oraclegeneral.read(source), None) is None:
        raise TraceError(f"{path}: no accesses in it")
    return Workload.from_accesses(str(path), lambda: oraclegeneral.read(source), 1)


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
        _files("din", "Dinero's .din, one file a core; lines 0|1|2 ADDR, in hex", din.FILES),
        _text("lackey", "valgrind --tool=lackey --trace-mem=yes --trace-sched=yes", lackey.read, BYTES, sized=True),
        _text("drmemtrace", "what DynamoRIO's drcachesim view tool prints", drmemtrace.read, BYTES, sized=True),
        Format("compact", "what trace convert writes to FILE.ctrace; binary", _compact, begins(compact.MAGIC)),
        Format("oraclegeneral", "libCacheSim's binary records; reads of core 0", _oraclegeneral, records),
        Format(
            "mooncake",
            "JSON lines of LLM requests with hash_ids, dealt to cores in turn",
            _mooncake,
            one_file(mooncake.reader(1)),
        ),
    )
}


def format_faults(name: str) -> list[str]:
    """The faults of a format's name, which may be "auto": a list of none or one line.

    >>> format_faults("natve")[0][:50]
    "unknown format 'natve'; did you mean native? (know"
    """
    return [] if name in ("auto", *FORMATS) else [unknown("format", name, ["auto", *FORMATS])]
