"""From a trace on disk to a Workload: which format it is in, and reading it."""

from __future__ import annotations

from itertools import zip_longest
from os import PathLike
from pathlib import Path

from coherence.accesses.op import MAX_CORES
from coherence.accesses.text import named
from coherence.accesses.workload import Workload
from coherence.errors import InputError, whole
from coherence.traces import ncsu
from coherence.traces.columns import guess
from coherence.traces.fit import Fit, Misfit, Sample, sample
from coherence.traces.formats import FORMATS, find_format, format_faults
from coherence.traces.source import check_there, file_source


def read_trace(
    path: str | PathLike[str], format: str = "auto", cores: int | None = None, stream: bool = False
) -> Workload:
    """The workload of a trace file, or of a folder or zip of per-core traces.

    Parameters
    ----------
    path : str or path
        A file, packed (gz, zst, xz, bz2) or not, or a folder or zip.
    format : str
        A name of `coherence list`, "columns FIELDS", or "auto" to decide by content.
    cores : int, optional
        Of the machine; None counts the trace's own.
    stream : bool
        Read it as it runs and keep nothing, which costs a second pass if cores are counted.

    A trace longer than memory runs streamed: one file in trace order, one file a core in either order. The fast engine
    keeps up to 67 million accesses: 4 bytes each, 2 more if one file holds all cores, 4 with gaps, and its own.
    Raises `TraceError` naming file, line and what was expected.
    """
    where = Path(path)
    check_there(where)
    faults = format_faults(format) + ([] if cores is None else whole("cores", cores, 1, MAX_CORES))
    if faults:
        raise InputError("\n".join(faults))
    return find_format(detect(where) if format == "auto" else format).load(where, cores, stream)


def detect(path: Path) -> str:
    """The format of what lies at *path*, by content; raises `TraceError` if none fits, or several."""
    found = sample(path)
    return choice(found, look(found))


def look(given: Sample) -> dict[str, Fit]:
    """Format → whether the trace is of it, and why."""
    return {name: f.look(given) for name, f in FORMATS.items()}


def choice(given: Sample, fits: dict[str, Fit]) -> str:
    """The format to read a trace as, given how each fits it; raises `Misfit` if none does, or several do.

    Native is preferred, except to ncsu if every key is bare hex. Of others that fit, those drop out which do not read
    the whole; a file's own name decides between formats of one file a core. If two are left that read it differently,
    nobody but its owner knows which is right.
    """
    fitting = [name for name, fit in fits.items() if fit.fits]
    if fitting and all(fits[name].empty for name in fitting):
        raise _misfit(f"{named(given.path)}: no accesses in it", fits)
    if "native" in fitting:
        also_ncsu = fits["ncsu"].fits and ncsu.only_ncsu(file_source(given.path))
        return "ncsu" if also_ncsu else "native"
    if len(fitting) > 1 and given.files is None:
        own = [name for name in fitting if (f := FORMATS[name].files) and f.name.fullmatch(given.path.name)]
        fitting = own if len(own) == 1 else _readings(given.path, fitting)
    if len(fitting) == 1:
        return fitting[0]
    raise _misfit(_several(given, fitting) if fitting else _none(given, fits), fits)


def _misfit(said: str, fits: dict[str, Fit]) -> Misfit:
    error = Misfit(said)
    error.fits = fits
    return error


def _readings(path: Path, names: list[str]) -> list[str]:
    """Those of the formats that read the whole of a file and find accesses, one of each reading; the first if none."""
    kept: list[str] = []
    for name in names:
        reader = FORMATS[name].reader
        assert reader is not None
        try:
            any_access = next(reader(file_source(path).lines()), None) is not None
            for _ in reader(file_source(path).lines()):
                pass
        except ValueError:
            continue
        if any_access and not any(_same(path, name, other) for other in kept):
            kept.append(name)
    return kept or names[:1]


def _same(path: Path, name: str, other: str) -> bool:
    """Whether two formats read the same from a file that both read."""
    one, two = FORMATS[name], FORMATS[other]
    assert one.reader is not None and two.reader is not None
    pairs = zip_longest(one.reader(file_source(path).lines()), two.reader(file_source(path).lines()))
    return one.sized == two.sized and all(first == second for first, second in pairs)


def _several(given: Sample, names: list[str]) -> str:
    """What to say of a trace that several formats fit."""
    said = "; ".join(f"{name}: {FORMATS[name].about}" for name in names)
    options = " or ".join(f"--format {name}" for name in names)
    return f"{named(given.path)}: fits {len(names)} formats that read it differently ({said}); choose with {options}"


def _none(given: Sample, fits: dict[str, Fit]) -> str:
    """What to say of a trace that no format fits: the fault of the one that gets furthest, most likely to be mended."""
    where = named(given.path)
    called = {name for name, f in FORMATS.items() if f.files and f.files.name.fullmatch(given.path.name)}
    best = max(fits, key=lambda name: (fits[name].reads, fits[name].leftover, name in called))
    if given.files is not None and not fits[best].reads:
        expected = "; or ".join(f.files.called for f in FORMATS.values() if f.files)
        return f"{where}: no per-core traces; expected {expected}"
    if given.files is not None:
        return fits[best].fault
    if given.lines is None:
        return f"{where}: binary, but neither compact nor oraclegeneral: {fits['oraclegeneral'].why}"
    columns = guess(given.lines)
    said = f'; choose with --format {best} or --format "{columns}"' if columns and fits[best].leftover else ""
    if columns and not said:
        said = f'; perhaps --format "{columns}"'
    close = f"format {best}" if fits[best].leftover else f"no format fits; {best} comes closest"
    return f"{fits[best].fault} ({close}{said})"
