"""Traffic from files: what is read, and every fault with file and line."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

import coherence as co
from coherence import kv
from coherence.kv.readers import FORMATS

DATA = Path(__file__).parents[4] / "shared" / "data"
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


def test_mooncake_s_time_stamps_are_ms_and_its_blocks_have_512_tokens(tmp_path: Path) -> None:
    text = '{"timestamp": 27, "input_length": 1000, "output_length": 0, "hash_ids": [0, 4]}\n'
    traffic = kv.read_requests(written(tmp_path, text), tokens=16)
    assert traffic.requests == (kv.Request(27_000, (0, 4), decode=1),)
    assert traffic.tokens == 512


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
        ["1: timestamp must be a whole number >= 0, not 0.5", "1: output_length must be a whole number >= 0, not None",
         "1: hash_ids must be a list of whole numbers, not ['a']"],
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
        kv.read_requests(written(tmp_path, "x\n" * 500))
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
