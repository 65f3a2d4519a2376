"""What a trace lies in: compressed or not, any text encoding of UTF-8, folders and zips of one file a core."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import sys
import zipfile
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec

import pytest

from coherence.accesses.op import CoreOp
from coherence.errors import InputError
from coherence.traces.read import read_trace
from coherence.traces.source import Source
from tests.traces.conftest import Put, accesses

# format, text of two accesses, what it means
SMALL: dict[str, tuple[str, list[CoreOp]]] = {
    "native": ("0 r x 2\n1 w y\n", [(0, "r", "x", 2), (1, "w", "y", 0)]),
    "ncsu": ("0 r a1\n1 w b2\n", [(0, "r", 0xA1, 0), (1, "w", 0xB2, 0)]),
    "lackey": (" L a1,1\n S b2,1\n", [(0, "r", 0xA1, 0), (0, "w", 0xB2, 0)]),
    "drmemtrace": (
        "1 1: 5 read 1 byte(s) @ 0xa1\n1 1: 6 write 1 byte(s) @ 0xb2\n", [(0, "r", 0xA1, 0), (1, "w", 0xB2, 0)]
    ),
    "din": ("0 a1\n1 b2\n", [(0, "r", 0xA1, 0), (0, "w", 0xB2, 0)]),
    "cs4223": ("0 a1\n2 5\n1 b2\n2 6\n", [(0, "r", 0xA1, 0), (0, "w", 0xB2, 5), (0, "c", 0, 6)]),
    "per-core": ("r 0xa1\nw 0xb2 5\n", [(0, "r", 0xA1, 0), (0, "w", 0xB2, 5)]),
    "mooncake": ('{"hash_ids": [1]}\n{"hash_ids": [1]}\n', [(0, "r", 1, 0), (0, "w", 1, 0), (0, "r", 1, 0)]),
}  # fmt: skip


@pytest.mark.parametrize("format", SMALL)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_gzip_bom_and_line_endings(put: Put, format: str, packed: bool, bom: bytes, ending: bytes) -> None:
    text, expected = SMALL[format]
    content = bom + text.encode().replace(b"\n", ending)
    path = put("t_0.data", gzip.compress(content) if packed else content)
    assert accesses(path) == accesses(path, format) == expected


@pytest.mark.parametrize("format", SMALL)
def test_a_last_line_without_ending_counts(put: Put, format: str) -> None:
    text, expected = SMALL[format]
    assert accesses(put("t_0.data", text.rstrip("\n"))) == expected


@pytest.mark.parametrize("format", SMALL)
def test_a_gzip_cut_short_is_told(put: Put, format: str) -> None:
    path = put("t", gzip.compress(SMALL[format][0].encode() * 20_000)[:-9])
    for stream in (False, True):
        with pytest.raises(InputError, match=r"t: the compressed file is truncated or damaged \("):
            accesses(path, format, stream=stream)


@pytest.mark.parametrize("format", SMALL)
def test_bytes_that_are_no_text_are_told(put: Put, format: str) -> None:
    path = put("t", SMALL[format][0].encode() + b"\xff\xfe")
    with pytest.raises(InputError, match=r"t:\d+: not text in UTF-8, expected a trace as text"):
        accesses(path, format)


@pytest.mark.parametrize("format", [*SMALL, "oraclegeneral"])
def test_an_empty_file_is_told(put: Put, format: str) -> None:
    for stream in (False, True):
        with pytest.raises(InputError, match="t: no accesses in it"):
            read_trace(put("t", ""), format, stream=stream)


def test_binary_records(put: Put) -> None:
    record = struct.pack("<IQIq", 1, 77, 3, -1)
    assert accesses(put("t", record * 2)) == [(0, "r", 77, 0)] * 2
    assert accesses(put("t", gzip.compress(record * 5_000)))[-1] == (0, "r", 77, 0)
    with pytest.raises(InputError, match="t: the last record has 5 bytes, expected 24"):
        accesses(put("t", record + record[:5]), "oraclegeneral")


FILES = {
    "per-core": ("p{}.trace", "r {:#x}\n"),
    "cs4223": ("black_scholes_{}.data", "0 {:#x}\n"),
    "din": ("cpu{}.din", "0 {:x}\n"),
}


@pytest.mark.parametrize("format", FILES)
@pytest.mark.parametrize("name", ["x.zip", "x"])
def test_cores_are_in_the_order_of_their_numbers(put: Put, format: str, name: str) -> None:
    """Core 10 comes after core 9, not after core 1; files may be gzipped; other files do not count."""
    called, line = FILES[format]
    files: dict[str, str | bytes] = {called.format(core): line.format(core) for core in range(12)}
    files[called.format(3) + ".gz"] = gzip.compress(files.pop(called.format(3)).encode())  # type: ignore[union-attr]
    path = put(name, files | {"README": "\0", "." + called.format(0): "rubbish"})
    assert accesses(path) == accesses(path, format) == [(core, "r", core, 0) for core in range(12)]
    assert read_trace(path).cores == 12


@pytest.mark.parametrize("format", FILES)
def test_files_of_a_zip_may_lie_in_a_folder(put: Put, format: str) -> None:
    """As archivers write it, with the shadow files that one of them puts beside."""
    called, line = FILES[format]
    files = {f"some/folder/{called.format(core)}": line.format(core) for core in range(2)}
    path = put("x.zip", {**files, f"__MACOSX/some/folder/._{called.format(0)}": "\0rubbish"})
    assert accesses(path) == [(0, "r", 0, 0), (1, "r", 1, 0)]


@pytest.mark.parametrize("format", FILES)
def test_a_fault_names_the_file_in_the_folder(put: Put, format: str) -> None:
    called, line = FILES[format]
    files = {called.format(0): line.format(0), called.format(1): line.format(1) + "bad\n"}
    for name in ("x", "x.zip"):
        path = put(name, files)
        with pytest.raises(InputError) as caught:
            accesses(path)
        separator = ":" if name == "x.zip" else "/"
        assert str(caught.value).startswith(f"{path}{separator}{called.format(1)}:2: expected ")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"p0.trace": "", "p2.trace": ""}, "x: p1.trace is missing; expected p0.trace to p2.trace without holes"),
        ({"a_1.data": ""}, "x: a_0.data is missing; expected a_0.data to a_1.data without holes"),
        (
            {"a_0.data": "", "a_9.data": ""},
            "x: a_1.data, a_2.data, a_3.data, a_4.data … is missing; expected a_0.data to a_9.data without holes",
        ),
        ({"a_0.data": "", "b_1.data": ""}, "x: more than one trace in it (a, b), expected one NAME_0.data …"),
        ({"p0.trace": "# c\n", "p1.trace": ""}, "x: no accesses in it"),
        ({"a_0.data": "\n", "a_1.data": ""}, "x: no accesses in it"),
        ({"a.din": "2 40\n"}, "x: no accesses in it"),
    ],
)
def test_holes_and_emptiness_are_told(put: Put, files: Mapping[str, str], said: str) -> None:
    path = put("x", files)
    with pytest.raises(InputError) as caught:
        read_trace(path)
    assert str(caught.value) == str(path.with_name(said))


@pytest.mark.parametrize(
    ("files", "format", "said"),
    [
        ({"a/p0.trace": "", "b/p0.trace": ""}, "per-core", "both .*a/p0.trace and .*b/p0.trace are core 0"),
        ({"a_0.data": "", "a_00.data": ""}, "cs4223", "both .*a_0.data and .*a_00.data are core 0"),
        ({"a/c.din": "", "b/c.din": ""}, "din", "both .*a/c.din and .*b/c.din are c.din; expected one a core"),
        ({"x": ""}, "per-core", r"no such files in it; expected p0.trace, p1.trace …"),
        ({"x": ""}, "cs4223", r"no such files in it; expected NAME_0.data, NAME_1.data …"),
        ({"x": ""}, "din", "no such files in it; expected one .din file a core"),
        ({"x": ""}, "native", "a zip, but format native is one file"),
        ({"x": ""}, "mooncake", "a zip, but format mooncake is one file"),
        ({"x": ""}, "oraclegeneral", "a zip, but format oraclegeneral is one file"),
    ],
)
def test_a_zip_of_another_format_is_told(put: Put, files: Mapping[str, str], format: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_trace(put("x.zip", files), format)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_STORED])
def test_a_damaged_zip_is_told(put: Put, method: int) -> None:
    """Each way of packing fails in a way of its own."""
    path = put("x.zip", "")
    with zipfile.ZipFile(path, "w", method) as bundle:
        bundle.writestr("p0.trace", "".join(f"r {n * n:#x}\n" for n in range(5_000)))
    data = bytearray(path.read_bytes())
    data[200:260] = b"\xff" * 60
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"p0.trace"):
        accesses(path)


def test_an_encrypted_zip_is_told(put: Put) -> None:
    """Python's zipfile raises RuntimeError for it."""
    path = put("x.zip", {"p0.trace": "r 0x1\n"})
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag in the file's own head …
    data[data.index(b"PK\x01\x02") + 8] |= 1  # … and in the directory
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"x.zip:p0.trace: cannot be unpacked"):
        read_trace(path)


