"""The compiled scanner means what the formats' own readers mean, or leaves the trace to them."""

from __future__ import annotations

import gzip
import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

import coherence as co
from coherence.accesses import text
from coherence.accesses.arrays import Encoded
from coherence.accesses.dense import MOST, encode, encoded
from coherence.accesses.listed import decoded
from coherence.accesses.op import MAX_CORES, CoreOp
from coherence.accesses.pieces import Unread
from coherence.accesses.workload import Workload
from coherence.errors import InputError
from coherence.kernel import engine as fast_engine
from coherence.kernel.streamed import streamed
from coherence.traces import build, cs4223, din, fast, ncsu, per_core, proc, scanned
from coherence.traces.build import BYTES, Reader, each, merged, per_file
from coherence.traces.columns import parse_columns
from coherence.traces.read import detect
from coherence.traces.source import Source
from tests.kernel.cases import numbers
from tests.traces.conftest import Put

pytest.importorskip("numba")

COLUMNS = {
    "columns core op key _ gap": ("core", "op", "key", "_", "gap"),
    "columns header _ op(0=r,1=w,2=_) key:hex": ("_", "op", "key"),
    "columns gap key core op": ("gap", "key", "core", "op"),
    "columns key": ("key",),
}
MERGED = ["native", "ncsu", *COLUMNS]
PER_FILE = {
    "per-core": per_core.FILES, "cs4223": cs4223.FILES, "proc": proc.FILES, "din": din.DIN, "smpcache": din.SMPCACHE,
}  # fmt: skip
SMALL = 64  # bytes of a piece, so that lines go on in the next
FILES = 1_000
feed_text = scanned.feed_text


@pytest.fixture(autouse=True)
def _short_traces_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "WORTH", 0)
    monkeypatch.setattr(scanned, "CHUNK", SMALL)
    monkeypatch.setattr(scanned, "LEAST_CHUNK", SMALL)


def source(content: bytes) -> Source:
    return Source("t", lambda: io.BytesIO(content), len(content))


def reader(format: str) -> Reader:
    if format in COLUMNS:
        return parse_columns(format).read
    return each(text.parse_line if format == "native" else ncsu.parse_line)


def compiled(format: str, contents: Sequence[bytes], cores: int | None = None) -> Encoded | None:
    if format in COLUMNS:
        try:
            grammar = parse_columns(format).grammar(source(contents[0]).lines())
        except InputError:
            return None
    elif format in MERGED:
        grammar = text.GRAMMAR if format == "native" else ncsu.GRAMMAR
    else:
        grammar = PER_FILE[format].grammar
    if grammar is None:
        return None
    return scanned.encode_text([source(c) for c in contents], grammar, cores or MAX_CORES, MOST)


def in_python(format: str, contents: Sequence[bytes], cores: int | None = None) -> Workload:
    """As the format's own reader reads it."""
    sources = [source(c) for c in contents]
    if format in MERGED:
        return merged(sources[0], reader(format), cores, stream=True)
    return per_file("t", sources, PER_FILE[format], BYTES)


def all_of(workload: Workload) -> tuple[list[CoreOp], list[list[CoreOp]]]:
    return list(workload.sequence()), [list(stream) for stream in workload.streams()]


