"""From a trace in any format to one in the native format."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from coherence.accesses.op import COMPUTE
from coherence.accesses.text import parse_key, shown
from coherence.accesses.workload import Workload
from coherence.cache.config import Key
from coherence.errors import InputError
from coherence.files import write_atomically
from coherence.traces.compact import SUFFIX

COMPRESSION = 6  # of gzip: the best takes several times as long for a few per cent


def write_native(workload: Workload, path: Path) -> list[str]:
    """Write a trace's accesses to *path*, gzipped if that ends in .gz; the file appears whole or not at all.

    Returns what the native format cannot say, a sentence each. Integer keys are written in hex if *workload* is of byte
    addresses, else in decimal. Raises `InputError` where the file cannot be written.
    """
    left = [0] * workload.cores  # cycles each core computed since its last access
    busy = 0
    sure: set[Key] = set()  # keys that a line can hold

    def write(temporary: Path) -> None:
        nonlocal busy
        with _opened(temporary) as out:
            for core, op, key, gap in workload.sequence():
                left[core] += gap
                if op == COMPUTE:
                    continue
                word = hex(key) if workload.keys_per_line and isinstance(key, int) else str(key)
                if type(key) is not int and key not in sure:
                    _check(workload.name, key, word)
                    sure.add(key)
                out.write(f"{core} {op} {word} {left[core]}\n" if left[core] else f"{core} {op} {word}\n")
                left[core] = 0
                busy = max(busy, core + 1)

    write_atomically(path, write)
    lost = []
    if any(left):
        each = ", ".join(f"core {core} {cycles}" for core, cycles in enumerate(left) if cycles)
        lost.append(f"native has no line for computing after the last access; left out, in cycles: {each}")
    if busy < workload.cores:
        idle = f"cores from {busy} on" if busy + 1 < workload.cores else f"core {busy}"
        lost.append(f"native has no line for a core without access ({idle}); run it with --cores {workload.cores}")
    return lost


def _check(name: str, key: Key, word: str) -> None:
    """Raise `InputError` if a line of native text would not give *key* again."""
    if word.split() != [word] or "#" in word or parse_key(word) != key or not word.isprintable():
        raise InputError(f"{name}: key {shown(word)} cannot stand in a line of native text; write it as {SUFFIX}")


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """A text file to write, gzipped if its name says so; the same text makes the same bytes."""
    with open(path, "wb") as raw:
        if path.suffix != ".gz":
            with io.TextIOWrapper(raw, encoding="utf-8", newline="\n") as text:
                yield text
            return
        packed = gzip.GzipFile(filename="", mode="wb", compresslevel=COMPRESSION, fileobj=raw, mtime=0)
        with packed, io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as text:
            yield text