def test_a_core_may_be_idle(put: Put) -> None:
    """An empty file is a core that does nothing, and counts as one."""
    path = put("x", {"a_0.data": "0 1\n", "a_1.data": "", "a_2.data": "2 7\n"})
    assert read_trace(path).cores == 3
    assert accesses(path) == [(0, "r", 1, 0), (2, "c", 0, 7)]


def test_files_of_one_core_each_are_read_as_they_run(put: Put) -> None:
    """Nothing is read ahead of the first access, so that a fault far down does not keep a run from starting."""
    path = put("x", {"a_0.data": "0 1\n" * 100_000 + "bad\n"})
    stream = read_trace(path).streams()[0]
    assert next(stream) == (0, "r", 1, 0)
    with pytest.raises(InputError, match=r"a_0.data:100001: expected"):
        list(stream)


def _zip(name: bytes, **change: bytes) -> bytes:
    """A zip of one file, with bytes of its directory or its local head changed."""
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as bundle:
        bundle.writestr("p0.trace", "r 0x1\n" * 9)
    data = found.getvalue().replace(b"p0.trace", name)
    for mark, value in change.items():
        at, where = {"version": (data.index(b"PK\1\2"), 6), "method": (data.index(b"PK\1\2"), 10), "flags": (data.index(b"PK\1\2"), 8),
                     "crc": (data.index(b"PK\1\2"), 16), "offset": (data.index(b"PK\1\2"), 42), "namelen": (data.index(b"PK\1\2"), 28)}[mark]  # fmt: skip
        data = data[: at + where] + value + data[at + where + len(value) :]
    return data


