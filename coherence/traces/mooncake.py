"""Mooncake's traces of an LLM server: JSON lines with `timestamp input_length output_length hash_ids`.

A hash id names a KV block of the prompt. Each is one read; its first appearance in the file is followed by a write, as
the block has then to be computed and put. Request r is core r mod cores'; time stamps are ignored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from coherence.accesses.op import CoreOp
from coherence.accesses.text import shown
from coherence.traces.build import Reader

EXPECTED = "expected a JSON object with hash_ids, a list of whole numbers"


def parse_line(line: str) -> list[int] | None:
    """The hash ids of one request; None for a blank line. Raises `ValueError`.

    >>> parse_line('{"timestamp": 0, "input_length": 1000, "output_length": 5, "hash_ids": [46, 47]}')
    [46, 47]
    """
    if not line.strip():
        return None
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        request = None
    ids = request.get("hash_ids") if isinstance(request, dict) else None
    if not isinstance(ids, list) or not all(type(key) is int for key in ids):
        raise ValueError(f"{EXPECTED}, not {shown(line)}")
    return ids


def reader(cores: int) -> Reader:
    """What reads such a file for a machine of *cores* cores."""

    def read(lines: Iterable[str]) -> Iterator[tuple[CoreOp, str]]:
        put: set[int] = set()
        request = 0
        for line in lines:
            ids = parse_line(line)
            if ids is None:
                continue
            core = request % cores
            request += 1
            for key in ids:
                yield (core, "r", key, 0), str(key)
                if key not in put:
                    put.add(key)
                    yield (core, "w", key, 0), str(key)

    return read
