"""What a worker does: one point after another, each to a plain record, whatever happens in it."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from coherence.accesses.workload import Workload, as_workload
from coherence.errors import InputError
from coherence.machine import Machine
from coherence.run.run import Run
from coherence.sweeps.point import Point, describe, digest, key_of
from coherence.traces.read import read_trace
from coherence.version import __version__
from coherence.workloads import BUILT_IN
from coherence.workloads.own import load_own, own_code

TRACES = 2  # that a worker keeps: a sweep goes from one to the next
Record = dict[str, Any]


@cache
def ready() -> str:
    """What a worker does once, before its first point: load what every run needs. Returns its version.

    Compiled code is loaded by the first long point: it takes half a second, which short points do not pay back.
    """
    Machine().run([(0, "w", 0), (1, "r", 0)])
    return __version__


def compute(point: Point) -> Record:
    """Run one point. Whatever it raises is its record's `error`, so that it costs no other point anything."""
    ready()
    description = describe(point)
    head: Record = {"key": key_of(description), "point": description}
    try:
        return head | _result(_run(point))
    except Exception as error:  # of the user's own code, or a fault of ours: the other points go on
        return head | {"error": f"{type(error).__name__}: {error}"}


def failed(point: Point, why: str) -> Record:
    """The record of a point that never came to an end."""
    description = describe(point)
    return {"key": key_of(description), "point": description, "error": why}


def _result(run: Run) -> Record:
    return {"engine": run.engine, "cores": run.cores, "totals": run.totals, "per_core": list(run.per_core)}


def _run(point: Point) -> Run:
    source, machine = point.source, point.machine
    with own_code(source.path):
        return machine.run(_workload(point), order=point.order, engine=point.engine, max_cycles=point.max_cycles)


def _workload(point: Point) -> Workload:
    source = point.source
    parameters = dict(point.parameters)
    if source.format:
        return _trace(source.path, source.format, source.content)
    make = _own(source.path, source.content) if source.path else BUILT_IN[source.name]
    return as_workload(make(cores=point.machine.cores, seed=point.machine.seed, **parameters))


@lru_cache(TRACES)
def _trace(path: str, format: str, content: str) -> Workload:
    """The trace, read once a worker."""
    _check_unchanged(path, content)
    return read_trace(path, format)


@lru_cache(TRACES)
def _own(path: str, content: str) -> Any:
    """The function of the user's own file, imported once a worker."""
    _check_unchanged(path, content)
    return load_own(path)


def _check_unchanged(name: str, content: str) -> None:
    """Raise `InputError` if what lies at the path here is not what the sweep was planned with."""
    path = Path(name)
    if not path.exists():
        raise InputError(f"{path}: not there, where this worker runs")
    if digest(path) != content:
        raise InputError(f"{path}: not the file that the sweep was planned with; start it again")
