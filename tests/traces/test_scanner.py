"""The compiled scanner means what the formats' own readers mean, or leaves the trace to them."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from coherence.errors import InputError
from coherence.traces import cs4223, din, fast, native, ncsu, per_core, scanned
from coherence.traces.build import BYTES, each, merged, per_file
from coherence.traces.decoded import decoded
from coherence.traces.encoded import Encoded, encode
from coherence.traces.source import Source
from coherence.workloads.base import MAX_CORES, CoreOp, Workload

MERGED = {"native": (native.parse_line, native.GRAMMAR), "ncsu": (ncsu.parse_line, ncsu.GRAMMAR)}
PER_FILE = {"per-core": per_core.FILES, "cs4223": cs4223.FILES, "din": din.FILES}
SMALL = 64  # bytes of a piece, so that lines go on in the next
FILES = 1_000


@pytest.fixture(autouse=True)
def _short_traces_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "WORTH", 0)
    monkeypatch.setattr(scanned, "CHUNK", SMALL)


def source(content: bytes) -> Source:
    return Source("t", lambda: io.BytesIO(content), len(content))


def compiled(format: str, contents: Sequence[bytes], cores: int | None = None) -> Encoded | None:
    grammar = MERGED[format][1] if format in MERGED else PER_FILE[format].grammar
    return scanned.encode_text([source(c) for c in contents], grammar, cores or MAX_CORES)


def in_python(format: str, contents: Sequence[bytes], cores: int | None = None) -> Workload:
    """As the format's own reader reads it."""
    sources = [source(c) for c in contents]
    if format in MERGED:
        return merged(sources[0], each(MERGED[format][0]), cores, stream=True)
    return per_file("t", sources, PER_FILE[format], BYTES)


def all_of(workload: Workload) -> tuple[list[CoreOp], list[list[CoreOp]]]:
    return list(workload.sequence()), [list(stream) for stream in workload.streams()]


CORES = ["0", "1", "2", "007", "65535", "65536", "-1", "+1", "1_0", "9" * 18, "9" * 19, "x", ""]
OPS = [*"rwe01234", "R", "rw", ""]
KEYS = [
    "0x1f", "0X1F", "-3", "+7", "-0x3", "a1", "A1", "f" * 16, "0" * 17, "8" + "0" * 15, "0x" + "f" * 16,
    "0x" + "f" * 17, str(2**63 - 1), str(2**63), str(-(2**63)), str(1 - 2**63), str(2**64 - 1), str(2**64),
    "9" * 19, "9" * 20, "0" * 20, "0x", "0x 10", "0x\t1f", "0x g", "-0x 5", "0x0x1", "1_0", "x", "#", "",
]  # fmt: skip
GAPS = ["0", "5", "00", str(2**32 - 1), str(2**32), "9" * 18, "9" * 19, "-1", "+1", "0x1", "1.5", "# c", ""]
BLANKS = ["\t", "  ", " \t ", "\x0b", "\x1c", "\u00a0", ""]
TAILS = [" ", "# c", " # c", "# \u00e9", "#\x00", "#\x0b", " 7", " 4 more", "\x0c", "\u2028", "é"]
ENDS = ["\r\n", "\r", "\n\n", "\n \t\n"]
USUAL_OPS = {"native": "rrwwe", "ncsu": "rw", "per-core": "rrwwe", "cs4223": "01012", "din": "01012"}


class Fuzz:
    """Random texts of a format, most of whose lines are good: what is odd has probability *odd* at each place."""

    def __init__(self, format: str) -> None:
        self.format = format
        self.random = random.Random(format)
        self.odd = 0.0

    def either(self, usual: str, odd: Sequence[str]) -> str:
        return self.random.choice(odd) if self.random.random() < self.odd else usual

    def line(self) -> str:
        words = [self.either(str(self.random.randrange(3)), CORES)] if self.format in MERGED else []
        words.append(self.either(self.random.choice(USUAL_OPS[self.format]), OPS))
        words.append(self.either(str(self.random.randrange(64)), KEYS))
        if self.format in ("native", "per-core") and self.random.random() < 0.3:
            words.append(self.either(str(self.random.randrange(9)), GAPS))
        text = words[0] + "".join(self.either(" ", BLANKS) + word for word in words[1:])
        return text + self.either("", TAILS) + self.either("\n", ENDS)

    def text(self) -> bytes:
        self.odd = self.random.choice([0.0, 0.002, 0.01, 0.1])
        lines = [self.line() for _ in range(self.random.choice([0, 1, 2, 40]))]
        content = (self.either("", ["\ufeff"]) + "".join(lines)).encode()
        if content and self.random.random() < self.odd:
            at = self.random.randrange(len(content))
            content = content[:at] + self.random.randbytes(self.random.randrange(3)) + content[at + 1 :]
        return content[:-1] if self.random.random() < 0.3 else content


@pytest.mark.parametrize("format", [*MERGED, *PER_FILE])
def test_what_the_scanner_reads_the_reader_reads_alike(format: str) -> None:
    """And what the reader refuses, the scanner does not read; it does read most of what is good."""
    fuzz = Fuzz(format)
    read, good = 0, 0
    for _ in range(FILES):
        contents = [fuzz.text() for _ in range(1 if format in MERGED else fuzz.random.randrange(1, 4))]
        cores = fuzz.random.choice([None, None, 3, 2]) if format in MERGED else None
        found = compiled(format, contents, cores)
        try:
            slow = in_python(format, contents, cores)
            expected = all_of(slow)
        except InputError:
            assert found is None, contents
            continue
        good += 1
        if found is not None:
            read += 1
            assert all_of(decoded("t", replace(found, cores=slow.cores))) == expected, contents
            again = encode(slow)
            assert sorted(again.keys) == sorted(found.keys), contents
            assert len(found.keys) == 0 or again.keys.dtype == found.keys.dtype, contents
    assert 0.7 * good < read < good < FILES