CORES = ["0", "1", "2", "007", "65535", "65536", "-1", "+1", "1_0", "9" * 18, "9" * 19, "x", ""]
OPS = [*"rwe01234", "R", "rw", ""]
KEYS = [
    "0x1f", "0X1F", "-3", "+7", "-0x3", "a1", "A1", "f" * 16, "0" * 17, "8" + "0" * 15, "0x" + "f" * 16,
    "0x" + "f" * 17, str(2**63 - 1), str(2**63), str(-(2**63)), str(1 - 2**63), str(2**64 - 1), str(2**64),
    "9" * 19, "9" * 20, str(10**19), "2" + "0" * 19, "28446744073709551615", "0" * 20, "0x", "0x 10", "0x\t1f", "0x g", "-0x 5", "0x0x1", "1_0", "x", "#", "",
]  # fmt: skip
GAPS = ["0", "5", "00", str(2**32 - 1), str(2**32), "9" * 18, "9" * 19, "-1", "+1", "0x1", "1.5", "# c", ""]
BLANKS = ["\t", "  ", " \t ", "\x0b", "\x1c", "\u00a0", ""]
TAILS = [" ", "# c", " # c", "# \u00e9", "#\x00", "#\x0b", " 7", " 4 more", "\x0c", "\u2028", "é"]
ENDS = ["\r\n", "\r", "\n\n", "\n \t\n"]
WORDS = ["x", "0x1:", "#", "a b", "a\tb", "a,b", "\x0b", "a\x1cb", "\u00e9", "\x7f", ""]
USUAL_OPS = {
    "native": "rrwwe", "ncsu": "rw", "per-core": "rrwwe", "cs4223": "01012", "din": "01012", "smpcache": "02323", "proc": "RW",
    "columns core op key _ gap": ["r", "W", "e", "L", "st", "GET", "store", "prepend"],
    "columns header _ op(0=r,1=w,2=_) key:hex": "012",
    "columns gap key core op": ["ld", "Read", "DELETE"],
    "columns key": "r",
}  # fmt: skip


class Fuzz:
    """Random texts of a format, most of whose lines are good: what is odd has probability *odd* at each place."""

    def __init__(self, format: str) -> None:
        self.format = format
        self.random = random.Random(format)
        self.odd = 0.0
        self.usual = " "

    def either(self, usual: str, odd: Sequence[str]) -> str:
        return self.random.choice(odd) if self.random.random() < self.odd else usual

    def word(self, field: str) -> str:
        if field == "core":
            return self.either(
                self.random.choice(["P", "t", ""]) * (self.format in COLUMNS) + str(self.random.randrange(3)), CORES
            )
        if field == "op":
            return self.either(self.random.choice(USUAL_OPS[self.format]), OPS)
        if field == "key":
            return self.either("0x" * (self.format == "per-core") + str(self.random.randrange(64)), KEYS)
        return self.either(str(self.random.randrange(9)), GAPS if field == "gap" else WORDS)

    def line(self) -> str:
        fields = COLUMNS.get(self.format) or ("core",) * (self.format in MERGED) + ("op", "key")
        words = [self.word(field) for field in fields]
        if self.format in ("native", "per-core") and self.random.random() < 0.3:
            words.append(self.word("gap"))
        text = words[0] + "".join(self.either(self.usual, BLANKS) + word for word in words[1:])
        return text + self.either("", TAILS) + self.either("\n", ENDS)

    def text(self) -> bytes:
        self.odd = self.random.choice([0.0, 0.002, 0.01, 0.1])
        self.usual = self.random.choice([" ", ",", "\t", ", "] if self.format in COLUMNS else [" "])
        lines = [self.line() for _ in range(self.random.choice([0, 1, 2, 40]))]
        content = (self.either("", ["\ufeff"]) + "".join(lines)).encode()
        if content and self.random.random() < self.odd:
            at = self.random.randrange(len(content))
            content = content[:at] + self.random.randbytes(self.random.randrange(3)) + content[at + 1 :]
        return content[:-1] if self.random.random() < 0.3 else content


def fed(workload: Workload) -> list[object]:
    """All words of a workload's feed in the order of the trace, and its keys."""
    assert workload.feed is not None
    given = workload.feed(False)
    return [piece.what.copy() for piece in given.streams[0]] + [given.keys()]


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


