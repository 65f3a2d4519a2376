"""Three requests and two workers, worked by hand: every read, transfer, pool write, recomputation and time."""

from __future__ import annotations

import pytest

import coherence as co
from coherence import kv
from coherence.kv.ledger import Ledger

# A read from a peer takes 1 + 20 cycles, 30 more where the pool is written; a local one 1; a write miss 1 + 100.
TIMING = co.Timing(hit=1, issue=1, arbitrate=0, memory=100, transfer=20, upgrade=2, flush=30, writeback=50)
BLOCK, TOKEN = 1000, 10


def serve(
    traffic: kv.Traffic, protocol: str = "MESI", cores: int = 2, ways: int | None = None, **more: int
) -> kv.Results:
    machine = co.Machine(protocol, timing=TIMING, cache=co.Cache(ways=ways))
    return kv.results(machine.run(kv.serve(traffic, cores, block=BLOCK, token=TOKEN, **more)))  # type: ignore[arg-type]


def did(served: kv.Served) -> dict[str, int]:
    return {name: count for name, count in served.did.items() if count}


THREE = kv.Traffic(
    (
        kv.Request(0, ("s", "a"), decode=10, worker=0),
        kv.Request(1500, ("s", "b"), worker=1),  # worker 0 computes s, but has not published it
        kv.Request(10_000, ("s", "b", "c"), decode=5, worker=0),
    ),
    tokens=16,
)


@pytest.mark.parametrize(
    ("protocol", "flush", "pool_writes"), [("MESI", 30, 1), ("MESIF", 30, 1), ("MOESI", 0, 0), ("Dragon", 0, 0)]
)
def test_three_requests_of_two_workers(protocol: str, flush: int, pool_writes: int) -> None:
    """Worker 0 computes s and a. Worker 1 computes s and b, finds s published, and publishes b alone. Worker 0 reads s
    at home and b from worker 1, which the pool learns of at once or not at all."""
    results = serve(THREE, protocol)
    first, second, third = results.served

    assert did(first) == {"new": 2, "put": 2, "put_pool": 3}  # s, a and the partial block
    assert (first.start, first.first) == (0, 2 * BLOCK + TOKEN)
    assert first.end == first.first + 3 * 101 + 9 * TOKEN

    assert did(second) == {"new": 1, "at_once": 1, "in_vain": 1, "put": 1, "put_pool": 2}
    assert (second.start, second.first) == (1500, 1500 + 2 * BLOCK + TOKEN)
    assert second.end == second.first + 2 * 101

    assert did(third) == {"local": 1, "peer": 1, "new": 1, "put": 1, "put_pool": 1}
    assert third.first == 10_000 + 1 + (1 + 20 + flush) + BLOCK + TOKEN
    assert third.end == third.first + 101 + 1 + 4 * TOKEN  # publishes c, writes the partial block it still has

    assert [served.hits for served in results.served] == [0, 0, 2]
    assert (results.peer, results.pool_reads, results.pool_writes) == (1, 0, pool_writes)
    assert (results.computed, results.recomputed) == (5, 1)
    assert results.moved(7) == {"peer": 7, "pool read": 0, "pool write": 7 * pool_writes}
    assert results.prefill_saved == 2 * BLOCK


def test_a_worker_s_queue_is_part_of_the_wait() -> None:
    results = serve(kv.Traffic((kv.Request(0, ("a",), worker=0), kv.Request(10, ("b",), worker=0))))
    first, second = results.served
    assert second.start == first.end == BLOCK + TOKEN + 2 * 101
    assert results.waits[1] == first.end - 10 + BLOCK + TOKEN


