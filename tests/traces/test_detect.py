"""Which format a trace is taken for, by what is in it."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from pathlib import Path

import pytest

from coherence.errors import InputError
from coherence.traces.fit import sample
from coherence.traces.formats import FORMATS
from coherence.traces.read import detect, look, read_trace
from tests.traces.conftest import Put, accesses

CLOSEST = "(no format fits; {} comes closest"
VIEW = "Output format:\n<--record#-> <--instr#->: <---tid---> <record details>\n------\n"

# content, format; each name says what the case protects
TAKEN: dict[str, tuple[str | bytes, str]] = {
    "words": ("0 r x\n1 w y\n", "native"),
    "gaps": ("0 r a1 3\n1 w b2\n", "native"),
    "evictions": ("0 r a1\n1 e b2\n", "native"),
    "0x keys": ("0 r 0xa1\n1 w 0xb2\n", "native"),
    "comments": ("# made by hand\n0 r a1\n", "native"),
    "bare hex without a-f may be decimal": ("0 r 10\n1 w 20\n", "native"),
    "bare hex, some with a-f": ("0 r 10\n\n1 w a1663dc4\n", "ncsu"),
    "bare hex, capitals": ("0 r 10\n1 w A1\n", "ncsu"),
    "bare hex, but for one word": ("0 r a1\n" * 9 + "0 r xyz\n", "native"),
    "bare hex, but for one word far down": ("0 r a1\n" * 20_000 + "0 r xyz\n", "native"),
    "bare hex with a-f far down only": ("0 r 10\n" * 20_000 + "0 r a1\n", "ncsu"),
    "din": ("2 400000\n0 7fff0010\n1 7fff0014\n", "din"),
    "din that native reads too": ("0 e 10\n1 e 20\n", "native"),
    "lackey": ("==7== Lackey\n--7--   SCHED[1]:  acquired lock (x)\nI  04,3\n L 04,8\n", "lackey"),
    "lackey without its head": ("I  04,3\n L 04,8\n", "lackey"),
    "drmemtrace": (VIEW + "  1  0:  9 <marker: version 6>\n  2  1:  9 read  8 byte(s) @ 0x1 by PC 0x2\n", "drmemtrace"),
    "mooncake": ('{"timestamp": 0, "input_length": 9, "output_length": 1, "hash_ids": [0, 1]}\n', "mooncake"),
    "one file of per-core": ("r 0x10\nw 0x20 5\n", "per-core"),
    "binary records": (struct.pack("<IQIq", 1, 2, 3, -1) * 3, "oraclegeneral"),
    "many binary records": (struct.pack("<IQIq", 1, 2, 3, -1) * 9_000, "oraclegeneral"),
    "one file of R and W": ("R 0x10\nW 20\n", "proc"),
    "din with sizes": ("0 10 4\n1 7fff0010 8\n", "din"),
    # Dinero's extended form: bare hex is hex, and the last column a size
    "dinero": ("r 1000 4\nw 7fff10 8\n", "dinero"),
    "dinero, all digits": ("r 1000 4\nw 2000 8\n", "dinero"),
    "dinero or per-core, but for one gap": ("r 0x10 4\n" * 20_000 + "r 0x10 4000000000\n", "per-core"),
    "pin": ("0x401: R 0x10\n0x402: W 0x20\n#eof\n", "pin"),
    "twitter": ("0,q:1,10,20,7,get,0\n1,q:1,10,20,8,incr,60\n", "twitter"),
    "cachelib": ("key,op,size,op_count,key_size\n5,GET,1,2,8\n", "cachelib"),
    "cachelib of 2024": ("op_time,key,key_size,op,op_count,size\n1,a,1,SET_LEASE,1,8\n", "cachelib"),
}


@pytest.mark.parametrize("case", TAKEN)
def test_content_decides(put: Put, case: str) -> None:
    content, format = TAKEN[case]
    assert detect(put("t", content)) == format


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_neither_bom_nor_line_ending_matters(put: Put, ending: str, bom: str) -> None:
    for content, format in TAKEN.values():
        if isinstance(content, str) and len(content) < 500:
            assert detect(put("t", bom + content.replace("\n", ending))) == format


@pytest.mark.parametrize("name", ["x.zip", "x"])
@pytest.mark.parametrize(
    ("files", "format"),
    [
        ({"p0.trace": "r 0x1\n", "p1.trace.gz": "r 0x1\n", "notes.txt": "hello"}, "per-core"),
        ({"b_0.data": "0 0x1\n", "b_1.data": "2 0x1\n"}, "cs4223"),
        ({"cpu0.din": "0 1\n", "cpu1.din": "0 1\n"}, "din"),
    ],
)
def test_names_in_a_folder_or_zip_decide(put: Put, name: str, files: Mapping[str, str], format: str) -> None:
    assert detect(put(name, files)) == format


def test_one_file_of_cs4223_or_smpcache_is_known_by_its_name_only(put: Put) -> None:
    """Their lines are din's as well, where the labels mean something else; read as din, it would be wrong in silence."""
    assert detect(put("b_0.data", "0 0x1\n2 0x5\n")) == "cs4223"
    assert detect(put("b.prg", "2 0x1\n0 0x5\n")) == "smpcache"
    assert detect(put("b.din", "2 0x1\n0 0x5\n")) == "din"
    assert detect(put("b", "0 0x1\n2 0x5\n")) == "din"