NUMBERS = "# head\n0 r 12 3\n1 w 0x10 # c\n\n0 e -4\n2 r 7\n"
# What the scanner must read itself: name, format, content.
READ: list[tuple[str, str, bytes | Mapping[str, bytes]]] = [
    ("t", "native", NUMBERS.encode()),
    ("bom", "native", b"\xef\xbb\xbf" + NUMBERS.encode()),
    ("crlf", "native", NUMBERS.replace("\n", "\r\n").encode()),
    ("cr", "native", NUMBERS.replace("\n", "\r").encode()),
    ("no end", "native", NUMBERS.encode()[:-1]),
    ("t.gz", "native", gzip.compress(NUMBERS.encode())),
    ("huge", "native", b"0 r 18446744073709551615\n1 w 0xffffffffffffffff\n"),
    ("n", "ncsu", b"0 r a1663dc4\n1 w 10\n"),
    ("letters", "ncsu", b"0 r 10\n" * 200 + b"0 r A1\n"),
    ("p", "per-core", {"p0.trace": b"r 0x 10 4\nw 0x20\n", "p1.trace": b"", "p2.trace.gz": gzip.compress(b"e 0x10\n")}),
    ("c.zip", "cs4223", {"a_0.data": b"2 5\n0 40\n0 80\n", "a_1.data": b"1 44\n2 9\n1 48\n2 3\n"}),
    ("d", "din", {"a.din": b"0 40\n2 1\n1 80 4\n", "b.din": b"1 0x40\n"}),
    ("x", "smpcache", {"a.prg": b"0 40\n2 1\n3 80\n", "b.prg": b"2 0x40\n"}),
    ("q", "proc", {"a_proc0.trace": b"R 40\nW 0x80\n", "a_proc1.trace": b"R 0x40\n"}),
    ("pin", "pin", b"0x1: R 0x10\n0x2: W 0x20\n#eof\n"),
    ("many", "native", b"".join(b"%d w %d\n" % (i % 7, i * i) for i in range(5_000))),
]


@pytest.mark.parametrize(("name", "format", "content"), READ, ids=[r[0] for r in READ])
@pytest.mark.parametrize("stream", [False, True])
def test_good_traces_go_through_the_scanner_and_run_the_same(
    put: Put,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    format: str,
    content: bytes | Mapping[str, bytes],
    stream: bool,
) -> None:
    """Found by content, with the same accesses in both orders and the same counters; with the reader shut."""
    path = put(name, content)
    with monkeypatch.context() as slowly:
        slowly.setattr(fast, "WORTH", 1 << 60)
        assert (slow_format := detect(path)) == format
        slow = co.read_trace(path)
        assert slow.encoded is None
        expected = all_of(slow)
    monkeypatch.setattr(build, "encode", None)  # the way back to the reader
    assert detect(path) == slow_format
    found = co.read_trace(path, stream=stream)
    assert found.encoded is not None
    trace = encoded(found)
    assert encoded(found) is trace
    assert all_of(decoded("t", trace)) == all_of(found) == expected
    assert (found.name, found.cores, found.keys_per_line) == (slow.name, slow.cores, slow.keys_per_line)
    keys = {key for _, op, key, _ in expected[0] if op != "c"}
    assert {found.written(key) for key in keys} == {slow.written(key) for key in keys}
    machine = co.Machine(cache=co.Cache(keys_per_line=64, sets=2, ways=2))
    assert found.feed is not None
    for order in ("program", "trace") if found.apart else ("trace",):
        parts = streamed(machine, found, found.feed(order == "program"), found.cores, order, 3)
        assert parts is not None and numbers(parts) == numbers(machine.run(slow, order=order, engine="simpy"))
    for order in ("program", "trace"):
        runs = [machine.run(w, order=order, engine=e) for w, e in ((slow, "simpy"), (found, "simpy"), (found, "fast"))]
        assert runs[0].totals == runs[1].totals == runs[2].totals
        assert list(runs[0].per_core) == list(runs[1].per_core) == list(runs[2].per_core)


