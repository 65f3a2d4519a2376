"""Columns that the user names, and the formats that are a line of them."""

from __future__ import annotations

from pathlib import Path

import pytest

import coherence as co
from coherence.accesses.op import CoreOp
from coherence.errors import InputError
from coherence.traces import fast
from coherence.traces.columns import guess, parse_columns
from coherence.traces.formats import format_faults
from tests.traces.conftest import Put, accesses

TWO: list[CoreOp] = [(0, "r", 16, 0), (1, "w", 32, 0)]
# format, text, accesses; both with and without the compiled scanner
GOOD: list[tuple[str, str, list[CoreOp]]] = [
    ("columns core op key", "0 r 16\n1 w 0x20\n", TWO),
    ("columns core op key", "0\tr\t16\n1\tw\t0x20\n", TWO),
    ("columns core op key", "0,r,16\n1 , w , 0x20\n", TWO),
    ("columns core op key", "  0   r\t16  \n\n# c\n1 w 32", TWO),
    ("columns core op key:hex", "0 r 10\n1 w 0x20\n", TWO),
    ("columns core op key:hex", "P0 R 10\nT1 W 20\n", TWO),
    ("columns core op key", "p0 L 16\nt1 S 32\n", TWO),
    ("columns core op key", "0 ld 16\n1 st 32\n", TWO),
    ("columns core op key", "0 LOAD 16\n1 Store 32\n", TWO),
    ("columns core op key", "0 read 16\n1 WRITE 32\n", TWO),
    ("columns core op(0=r,1=w) key", "0 0 16\n1 1 32\n", TWO),
    ("columns core op(0=read, 1=write, 2=_) key", "0 0 16\n0 2 99\n1 1 32\n", TWO),
    ("columns key op core", "16 r 0\n32 w 1\n", TWO),
    ("columns header core op key", "core op address\n0 r 16\n1 w 32\n", TWO),
    ("columns header core op key", "\n#core,op,key\n0,r,16\n1,w,32\n", TWO),
    ("columns core op key _ gap", "0 r 16 x 5\n1 w 32 y 0\n", [(0, "r", 16, 5), (1, "w", 32, 0)]),
    ("columns _ core op key", "12:00 noon,0,r,16\n,1,w,32\n", TWO),
    ("columns _ core op key", "12:00 noon\t0\tr\t16\n\t1\tw\t32\n", TWO),
    ("columns client op key", "web r 16\n10.0.0.7 w 32\nweb e 16\n", [*TWO, (0, "e", 16, 0)]),
    ("columns op key", "r x\nw -3\n", [(0, "r", "x", 0), (0, "w", -3, 0)]),
    ("columns key", "16\n32\n", [(0, "r", 16, 0), (0, "r", 32, 0)]),
    ("columns op key", "get a\ne b\n", [(0, "r", "a", 0), (0, "e", "b", 0)]),
    ("dinero", "r 10 4\nw 20 4\ni 30 4\nm 0x10 8\n", [(0, "r", 16, 0), (0, "w", 32, 0), (0, "r", 16, 0)]),
    ("dinero", "w 3c 8\n", [(0, "w", 60, 0), (0, "w", 64, 0)]),  # a size: it spans two lines
    ("pin", "0x401: R 0x10\n0x7f: W 0x20\n#eof\n", [(0, "r", 16, 0), (0, "w", 32, 0)]),
    ("twitter", "0,k:1,10,9,77,get,0\n1,k:1,10,9,8,cas,0\n2,5,1,9,77,delete,0\n",
     [(0, "r", "k:1", 0), (1, "w", "k:1", 0), (0, "w", 5, 0)]),
    ("cachelib", "key,op,size,op_count,key_size\n7,GET,0,2,1\n7,SET_LEASE,9,1,1\n", [(0, "r", 7, 0), (0, "r", 7, 0), (0, "w", 7, 0)]),
    ("cachelib", "op_time,key,op\n1,a,DELETE\n", [(0, "w", "a", 0)]),
    ("proc", "R 0x10\n\nW 20\n", [(0, "r", 16, 0), (0, "w", 32, 0)]),
    ("smpcache", "0 99\n2 10\n3 20\n", [(0, "r", 16, 0), (0, "w", 32, 0)]),
]  # fmt: skip


@pytest.mark.parametrize(("format", "text", "expected"), GOOD)
def test_columns_mean_what_their_names_say(
    put: Put, monkeypatch: pytest.MonkeyPatch, format: str, text: str, expected: list[CoreOp]
) -> None:
    path = put("t", text)
    assert accesses(path, format) == expected
    if fast.available():
        monkeypatch.setattr(fast, "WORTH", 0)
        for stream in (False, True):
            assert accesses(path, format, stream=stream) == expected


READS, WRITES = (
    "r R L ld load read get gets",
    "w W S st store write set add replace cas append prepend incr decr delete",
)


