"""The compact format: the same trace as before, whole or refused."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

import coherence as co
from coherence.accesses.dense import encode, encoded, grouped
from coherence.accesses.listed import decoded
from coherence.accesses.op import CoreOp
from coherence.accesses.workload import Workload
from coherence.errors import InputError
from coherence.traces.compact import CHECKED, HEAD, MAGIC, write_compact
from coherence.traces.read import detect
from tests.traces.conftest import Put
from tests.traces.test_convert import TRACES

WORDS: dict[str, str] = {
    "words": "0 r word 3\n1 w word\n0 e -4\n2 r \u00e9\n",
    "negative": "0 r -1\n0 w -9223372036854775808\n",
    "unsigned": "0 r 18446744073709551615\n0 w 0\n",
    "negative and unsigned": "0 r 18446744073709551615\n0 w -1\n",
}
ALL: dict[str, tuple[str, str | Mapping[str, str]]] = {
    **{format: (format, content) for format, content in TRACES.items()},
    **{name: ("native", content) for name, content in WORDS.items()},
}


def every(workload: Workload) -> tuple[list[CoreOp], list[list[CoreOp]], int, int | None]:
    streams = [list(stream) for stream in workload.streams()]
    return list(workload.sequence()), streams, workload.cores, workload.keys_per_line


@pytest.fixture
def small(put: Put, tmp_path: Path) -> bytes:
    """A compact trace of four accesses, two cores, two keys, with gaps."""
    write_compact(co.read_trace(put("t", "0 r 5 3\n1 w 9\n0 e 5\n1 r 9\n")), tmp_path / "small.ctrace")
    return (tmp_path / "small.ctrace").read_bytes()


@pytest.mark.parametrize("name", ALL)
def test_it_is_the_same_trace(put: Put, tmp_path: Path, name: str) -> None:
    format, content = ALL[name]
    source = co.read_trace(put("t", content), format)
    out = tmp_path / "out.ctrace"
    write_compact(source, out)
    assert detect(out) == "compact"
    again = co.read_trace(out)
    assert every(again) == every(source)
    assert every(co.read_trace(out, stream=True)) == every(source)
    machine = co.Machine(cache=co.Cache(keys_per_line=64))
    for order in ("program", "trace"):
        runs = [machine.run(w, order=order, engine="simpy").to_json() for w in (source, again)]
        assert runs[0] == runs[1]


@pytest.mark.parametrize("name", ALL)
def test_it_carries_its_encoding(put: Put, tmp_path: Path, name: str) -> None:
    """Word for word, so that nothing is numbered or grouped again; compiled code may take its arrays for any other."""
    format, content = ALL[name]
    source = co.read_trace(put("t", content), format)
    write_compact(source, tmp_path / "out.ctrace")
    found, expected = encoded(co.read_trace(tmp_path / "out.ctrace")), grouped(encode(source))
    assert grouped(found) is found
    assert found.what.tolist() == expected.what.tolist()
    assert list(found.keys) == list(expected.keys)
    for array in (found.what, found.gap, found.core, found.starts):
        assert array is None or (type(array) is np.ndarray and array.flags.writeable and array.flags.aligned)


def test_cores_that_take_turns_still_do(tmp_path: Path) -> None:
    source = Workload.from_ops("1 w x 3; 0 r y; 1 r x")
    turns = decoded("t", replace(grouped(encode(source)), core=None))
    write_compact(turns, tmp_path / "out.ctrace")
    again = co.read_trace(tmp_path / "out.ctrace")
    assert encoded(again).core is None
    assert every(again) == every(turns)
    assert every(again)[0] == [(0, "r", "y", 0), (1, "w", "x", 3), (1, "r", "x", 0)]


def test_gzipped_it_opens_as_it_is(put: Put, small: bytes) -> None:
    plain, packed = put("plain", small), put("packed", gzip.compress(small))
    assert detect(packed) == "compact"
    assert every(co.read_trace(packed))[0] == every(co.read_trace(plain))[0]


def test_the_same_trace_makes_the_same_bytes_and_reading_changes_none(put: Put, tmp_path: Path, small: bytes) -> None:
    path = put("small", small)
    trace = encoded(co.read_trace(path))
    trace.what[0] = 7  # it is mapped, but not to the file
    write_compact(co.read_trace(path), tmp_path / "again.ctrace")
    assert (tmp_path / "again.ctrace").read_bytes() == path.read_bytes() == small


def test_cores_beyond_the_machine_are_told(put: Put, small: bytes) -> None:
    with pytest.raises(InputError, match="needs 2 cores, the machine has 1"):
        co.read_trace(put("t", small), cores=1)


def forged(content: bytes, at: int, form: str, *values: int) -> bytes:
    """With other values at a place, and the checksum that belongs to them."""
    changed = bytearray(content)
    struct.pack_into(form, changed, at, *values)
    struct.pack_into("<I", changed, CHECKED, zlib.crc32(changed[HEAD.size :], zlib.crc32(changed[:CHECKED])))
    return bytes(changed)


def said(put: Put, content: bytes, **how: int) -> str:
    """What reading it says, after the file's name."""
    path = put("t.ctrace", content)
    with pytest.raises(InputError) as caught:
        co.read_trace(path, "compact", **how)
    name, _, rest = str(caught.value).partition(": ")
    assert name == str(path)
    return rest


