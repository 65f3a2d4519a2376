"""Requests, made-up traffic, routers, units and results, each for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

import coherence as co
from coherence import kv
from coherence.kv.routers import ROUTERS


@dataclass
class Fleet:
    load: list[int]
    routed: int = 0
    holds: Sequence[int] = field(default_factory=list)
    latest: list[int] = field(default_factory=lambda: [-1] * 64)

    def held(self, request: kv.Request) -> list[int]:
        return list(self.holds)


REQUEST = kv.Request(0, ("s", "a", "b"))


@pytest.mark.parametrize(
    ("router", "fleet", "expected"),
    [
        ("round-robin", Fleet([9, 0, 0], routed=0), 0),
        ("round-robin", Fleet([0, 0, 9], routed=5), 2),
        ("least-loaded", Fleet([3, 1, 1]), 1),
        ("prefix", Fleet([0, 0, 0], holds=[0, 2, 1]), 1),
        ("prefix", Fleet([0, 2, 0], holds=[0, 2, 0]), 0),  # a tie of which none was ever chosen goes to the first
        ("prefix", Fleet([0, 2, 0], holds=[0, 2, 0], latest=[5, 4, 3]), 2),  # else to the one chosen longest ago
        ("least-loaded", Fleet([0, 0, 9], latest=[7, 6, 1]), 1),
        ("prefix", Fleet([1, 3, 5], holds=[0, 3, 3]), 1),
        ("prefix", Fleet([1, 5, 5], holds=[0, 3, 3]), 0),  # what it holds is not worth the wait
    ],
)
def test_a_router_chooses(router: str, fleet: Fleet, expected: int) -> None:
    assert ROUTERS[router](REQUEST, fleet) == expected


def test_hash_keeps_a_session_and_otherwise_the_second_block_together() -> None:
    def to(request: kv.Request) -> int:
        return ROUTERS["hash"](request, Fleet([0] * 64))

    assert to(REQUEST) == to(replace(REQUEST, blocks=("t", "a"), arrival=9))
    assert to(REQUEST) != to(replace(REQUEST, blocks=("s", "z")))
    assert to(replace(REQUEST, session=1)) == to(kv.Request(0, (), session=1))
    assert len({to(kv.Request(0, (), session=n)) for n in range(64)}) > 30
    assert to(kv.Request(0, ())) < 64


def sent(router: str, requests: Sequence[kv.Request], cores: int = 3) -> list[int]:
    run = co.Machine("MOESI").run(kv.serve(requests, cores, router=router, block=1000))
    return [served.worker for served in kv.results(run).served]


def test_routers_see_the_workers_as_they_are_when_a_request_arrives() -> None:
    """The second chat comes while worker 0 still answers; later all are idle, and only the caches differ."""
    requests = [
        kv.Request(0, ("s", "a"), decode=4000), kv.Request(3000, ("s", "b")), kv.Request(20_000, ("s", "b", "c")),
        kv.Request(20_001, ("s", "b", "d")), kv.Request(50_000, ("s", "a")),
    ]  # fmt: skip
    assert sent("round-robin", requests) == [0, 1, 2, 0, 1]
    assert sent("least-loaded", requests) == [0, 1, 2, 0, 1]
    assert sent("prefix", requests) == [0, 1, 1, 0, 0]


@pytest.mark.parametrize("router", ["round-robin", "least-loaded", "prefix"])
def test_requests_that_are_all_alike_to_a_router_are_spread(router: str) -> None:
    """Eight cold requests, each after the one before has ended, on four idle workers: two to each."""
    cold = [kv.Request(10_000 * n, ((n, 0), (n, 1))) for n in range(8)]
    assert sent(router, cold, cores=4) == [0, 1, 2, 3, 0, 1, 2, 3]


def test_a_worker_that_was_named_was_chosen() -> None:
    """Worker 0 gets the first by its name, so the next goes to worker 1."""
    assert sent("least-loaded", [kv.Request(0, ("a",), worker=0), kv.Request(9000, ("b",))]) == [0, 1]


def test_a_run_tells_how_many_requests_are_done() -> None:
    seen: list[int] = []
    co.Machine().run(kv.serve([kv.Request(n, (n,)) for n in range(3)], 2, watch=seen.append))
    assert seen == [1, 2, 3]


def test_a_hint_is_stronger_than_the_router() -> None:
    assert sent("round-robin", [kv.Request(0, ("a",), worker=2), kv.Request(1, ("b",))]) == [2, 1]


def test_nonsense_is_refused_with_every_fault() -> None:
    with pytest.raises(co.InputError) as caught:
        kv.Request(-1, (1, 1, 1.5), decode=0, tail=-1, session=None, worker=-1)  # type: ignore[arg-type]
    assert len(str(caught.value).splitlines()) == 6
    with pytest.raises(co.InputError, match="no request"):
        kv.Traffic(())
    with pytest.raises(co.InputError, match="request 1: tail 5 is a block of 5 tokens or more"):
        kv.Traffic((REQUEST, kv.Request(0, (), tail=5)), tokens=5)
    with pytest.raises(co.InputError) as caught:
        kv.serve([REQUEST], 0, router="prefx", block=-1, token=-1, keep=-1)
    assert len(str(caught.value).splitlines()) == 5
    with pytest.raises(co.InputError, match="a request names worker 4, but there are 4"):
        kv.serve([kv.Request(0, (), worker=4)], 4)
    with pytest.raises(co.InputError, match=r"results are those of a run of kv\.serve, not of ping_pong"):
        kv.results(co.Machine().run(co.workloads.ping_pong()))
    with pytest.raises(co.InputError) as caught:
        kv.synthetic(**dict.fromkeys(["chats", "turns", "every", "updates", "tokens"], "no"))  # type: ignore[arg-type]
    assert len(str(caught.value).splitlines()) == 5


def test_traffic_is_sorted_and_cut() -> None:
    traffic = kv.Traffic((kv.Request(9, ("a", "b")), kv.Request(5, ("a",))), updates=(7, 2))
    assert [request.arrival for request in traffic.requests] == [5, 9]
    assert (traffic.blocks, traffic.reuse, traffic.updates) == (3, 1 / 3, (2, 7))
    assert traffic.first(1) == kv.Traffic((kv.Request(5, ("a",)),), updates=(2,))


def test_chats_go_on_where_they_stopped() -> None:
    """Each turn's prompt begins with the one before it and what its answer filled; chats of one system share that."""
    traffic = kv.synthetic(chats=20, turns=4, systems=3, seed=5)
    by_chat: dict[Any, list[kv.Request]] = {}
    for request in traffic.requests:
        by_chat.setdefault(request.session, []).append(request)
    assert len(by_chat) == 20
    for turns in by_chat.values():
        assert len(turns) == 4
        for before, after in zip(turns, turns[1:]):
            said = before.blocks + before.grows
            assert after.blocks[: len(said)] == said
            assert len(before.grows) == (before.tail + before.decode) // traffic.tokens
            assert after.arrival > before.arrival
    assert {request.blocks[0] for request in traffic.requests} == {("system", n, 0) for n in range(3)}
    assert kv.synthetic(seed=1) == kv.synthetic(seed=1) != kv.synthetic(seed=2)
    assert len(kv.synthetic(updates=3).updates) == 3