@pytest.mark.parametrize("name", ["native", "ncsu"])
def test_a_text_longer_than_may_be_kept_is_not_kept_and_runs_in_parts(
    put: Put, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = put(name, b"0 r 1a\n1 w 10\n" * 40 if name == "ncsu" else b"0 r 5\n1 w 7\n" * 40)
    with pytest.raises(InputError, match="more than 79 accesses"):
        encoded(co.read_trace(path, name, stream=True), 79)
    assert len(encoded(co.read_trace(path, name, stream=True), 80).what) == 80
    monkeypatch.setattr(fast_engine, "LEAST", 10)
    seen: list[object] = []
    for most, in_parts in ((80, 0), (79, 1)):
        monkeypatch.setattr(fast_engine, "MOST_KEPT", most)
        monkeypatch.setattr(scanned, "feed_text", lambda *given: seen.append(given) or feed_text(*given))
        assert co.Machine().run(co.read_trace(path, name, stream=True), order="trace").engine == "fast"
        assert len(seen) == in_parts


@pytest.mark.parametrize(
    ("format", "content"),
    [
        ("native", b"0 r 5\n" * 9 + b"0 r word\n"),
        ("native", b"0 r 5\n" * 9 + b"0 r %d\n" % 2**64),
        ("native", b"0 r -1\n0 r %d\n" % (2**64 - 1)),
        ("native", b"0 r 5 " + b" " * SMALL + b"7\n"),
        ("native", "0 r 5 # caf\u00e9\n".encode()),
        ("ncsu", b"0 r " + b"0" * 17 + b"a\n"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_the_scanner_does_not_know_the_reader_reads(put: Put, format: str, content: bytes, stream: bool) -> None:
    path = put("t", content)
    assert compiled(format, [content]) is None
    found = co.read_trace(path, format, stream=stream)
    if found.feed is not None:  # as found when it comes to it
        with pytest.raises(Unread):
            list(fed(found))
    assert list(found.sequence()) == list(in_python(format, [content]).sequence())
    assert [list(s) for s in decoded("t", encoded(found)).streams()] == [list(s) for s in found.streams()]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"0 r 5\n" * 30 + b"0 q 5\n", "t:31: expected 'core op key [gap]' with op r, w or e, not op 'q'"),
        (b"0 r 5\n9 w 5\n", "t:2: core 9 is out of range, the machine has 2 cores"),
        (b"# nothing\n", "t: no accesses in it"),
        (gzip.compress(b"0 r 5\n" * 9, mtime=0)[:-4], "t: the compressed file is truncated or damaged"),
        (b"0 r 5 # \xff\n", "t:1: not text in UTF-8, expected a trace as text"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_of_a_fault_the_reader_tells(put: Put, content: bytes, said: str, stream: bool) -> None:
    path = put("t", content)
    with pytest.raises(InputError) as caught:
        list(co.read_trace(path, "native", cores=2, stream=stream).sequence())
    assert str(caught.value).startswith(str(path.with_name(said)))


def test_a_fault_of_a_file_a_core_is_told_by_the_fast_engine_too(put: Put) -> None:
    path = put("p", {"p0.trace": b"r 0x10\n", "p1.trace": b"r 0x10\nx 1\n"})
    with pytest.raises(InputError, match=r"p1\.trace:2: expected 'r\|w\|e 0xADDR"):
        co.Machine().run(co.read_trace(path), engine="fast")


def test_short_traces_and_those_without_numba_are_read_in_python(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put("t", b"0 r 5\n1 w a\n" * 9)
    for name, value in (("WORTH", 1_000), ("available", lambda: False)):
        with monkeypatch.context() as changed:
            changed.setattr(fast, name, value)
            changed.setattr(scanned, "encode_text", None)
            changed.setattr(scanned, "glance", None)
            for stream in (False, True):
                found = co.read_trace(path, stream=stream)
                assert found.encoded is None
                assert len(list(found.sequence())) == 18


def test_more_cores_than_the_trace_has_idle(put: Put) -> None:
    path = put("t", b"0 r 5\n1 w 5\n")
    found = co.read_trace(path, "native", cores=5)
    assert found.cores == 5 and [len(list(s)) for s in found.streams()] == [1, 1, 0, 0, 0]
    assert encoded(co.read_trace(path, "native", cores=5, stream=True)).cores == 5


def test_computing_that_adds_up_beyond_32_bits_is_left_to_the_reader() -> None:
    assert compiled("cs4223", [b"2 fffffffe\n2 1\n0 10\n"]) is not None
    assert compiled("cs4223", [b"2 fffffffe\n2 2\n0 10\n"]) is None
    assert compiled("cs4223", [b"0 10\n2 fffffffe\n2 2\n"]) is None
