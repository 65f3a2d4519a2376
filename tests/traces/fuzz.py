"""Mutated traces of all formats: never a traceback, never two readings without a word, both engines alike.

python -m tests.traces.fuzz [CASES [SEED]]
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import sys
import tempfile
import zlib
from itertools import islice
from pathlib import Path

import coherence as co
from coherence.accesses.op import CoreOp
from coherence.errors import CoherenceError, InputError
from coherence.jit import available
from coherence.traces.compact import CHECKED, HEAD, MAGIC, write_compact
from coherence.traces.fit import sample
from coherence.traces.formats import FORMATS
from coherence.traces.read import choice, look
from coherence.traces.source import file_source
from tests.traces.conftest import put_at
from tests.traces.writers import WRITERS

MOST = 500  # accesses that are compared
ENGINES = 10  # one case in so many runs on both engines
TOKENS = ["0", "1", "r", "w", "e", "R", "W", "L", "0x", "0x10", "a1", "4", "-1", "#", ",", "\t", " ", "\r", "\n", "\x0b", "\0", "é", "\u202e", "9" * 20, "f" * 17, "[", "{", '"', ":", "\ufeff"]  # fmt: skip
PACK = [gzip.compress, lzma.compress, bz2.compress]


class Cases:
    """Random files, each a good one of some format with some bytes, words or lines changed."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.random = random.Random(seed)
        self.folder = folder

    def accesses(self, format: str) -> list[CoreOp]:
        writer, draw = WRITERS[format], self.random
        return [
            (draw.randrange(writer.cores), draw.choice(writer.ops), draw.randrange(0x100, 0x10000), draw.randrange(9) * writer.gaps)
            for _ in range(draw.randrange(1, 8))
        ]  # fmt: skip

    def mutated(self, data: bytes) -> bytes:
        draw = self.random
        for _ in range(draw.choice([0, 1, 1, 2, 5])):
            at, how = draw.randrange(len(data) + 1), draw.randrange(6)
            if how == 0:
                data = data[:at] + draw.choice(TOKENS).encode() + data[at:]
            elif how == 1:
                data = data[:at] + draw.choice(TOKENS).encode() + data[at + 1 :]
            elif how == 2:
                data = data[:at] + draw.randbytes(draw.randrange(4)) + data[at + draw.randrange(4) :]
            elif how == 3:
                data = data[:at]
            else:  # whole words: of lines that remain lines
                words = data.split(b" ")
                words[draw.randrange(len(words))] = draw.choice(words if how == 4 else [b"r", b"w", b"0", b"1", b"10"])
                data = b" ".join(words)
        return data

    def compact(self) -> bytes:
        """A compact trace with random fields, whose checksum is right."""
        draw = self.random
        path = self.folder / "seed.ctrace"
        ops = "; ".join(f"{c} {op} {key} {gap}" for c, op, key, gap in self.accesses("native"))
        write_compact(co.Workload.from_ops(ops + draw.choice(["", "; 0 r x"])), path)
        data = bytearray(path.read_bytes())
        for _ in range(draw.randrange(4)):
            at = draw.choice([*range(8, CHECKED), *range(HEAD.size, len(data))])
            data[at] = draw.choice([0, 1, 2, 3, 4, 8, 255, data[at] ^ 1 << draw.randrange(8)])
            if draw.random() < 0.3 and len(data) > HEAD.size + 16:  # one key twice, if it hits the keys
                data[-8:] = data[-16:-8]
        check = zlib.crc32(data[HEAD.size :], zlib.crc32(data[:CHECKED]))
        data[CHECKED : CHECKED + 4] = check.to_bytes(4, "little")
        return bytes(data)

    def file(self) -> Path:
        draw = self.random
        if draw.random() < 0.1:
            return put_at(self.folder, "t", self.compact())
        format = draw.choice(list(WRITERS))
        writer = WRITERS[format]
        content = writer.write(self.accesses(format))
        name = writer.name
        if isinstance(content, str | bytes):
            data = self.mutated(content.encode() if isinstance(content, str) else content)
            if draw.random() < 0.05:
                data = self.mutated(draw.choice(PACK)(data))
            return put_at(self.folder, draw.choice([name, "t"]), data)
        files = {member: self.mutated(text.encode()) for member, text in content.items()}
        if draw.random() < 0.5:
            return put_at(self.folder, name, files)
        if draw.random() < 0.2:
            files = {
                self.mutated(m.encode()).decode(errors="replace").replace("\0", "") or "x": f for m, f in files.items()
            }
        path = put_at(self.folder, "t.zip", files)
        path.write_bytes(self.mutated(path.read_bytes()))
        return path


def judge(path: Path, engines: bool) -> str:
    """What is wrong with how *path* is read, or ""."""
    try:
        given = sample(path)
        fits = look(given)
        chosen = choice(given, fits)
        workload = co.read_trace(path, chosen)
        found = list(islice(workload.sequence(), MOST))
    except InputError as error:
        return "" if str(error).isprintable() else f"said {str(error)!r}"
    others = [name for name, fit in fits.items() if fit.fits and name != chosen]
    if chosen not in ("native", "ncsu") and given.files is None:
        files = FORMATS[chosen].files
        by_name = files is not None and files.name.fullmatch(path.name)
        for name in others if not by_name else ():
            reader = FORMATS[name].reader
            assert reader is not None
            try:
                other = [access for access, _ in islice(reader(file_source(path).lines()), MOST)]
            except ValueError:
                continue
            if other and other != found:
                return f"{chosen} and {name} both read it"
    elif others and given.files is not None:
        return f"{chosen} and {others} both find files"
    if engines and workload.cores <= 64 and all(access[3] < 1 << 40 for access in found):
        machine = co.Machine(cores=workload.cores)
        both = [(order, engine) for order in ("program", "trace") for engine in ("simpy", "fast")]
        try:
            runs = [machine.run(workload, order=order, engine=engine) for order, engine in both]
        except CoherenceError:
            return ""
        for one, two in zip(runs[::2], runs[1::2]):
            if dict(one.totals) != dict(two.totals) or one.cycles != two.cycles:
                return "the engines differ"
    return ""


def main(cases: int = 100_000, seed: int = 0) -> int:
    """How many of so many cases were wrong; each is told."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        made = Cases(seed, Path(folder))
        for case in range(cases):
            path = made.file()
            content = path.read_bytes() if path.is_file() else b""
            said = judge(path, available() and (case % ENGINES == 0 or content.startswith(MAGIC)))
            if said:
                wrong += 1
                files = [] if content else [(f.name, f.read_bytes()[:80]) for f in path.iterdir()]
                print(f"case {case}: {said}: {content[:200] or files!r}", flush=True)
    return wrong


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])) > 0)
