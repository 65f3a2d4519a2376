"""From a trace on disk to a Workload: which format it is in, and reading it."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from coherence.accesses.op import MAX_CORES
from coherence.accesses.text import TraceError
from coherence.accesses.workload import Workload
from coherence.errors import InputError, whole
from coherence.traces import ncsu
from coherence.traces.fit import Fit, Sample, sample
from coherence.traces.formats import FORMATS, format_faults
from coherence.traces.source import check_there, file_source


def read_trace(
    path: str | PathLike[str], format: str = "auto", cores: int | None = None, stream: bool = False
) -> Workload:
    """The workload of a trace file, or of a folder or zip of per-core traces.

    *format*: a name of `coherence list`, or "auto" to decide by content. *cores*: of the machine; None counts the
    trace's own. *stream*: read it as it runs and keep nothing, which costs a second pass where cores are counted.
    A trace longer than memory runs streamed: one file in trace order, one file a core in either order. The fast engine
    keeps up to 67 million accesses: 4 bytes each, 2 more where one file holds all cores, 4 with gaps, and its own.
    Raises `TraceError` naming file, line and what was expected.
    """
    where = Path(path)
    check_there(where)
    faults = format_faults(format) + ([] if cores is None else whole("cores", cores, 1, MAX_CORES))
    if faults:
        raise InputError("\n".join(faults))
    return FORMATS[detect(where) if format == "auto" else format].load(where, cores, stream)


def detect(path: Path) -> str:
    """The format of what lies at *path*, by content; raises `TraceError` where none fits."""
    found = sample(path)
    return choice(found, look(found))


def look(given: Sample) -> dict[str, Fit]:
    """Format → whether the trace is of it, and why."""
    return {name: f.look(given) for name, f in FORMATS.items()}


def choice(given: Sample, fits: dict[str, Fit]) -> str:
    """The format to read a trace as, given how each fits it; raises `TraceError` where none does.

    Of several that fit, the first of FORMATS. A text in which every format finds a fault is of the one that gets
    furthest, native if all stop at once: the fault which that one then reports is most likely the one to mend.
    """
    best = max(fits, key=lambda name: (fits[name].fits, fits[name].reads))
    if fits[best].fits or fits[best].reads:
        also_ncsu = best == "native" and fits["ncsu"].fits
        return "ncsu" if also_ncsu and ncsu.only_ncsu(file_source(given.path)) else best
    if given.files is not None:
        expected = "; or ".join(f.files.called for f in FORMATS.values() if f.files)
        raise TraceError(f"{given.path}: no per-core traces; expected {expected}")
    if given.lines is None:
        raise TraceError(f"{given.path}: binary, but not oraclegeneral: {fits['oraclegeneral'].why}")
    return "native"