def test_wherever_it_ends_too_soon_it_is_told(put: Put, small: bytes) -> None:
    for length in range(len(small)):
        expected = "truncated: " if length < HEAD.size else "truncated or damaged: "
        assert said(put, small[:length]).startswith(expected + f"{length} bytes, ")
    assert said(put, small + b"\0").startswith("truncated or damaged: ")


def test_every_changed_byte_is_told(put: Put, small: bytes) -> None:
    for at in range(CHECKED + 4):
        assert said(put, small[:at] + bytes([small[at] ^ 1]) + small[at + 1 :]), at
    for at in range(HEAD.size, len(small)):
        assert said(put, small[:at] + bytes([small[at] ^ 128]) + small[at + 1 :]) == "damaged: its checksum is another"


def test_a_damaged_gzip_is_told(put: Put, small: bytes) -> None:
    assert "truncated or damaged" in said(put, gzip.compress(small)[:-9])


WHAT = (
    HEAD.size
)  # of `small`: four accesses of 4 bytes, as many gaps, three starts of 8, four cores of 2, two keys of 8
STARTS = WHAT + 32
CORE = STARTS + 24


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda c: b"?" + c[1:], "no compact trace, as 'coherence trace convert' writes to a file named *.ctrace"),
        (lambda c: forged(c, 8, "<H", 2), "a compact trace of version 2, expected 1: convert it anew"),
        (lambda c: forged(c, 12, "<I", 1), "truncated or damaged: 144 bytes, its head says 136"),
        (lambda c: forged(c[:STARTS] + c[STARTS + 16 :], 12, "<I", 0), "damaged: 0 cores, expected 1 to 65536"),
        (
            lambda c: forged(c[:STARTS] + bytes(8 * 65535) + c[STARTS:], 12, "<I", 65537),
            "damaged: 65537 cores, expected 1 to 65536",
        ),
        (lambda c: forged(c, 24, "<Q", 1), "damaged: its keys are not as its head says"),
        (lambda c: forged(c, WHAT + 4, "<I", 2 << 2), "damaged: an access has a key that is not there"),
        (lambda c: forged(c, WHAT, "<I", 0xFFFFFFFC), "damaged: an access has a key that is not there"),
        # one key twice: the SimPy engine took it for one line, the compiled one for two
        (lambda c: forged(c, CORE + 8, "<2q", 5, 5), "damaged: two of its keys are the same"),
        (lambda c: forged(c, WHAT, "<I", 1 << 2 | 3), "damaged: computing has a key"),
        (lambda c: forged(c, 10, "<H", 16 | 3), "damaged: it says what this version does not know"),
        (lambda c: forged(c, 40, "<Q", 1 << 63), "damaged: a line of more than 2^62 keys"),
        (lambda c: forged(c, CORE + 6, "<H", 2), "damaged: its order is of other accesses"),
        (lambda c: forged(c, CORE, "<H", 1), "damaged: its order is of other accesses"),
        (lambda c: forged(c, 16, "<Q", 1 << 63), "truncated or damaged: 144 bytes, its head says"),
    ],
)
def test_values_out_of_range_are_told(put: Put, small: bytes, change: Callable[[bytes], bytes], expected: str) -> None:
    """Also where the checksum agrees: compiled code trusts them."""
    assert said(put, change(small)).startswith(expected)


