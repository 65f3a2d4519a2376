"""What a machine tells a policy that foresees: each core's accesses to come, and how far the core is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from coherence.accesses.op import COMPUTE, CoreOp
from coherence.accesses.workload import Workload
from coherence.cache.config import Cache, Line
from coherence.cache.replacement import Future
from coherence.errors import InputError


def foresee(workload: Workload, cache: Cache, cores: int) -> tuple[Workload, list[Future]]:
    """The same workload, and a Future a core that moves on as the workload's accesses are taken from it.

    The workload is read once more, in advance. Raises `InputError` for programs, whose accesses nobody knows before
    they run.
    """
    if workload.programs is not None:
        raise InputError(
            f"policy {cache.policy} needs to know every access in advance, but {workload.name} is programs, which "
            f"decide while they run: use another policy, or accesses"
        )
    to_come: list[list[tuple[Line, bool]]] = [[] for _ in range(cores)]
    for core, op, key, _ in workload.sequence():
        if op != COMPUTE:
            to_come[core].append((cache.line(key), op != "e"))
    futures = [Future(own) for own in to_come]

    def followed(accesses: Iterable[CoreOp]) -> Iterator[CoreOp]:
        for access in accesses:
            if access[1] != COMPUTE:
                futures[access[0]].now += 1
            yield access

    told = replace(
        workload,
        sequence=lambda: followed(workload.sequence()),
        streams=lambda: [followed(stream) for stream in workload.streams()],
    )
    return told, futures
