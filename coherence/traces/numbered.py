"""The files of a folder or zip that hold one core each, by the number in their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from coherence.accesses.text import TraceError
from coherence.traces.source import Source

SHOWN = 4  # missing files that a message names


def by_core(
    where: str, files: Sequence[tuple[str, Source]], pattern: re.Pattern[str], called: Callable[[int], str]
) -> list[Source]:
    """The files whose names match *pattern*, in the order of its group `core`, which must run from 0 without holes.

    *called* gives the name that core n's file should have, for messages. Raises `TraceError` naming what is missing.

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
        shown = ", ".join(called(core) for core in holes[:SHOWN]) + (" …" if len(holes) > SHOWN else "")
        raise TraceError(f"{where}: {shown} is missing; expected {called(0)} to {called(max(found))} without holes")
    return [found[core] for core in sorted(found)]