# Bytes of KV cache a token, as published or by hand.
BYTES = {
    "opt-13b": 819_200,  # 800 KB: Kwon et al., SOSP 2023
    "llama-2-7b": 524_288, "llama-2-70b": 327_680, "llama-3-8b": 131_072, "llama-3-70b": 327_680, "mistral-7b": 131_072,
}  # fmt: skip


def test_the_presets_have_the_published_sizes_and_name_their_source() -> None:
    assert {name: model.bytes_per_token for name, model in kv.MODELS.items()} == BYTES
    assert all(model.source for model in kv.MODELS.values())


def test_a_cluster_s_times_are_bytes_by_speed() -> None:
    model = kv.Model("small", layers=2, kv_heads=4, head_size=8, parameters=1000, dtype="fp8")
    cluster = kv.Cluster(model, tokens=10, link=1e6, pool_read=128e3, pool_write=64e3, latency=7, flops=1e9, token=3)
    assert cluster.bytes_per_block == 2 * 4 * 8 * 2 * 10 == 1280
    t = cluster.timing
    assert (t.transfer, t.memory, t.writeback, t.flush, t.arbitrate) == (1280, 10_000, 20_000, 20_000, 7)
    assert (t.update, t.write_word, t.upgrade) == (t.transfer, t.writeback, 0)
    assert cluster.block == 20  # 2 x 1000 x 10 operations at 10^9 a second
    assert "2 layers x 4 KV heads x 8 x 2 (key, value) x 1 bytes (fp8) = 128 bytes a token" in cluster.explain()
    assert "from the pool: 1,280 / 1.28e+05 bytes/s = 10,000 us" in cluster.explain()


def test_a_cluster_refuses_nonsense_with_every_fault() -> None:
    with pytest.raises(co.InputError) as caught:
        kv.Cluster("llama-3-7b", tokens=0, link=0, pool_read=float("nan"), flops=True and -1.0, latency=-1)
    said = str(caught.value).splitlines()
    assert [line.split()[0] for line in said] == ["tokens", "latency", "link", "pool_read", "flops", "unknown"]
    assert "did you mean llama-3-70b" in said[-1] or "did you mean llama-2-7b" in said[-1]
    with pytest.raises(co.InputError, match=r"layers must be(?s:.*)unknown dtype 'fp17'"):
        kv.Model("x", layers=0, kv_heads=1, head_size=1, parameters=1, dtype="fp17")


def test_percentiles_are_by_nearest_rank() -> None:
    requests = [kv.Request(10_000 * n, tuple((n, k) for k in range(n)), worker=0) for n in range(1, 5)]
    results = kv.results(co.Machine().run(kv.serve(requests, 1, block=1000, token=0)))
    assert results.waits == [1000, 2000, 3000, 4000]
    assert results.ttft == 2500
    assert [results.percentile(p) for p in (1, 25, 26, 50, 75, 76, 100)] == [1000, 1000, 2000, 2000, 3000, 4000, 4000]
    with pytest.raises(co.InputError, match="percent must be from 1 to 100"):
        results.percentile(0)


def test_help_says_what_the_protocols_mean_and_where_the_model_does_not_fit() -> None:
    said = kv.__doc__ or ""
    for word in ("MESI ", "MOESI ", "MESIF ", "Dragon ", "M: only I", "does not fit a cluster", "One bus serialises"):
        assert word in said
    assert len(said.splitlines()) < 80


def test_new_weights_under_dragon_reach_who_has_the_old_block() -> None:
    """The other side of Dragon: the new block is sent to the old one's holders, who then need not ask."""
    at = [0, 5000, 20_000, 30_000]
    traffic = kv.Traffic(tuple(kv.Request(t, ("a",), worker=n % 2) for n, t in enumerate(at)), updates=(12_000,))
    results = {p: kv.results(co.Machine(p).run(kv.serve(traffic, 2))) for p in ("Dragon", "MOESI")}
    assert (results["Dragon"].pushed, results["Dragon"].served[3].did["local"]) == (1, 1)
    assert (results["MOESI"].pushed, results["MOESI"].served[3].did["peer"]) == (0, 1)
    assert results["Dragon"].peer == results["MOESI"].peer == 2
