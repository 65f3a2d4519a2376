"""The compact format: an encoded trace as it lies in memory, so that it is neither parsed nor hashed but mapped.

All numbers are little-endian. A head of 64 bytes, then sections without anything between them, each padded with zeros
to a multiple of 8 bytes:

    0   8  89 "ctrace" 0a
    8   2  version of the layout, 1
    10  2  bits: 1 gaps, 2 in an order, 4 keys are without a sign, 8 keys are JSON
    12  4  cores
    16  8  n, how many accesses
    24  8  k, how many keys
    32  8  bytes of the section of keys
    40  8  keys that share a line, as the trace means it, or 0
    48  4  CRC-32 of all before it and of all that follows the head
    52  12 zeros

    what    4 n  each core's accesses together, as word << 2 | op: op 0 read, 1 write, 2 evict, 3 compute alone; word
                 the number of the key, 0 in compute alone
    gap     4 n  cycles before each; only with bit 1
    starts  8 (cores + 1)  where those of each core begin, and at last n
    core    2 n  whose each is in the order of the trace; only with bit 2, without it cores take turns
    keys    8 k  the key of each word; or, with bit 8, a list of numbers and strings in JSON, in UTF-8
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from coherence.accesses.arrays import Encoded
from coherence.accesses.dense import OP_BITS, OPS, counted, encoded, grouped
from coherence.accesses.listed import decoded
from coherence.accesses.op import COMPUTE, MAX_CORES
from coherence.accesses.text import TraceError, named
from coherence.accesses.workload import Workload
from coherence.cache.config import Key
from coherence.errors import InputError
from coherence.files import write_atomically
from coherence.traces.source import LONGEST_MAGIC, file_source, packed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

SUFFIX = ".ctrace"
MAGIC = b"\x89ctrace\n"
VERSION = 1
GAPS, ORDERED, UNSIGNED, JSON = 1, 2, 4, 8
HEAD = struct.Struct("<8sHHIQQQQI12x")
CHECKED = 48  # bytes of the head before its checksum
MOST_PER_LINE = 1 << 62  # keys
MOST_BYTES = 1 << 40  # that are unpacked, whatever the head says
UNIT = 8  # bytes that sections are multiples of


@dataclass(frozen=True)
class Head:
    """What the head says, field by field; `check` is the CRC-32."""

    magic: bytes
    version: int
    bits: int
    cores: int
    accesses: int
    keys: int
    key_bytes: int
    keys_per_line: int
    check: int

    def sections(self) -> dict[str, int]:
        """The sections that follow, and how many bytes of each mean something."""
        n = self.accesses
        found = {"what": 4 * n, "gap": 4 * n * bool(self.bits & GAPS), "starts": 8 * (self.cores + 1)}
        return found | {"core": 2 * n * bool(self.bits & ORDERED), "keys": self.key_bytes}

    def size(self) -> int:
        """Bytes of the whole."""
        return HEAD.size + sum(length + _missing(length) for length in self.sections().values())


def write_compact(workload: Workload, path: Path) -> None:
    """Write a trace's accesses to *path*, which appears whole or not at all.

    Raises `InputError` where that fails, and for keys other than strings and numbers of 64 bits. Needs the memory of
    the encoded trace (see `Encoded`).
    """
    import numpy as np

    trace = grouped(encoded(workload))
    bits, keys = _packed(trace.keys, workload.name)
    bits |= (trace.gap is not None) * GAPS | (trace.core is not None) * ORDERED
    places = [("<u4", trace.what), ("<u4", trace.gap), ("<i8", trace.starts), ("<u2", trace.core)]
    parts = [np.ascontiguousarray(array, kind).view(np.uint8) for kind, array in places if array is not None]
    parts.append(keys)
    per_line = workload.keys_per_line or 0
    fields = (MAGIC, VERSION, bits, trace.cores, len(trace.what), len(trace.keys), len(keys), per_line)
    check = zlib.crc32(HEAD.pack(*fields, 0)[:CHECKED])
    for part in parts:
        check = zlib.crc32(bytes(_missing(len(part))), zlib.crc32(part.data, check))

    def write(temporary: Path) -> None:
        with open(temporary, "wb") as out:
            out.write(HEAD.pack(*fields, check))
            for part in parts:
                out.write(part.data)
                out.write(bytes(_missing(len(part))))

    write_atomically(path, write)


def read_compact(path: Path, cores: int | None = None) -> Workload:
    """The workload of a compact file, which is mapped, or unpacked if it is gzipped.

    Raises `TraceError` if it is of another version, truncated or damaged, `InputError` if it needs more than *cores*.
    """
    with _mapped(path) as data:
        head = _head(path, data)
        trace = _trace(path, head, data)
    written = (lambda key: hex(key) if isinstance(key, int) else key) if head.keys_per_line else str
    found = decoded(named(path), trace, cast("Any", written), head.keys_per_line or None)
    return found if cores is None else found.on(cores)


@contextmanager
def _mapped(path: Path) -> Iterator[Bytes]:
    """The bytes at *path*; what is written to them stays in memory. What the block touched is let go."""
    import numpy as np

    source = file_source(path)
    with source.reading() as raw, source.open() as plain:
        if packed(plain.read(LONGEST_MAGIC)) or os.path.getsize(path) == 0:
            head = raw.read(HEAD.size)
            size = Head(*HEAD.unpack(head)).size() if len(head) == HEAD.size else 0
            yield np.frombuffer(bytearray(head + raw.read(min(max(size, 0), MOST_BYTES) + 1)), np.uint8)
        else:
            mapped = mmap.mmap(plain.fileno(), 0, access=mmap.ACCESS_COPY)
            yield np.frombuffer(mapped, np.uint8)
            if hasattr(mmap, "MADV_DONTNEED"):
                mapped.madvise(mmap.MADV_DONTNEED)


def _head(path: Path, data: Bytes) -> Head:
    """The head, checked against what there is."""
    if len(data) < HEAD.size:
        raise TraceError(f"{named(path)}: truncated: {len(data)} bytes, the head of a compact trace has {HEAD.size}")
    head = Head(*HEAD.unpack(data[: HEAD.size].tobytes()))
    if head.magic != MAGIC:
        raise TraceError(
            f"{named(path)}: no compact trace, as 'coherence trace convert' writes to a file named *{SUFFIX}"
        )
    if head.version != VERSION:
        raise TraceError(
            f"{named(path)}: a compact trace of version {head.version}, expected {VERSION}: convert it anew"
        )
    if head.size() != len(data):
        raise TraceError(f"{named(path)}: truncated or damaged: {len(data)} bytes, its head says {head.size()}")
    if zlib.crc32(data[HEAD.size :].data, zlib.crc32(data[:CHECKED].data)) != head.check:
        raise TraceError(f"{named(path)}: damaged: its checksum is another")
    return head


def _trace(path: Path, head: Head, data: Bytes) -> Encoded:
    """The arrays, whose values are checked so that nothing reaches beyond them."""
    import numpy as np

    sections: dict[str, Any] = {}
    at = HEAD.size
    for name, length in head.sections().items():
        sections[name] = data[at : at + length]
        at += length + _missing(length)
    what = sections["what"].view("<u4")
    gap = sections["gap"].view("<u4") if head.bits & GAPS else None
    core = sections["core"].view("<u2") if head.bits & ORDERED else None
    starts = sections["starts"].view("<i8")
    keys = _unpacked(head, sections["keys"])
    faults = {
        "no accesses in it": head.accesses == 0,
        f"damaged: {head.cores} cores, expected 1 to {MAX_CORES}": not 1 <= head.cores <= MAX_CORES,
        "damaged: its keys are not as its head says": keys is None,
        "damaged: it says what this version does not know": head.bits > GAPS | ORDERED | UNSIGNED | JSON,
        "damaged: a line of more than 2^62 keys": head.keys_per_line > MOST_PER_LINE,
    }
    if not any(faults.values()):
        compute = what & len(OPS) - 1 == OPS.index(COMPUTE)
        known = what.max() >> OP_BITS < head.keys if head.keys else compute.all()
        faults["damaged: an access has a key that is not there"] = not known
        faults["damaged: computing has a key"] = bool((what[compute] >> OP_BITS).any())
        faults["damaged: two of its keys are the same"] = _distinct(keys) < head.keys
        ends = starts[0] == 0 and starts[-1] == head.accesses
        faults["damaged: accesses of its cores overlap"] = not ends or bool((starts[1:] < starts[:-1]).any())
        if core is not None and not any(faults.values()):
            faults["damaged: its order is of other accesses"] = not np.array_equal(counted(core, head.cores), starts)
    for fault, holds in faults.items():
        if holds:
            raise TraceError(f"{named(path)}: {fault}")
    return Encoded(head.cores, what, gap, cast("NDArray[np.int64]", keys), core, starts)


def _packed(keys: NDArray[np.int64] | NDArray[np.uint64] | Sequence[Key], name: str) -> tuple[int, Bytes]:
    """The bits and the section of keys."""
    import numpy as np

    if isinstance(keys, np.ndarray):
        unsigned = keys.dtype == np.uint64
        return unsigned * UNSIGNED, np.ascontiguousarray(keys, "<u8" if unsigned else "<i8").view(np.uint8)
    wrong = [key for key in keys if not _fits(key)]
    if wrong:
        raise InputError(
            f"{name}: key {str(wrong[0])[:72]} is neither a number of 64 bits nor a word; a compact trace "
            f"holds no other"
        )
    return JSON, np.frombuffer(json.dumps(keys, separators=(",", ":")).encode(), np.uint8)


def _unpacked(head: Head, section: Bytes) -> NDArray[np.int64] | NDArray[np.uint64] | list[Key] | None:
    """The keys; None where they are not as the head says."""
    if not head.bits & JSON:
        kind = "<u8" if head.bits & UNSIGNED else "<i8"
        return section.view(kind) if len(section) == 8 * head.keys else None
    try:
        keys = json.loads(section.tobytes())
    except (ValueError, RecursionError):
        return None
    good = isinstance(keys, list) and len(keys) == head.keys and all(map(_fits, keys))
    return keys if good else None


def _distinct(keys: NDArray[np.int64] | NDArray[np.uint64] | Sequence[Key] | None) -> int:
    """How many different keys there are."""
    import numpy as np

    return len(np.unique(keys)) if isinstance(keys, np.ndarray) else len(set(keys or ()))


def _fits(key: object) -> bool:
    """Whether a compact trace can hold *key*: a word that UTF-8 can hold, or a number of 64 bits."""
    if isinstance(key, str):
        return key.isascii() or key == key.encode(errors="ignore").decode()
    return type(key) is int and -(1 << 63) <= key < 1 << 64


def _missing(length: int) -> int:
    """Bytes from the end of a section of *length* bytes to the next."""
    return -length % UNIT
