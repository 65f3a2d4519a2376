"""A trace written in the native format is the same trace."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import pytest

import coherence as co
from coherence.errors import InputError
from coherence.traces.convert import write_native
from tests.traces.conftest import Put, accesses

TRACES: dict[str, str | Mapping[str, str]] = {
    "native": "0 r 12 3\n1 w word\n0 e -4\n2 r 0x10\n",
    "ncsu": "0 r a1\n1 w 10\n",
    "per-core": {"p0.trace": "r 0x10 4\nw 0x20\n", "p1.trace": "e 0x10\n"},
    "cs4223": {"a_0.data": "2 5\n0 40\n0 80\n", "a_1.data": "1 44\n2 9\n1 48\n"},
    "din": {"a.din": "0 40\n2 1\n1 80\n", "b.din": "1 40\n"},
    "lackey": "--7--   SCHED[1]:  acquired lock (x)\n L 3c,8\n--7--   SCHED[2]:  acquired lock (x)\n M 3c,2\n",
    "drmemtrace": "1 1: 5 read 8 byte(s) @ 0x3c\n2 1: 6 write 8 byte(s) @ 0x40\n",
    "mooncake": '{"hash_ids": [1, 2]}\n{"hash_ids": [1]}\n',
}


@pytest.mark.parametrize("format", TRACES)
@pytest.mark.parametrize("name", ["out.trace", "out.trace.gz"])
def test_read_back_it_is_the_same_run(put: Put, tmp_path: Path, format: str, name: str) -> None:
    source = co.read_trace(put("t", TRACES[format]), format)
    out = tmp_path / name
    assert write_native(source, out) == []
    assert accesses(out, "native") == list(source.sequence())
    assert (out.read_bytes()[:2] == b"\x1f\x8b") == name.endswith(".gz")
    machine = co.Machine(cache=co.Cache(keys_per_line=64))
    for order in ("program", "trace"):
        runs = [machine.run(w, order=order).to_json() for w in (source, co.read_trace(out, "native"))]
        assert runs[0] == runs[1]


def test_auto_takes_it_for_native(put: Put, tmp_path: Path) -> None:
    """Keys of byte addresses are written 0x…, so that they are neither words nor another format's."""
    write_native(co.read_trace(put("t", "0 r a1\n1 w 10\n")), tmp_path / "out")
    assert (tmp_path / "out").read_text() == "0 r 0xa1\n1 w 0x10\n"
    assert accesses(tmp_path / "out") == [(0, "r", 0xA1, 0), (1, "w", 16, 0)]


def test_what_native_cannot_say_is_told(put: Put, tmp_path: Path) -> None:
    path = put("x", {"a_0.data": "0 40\n2 5\n", "a_1.data": "2 7\n2 1\n", "a_2.data": ""})
    assert write_native(co.read_trace(path), tmp_path / "out") == [
        "native has no line for computing after the last access; left out, in cycles: core 0 5, core 1 8",
        "native has no line for a core without access (cores from 1 on); run it with --cores 3",
    ]


def test_computing_between_accesses_is_the_gap_of_the_next(tmp_path: Path) -> None:
    """Of a workload made in Python, where computing may stand anywhere."""
    ops: list[tuple[int, str, int, int]] = [(0, "c", 0, 3), (1, "r", 1, 0), (0, "c", 0, 4), (0, "w", 1, 2)]
    write_native(co.Workload.from_accesses("ops", lambda: iter(ops), 2), tmp_path / "out")
    assert (tmp_path / "out").read_text() == "1 r 1\n0 w 1 9\n"


def test_the_same_trace_makes_the_same_bytes(put: Put, tmp_path: Path) -> None:
    source = co.read_trace(put("t", TRACES["ncsu"]))
    for name in ("a.gz", "b.gz"):
        write_native(source, tmp_path / name)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_a_fault_leaves_nothing_and_spoils_nothing(put: Put, tmp_path: Path) -> None:
    """The output appears whole or not at all, an older one of the same name stays."""
    source = co.read_trace(put("x", {"a_0.data": "0 1\n" * 20_000 + "bad\n"}))
    old = put("out.gz", gzip.compress(b"0 r old\n"))
    with pytest.raises(InputError, match=r"a_0.data:20001: expected"):
        write_native(source, old)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.gz", "x"]
    assert gzip.decompress(old.read_bytes()) == b"0 r old\n"