def test_a_format_that_would_leave_out_a_word_does_not_win(put: Put) -> None:
    """Both readings are named: din as one core, which ignores the last column, and the columns that it may be."""
    path = put("t", "0 0x10 R\n1 0x10 W\n")
    with pytest.raises(InputError) as caught:
        read_trace(path)
    assert str(caught.value) == (
        f"{path}:1: would leave out 'R' (format din; choose with --format din or --format \"columns core key op\")"
    )
    assert accesses(path, "columns core key op") == [(0, "r", 16, 0), (1, "w", 16, 0)]
    assert accesses(path, "din") == [(0, "r", 16, 0), (0, "w", 16, 0)]
    with pytest.raises(InputError, match=r"a\.din:2: would leave out '4 more'"):
        read_trace(put("d", {"a.din": "0 10\n0 20 4 more\n"}))


def test_two_readings_are_an_error_that_names_both(put: Put) -> None:
    """The name of one file a core decides; else the last column is a gap, or a size."""
    both = "r 0x10 4\nw 0x20 5\n"
    with pytest.raises(InputError, match=r"t: fits 2 formats .*choose with --format per-core or --format dinero$"):
        read_trace(put("t", both))
    assert accesses(put("p0.trace", both)) == [(0, "r", 16, 4), (0, "w", 32, 5)]
    mixed = put("m", {"p0.trace": "r 0x1\n", "a_0.data": "0 1\n"})
    with pytest.raises(InputError, match=r"m: fits 2 formats .*--format per-core or --format cs4223$"):
        read_trace(mixed)
    assert read_trace(mixed, "cs4223").cores == 1


def test_bare_hex_of_a_core_is_not_guessed_at(put: Put) -> None:
    """`r 10` was decimal and `r 1a` a word, in one file."""
    with pytest.raises(InputError, match=r"p0\.trace:1: expected 'r\|w\|e 0xADDR \[gap\]', not 'r 10'"):
        read_trace(put("x", {"p0.trace": "r 10\nr 1a\n"}))


@pytest.mark.parametrize("content", [bytes.fromhex("28b52ffd") + bytes(20), bytes(range(100, 124))])
@pytest.mark.parametrize("name", ["t.zst", "t.gz"])
def test_a_packed_file_is_no_record(put: Put, name: str, content: bytes) -> None:
    """24 bytes are one record of oraclegeneral, if nothing else is asked of it."""
    with pytest.raises(InputError):
        read_trace(put(name, content))


