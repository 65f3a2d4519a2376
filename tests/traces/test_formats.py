"""Each format, line by line: what a good line means, and what a bad one says."""

from __future__ import annotations

import json

import pytest

from coherence.accesses.op import CoreOp
from coherence.errors import InputError
from coherence.traces.read import read_trace
from tests.traces.conftest import Put, accesses

SCHED = "--7--   SCHED[{}]:  acquired lock (VG_(vg_yield))\n"
VIEW = "  {}  {}:  {} {}\n"

# format, text, accesses
GOOD: list[tuple[str, str, list[CoreOp]]] = [
    ("native", "0 r 12 # c\n\n# c\n1 w 0x10 5\n0 e word\n", [(0, "r", 12, 0), (1, "w", 16, 5), (0, "e", "word", 0)]),
    ("native", "0 r -3\n0 w -0x3\n", [(0, "r", -3, 0), (0, "w", -3, 0)]),
    # a number that Python could not write again is a word
    ("native", f"0 r 0x{'f' * 3300}\n0 r 0x{'f' * 3301}\n", [(0, "r", 16**3300 - 1, 0), (0, "r", f"0x{'f' * 3301}", 0)]),
    ("ncsu", "0 r a1\n\n1 w 10\n", [(0, "r", 0xA1, 0), (1, "w", 16, 0)]),
    ("per-core", "r 0x 10\nw 0x20 7 # c\n", [(0, "r", 16, 0), (0, "w", 32, 7)]),
    # compute adds up into the gap of the next access, and is kept after the last
    ("cs4223", "2 0x1b\n2 1\n0 0x10\n1 FF\n2 0xa\n", [(0, "r", 16, 28), (0, "w", 255, 0), (0, "c", 0, 10)]),
    ("cs4223", "2 0x1b\n", [(0, "c", 0, 27)]),
    # labels, an instruction fetch skipped, further fields ignored
    ("din", "0 10\n1 0xFF 4\n2 400000\n0 20 4 more\n", [(0, "r", 16, 0), (0, "w", 255, 0), (0, "r", 32, 0)]),
    # threads in order of appearance, M twice, instructions and valgrind's own lines skipped
    (
        "lackey",
        "==7== Lackey\n" + SCHED.format(4) + "I  04,3\n L 10,8\n" + SCHED.format(1) + " M 20,4\n**7** said\n"
        + "--7--   SCHED[1]: releasing lock (x) -> VgTs_WaitSys\n" + SCHED.format(4) + " S 30,1\n==7== \n",
        [(0, "r", 16, 0), (1, "r", 32, 0), (1, "w", 32, 0), (0, "w", 48, 0)],
    ),
    # a thread that has ended leaves its number to another
    (
        "lackey",
        SCHED.format(1) + " L 1,1\n" + SCHED.format(2) + " L 2,1\n--7--   SCHED[2]: exiting VG_(scheduler)\n"
        + SCHED.format(2) + " L 3,1\n" + SCHED.format(1) + " L 4,1\n",
        [(0, "r", 1, 0), (1, "r", 2, 0), (2, "r", 3, 0), (0, "r", 4, 0)],
    ),
    # before any SCHED line the main thread runs
    ("lackey", " L 1,1\n" + SCHED.format(2) + " L 2,1\n" + SCHED.format(1) + " L 3,1\n",
     [(0, "r", 1, 0), (1, "r", 2, 0), (0, "r", 3, 0)]),
    ("lackey", "--00:00:00:00.025 7--   SCHED[1]:  acquired lock (x)\n S ff,1\n", [(0, "w", 255, 0)]),
    # the view tool, heading to closing count
    (
        "drmemtrace",
        "Output format:\n<--record#-> <--instr#->: <---tid---> <record details>\n------------\n"
        + VIEW.format(1, 0, 900, "<marker: version 6>")
        + VIEW.format(2, 1, 900, "ifetch       5 byte(s) @ 0x0000000000404a7e 48 8b 5c 24 08  mov 0x08(%rsp), %rbx")
        + VIEW.format(3, 1, 900, "read         8 byte(s) @ 0x00007fdf64e2adc8 by PC 0x0000000000404a7e")
        + "------------\n"
        + VIEW.format(4, 2, "W0.T901", "ifetch      10 byte(s) @ 0x0000000000404a7e 48 8b 5c 24 08 00 00 00 mov")
        + VIEW.format(4, 2, "W0.T901", "                                        00 00")
        + VIEW.format(5, 2, "W0.T901", "pref-r-L1    1 byte(s) @ 0x10 by PC 0x20")
        + VIEW.format(6, 2, "W0.T901", "write        4 byte(s) @ 0x0000000000000010 by PC 0x20")
        + VIEW.format(7, 2, "W0.T901", "<thread 901 exited>")
        + "View tool results:\n              2 : total instructions\n",
        [(0, "r", 0x7FDF64E2ADC8, 0), (1, "w", 16, 0)],
    ),
    # as older versions print it
    ("drmemtrace", "<record#>: T<tid> <record details>\n 1: T7 read  8 byte(s) @ 0x10 by PC 0x20\n", [(0, "r", 16, 0)]),
    # each id is read; the first time, then written
    (
        "mooncake",
        '{"timestamp": 0, "input_length": 9, "output_length": 1, "hash_ids": [5, 6]}\n\n{"hash_ids": [5, 7]}\n',
        [(0, "r", 5, 0), (0, "w", 5, 0), (0, "r", 6, 0), (0, "w", 6, 0), (0, "r", 5, 0), (0, "r", 7, 0), (0, "w", 7, 0)],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("format", "text", "expected"), GOOD)
def test_good_lines_mean_what_the_format_says(put: Put, format: str, text: str, expected: list[CoreOp]) -> None:
    assert accesses(put("t_0.data", text), format) == expected


@pytest.mark.parametrize(("format", "text", "expected"), GOOD)
def test_streaming_gives_the_same_as_memory(put: Put, format: str, text: str, expected: list[CoreOp]) -> None:
    path = put("t_0.data", text)
    cores = read_trace(path, format).cores
    assert accesses(path, format, stream=True) == accesses(path, format, cores=cores, stream=True) == expected
    assert read_trace(path, format, stream=True).cores == cores


NATIVE = "expected 'core op key [gap]' with op r, w or e"
NCSU = "expected 'core r|w hex'"
PER_CORE = "expected 'r|w|e 0xADDR [gap]'"
CS4223 = "expected '0 ADDR', '1 ADDR' or '2 CYCLES' in hex"
DIN = "expected 'label address', label 0, 1 or 2, address in hex"
LACKEY = "expected ' L|S|M addr,size', 'I  addr,size' or a line of valgrind's own (==pid== … or --pid-- …)"
VIEWED = "expected 'record# instruction#: thread read|write N byte(s) @ 0xADDR …' or another line of the view tool"
MOONCAKE = "expected a JSON object with hash_ids, a list of whole numbers"
TOO_HIGH = "is out of range; the highest is 65535"

# format, a good first line, a bad second one, what is said of it after file:2:
BAD = [
    ("native", "0 r x", "0 r", f"{NATIVE}, not '0 r'"),
    ("native", "0 r x", "0 q x", f"{NATIVE}, not op 'q'"),
    ("native", "0 r x", "0 r x 1 2", f"{NATIVE}, not '0 r x 1 2'"),
    ("native", "0 r x", "-1 r x", "core '-1' is no whole number from 0"),
    ("native", "0 r x", "٣ r x", "core '٣' is no whole number from 0"),
    ("native", "0 r x", "65536 r x", f"core 65536 {TOO_HIGH}"),
    ("native", "0 r x", "0 r x 1.5", "gap '1.5' is no whole number of cycles from 0"),
    ("native", "0 r x", "0 " + "y" * 500, f"{NATIVE}, not '0 {'y' * 70}…'"),
    ("ncsu", "0 r a1", "0 r 0xa1", f"{NCSU}, not '0 r 0xa1'"),
    ("ncsu", "0 r a1", "0 e a1", f"{NCSU}, not '0 e a1'"),
    ("ncsu", "0 r a1", "0 r a1 3", f"{NCSU}, not '0 r a1 3'"),
    ("ncsu", f"0 r {'a' * 3300}", f"0 r {'a' * 3301}", f"{NCSU}, not '0 r {'a' * 68}…'"),
    ("per-core", "r 0x1", "x 0x1", f"{PER_CORE}, not 'x 0x1'"),
    ("per-core", "r 0x1", "r", f"{PER_CORE}, not 'r'"),
    ("per-core", "r 0x1", "r 0x1 -4", "gap '-4' is no whole number of cycles from 0"),
    ("cs4223", "0 0x1", "3 0x1", f"{CS4223}, not '3 0x1'"),
    ("cs4223", "0 0x1", "0", f"{CS4223}, not '0'"),
    ("cs4223", "0 0x1", "0 0xg", f"{CS4223}, not '0 0xg'"),
    ("cs4223", "0 0x1", "0 -1", f"{CS4223}, not '0 -1'"),
    ("cs4223", "0 0x1", "0 1_0", f"{CS4223}, not '0 1_0'"),
    ("cs4223", "0 0x1", "2 1 1", f"{CS4223}, not '2 1 1'"),
    ("din", "0 1", "3 1", f"{DIN}, not '3 1'"),
    ("din", "0 1", "0", f"{DIN}, not '0'"),
    ("din", "0 1", "2 0xg", f"{DIN}, not '2 0xg'"),
    ("lackey", " L 1,1", " Q 1,1", f"{LACKEY}, not 'Q 1,1'"),
    ("lackey", " L 1,1", " L 1", f"{LACKEY}, not 'L 1'"),
    ("lackey", " L 1,1", " L xyz,1", f"{LACKEY}, not 'L xyz,1'"),
    ("lackey", " L 1,1", " L 1,0", f"a size of 0 bytes, {LACKEY}"),
    ("lackey", " L 1,1", "hello", f"{LACKEY}, not 'hello'"),
    ("lackey", SCHED.format(1).strip(), SCHED.format(1).strip().replace("7", "8"),
     "expected one process a file (valgrind --log-file=NAME.%p), not 8 in a trace of 7"),
    ("drmemtrace", "1 1: 5 read 8 byte(s) @ 0x1 by PC 0x2", "1 1: 5 jump", f"{VIEWED}, not '1 1: 5 jump'"),
    ("drmemtrace", "1 1: 5 read 8 byte(s) @ 0x1 by PC 0x2", "1 1: 5 read 0 byte(s) @ 0x1",
     f"{VIEWED}, not '1 1: 5 read 0 byte(s) @ 0x1'"),
    ("drmemtrace", "1 1: 5 read 8 byte(s) @ 0x1 by PC 0x2", "1 1: 5 read 8 byte(s) @ xyz",
     f"{VIEWED}, not '1 1: 5 read 8 byte(s) @ xyz'"),
    ("drmemtrace", "1 1: 5 read 8 byte(s) @ 0x1 by PC 0x2", "1 1: 5 " + "ab" * 200 + "z",
     f"{VIEWED}, not '1 1: 5 {'ab' * 32}a…'"),
    ("drmemtrace", "1 1: 5 read 8 byte(s) @ 0x1 by PC 0x2", "hello", f"{VIEWED}, not 'hello'"),
    ("mooncake", '{"hash_ids": [1]}', '{"hash_ids": [1.5]}', f"{MOONCAKE}, not '{{\"hash_ids\": [1.5]}}'"),
    ("mooncake", '{"hash_ids": [1]}', '{"hash_ids": [true]}', f"{MOONCAKE}, not '{{\"hash_ids\": [true]}}'"),
    ("mooncake", '{"hash_ids": [1]}', '{"hash_ids": 1}', f"{MOONCAKE}, not '{{\"hash_ids\": 1}}'"),
    ("mooncake", '{"hash_ids": [1]}', '{"ids": [1]}', f"{MOONCAKE}, not '{{\"ids\": [1]}}'"),
    ("mooncake", '{"hash_ids": [1]}', "[1]", f"{MOONCAKE}, not '[1]'"),
    ("mooncake", '{"hash_ids": [1]}', '{"hash_ids": [1]', f"{MOONCAKE}, not '{{\"hash_ids\": [1]'"),
    ("mooncake", '{"hash_ids": [1]}', "[" * 100_000, f"{MOONCAKE}, not '{'[' * 72}…'"),
]  # fmt: skip


@pytest.mark.parametrize(("format", "good", "bad", "said"), BAD, ids=[f"{b[0]}: {b[2][:20]}" for b in BAD])
@pytest.mark.parametrize("stream", [False, True])
def test_a_bad_line_is_named(put: Put, format: str, good: str, bad: str, said: str, stream: bool) -> None:
    path = put("t_0.data", f"{good}\n{bad}\n")
    with pytest.raises(InputError) as caught:
        accesses(path, format, stream=stream)
    assert str(caught.value) == f"{path}:2: {said}"


@pytest.mark.parametrize(
    ("address", "size", "lines_of", "keys"),
    [
        (60, 4, 64, [60]),  # ends with its line
        (60, 5, 64, [60, 64]),  # one byte of the next
        (64, 64, 64, [64]),  # a whole line
        (63, 66, 64, [63, 64, 128]),  # three lines
        (60, 5, 128, [60]),  # the same bytes within a longer line
        (60, 3, 1, [60, 61, 62]),  # lines of one byte
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_an_access_that_spans_lines_touches_each(
    put: Put, address: int, size: int, lines_of: int, keys: list[int], stream: bool
) -> None:
    """The size of a line is the machine's, not the trace's: the same trace serves every one."""
    lackey = put("lackey", f" S {address:x},{size}\n M {address:x},{size}\n")
    view = put("view", f"1 1: 5 write {size} byte(s) @ {address:#x} by PC 0x1\n")
    writes = [(0, "w", key, 0) for key in keys]
    reads = [(0, "r", key, 0) for key in keys]
    assert accesses(lackey, "lackey", lines_of, stream=stream) == [*writes, *reads, *writes]
    assert accesses(view, "drmemtrace", lines_of, stream=stream) == writes


def test_requests_are_dealt_to_the_cores_in_turn(put: Put) -> None:
    """Request r goes to core r mod cores, a request without ids and all; one core unless more are asked for."""
    path = put("t.jsonl", "".join(json.dumps({"hash_ids": ids}) + "\n" for ids in ([1], [], [2], [1])))
    found = accesses(path, "mooncake", cores=3)
    assert found == [(0, "r", 1, 0), (0, "w", 1, 0), (2, "r", 2, 0), (2, "w", 2, 0), (0, "r", 1, 0)]
    assert (read_trace(path, cores=3).cores, read_trace(path).cores) == (3, 1)


@pytest.mark.parametrize(
    ("format", "text", "written"),
    [
        ("native", "0 r 0x0A\n", {10: "0x0A"}),
        ("ncsu", "0 r 00a1\n", {0xA1: "00a1"}),
        ("per-core", "r 0x 0A\n", {10: "0x0A"}),
        ("cs4223", "2 0x0\n0 0x0A\n1 0\n", {10: "0x0A", 0: "0"}),
        ("din", "2 A\n0 0A\n", {10: "0A"}),
        ("lackey", " L 0000003c,8\n", {60: "0000003c", 64: "0x40"}),
        ("drmemtrace", "1 1: 5 read 8 byte(s) @ 0x003c\n", {60: "0x003c", 64: "0x40"}),
        ("mooncake", '{"hash_ids": [10]}\n', {10: "10"}),
    ],
)
def test_keys_are_spelled_as_in_the_trace(put: Put, format: str, text: str, written: dict[int, str]) -> None:
    """What `--steps` shows; the second line that an access spans is nowhere written, and shown in hex."""
    spelled = read_trace(put("t_0.data", text), format).written
    assert {key: spelled(key) for key in written} == written


@pytest.mark.parametrize("format", ["native", "ncsu", "lackey", "drmemtrace"])
def test_a_core_the_machine_lacks_is_named(put: Put, format: str) -> None:
    lines = {
        "native": "0 r a\n1 r a\n",
        "ncsu": "0 r a\n1 r a\n",
        "lackey": " L 1,1\n" + SCHED.format(2) + " L 1,1\n",
        "drmemtrace": "1 1: 5 read 1 byte(s) @ 0x1\n1 1: 6 read 1 byte(s) @ 0x1\n",
    }
    path = put("t", lines[format])
    with pytest.raises(InputError, match=r"t:[23]: core 1 is out of range, the machine has 1 cores$"):
        accesses(path, format, cores=1)