@pytest.mark.parametrize("shared", range(9))
def test_the_more_is_hit_the_earlier_the_first_token(shared: int) -> None:
    """Of eight blocks *shared* are a peer's: each saves a block's computing and costs a transfer."""
    before = kv.Request(0, tuple(f"a{n}" for n in range(8)), worker=0)
    after = kv.Request(50_000, (*before.blocks[:shared], *(f"b{n}" for n in range(8 - shared))), worker=1)
    results = serve(kv.Traffic((before, after)), "MOESI")
    assert results.waits[1] == shared * 21 + (8 - shared) * BLOCK + TOKEN
    assert results.hit_rate == shared / 16


def test_a_prefix_ends_at_the_first_block_that_nobody_has() -> None:
    """b is there, but behind a block that is not; it is published already, so nobody publishes it again."""
    results = serve(kv.Traffic((kv.Request(0, ("b",), worker=0), kv.Request(5000, ("x", "b"), worker=1))))
    assert did(results.served[1]) == {"new": 1, "behind_gap": 1, "in_vain": 1, "put": 1, "put_pool": 2}


@pytest.mark.parametrize(
    ("keep", "expected"), [(None, {"pool": 1}), (9000, {"pool": 1}), (8000, {"lost": 1, "put": 1})]
)
def test_what_the_pool_forgets_is_computed_again(keep: int | None, expected: dict[str, int]) -> None:
    """A cache of one block evicts a when the partial block comes; the pool keeps it for *keep* after cycle 1010."""
    traffic = kv.Traffic((kv.Request(0, ("a",), worker=0), kv.Request(10_000, ("a",), worker=1)))
    again = did(serve(traffic, ways=1, keep=keep).served[1])  # type: ignore[arg-type]
    assert {name: again[name] for name in expected} == expected
    assert ("lost" in again) == ("lost" in expected)


def test_blocks_that_an_answer_fills_are_there_for_the_next_turn() -> None:
    turns = (
        kv.Request(0, ("q",), tail=6, decode=30, grows=("x", "y"), worker=0),
        kv.Request(9000, ("q", "x", "y"), worker=1),
    )
    results = serve(kv.Traffic(turns, tokens=16), "MOESI")
    assert did(results.served[1]) == {"peer": 3, "put_pool": 1}
    first = results.served[0]
    assert first.first == BLOCK + BLOCK * 6 // 16 + TOKEN
    # q, the partial block, x after 10 tokens, y after 16 more, and the partial block again; 29 tokens in all
    assert first.end == first.first + 4 * 101 + 2 * 1 + 29 * TOKEN


def test_new_weights_make_everything_be_computed_again() -> None:
    """Worker 1 held a as well: its old copy is taken when worker 0 publishes the new one."""
    requests = [(0, 0), (5000, 1), (20_000, 0), (30_000, 1)]
    traffic = kv.Traffic(tuple(kv.Request(at, ("a",), worker=who) for at, who in requests), updates=(12_000,))
    results = serve(traffic, "MOESI")
    assert [did(served) for served in results.served] == [
        {"new": 1, "put": 1, "put_pool": 2},
        {"peer": 1, "put_pool": 1},
        {"weights": 1, "put": 1},
        {"peer": 1},
    ]


def test_weights_that_change_before_the_first_token_begin_the_request_anew() -> None:
    """Its first computing is for nothing; what it publishes is of the new weights."""
    traffic = kv.Traffic((kv.Request(0, ("a",), worker=0), kv.Request(9000, ("a",), worker=1)), updates=(500,))
    first, second = serve(traffic).served
    assert did(first) == {"new": 1, "weights": 1, "restarts": 1, "put": 1, "put_pool": 2}
    assert first.first == 2 * (BLOCK + TOKEN)
    assert did(second) == {"peer": 1, "put_pool": 1}


def test_weights_that_change_after_the_first_token_leave_its_blocks_unpublished() -> None:
    """The answer goes on, but what the old weights made is for nobody else."""
    request = kv.Request(0, ("a",), decode=20, tail=0, grows=("x",), worker=0)
    traffic = kv.Traffic((request, kv.Request(9000, ("a", "x"), worker=1)), updates=(BLOCK + TOKEN + 105,), tokens=16)
    first, second = serve(traffic).served
    assert did(first) == {"new": 1, "put": 1, "put_pool": 2, "in_vain": 1}
    assert did(second)["weights"] == 1  # a; x was never begun under any weights as a prompt's block


