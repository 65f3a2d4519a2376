"""How many bytes a run moved over the bus, as far as its counters tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from coherence.errors import InputError, whole
from coherence.run.run import Run
from coherence.run.totals import number


def moved(run: Run, bytes_per_line: int = 64, bytes_per_word: int = 8, bytes_per_request: int = 8) -> dict[str, int]:
    """Bytes that the bus moved, by kind.

    Each fill moves a line (a flush that supplies moves it once: memory takes it from the bus), each write-back a line,
    each BusUpd and BusWr a word, and every request an address of *bytes_per_request*. "flush alone" are flushes
    beyond the fills from caches: they only brought memory up to date. Raises `InputError` for a size below 0.

    >>> import coherence as co
    >>> moved(co.Machine().run([(0, "r", "x")]))["line from memory"]
    64
    """
    sizes = {"line": bytes_per_line, "word": bytes_per_word, "request": bytes_per_request}
    faults = [fault for name, size in sizes.items() for fault in whole(f"bytes_per_{name}", size, 0)]
    if faults:
        raise InputError("\n".join(faults))
    bus = cast("Mapping[str, int]", run.totals["bus"])
    fills, supplied, flushes, back = (
        int(number(run.totals, name)) for name in ("memory_fills", "cache_fills", "flushes", "writebacks")
    )
    return {
        "line from memory": fills * bytes_per_line,
        "line from a cache": supplied * bytes_per_line,
        "flush alone": max(0, flushes - supplied) * bytes_per_line,
        "write-back": back * bytes_per_line,
        "word": (bus["BusUpd"] + bus["BusWr"]) * bytes_per_word,
        "request": sum(bus.values()) * bytes_per_request,
    }
