"""Hits as the field counts them: by hand, against a naive count, and to the last digit of what is published."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coherence as co
from coherence import kv
from coherence.cache.replacement import POLICIES
from coherence.cli.main import main
from coherence.kv.hits import BY_PLACE
from tests.kv.test_properties import traffics

CONVERSATION = Path(__file__).parents[3] / "shared" / "data" / "mooncake" / "conversation_trace.jsonl"


def request(at: int, blocks: str, last: int | None = None, worker: int | None = None, grows: str = "") -> kv.Request:
    return kv.Request(at, tuple(blocks), 16 * len(grows) + 1, 0, tuple(grows), None, worker, last)


def traffic(*requests: kv.Request, updates: tuple[int, ...] = ()) -> kv.Traffic:
    return kv.Traffic(requests, updates, tokens=16)


def causes(found: kv.Hits) -> dict[str, int]:
    return {cause: count for cause, count in found.missing.items() if count}


THREE = traffic(request(0, "sa", last=4), request(1, "sb"), request(2, "sa", last=4), request(3, "x"))


@pytest.mark.parametrize(
    ("capacity", "hit", "tokens", "whole", "missing"),
    [
        (None, 3, 16 + 20, 1, {"cold": 4}),
        (36, 3, 16 + 20, 1, {"cold": 4}),  # s, a and b are 16 + 4 + 16 tokens
        (35, 2, 16 + 16, 0, {"cold": 4, "evicted": 1}),  # b takes the place of a; s was touched before
        (15, 0, 0, 0, {"cold": 4, "evicted": 3}),  # a block of 16 is larger than all; a is held until s is put
    ],
)
def test_three_requests_by_hand(
    capacity: int | None, hit: int, tokens: int, whole: int, missing: dict[str, int]
) -> None:
    found = kv.hits(THREE, capacity)
    assert (found.hit, found.asked, found.hit_tokens, found.asked_tokens) == (hit, 7, tokens, 20 + 32 + 20 + 16)
    assert (found.blocks, found.tokens, found.reused) == (hit / 7, tokens / 88, 3 / 7)
    assert (found.whole, found.requests, causes(found)) == (whole, 4, missing)


def test_a_hit_ends_at_the_first_block_that_is_missing() -> None:
    """FIFO evicts s, which was put first, though it was used since; a is held, but behind it."""
    chain = traffic(request(0, "sa"), request(1, "sb"), request(2, "sa"))
    found = kv.hits(chain, 32, policy="FIFO")
    assert (found.hit, causes(found)) == (1, {"cold": 3, "evicted": 1, "behind": 1})


def test_new_weights_make_all_that_was_put_worthless() -> None:
    found = kv.hits(traffic(*(request(at, "s") for at in (0, 1, 5, 6)), updates=(5,)))
    assert (found.hit, causes(found)) == (2, {"cold": 1, "weights": 1})


def test_blocks_that_an_answer_fills_are_put_behind_the_prompt_s() -> None:
    found = kv.hits(traffic(request(0, "s", grows="g"), request(1, "sgx")))
    assert (found.hit, found.reused) == (2, 2 / 4)


def test_a_tail_is_tokens_that_cannot_be_hit() -> None:
    chats = traffic(*(kv.Request(at, ("s",), tail=4) for at in (0, 1)))
    assert (kv.hits(chats).blocks, kv.hits(chats).tokens) == (1 / 2, 16 / 40)


def test_a_request_without_blocks_hits_in_none() -> None:
    assert kv.hits(traffic(kv.Request(0, (), tail=4))).whole == 0


@pytest.mark.parametrize(
    ("router", "hit", "missing"),
    [
        ("round-robin", 0, {"cold": 2, "elsewhere": 1}),  # to 0, 1, 0
        ("prefix", 1, {"cold": 2}),  # to 0, 1 and 1
    ],
)
def test_only_the_request_s_own_worker_is_asked(router: str, hit: int, missing: dict[str, int]) -> None:
    found = kv.hits(traffic(*(request(10**6 * at, "xss"[at]) for at in range(3))), workers=2, router=router)
    assert (found.hit, causes(found)) == (hit, missing)


def test_a_router_sees_who_has_still_to_compute() -> None:
    """Worker 0 has two blocks to compute when the second comes, of which it holds one; in time it has done them."""
    for at, hit in ((1, 0), (10**6, 1)):
        found = kv.hits(traffic(request(0, "sa"), request(at, "sb")), workers=2)
        assert found.hit == hit, at


def test_a_worker_that_is_named_is_asked_unless_there_is_one_pool() -> None:
    chain = traffic(request(0, "s", worker=1), request(1, "s", worker=0))
    assert (kv.hits(chain, workers=2).missing["elsewhere"], kv.hits(chain).hit) == (1, 1)
    with pytest.raises(co.InputError, match="a request names worker 5, but there are 2"):
        kv.hits(traffic(request(0, "s", worker=5)), workers=2)


def test_nonsense_is_refused_with_every_fault() -> None:
    with pytest.raises(co.InputError) as caught:
        kv.hits(THREE, 0, workers=0, router="x", policy="y")
    assert [line.split(maxsplit=2)[:2] for line in str(caught.value).splitlines()] == [
        ["capacity", "must"], ["workers", "must"], ["unknown", "router"], ["unknown", "policy"]
    ]  # fmt: skip
    with pytest.raises(co.InputError, match="policy OPT needs to know what is asked next, so it serves one worker"):
        kv.hits(THREE, 32, workers=2, policy="opt")
    for policy in BY_PLACE:
        with pytest.raises(co.InputError, match=f"policy {policy} counts places of one size"):
            kv.hits(THREE, 32, policy=policy)


def naive(given: kv.Traffic, capacity: int, touched: bool) -> tuple[int, int]:
    """Blocks and tokens hit, as the rule has it: touch the hits, put the rest, evict after each from the oldest."""
    held: dict[object, int] = {}
    hit = tokens = 0
    for one in given.requests:
        version = sum(at <= one.arrival for at in given.updates)
        sizes = {(version, name): given.tokens for name in one.blocks}
        if one.last is not None:
            sizes[version, one.blocks[-1]] = one.last
        prefix = []
        for name in sizes:
            if name not in held:
                break
            prefix.append(name)
        hit += len(prefix)
        tokens += sum(sizes[name] for name in prefix)
        for name, size in (sizes | {(version, name): given.tokens for name in one.grows}).items():
            before = held.get(name)
            if before is None or touched:
                held.pop(name, None)
                held[name] = size if before is None else before
            while sum(held.values()) > capacity:
                del held[next(iter(held))]
    return hit, tokens


@st.composite
def partial(draw: st.DrawFn) -> kv.Traffic:
    """Traffic of which some chains end in a block that is not full; its name is then another."""
    made = draw(traffics())
    lasts = draw(st.lists(st.none() | st.integers(1, 3), min_size=len(made.requests), max_size=len(made.requests)))
    return kv.Traffic(
        tuple(
            one if last is None or not one.blocks else kv.Request(
                one.arrival, (*one.blocks[:-1], f"{one.blocks[-1]}/{last}"), one.decode, grows=one.grows, last=last
            )
            for one, last in zip(made.requests, lasts, strict=True)
        ),
        made.updates,
        made.tokens,
    )  # fmt: skip


@given(partial(), st.integers(1, 40))
@settings(max_examples=200, deadline=None)
def test_the_rule_as_it_is_written(given: kv.Traffic, capacity: int) -> None:
    for policy in ("LRU", "FIFO"):
        found = kv.hits(given, capacity, policy=policy)
        assert (found.hit, found.hit_tokens) == naive(given, capacity, policy == "LRU")


@given(partial(), st.lists(st.none() | st.integers(1, 40), min_size=2, max_size=4))
@settings(max_examples=200, deadline=None)
def test_one_pass_is_as_good_as_many(given: kv.Traffic, capacities: list[int | None]) -> None:
    assert kv.hit_curve(given, capacities) == [kv.hits(given, capacity) for capacity in capacities]


def test_blocks_of_changing_size_take_a_pass_for_each_capacity() -> None:
    """The one that is held has the tokens of the prompt that put it, and which that was differs by capacity."""
    changing = traffic(request(0, "a", last=4), request(1, "bc"), request(2, "a"), request(3, "d"), request(4, "a"))
    assert not changing.steady
    capacities = (16, 36, 40, None)
    assert kv.hit_curve(changing, capacities) == [kv.hits(changing, capacity) for capacity in capacities]


@given(
    partial(), st.integers(1, 40), st.integers(1, 3), st.sampled_from(sorted(kv.ROUTERS)),
    st.sampled_from([name for name in POLICIES if name not in BY_PLACE]),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_every_block_is_hit_or_missing_for_one_cause(
    given: kv.Traffic, capacity: int, workers: int, router: str, policy: str
) -> None:
    hints = any(one.worker is not None and one.worker >= workers for one in given.requests)
    if workers > 1 and (hints or POLICIES[policy].foresees):
        return
    found = kv.hits(given, capacity, workers=workers, router=router, policy=policy)
    assert found.hit + sum(found.missing.values()) == found.asked == given.blocks
    assert found.missing["cold"] <= given.distinct
    assert workers > 1 or found.missing["elsewhere"] == 0


def written(tmp_path: Path) -> str:
    path = tmp_path / "requests.jsonl"
    lines = [(40, [1, 2, 3]), (32, [1, 4]), (40, [1, 2, 3])]
    path.write_text(
        "".join(json.dumps({"timestamp": 0, "input_length": n, "hash_ids": ids}) + "\n" for n, ids in lines)
    )
    return str(path)


def test_the_command_s_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kv", written(tmp_path), "--tokens", "16", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {
        "blocks": 4 / 8, "tokens": (16 + 40) / 112, "reused": 4 / 8, "requests": 3, "whole": 1, "capacity": None,
        "missing": {"cold": 4, "weights": 0, "evicted": 0, "elsewhere": 0, "behind": 0},
    }  # fmt: skip


def test_the_command_takes_several_capacities(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A percentage is of the distinct blocks, rounded down: 3 of 4. There block 4 takes the place of 2, and 3 is behind it."""
    flags = ["kv", written(tmp_path), "--tokens", "16", "--capacity", "2, 99.9%,endless"]
    assert main([*flags, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["capacities"]
    assert [one["capacity"] for one in found] == [32, 48, None]
    assert main(flags) == 0
    said = capsys.readouterr().out
    assert "3 requests, 8 blocks of 16 tokens, 4 distinct, 0.5000 reused; LRU" in " ".join(said.split())
    assert [line.split()[:2] for line in said.splitlines() if "%" in line or "endless" in line] == [
        ["99.9%", "0.2500"], ["endless", "0.5000"]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--capacity", "0"], "expected blocks as 4000, a percentage as 25%, or endless, each more than 0, not '0'"),
        (["--capacity", "1.5"], "not '1.5'"),
        (["--capacity", "4,x%"], "not 'x%'"),
        (["--capacity", "1%"], "1% of 4 distinct blocks is not a block"),
        (["--workers", "0"], "workers must be"),
        (["--format", "cvs"], "unknown format 'cvs'"),
    ],
)
def test_the_command_refuses_nonsense(
    flags: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["kv", written(tmp_path), *flags]) == 2
    assert said in capsys.readouterr().err


def test_the_command_says_what_a_trace_cannot_tell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "azure.csv"
    path.write_text("TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,2000,44\n")
    assert main(["kv", str(path), "--json"]) == 0
    assert "1 requests: no hashes" in capsys.readouterr().err


@pytest.mark.skipif(not CONVERSATION.exists(), reason=f"needs {CONVERSATION.name}")
@pytest.mark.parametrize("together", [True, False])
def test_mooncake_s_conversation_to_the_last_digit(together: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """Published for one pool under LRU, by blocks: at 25, 50, 75, 100 percent; and endless, by blocks and tokens."""
    capacities = ["25%", "50%", "75%", "100%", "endless"]
    found = []
    for asked in [",".join(capacities)] if together else capacities:
        assert main(["kv", str(CONVERSATION), "--capacity", asked, "--json"]) == 0
        one = json.loads(capsys.readouterr().out)
        found += one["capacities"] if together else [one]
    assert [f"{one['blocks']:.4f}" for one in found] == ["0.3536", "0.3634", "0.3660", "0.3664", "0.3664"]
    assert f"{found[-1]['tokens']:.4f}" == "0.3736"
    assert found[-1]["requests"] == 12_031