def test_an_answer_fills_first_what_the_prompt_left_open() -> None:
    """Of blocks of 16 tokens the prompt's tail has 6, so x is full after 10 tokens of the answer, the first included."""
    request = kv.Request(0, ("q",), tail=6, decode=30, grows=("x", "y"), worker=0)
    work = kv.serve(kv.Traffic((request,), tokens=16), 1, block=BLOCK, token=TOKEN)
    run = co.Machine(timing=TIMING).run(work, record=True)
    (served,) = kv.results(run).served
    puts = {event.key: event.start for event in run.recorded()}
    assert puts["kv", "x"] == served.first + 2 * 101 + 10 * TOKEN
    assert puts["kv", "y"] == puts["kv", "x"] + 101 + 1 + 16 * TOKEN


def test_a_block_published_in_the_very_cycle_is_found() -> None:
    """Worker 1's write of b is granted at 10,001, when worker 0 comes to b after a cycle for a."""
    requests = ((0, ("a",), 0), (10_000 - BLOCK - TOKEN, ("b",), 1), (10_000, ("a", "b"), 0))
    results = serve(kv.Traffic(tuple(kv.Request(at, blocks, worker=who) for at, blocks, who in requests)), "MOESI")
    assert did(results.served[2]) == {"local": 1, "peer": 1}


def test_a_worker_is_busy_up_to_the_cycle_in_which_it_ends() -> None:
    """Worker 0 ends at 5012 by a local write of its partial block; who arrives then still finds it busy.

    Worker 1 was chosen last, by a request of no block, so that a tie goes to worker 0.
    """
    requests = [*(kv.Request(at, ("a",), worker=0) for at in (0, 5000)), kv.Request(5001, (), worker=1)]
    for arrival, expected in ((5011, 1), (5012, 1), (5013, 0)):
        work = kv.serve([*requests, kv.Request(arrival, ("a",))], 2, router="least-loaded", block=BLOCK, token=TOKEN)
        served = kv.results(co.Machine(timing=TIMING).run(work)).served
        assert (served[1].end, served[3].worker) == (5012, expected), arrival


@pytest.mark.parametrize(("at", "restarts"), [(BLOCK + TOKEN, 1), (BLOCK + TOKEN + 1, 0)])
def test_weights_are_new_from_the_cycle_of_their_update(at: int, restarts: int) -> None:
    first, _ = serve(kv.Traffic((kv.Request(0, ("a",), worker=0), kv.Request(9000, (), worker=0)), (at,))).served
    assert first.did["restarts"] == restarts


@pytest.mark.parametrize(("last", "expected"), [(25_000, "pool"), (25_001, "lost")])
def test_the_pool_keeps_a_block_from_its_last_use(last: int, expected: str) -> None:
    """It is read at 10,000 from the pool, and kept 15,000 cycles more; caches have room for one block."""
    at = [(0, 0), (10_000, 1), (last, 0)]
    traffic = kv.Traffic(tuple(kv.Request(time, ("a",), worker=who) for time, who in at))
    results = serve(traffic, ways=1, keep=15_000)
    assert [results.served[1].did["pool"], results.served[2].did[expected]] == [1, 1]


def test_new_blocks_are_never_written_over_by_old_ones() -> None:
    """A write that was asked for before the weights changed may be granted after a newer one."""
    ledger = Ledger(lambda key: ((), False), None)
    assert ledger.publish("a", 1)(None) == ("a", 1)
    assert ledger.publish("a", 1)(("a", 0)) == ("a", 1)
    assert ledger.publish("a", 1)(("a", 2)) == ("a", 2)
    assert ledger.published["a"] == 2