def test_whatever_is_forged_it_is_told_or_read(put: Put, small: bytes) -> None:
    """Nothing but an `InputError` comes out, and no access of a core or key that is not there."""
    random = Random(1)
    read = 0
    for _ in range(2_000):
        content = small
        for _ in range(random.randrange(1, 4)):
            at = random.randrange(len(MAGIC), len(small))
            content = forged(content, at, "<B", random.choice([0, 1, 2, 3, 4, 8, 128, 255]))
        try:
            found = co.read_trace(put("t", content), "compact")
        except InputError:
            continue
        read += 1
        listed, streams, cores, _ = every(found)
        assert all(0 <= core < cores for core, *_ in listed)
        assert sum(map(len, streams)) == len(listed) > 0
    assert read > 100


@pytest.mark.parametrize("starts", [(0, 5, 4), (1, 2, 4), (0, 2, 3), (0, -1, 4), (0, 2, 1 << 62)])
def test_cores_that_overlap_are_told(put: Put, small: bytes, starts: tuple[int, ...]) -> None:
    assert said(put, forged(small, STARTS, "<3q", *starts)) == "damaged: accesses of its cores overlap"


@pytest.mark.parametrize(
    "keys",
    [
        '["a",true]',
        '["a",1.5]',
        '["a"]',
        '["a","\\ud800"]',
        '{"a":1,"b":2}',
        '["a",["b"]]',
        "[" * 9000,
        '["a","',
        "\xff",
        f'["a",{2**64}]',
    ],
)
def test_keys_that_are_none_are_told(put: Put, tmp_path: Path, keys: str) -> None:
    write_compact(Workload.from_ops("0 r word; 0 r other"), tmp_path / "x.ctrace")
    head = bytearray((tmp_path / "x.ctrace").read_bytes()[: HEAD.size + 32])  # two accesses, two starts, two cores
    section = keys.encode("latin-1")
    struct.pack_into("<Q", head, 32, len(section))
    content = bytes(head) + section + bytes(-len(section) % 8)
    assert said(put, forged(content, 8, "<H", 1)) == "damaged: its keys are not as its head says"


def test_a_trace_without_accesses_is_told(put: Put, tmp_path: Path) -> None:
    write_compact(Workload.from_accesses("none", list, 1), tmp_path / "x.ctrace")
    assert said(put, (tmp_path / "x.ctrace").read_bytes()) == "no accesses in it"


@pytest.mark.parametrize("key", [("head", 3), b"x", 1 << 64, -(1 << 63) - 1])
def test_other_keys_are_refused_and_nothing_is_left(tmp_path: Path, key: object) -> None:
    workload = Workload.from_accesses("odd", lambda: [(0, "r", 1, 0), (0, "r", key, 0)], 1)  # type: ignore[list-item]
    with pytest.raises(
        InputError, match=r"^odd: key .* is neither a number of 64 bits nor a word; a compact trace holds"
    ):
        write_compact(workload, tmp_path / "x.ctrace")
    assert list(tmp_path.iterdir()) == []


def test_computing_alone_has_no_key(put: Put, tmp_path: Path) -> None:
    source = co.read_trace(put("t_0.data", "2 5\n"))
    write_compact(source, tmp_path / "x.ctrace")
    assert every(co.read_trace(tmp_path / "x.ctrace")) == every(source)


def test_many_words_are_written_and_read(tmp_path: Path) -> None:
    ops = [(0, "r", f"w{i % 5000}", i % 3) for i in range(20_000)]
    source = Workload.from_accesses("many", lambda: ops, 1)
    write_compact(source, tmp_path / "x.ctrace")
    assert list(co.read_trace(tmp_path / "x.ctrace").sequence()) == ops
