"""Traffic from files: what is read, and every fault with file and line."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

import coherence as co
from coherence import kv
from coherence.kv.dialects import NO_HASHES
from coherence.kv.readers import FORMATS

DATA = Path(__file__).parents[3] / "shared" / "data"
HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens\n"


def written(tmp_path: Path, text: str, name: str = "requests") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_events_are_read_with_all_their_fields(tmp_path: Path) -> None:
    text = (
        '{"arrival": 7, "blocks": ["s", 1], "decode": 9, "tail": 2, "grows": ["g"], "session": "x", "worker": 1}\n\n'
        '{"arrival": 5, "update": "weights"}\n{"arrival": 3, "blocks": []}\n'
    )
    traffic = kv.read_requests(written(tmp_path, text), tokens=8)
    assert traffic.requests == (kv.Request(3, ()), kv.Request(7, ("s", 1), 9, 2, ("g",), "x", 1))
    assert (traffic.updates, traffic.tokens) == ((5,), 8)


def one(tmp_path: Path, text: str, **more: int) -> kv.Request:
    (request,) = kv.read_requests(written(tmp_path, text), **more).requests
    return request


def test_mooncake_s_time_stamps_are_ms_and_its_blocks_have_512_tokens(tmp_path: Path) -> None:
    text = '{"timestamp": 27, "input_length": 1000, "output_length": 0, "hash_ids": [0, 4]}\n'
    traffic = kv.read_requests(written(tmp_path, text))
    assert traffic.requests == (kv.Request(27_000, (0, 4), decode=1, last=1000 - 512),)
    assert (traffic.tokens, traffic.notes) == (512, ())


def test_the_tokens_of_a_block_are_those_asked_for(tmp_path: Path) -> None:
    """A file in blocks of 16 read as of 512 would make every time and byte 32 times too large."""
    traffic = kv.read_requests(written(tmp_path, '{"timestamp": 0, "input_length": 30, "hash_ids": [0, 4]}'), tokens=16)
    assert (traffic.tokens, traffic.requests[0].last) == (16, 14)


@pytest.mark.parametrize(
    ("length", "tail", "last"),
    [(17, 0, 1), (31, 0, 15), (32, 0, None), (33, 1, None), (47, 15, None), (48, 0, None), (16, 0, None)],
)
def test_the_input_s_length_tells_what_the_last_block_has(
    length: int, tail: int, last: int | None, tmp_path: Path
) -> None:
    """Of two blocks of 16 tokens; a length that cannot be is noted, and the blocks count as full."""
    text = f'{{"timestamp": 0, "input_length": {length}, "hash_ids": [0, 4]}}'
    traffic = kv.read_requests(written(tmp_path, text), tokens=16)
    assert (traffic.requests[0].tail, traffic.requests[0].last) == (tail, last)
    note = "1 requests: input_length does not fit blocks of 16 tokens, so all their blocks count as full"
    assert traffic.notes == ((note,) if length in (16, 48) else ())


def test_mooncake_s_optional_fields(tmp_path: Path) -> None:
    assert one(tmp_path, '{"timestamp": 1.0, "hash_ids": [3]}') == kv.Request(1000, (3,))
    assert one(tmp_path, '{"timestamp": 0, "session_id": "s", "hash_ids": []}').session == "s"


def test_bailian_s_chats_are_sessions(tmp_path: Path) -> None:
    """Times in s, blocks of 16 tokens; a chat's parent may lie before the trace's beginning."""
    line = (
        '{{"chat_id": {}, "parent_chat_id": {}, "timestamp": {}, "input_length": 33, "turn": 1, "hash_ids": [1, 2, 3]}}'
    )
    chats = [(7, -1, 0.25), (8, 7, 61.114), (9, 8, 62), (10, 99, 63.5), (11, 99, 64.0), (12, "null", 65)]
    traffic = kv.read_requests(written(tmp_path, "\n".join(line.format(*chat) for chat in chats)))
    assert [request.session for request in traffic.requests] == [7, 7, 7, 99, 99, 12]
    assert [request.arrival for request in traffic.requests][:3] == [250_000, 61_114_000, 62_000_000]
    assert traffic.tokens == 16
    assert traffic.requests[0] == kv.Request(250_000, (1, 2, 3), session=7, last=1)


def test_azure_s_of_2024_has_time_zones(tmp_path: Path) -> None:
    rows = "2024-05-10 00:00:00.009930+00:00,1500,5\n2024-05-10 00:00:01+00:00,9,0\n"
    first, second = kv.read_requests(written(tmp_path, HEADER + rows)).requests
    assert (len(first.blocks), first.tail, first.decode) == (2, 1500 - 1024, 5)
    assert (second.arrival, second.decode) == (990_070, 1)


@pytest.mark.parametrize(
    ("text", "sessions"),
    [
        ("Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
         "5,ChatGPT,472,18,490,Conversation log\n45.5,GPT-4,1087,0,1087,API log\n", [None, None]),
        ("Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
         "5.0,7,1.5,ChatGPT,472,18,490,Conversation log\n45.5,,2,GPT-4,1087,0,1087,API log\n", ["7", None]),
    ],
)  # fmt: skip
def test_burstgpt_s_columns_are_found_by_their_names(text: str, sessions: list[str | None], tmp_path: Path) -> None:
    traffic = kv.read_requests(written(tmp_path, text))
    first, second = traffic.requests
    assert (first.arrival, first.blocks, first.tail, first.decode) == (5_000_000, (), 472, 18)
    assert (second.arrival, len(second.blocks), second.tail, second.decode) == (45_500_000, 2, 63, 1)
    assert [first.session, second.session] == sessions
    assert traffic.notes == ("2 requests: " + NO_HASHES,)
    assert NO_HASHES in repr(traffic)


@pytest.mark.parametrize("text", ["a,b,c\n1,2,3\n", "x\n" * 500, "[1]\n", "TIMESTAMP,ContextTokens\n", '{"hash_ids'])
def test_a_file_of_no_known_format_is_refused_once_and_the_known_ones_are_named(text: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)
    with pytest.raises(co.InputError) as caught:
        kv.read_requests(path)
    (said,) = str(caught.value).splitlines()
    assert said.startswith(f"{path}:1: expected a JSON object or a heading of known columns, not '{text[:1]}")
    assert all(f"{name}: " in said for name in FORMATS)


def test_azure_s_requests_share_no_block(tmp_path: Path) -> None:
    rows = "2023-11-16 18:15:46.6805900,20,44\n2023-11-16 18:15:50.9951690,9,3\n"
    first, second = kv.read_requests(written(tmp_path, HEADER + rows), tokens=8).requests
    assert (first.arrival, len(first.blocks), first.tail, first.decode) == (0, 2, 4, 44)
    assert (second.arrival, len(second.blocks), second.tail) == (4_314_579, 1, 1)
    assert not {*first.blocks} & {*second.blocks}


def test_a_gzipped_file_opens_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"arrival": 0, "blocks": [1]}'))
    assert kv.read_requests(path).blocks == 1


FAULTY = {
    "no JSON": ("events", "{", ["1: expected a JSON object, not '{'"]),
    "no object": ("events", "[1]", ["1: expected a JSON object, not '[1]'"]),
    "nothing in it": ("events", "{}", ["1: a request needs arrival", "1: a request needs blocks"]),
    "an unknown field": (
        "events", '{"arrival": 0, "blocks": [], "prompt": 1}',
        ["1: unknown field 'prompt' (known: arrival, blocks, decode, tail, grows, session, worker, update)"],
    ),
    "times that are none": (
        "events", '{"arrival": -1, "blocks": [], "decode": 0, "tail": 1.5}',
        ["1: arrival must be a whole number >= 0, not -1", "1: decode must be a whole number >= 1, not 0",
         "1: tail must be a whole number >= 0, not 1.5"],
    ),
    "names that are none": (
        "events", '{"arrival": 0, "blocks": [true, null], "grows": 4, "session": []}',
        ["1: blocks: True is no name", "1: blocks: None is no name", "1: grows must be a list of names, not 4",
         "1: session [] is no name"],
    ),
    "a block twice": ("events", '{"arrival": 0, "blocks": [1, 1]}', ["1: a block occurs twice in one request"]),
    "a tail too long": (
        "events", '{"arrival": 0, "blocks": [1], "tail": 512}', ["1: tail 512 is a block of 512 tokens or more"],
    ),
    "an answer too short": (
        "events", '{"arrival": 0, "blocks": [1], "decode": 9, "grows": [2]}',
        ["1: the tail and 9 tokens of the answer do not fill 1 blocks"],
    ),
    "an update of what": (
        "events", '{"arrival": "x", "update": "weight", "worker": 1}',
        ["1: arrival must be a whole number >= 0, not 'x'",
         "1: unknown update 'weight'; did you mean weights? (known: weights)",
         "1: unknown field 'worker' of an update"],
    ),
    "faults in several lines": (
        "events", '{"arrival": 0, "blocks": [1]}\nx\n\n{"blocks": []}',
        ["2: expected a JSON object, not 'x'", "4: a request needs arrival"],
    ),
    "no hash ids": (
        "mooncake", '{"timestamp": 0.5, "hash_ids": ["a"]}',
        ["1: timestamp must be a whole number >= 0, not 0.5",
         "1: hash_ids must be a list of whole numbers, not ['a']"],
    ),
    "no lengths": (
        "mooncake", '{"timestamp": -1, "input_length": "x", "output_length": -2, "session_id": [], "hash_ids": [1]}',
        ["1: timestamp must be a whole number >= 0, not -1", "1: input_length must be a whole number >= 0, not 'x'",
         "1: output_length must be a whole number >= 0, not -2", "1: session_id [] is not a name"],
    ),
    "no chat": (
        "bailian", '{"timestamp": NaN, "parent_chat_id": [], "hash_ids": 4}',
        ["1: timestamp must be a number of seconds >= 0, not nan", "1: chat_id None is not a name",
         "1: parent_chat_id [] is not a name", "1: hash_ids must be a list of whole numbers, not 4"],
    ),
    "no seconds": (
        "burstgpt", "Timestamp,Request tokens,Response tokens\nnan,1,2\n-1,1,2\n1,x,2",
        ["2: 'nan' is not a number of seconds >= 0", "3: '-1' is not a number of seconds >= 0",
         "4: expected Timestamp,Request tokens,Response tokens, a time and two whole numbers, not '1,x,2'"],
    ),
    "no line of CSV": (
        "azure", "x" * 140_000, ["1: not a line of CSV (field larger than field limit (131072)): '" + "x" * 72 + "…'"],
    ),
    "no time": ("azure", HEADER + "today,1,2", ["2: 'today' is no time as 2023-11-16 18:15:46.6805900"]),
    "no tokens": (
        "azure", HEADER + "2023-11-16 18:15:46,1",
        ["2: expected TIMESTAMP,ContextTokens,GeneratedTokens, a time and two whole numbers, "
         "not '2023-11-16 18:15:46,1'"],
    ),
    "back in time": (
        "azure", HEADER + "2023-11-16 18:15:46,1,2\n2023-11-16 18:15:45,1,2",
        ["3: arrival must be a whole number >= 0, not -1000000"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", FAULTY)
def test_every_fault_is_told_with_file_and_line(what: str, tmp_path: Path) -> None:
    format, text, said = FAULTY[what]
    path = written(tmp_path, text)
    with pytest.raises(co.InputError) as caught:
        kv.read_requests(path, format)
    assert str(caught.value).splitlines() == [f"{path}:{line}" for line in said]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_file_is_refused(format: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(co.InputError, match="no request in it"):
        kv.read_requests(written(tmp_path, text), format)


def test_a_file_of_faults_is_not_told_to_its_end(tmp_path: Path) -> None:
    with pytest.raises(co.InputError) as caught:
        kv.read_requests(written(tmp_path, "x\n" * 500), "events")
    assert len(str(caught.value).splitlines()) == 20


@pytest.mark.parametrize("first", ["coherence.accesses.text", "coherence.traces.source", "coherence.kv"])
def test_traces_and_workloads_can_be_imported_in_any_order(first: str) -> None:
    """Each needs something of the other: the readers the traces' errors, the traces what an access is."""
    done = subprocess.run([sys.executable, "-c", f"import {first}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_wrong_words_are_refused(tmp_path: Path) -> None:
    with pytest.raises(co.InputError, match="no such file"):
        kv.read_requests(tmp_path / "none")
    with pytest.raises(co.InputError, match=r"tokens must be(?s:.*)unknown format 'moon'; did you mean mooncake"):
        kv.read_requests(written(tmp_path, "{}"), "moon", tokens=0)


@pytest.mark.parametrize(
    ("name", "requests", "blocks", "reuse"),
    [
        ("mooncake/conversation_trace.jsonl", 12_031, 288_500, 1 - 182_790 / 288_500),
        ("azure/AzureLLMInferenceTrace_code.csv", 8_819, None, 0.0),
        ("azure/AzureLLMInferenceTrace_conv.csv", 19_366, None, 0.0),
    ],
)
def test_the_published_traces_are_read_whole(name: str, requests: int, blocks: int | None, reuse: float) -> None:
    if not (DATA / name).exists():
        pytest.skip(f"needs {name}")
    traffic = kv.read_requests(DATA / name)
    assert len(traffic.requests) == requests
    assert blocks in (None, traffic.blocks)
    assert traffic.reuse == pytest.approx(reuse)
    assert len(traffic.notes) == (blocks is None)  # what Azure's files cannot tell


def test_a_slice_of_the_published_traces_is_served() -> None:
    for name in ("mooncake/conversation_trace.jsonl", "azure/AzureLLMInferenceTrace_conv.csv"):
        if not (DATA / name).exists():
            pytest.skip(f"needs {name}")
        cluster = kv.Cluster()
        work = kv.serve(kv.read_requests(DATA / name).first(100), 4, block=cluster.block, token=cluster.token)
        results = kv.results(co.Machine("MOESI", timing=cluster.timing).run(work))
        assert results.hits + results.computed == sum(served.blocks for served in results.served)


def test_the_command_line_serves_a_file_of_one_s_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As the help says it."""
    from coherence.cli.main import main

    events = written(tmp_path, '{"arrival": 0, "blocks": ["s"]}\n{"arrival": 9000, "blocks": ["s"]}\n', "events.jsonl")
    own = tmp_path / "own.py"
    own.write_text(
        "from coherence import kv\n"
        f"def workload(cores, seed):\n    return kv.serve(kv.read_requests({str(events)!r}), cores)\n"
    )
    assert main(["run", str(own), "--protocol", "MOESI"]) == 0
    assert "llm under MOESI: 4 cores" in capsys.readouterr().out
    events.write_text("x")
    assert main(["run", str(own)]) == 2
    assert f"{events}:1: expected a JSON object" in capsys.readouterr().err
