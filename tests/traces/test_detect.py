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
from tests.traces.conftest import Put

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
    "empty": ("", "native"),
    "comments only": ("# nothing\n", "native"),
    # where all stop, the fault of the one that gets furthest is the one to mend
    "native with a fault in line 3": ("0 r x\n1 w y\n0 q z\n", "native"),
    "din with a fault in line 3": ("2 400000\n0 7fff\n7 0\n", "din"),
    "nothing known": ("once upon a time\n", "native"),
    "a web page is not a view": ("<html>\n<body>\nhello\n", "native"),
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


def test_one_file_of_cs4223_is_known_by_its_name_only(put: Put) -> None:
    """Its lines are din's as well, where label 2 means something else; read as din, it would be wrong in silence."""
    assert detect(put("b_0.data", "0 0x1\n2 0x5\n")) == "cs4223"
    assert detect(put("b", "0 0x1\n2 0x5\n")) == "din"


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
        ("t", "hello\n", "t:1: expected 'core op key [gap]' with op r, w or e, not 'hello'"),
        ("t", "once upon a time\n", "t:1: core 'once' is no whole number from 0"),
        ("t", "0 r x\n1 w y\n0 q z\n", "t:3: expected 'core op key [gap]' with op r, w or e, not op 'q'"),
        ("t", "", "t: no accesses in it"),
        ("t", "# nothing\n\n", "t: no accesses in it"),
        ("t", "==7== Lackey\n", "t: no accesses in it"),
        ("t", bytes(range(156, 256)), "t: binary, but not oraclegeneral: 100 bytes are no multiple of 24"),
        ("t", bytes(range(255, 159, -1)), "t: binary, but not oraclegeneral: the times of its records of 24 bytes are in no order"),
        ("t", b"PK\x03\x04 and no more", "t: begins as a zip, but is truncated or damaged"),
        ("d", {}, "d: no per-core traces; expected p0.trace, p1.trace …; or NAME_0.data, NAME_1.data …; or "
                  "one .din file a core, in the order of their names"),
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
