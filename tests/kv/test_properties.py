"""What holds of any traffic, under any protocol, seen from outside: from the recorded accesses alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coherence as co
from coherence import kv
from coherence.kv.ledger import Ledger, key
from coherence.kv.worker import DID
from coherence.protocol.find import protocols

BLOCK, TOKEN = 500, 3


@st.composite
def traffics(draw: st.DrawFn, updates: int = 2) -> kv.Traffic:
    """Chains through a small tree of names, so that prefixes are shared."""
    requests = []
    for _ in range(draw(st.integers(1, 12))):
        path = draw(st.lists(st.sampled_from("ab"), min_size=0, max_size=4))
        blocks = tuple("".join(path[: n + 1]) for n in range(len(path)))
        decode = draw(st.integers(1, 9))
        grows = (("".join(path) + "+",) if decode >= 4 else ()) if draw(st.booleans()) else ()
        worker = draw(st.none() | st.integers(0, 1))
        requests.append(kv.Request(draw(st.integers(0, 6000)), blocks, decode, 0, grows, None, worker))
    at = draw(st.lists(st.integers(0, 8000), max_size=updates))
    return kv.Traffic(tuple(requests), tuple(at), tokens=4)


GIVEN = given(
    traffic=traffics(),
    cores=st.integers(2, 4),
    protocol=st.sampled_from(sorted(protocols)),
    router=st.sampled_from(sorted(kv.ROUTERS)),
    ways=st.none() | st.integers(1, 4),
    keep=st.none() | st.sampled_from([0, 500, 3000]),
)


def run(traffic: kv.Traffic, cores: int, protocol: str, router: str, ways: int | None, keep: int | None) -> co.Run:
    work = kv.serve(traffic, cores, router=router, block=BLOCK, token=TOKEN, keep=keep)
    return co.Machine(protocol, cache=co.Cache(ways=ways)).run(work, record=True, max_cycles=1_000_000)


def version(traffic: kv.Traffic, time: int) -> int:
    return sum(at <= time for at in traffic.updates)


@GIVEN
@settings(max_examples=150, deadline=None)
def test_no_block_is_computed_that_somebody_has_and_none_is_served_that_nobody_computed(
    traffic: kv.Traffic, cores: int, protocol: str, router: str, ways: int | None, keep: int | None
) -> None:
    """A worker that computes its first missing block cannot find a write of it before, under the same weights; and
    what it reads was written before, with the weights of its first token."""
    done = run(traffic, cores, protocol, router, ways, keep)
    events = done.recorded()
    written: dict[Any, list[tuple[int, Any]]] = {}
    for event in events:
        if event.event == "PrWr":
            written.setdefault(event.key, []).append((event.effective, event.value))
    for served in kv.results(done).served:
        request = traffic.requests[served.request]
        now = version(traffic, served.first)
        mine = [e for e in events if e.core == served.worker and served.start <= e.start < served.first]
        hits = request.blocks[: served.hits]
        last = mine[len(mine) - served.hits :]
        assert [(e.key, e.value) for e in last] == [(key(name), (name, now)) for name in hits]
        for read in last:
            assert any(at <= read.effective and value == read.value for at, value in written[read.key])
        if served.hits < served.blocks and keep is None:
            begun = served.first - TOKEN - (served.blocks - served.hits) * BLOCK
            name = request.blocks[served.hits]
            assert not any(at <= begun and value == (name, now) for at, value in written.get(key(name), []))


@GIVEN
@settings(max_examples=150, deadline=None)
def test_what_the_workers_count_is_what_the_machine_counts(
    traffic: kv.Traffic, cores: int, protocol: str, router: str, ways: int | None, keep: int | None
) -> None:
    done = run(traffic, cores, protocol, router, ways, keep)
    results = kv.results(done)
    t, did = done.totals, results.did
    assert [served.request for served in results.served] == list(range(len(traffic.requests)))
    assert did["local"] + did["peer"] + did["pool"] == t["reads"]
    assert did["peer"] + did["put_peer"] == t["cache_fills"]
    assert did["pool"] + did["put_pool"] == t["memory_fills"]
    assert results.pool_writes == t["flushes"] + t["writebacks"] + done.totals["bus"]["BusWr"]  # type: ignore[index,call-overload,operator]
    new = {name for request in traffic.requests for name in request.blocks}
    assert did["new"] <= len(new)
    assert results.hits + results.computed >= traffic.blocks
    if not traffic.updates:
        assert did["weights"] == did["restarts"] == 0
        assert results.hits + results.computed == traffic.blocks
    if keep is None:
        assert did["lost"] == 0
    for served in results.served:
        assert set(served.did) == set(DID)
        assert served.arrival <= served.start < served.first <= served.end


@given(traffic=traffics(), ways=st.none() | st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_one_worker_answers_alike_under_every_protocol_but_for_time(traffic: kv.Traffic, ways: int | None) -> None:
    """Alone and without deadlines nothing depends on the protocol: what is hit is a matter of the names."""
    alone = kv.Traffic(tuple(kv.Request(0, r.blocks, r.decode, worker=0) for r in traffic.requests), (), 4)
    hits = {
        tuple(served.hits for served in kv.results(run(alone, 2, protocol, "hash", ways, None)).served)
        for protocol in ("MESI", "MOESI", "Dragon", "MI")
    }
    assert len(hits) == 1


CHAIN = kv.Traffic(tuple(kv.Request(5000 * n, ("a", "b"), worker=n % 2) for n in range(5)), updates=(12_000,))


def test_a_worker_that_overlooks_a_copy_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check asks the machine itself."""
    monkeypatch.setattr(Ledger, "has", lambda *_: False)
    with pytest.raises(co.Breach, match="computes a block that somebody holds"):
        co.Machine().run(kv.serve(CHAIN, 2))


@pytest.mark.parametrize(("cut", "said"), [(0, "nobody computed"), (2, r"what it has is \('a', 0\)")])
def test_a_worker_that_takes_what_is_not_there_is_stopped(cut: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block that nobody computed at the start, and old weights' after the update."""
    look = Ledger.has
    calls = []

    def credulous(self: Ledger, name: Any, version: int, now: int) -> bool:
        calls.append(now)
        return look(self, name, version, now) or (cut == 0 or now > 12_000)

    monkeypatch.setattr(Ledger, "has", credulous)
    with pytest.raises(co.Breach, match=said):
        co.Machine().run(kv.serve(CHAIN, 2))


def test_a_protocol_that_serves_old_blocks_is_stopped() -> None:
    """Unwatched by the machine: the workers find out. Worker 1 keeps its old copy when worker 0 publishes anew."""
    broken = co.protocols["MESI"].but("forgetful", S={"BusUpgr": "S", "BusRdX": "S"})
    with pytest.raises(co.Breach, match=r"uses 'a' of weights 1, but what it has is \('a', 0\)"):
        co.Machine(broken, watch=False).run(kv.serve(CHAIN, 2))
