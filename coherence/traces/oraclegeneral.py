"""libCacheSim's oracleGeneral: binary records `<IQIq` = time, object id, size, next access; each a read of core 0."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from coherence.accesses.op import CoreOp
from coherence.accesses.text import TraceError
from coherence.traces.source import Source

RECORD = struct.Struct("<IQIq")
CHUNK = RECORD.size * 4096


def read(source: Source) -> Iterator[CoreOp]:
    """The accesses of the file; raises `TraceError` for a record cut short."""
    with source.reading() as raw:
        while data := raw.read(CHUNK):
            while len(data) % RECORD.size and (more := raw.read(RECORD.size - len(data) % RECORD.size)):
                data += more
            extra = len(data) % RECORD.size
            if extra:
                raise TraceError(f"{source.name}: the last record has {extra} bytes, expected {RECORD.size}")
            for _, key, _, _ in RECORD.iter_unpack(data):
                yield 0, "r", key, 0
