"""Texts of every format, written from accesses: what a reader must find in them is known."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from coherence.accesses.op import CoreOp


@dataclass(frozen=True)
class Writer:
    """A format: how its file is called, what makes it, and what its accesses are limited to."""

    name: str
    write: Callable[[Sequence[CoreOp]], str | bytes | Mapping[str, str]]
    ops: str = "rw"
    cores: int = 4
    gaps: bool = False
    words: bool = False
    reads_first: bool = False


def _lines(form: str, ops: str = "r w e") -> Callable[[Sequence[CoreOp]], str]:
    spelled = dict(zip("rwe", ops.split()))

    def write(accesses: Sequence[CoreOp]) -> str:
        return "".join(form.format(core=c, op=spelled[op], key=key, gap=gap) for c, op, key, gap in accesses)

    return write


def _folder(name: str, line: Callable[[Sequence[CoreOp]], str]) -> Callable[[Sequence[CoreOp]], Mapping[str, str]]:
    """One file a core; cores without accesses have an empty one."""

    def write(accesses: Sequence[CoreOp]) -> Mapping[str, str]:
        cores = range(1 + max(access[0] for access in accesses))
        return {name.format(c): line([a for a in accesses if a[0] == c]) for c in cores}

    return write


def _sched(accesses: Sequence[CoreOp]) -> str:
    return "".join(
        f"--7--   SCHED[{core + 1}]:  acquired lock (x)\n {'L' if op == 'r' else 'S'} {key:x},1\n"
        for core, op, key, _ in accesses
    )


def _records(accesses: Sequence[CoreOp]) -> bytes:
    return b"".join(struct.pack("<IQIq", at, key, 1, -1) for at, (_, _, key, _) in enumerate(accesses))


def _native(accesses: Sequence[CoreOp]) -> str:
    return "".join(
        f"{core} {op} {key if isinstance(key, str) else hex(key)}{f' {gap}' if gap else ''}\n"
        for core, op, key, gap in accesses
    )


def _requests(accesses: Sequence[CoreOp]) -> str:
    return "".join(json.dumps({"hash_ids": [key]}) + "\n" for _, _, key, _ in accesses)


NCSU = _lines("{core} {op} {key:x}\n")
# Keys are at least 0x100: of two digits or fewer, native's words and numbers are as short.
WRITERS = {
    "native": Writer("t", _native, "rwe", gaps=True, words=True),
    "ncsu": Writer("t", lambda accesses: NCSU(accesses) + "0 r abc\n"),
    "per-core": Writer("d", _folder("p{}.trace", _lines("{op} {key:#x} {gap}\n")), "rwe", gaps=True),
    "per-core, one": Writer("t", _lines("{op} {key:#x}\n"), "rwe", cores=1),
    "cs4223": Writer("d", _folder("a_{}.data", _lines("{op} {key:#x}\n", "0 1 x"))),
    "proc": Writer("d", _folder("a_proc{}.trace", _lines("{op} {key:x}\n", "R W x"))),
    "din": Writer("t", _lines("{op} {key:x} 4\n", "0 1 x"), cores=1),
    "din, many": Writer("d", _folder("c{}.din", _lines("{op} {key:x}\n", "0 1 x"))),
    "smpcache": Writer("t.prg", _lines("{op} {key:x}\n", "2 3 x"), cores=1),
    "dinero": Writer("t", _lines("{op} {key:x} 1\n"), cores=1),
    "pin": Writer("t", _lines("0x40: {op} {key:#x}\n", "R W x"), cores=1),
    "lackey": Writer("t", _sched),
    "drmemtrace": Writer("t", _lines("1 1: T{core} {op} 1 byte(s) @ {key:#x} by PC 0x1\n", "read write x")),
    "oraclegeneral": Writer("t", _records, "r", cores=1),
    "twitter": Writer("t", _lines("0,{key},3,4,c{core},{op},0\n", "get set x"), words=True),
    "cachelib": Writer("t", lambda a: "key,op,op_count\n" + _lines("{key},{op},1\n", "GET DELETE x")(a), cores=1, words=True),
    "mooncake": Writer("t", _requests, "r", cores=1, reads_first=True),
}  # fmt: skip


def meant(format: str, accesses: Sequence[CoreOp]) -> list[list[CoreOp]]:
    """What each core does in what the format's writer makes of *accesses*; cores in order of first appearance if named."""
    named = format in ("lackey", "drmemtrace", "twitter")
    cores: dict[int, int] = {}
    for access in accesses:
        cores.setdefault(access[0], len(cores) if named else access[0])
    found: list[list[CoreOp]] = [[] for _ in range(1 + max(cores.values()))]
    seen = set()
    for core, op, key, gap in accesses:
        found[cores[core]].append((cores[core], op, key, gap))
        if WRITERS[format].reads_first and key not in seen:  # mooncake: the first is followed by its put
            found[cores[core]].append((cores[core], "w", key, gap))
            seen.add(key)
    if format == "ncsu":
        found[0].append((0, "r", 0xABC, 0))
    return found
