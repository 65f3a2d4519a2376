"""What DynamoRIO's drcachesim prints with `-tool view`: one record a line, as text.

`record# instruction#: thread read|write N byte(s) @ 0xADDR by PC 0xPC` is an access of N bytes. All other records
`NAME N byte(s) @ 0xADDR` (instruction fetches, prefetches, flushes) and markers are skipped, as are the heading, the
rules between threads and the closing count. Older versions write no instruction# and a T before the thread. Threads
become cores in order of first appearance.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from coherence.accesses.op import CoreOp
from coherence.accesses.text import shown

EXPECTED = "expected 'record# instruction#: thread read|write N byte(s) @ 0xADDR …' or another line of the view tool"
OPS = {"read": "r", "write": "w"}
_RECORD = re.compile(r"[0-9]+(?:\s+[0-9]+)?:\s+(\S+)\s+(\S.*)")
_DATA = re.compile(r"(\S.*?)\s+([0-9]+) byte\(s\) @ (0x[0-9a-fA-F]{1,16})(?:\s.*)?")
_MORE_BYTES = re.compile(r"[0-9a-f]{2,8}(?:\s+[0-9a-f]{2,8})*")  # of an instruction too long for its line
_AROUND = re.compile(r"|Output format:|<.*|-+|View tool results:|[0-9]+ : total .*")


def parse_line(line: str) -> tuple[str, str, int, int, str] | None:
    """One line: (thread, op, address, size in bytes, address as written), op "" where it is no access.

    None for a line without a record. Raises `ValueError`.

    >>> parse_line("  47446  37770:  2765543 read   8 byte(s) @ 0x00007fdf64e2adc8 by PC 0x404a7e")[:2]
    ('2765543', 'r')
    """
    record = _RECORD.fullmatch(line.strip())
    if record is None:
        if _AROUND.fullmatch(line.strip()):
            return None
        raise ValueError(f"{EXPECTED}, not {shown(line)}")
    thread, details = record.groups()
    data = _DATA.fullmatch(details)
    access = data is not None and data[1] in OPS
    if data and access and 0 < len(data[2]) < 7 and int(data[2]):
        return thread, OPS[data[1]], int(data[3], 16), int(data[2]), data[3]
    if details.startswith("<") or _MORE_BYTES.fullmatch(details) or (data and not access):
        return thread, "", 0, 0, ""
    raise ValueError(f"{EXPECTED}, not {shown(line)}")


def read(lines: Iterable[str]) -> Iterator[tuple[CoreOp, str]]:
    """The accesses, sizes in the place of gaps, each with its address as written; raises `ValueError`."""
    threads: dict[str, int] = {}
    for line in lines:
        found = parse_line(line)
        if found:
            thread, op, address, size, text = found
            core = threads.setdefault(thread, len(threads))
            if op:
                yield (core, op, address, size), text