@pytest.mark.parametrize(("words", "op"), [(READS, "r"), (WRITES, "w"), ("e", "e")])
def test_the_words_of_an_op(put: Put, words: str, op: str) -> None:
    """A get reads, whatever changes a key's value writes, a delete too: no other core may go on reading the old."""
    text = "".join(f"0 {spelled} 1\n" for word in words.split() for spelled in (word, word.upper()))
    assert {access[1] for access in accesses(put("t", text), "columns core op key")} == {op}


BAD = [
    ("columns core op key", "0 r 1\n0 x 2\n", "2: op 'x' is none of r, R, L, ld, load, read, get"),
    ("columns core op key", "0 r 1\n0 r\n", "2: expected 3 columns, 'core op key', not 2: '0 r'"),
    ("columns core op key", "0 r 1 9\n", "1: expected 3 columns, 'core op key', not 4: '0 r 1 9'"),
    ("columns core op key", "0,r,1\n0 r 1\n", "2: expected 3 columns, 'core op key', not 1: '0 r 1'"),  # not by line
    ("columns core op key:hex", "0 r 1\n0 r g\n", "2: key 'g' is no number in hex: '0 r g'"),
    ("columns core op key", "0,r,\n", "1: key '' is missing: '0,r,'"),
    ("columns client op key", "a,r,1\n,r,1\n", "2: the client is missing: ',r,1'"),
    ("columns core op key", "x r 1\n", "1: core 'x' is no whole number from 0"),
    ("columns core op key", "65536 r 1\n", "1: core 65536 is out of range; the highest is 65535"),
    ("columns core op key gap", "0 r 1 -1\n", "1: gap '-1' is no whole number of cycles from 0"),
    ("columns op(0=r,1=w) key", "2 5\n", "1: op '2' is none of 0, 1"),
    ("dinero", "r 10 0\n", "1: size '0' is no number of bytes in hex, from 1 to 100000"),
    ("dinero", "c 10 4\n", "1: op 'c' is none of r, w, i, m"),
    ("cachelib", "a,b\n1,2\n", "1: expected a heading with key and op, and rows of as many cells, not 'a,b'"),
    ("cachelib", "key,op,op_count\n1,GET,0\n", "2: op_count '0' is no whole number from 1 to 1000000"),
    ("cachelib", "key,op\n1,SAT\n", "2: expected a key and an op such as GET, SET or DELETE, not '1,SAT'"),
    ("columns header core op key", "core op key\n", " no accesses in it"),
]


@pytest.mark.parametrize(("format", "text", "said"), BAD)
def test_a_bad_line_is_named(put: Put, monkeypatch: pytest.MonkeyPatch, format: str, text: str, said: str) -> None:
    path = put("t", text)
    for worth in (1 << 60, 0):
        monkeypatch.setattr(fast, "WORTH", worth)
        with pytest.raises(InputError) as caught:
            accesses(path, format)
        assert str(caught.value).startswith(f"{path}:{said}")


@pytest.mark.parametrize(
    ("format", "said"),
    [
        ("columns", ["no field is the key"]),
        ("columns core op", ["no field is the key"]),
        ("columns core key key", ["field key is there twice"]),
        ("columns core client key", ["core and client both say the core; expected one of them"]),
        ("columns core header key", ["header stands first"]),
        ("columns cor opp key", ["unknown field 'cor'; did you mean core?", "unknown field 'opp'; did you mean op?"]),
        ("columns op(0=q) key", ["op(0=q): '0=q' is not as 0=r"]),
        ("columns op(0=r,0=w) key", ["op(0=r,0=w): '0=w' is not as 0=r"]),
        ("columns core:hex key", ["unknown field 'core:hex'"]),
    ],
)
def test_faults_of_the_fields_are_all_told(format: str, said: list[str], tmp_path: Path) -> None:
    faults = format_faults(format)
    assert len(faults) == len(said)
    assert all(fault.startswith(f"format columns: {start}") for fault, start in zip(faults, said))
    (tmp_path / "t").write_text("0 r 1\n")
    with pytest.raises(InputError):
        co.read_trace(tmp_path / "t", format)


def test_a_core_that_no_line_names_idles(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put("t", "16\n32\n")
    for worth in (1 << 60, 0):
        monkeypatch.setattr(fast, "WORTH", worth)
        found = co.read_trace(path, "columns key", cores=3)
        assert (found.cores, [len(list(stream)) for stream in found.streams()]) == (3, [2, 0, 0])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0 R 0x10\n1 W 0x20", "columns core op key"),
        ("ld,0x10,3", "columns op key _"),
        ("T0 x 7ff0 st\nT1 y 10 ld", "columns core _ key:hex op"),
        ("core,op,key\n0,r,5", "columns header core op key"),
        ("once upon a time", None),
        ("0 R\n1", None),
        ("", None),
    ],
)
def test_a_hint_says_what_the_columns_may_be(text: str, said: str | None) -> None:
    assert guess(text.splitlines()) == said
    if said:
        list(parse_columns(said).read(text.splitlines()))