@pytest.mark.parametrize(
    "change",
    [
        {"version": b"\xff"}, {"method": b"\x63"}, {"flags": b"\1"}, {"crc": b"\0\0\0\0"}, {"offset": b"\x30"},
        {"namelen": b"\0"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("format", ["auto", "per-core", "din"])
def test_whatever_a_zip_raises_is_one_line(put: Put, change: dict[str, bytes], format: str) -> None:
    """Version 255 raised NotImplementedError, an empty name IndexError."""
    with pytest.raises(InputError) as caught:
        accesses(put("x.zip", _zip(b"p0.trace", **change)), format)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "member", ["p0.trace\r", "\u202ep0.trace", "p0\x1b[2J.trace", "p0\x00.trace", "\u200bp0.trace"]
)
def test_what_steers_a_terminal_in_a_name_is_escaped(put: Put, member: str) -> None:
    path = put("x.zip", {"c/" + member + "/a.din": "0 10\nbad\n"})
    for format in ("auto", "din", "per-core"):
        with pytest.raises(InputError) as caught:
            accesses(path, format)
        assert str(caught.value).isprintable()
    folder = path.with_name("\u202efolder")
    folder.mkdir()
    (folder / "a\r.din").write_text("0 10\n")
    assert read_trace(folder).name.isprintable()
    with pytest.raises(InputError) as caught:
        read_trace(path.with_name("no\rthing"))
    assert str(caught.value).isprintable()


PACKED = {"gz": gzip.compress, "xz": lzma.compress, "bz2": bz2.compress}
if find_spec("zstandard"):
    PACKED["zst"] = import_module("zstandard").compress


@pytest.mark.parametrize("way", PACKED)
def test_packed_files_open_as_they_are(put: Put, way: str) -> None:
    """By what they begin with, whatever they are called; in several parts too; cut or spoilt they are refused."""
    text = "".join(f"{n % 3} r {n * n:#x}\n" for n in range(30_000)).encode()
    pack = PACKED[way]
    expected = accesses(put("plain", text))
    for name in ("t." + way, "t"):
        assert accesses(put(name, pack(text))) == expected
    assert accesses(put("two", pack(text[:1000]) + pack(text[1000:]))) == expected
    assert accesses(put("p.zip", {f"a_proc0.trace.{way}": pack(b"R 10\n")})) == [(0, "r", 16, 0)]
    whole = pack(text)
    for spoilt in (whole[:-5], whole[:40], whole[: len(whole) // 2]):
        with pytest.raises(InputError, match=r"^[^\n]*cut: the compressed file is truncated or damaged[^\n]*$"):
            accesses(put("cut", spoilt))


def test_a_missing_unpacker_is_told(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    path = put("t.zst", bytes.fromhex("28b52ffd") + bytes(20))
    with pytest.raises(InputError) as caught:
        read_trace(path)
    assert str(caught.value) == (
        f"{path}: a zstd file needs zstandard, from the extra 'data': pip install '.[data]' where coherence lies"
    )


class Endless(io.RawIOBase):
    """Bytes without an end of a line, a megabyte a read; it counts how much was asked for."""

    def __init__(self, start: bytes) -> None:
        self.start, self.given = start, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        data = (self.start or b"1" * len(buffer))[: len(buffer)]
        self.start = self.start[len(data) :]
        buffer[: len(data)] = data
        self.given += len(data)
        return len(data)


@pytest.mark.parametrize("start", [b"", b"0 r 1\n"])
def test_a_line_is_refused_before_it_is_whole(start: bytes) -> None:
    """A line has a bound, or a small packed file takes all memory."""
    endless = Endless(start)
    with pytest.raises(InputError, match=rf"t:{1 + bool(start)}: a line of 1,048,576 characters or more"):
        list(Source("t", lambda: endless).lines())  # type: ignore[arg-type, return-value]
    assert endless.given < 3 << 20


@pytest.mark.parametrize("format", ["auto", "native", "mooncake", "columns key"])
def test_a_packed_line_without_end_is_refused(put: Put, format: str) -> None:
    path = put("t.gz", gzip.compress(b"1" * (5 << 20)))
    with pytest.raises(InputError, match=r"t\.gz:1: a line of 1,048,576 characters or more, too long for a trace"):
        accesses(path, format)