def test_every_format_says_why_it_fits_or_not(put: Put) -> None:
    fits = look(sample(put("t", "0 r a1\n1 w b2\n")))
    assert list(fits) == list(FORMATS)
    assert {name for name, fit in fits.items() if fit.fits} == {"native", "ncsu"}
    assert fits["native"].why == "reads all 2 lines"
    assert fits["din"].why.startswith("stops at line 1: expected 'label address'")
    assert fits["oraclegeneral"].why == "is binary, and this is text"
    assert fits["cs4223"].why == "is NAME_0.data, NAME_1.data …, and this is not called so"
    binary = look(sample(put("b", bytes(range(156, 256)))))
    assert binary["oraclegeneral"].why == "100 bytes are no multiple of 24"
    assert binary["native"].why == "is text, and this is binary"
    folder = look(sample(put("f", {"p1.trace": ""})))
    assert folder["native"].why == "is one file, and this is several"
    assert "p0.trace is missing" in folder["per-core"].why


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t", "hello\n", f"t:1: expected 'core op key [gap]' with op r, w or e, not 'hello' {CLOSEST.format('native')})"),
        ("t", "once upon a time\n", f"t:1: core 'once' is no whole number from 0 {CLOSEST.format('native')})"),
        ("t", "<html>\n<body>\nhello\n", f"t:1: expected 'core op key [gap]' with op r, w or e, not '<html>' {CLOSEST.format('native')})"),
        # the fault of the one that gets furthest is the one to mend
        ("t", "0 r x\n1 w y\n0 q z\n", f"t:3: expected 'core op key [gap]' with op r, w or e, not op 'q' {CLOSEST.format('native')})"),
        ("t", "2 400000\n0 7fff\n7 0\n", f"t:3: expected 'label address', label 0, 1 or 2, address in hex, not '7 0' {CLOSEST.format('din')})"),
        ("t", "0 R 16\nP1 W 32\n", f"t:1: expected 'core op key [gap]' with op r, w or e, not op 'R' {CLOSEST.format('native')}; perhaps --format \"columns core op key\")"),
        ("t", "", "t: no accesses in it"),
        ("t", "# nothing\n\n", "t: no accesses in it"),
        ("t", "==7== Lackey\n", "t: no accesses in it"),
        ("t", bytes(range(156, 256)), "t: binary, but neither compact nor oraclegeneral: 100 bytes are no multiple of 24"),
        ("t", bytes(range(255, 159, -1)), "t: binary, but neither compact nor oraclegeneral: the times of its records of 24 bytes are in no order"),
        ("t", bytes(range(156, 228)), "t: binary, but neither compact nor oraclegeneral: its records of 24 bytes do not say when an object comes again"),
        ("t", b"PK\x03\x04 and no more", "t: begins as a zip, but is truncated or damaged"),
        ("d", {}, "d: no per-core traces; expected p0.trace, p1.trace …; or NAME_0.data, NAME_1.data …; or "
                  "NAME_proc0.trace, NAME_proc1.trace …; or one .din file a core, in the order of their names; or "
                  "one .prg file a core, in the order of their names"),
    ],
)  # fmt: skip
def test_what_is_of_no_format_is_told(put: Put, name: str, content: str | bytes | Mapping[str, str], said: str) -> None:
    path = put(name, content)
    with pytest.raises(InputError) as caught:
        read_trace(path)
    assert str(caught.value) == str(path.with_name(said))


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    for format in ("auto", "cs4223"):
        with pytest.raises(InputError, match="nowhere: no such file or folder, expected a trace"):
            read_trace(tmp_path / "nowhere", format)
    os.mkfifo(tmp_path / "pipe")  # it would be read for its format, and then be empty, or be waited for
    for format in ("auto", "native"):
        with pytest.raises(InputError, match=r"pipe: is no ordinary file, expected a trace .* by standard input, as -"):
            read_trace(tmp_path / "pipe", format)
    with pytest.raises(InputError, match="cores must be a whole number from 1 to 65536, not 0"):
        read_trace(tmp_path, cores=0)
