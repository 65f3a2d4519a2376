"""A run of which only a part is in memory counts what a whole one counts, and keeps no more than it may."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

import coherence as co
from coherence.accesses import pieces
from coherence.accesses.arrays import Feed
from coherence.accesses.dense import encode, grouped, listed
from coherence.accesses.pieces import Unread, encoded_feed, plain_feed
from coherence.errors import InputError
from coherence.kernel import engine as fast_engine
from coherence.kernel import streamed
from tests.kernel.cases import case, counted, differences, in_parts, numbers, tables, workload

pytest.importorskip("numba")

CASES = 500


@pytest.fixture(scope="module")
def known() -> list[co.Protocol]:
    return tables(random.Random(77))


def test_every_counter_is_that_of_the_simpy_machine_whatever_the_parts(
    known: list[co.Protocol], monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(2027)
    for number in range(CASES):
        one = case(draw, known)
        monkeypatch.setattr(pieces, "PIECE", draw.choice([1, 2, 3, 7, 100]))
        part, wanted = draw.choice([1, 2, 5, 30, 1000]), counted(one, "simpy")
        for dense in (False, True):
            assert not differences(wanted, in_parts(one, part, dense)), (number, part, dense, one)


@pytest.mark.parametrize("order", ["program", "trace"])
def test_every_catalogue_protocol_on_a_longer_trace(order: str) -> None:
    draw = random.Random(4)
    for protocol in co.protocols.values():
        one = case(draw, [protocol], most=3000) | {"cores": 16, "order": order}
        one["cache"] |= {"ways": 2, "policy": "LRU"}
        assert in_parts(one, 200, False) == counted(one, "simpy")


@pytest.mark.parametrize("order", ["program", "trace"])
def test_stamps_that_would_grow_beyond_their_bits_are_made_small(order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    forget = streamed.Growing.forget_times
    monkeypatch.setattr(streamed.Growing, "forget_times", lambda self: made.append(1) or forget(self))
    monkeypatch.setattr(streamed, "MOST_STAMP", 300)
    monkeypatch.setattr(pieces, "PIECE", 20)
    one = case(random.Random(9), [co.protocols["MOESI"]], most=3000) | {"cores": 4, "order": order}
    one["cache"] = {"sets": 1, "ways": 8, "keys_per_line": 1, "policy": "LRU"}
    one["accesses"] = [(n % 4, "rrw"[n % 3], n * n % 31, n % 2) for n in range(2000)]
    assert in_parts(one, 100, False) == counted(one, "simpy") and len(made) > 1


def test_any_key_can_be_run() -> None:
    keys: list[Any] = [2**63, -(2**63), 2**64, 2**100, -(2**100), "x", b"x", ("x", 1), 0, -1, 1]
    accesses = [(n % 3, "rwr"[n % 3], keys[n * 7 % len(keys)], 0) for n in range(200)]
    unsigned = [a for a in accesses if a[2] in (2**63, 0, 1)]
    signed = [a for a in accesses if a[2] in (-(2**63), 0, -1, 1)]
    for some in (accesses, unsigned, signed):
        for per_line in (1, 2, 2**70):
            for sets in (1, 3, 2**50):
                one = {
                    "protocol": "MOESI", "cores": 3, "timing": {}, "arbitration": "fifo", "seed": 1, "order": "trace",
                    "cache": {"sets": sets, "ways": 2, "keys_per_line": per_line}, "accesses": some,
                }  # fmt: skip
                wanted = counted(one, "simpy")
                assert in_parts(one, 10, False) == in_parts(one, 10, True) == wanted


def streams(count: int, pulled: list[int]) -> co.Workload:
    def stream(core: int) -> Iterator[Any]:
        for n in range(count * (core + 1)):
            pulled[0] += 1
            yield core, "rw"[n % 2], n * core % 7, n % 3
        yield core, "c", 0, 9

    return co.Workload.from_streams("s", [lambda core=core: stream(core) for core in range(3)])  # type: ignore[misc]


@pytest.mark.parametrize("order", ["program", "trace"])
def test_a_long_workload_runs_in_parts(order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It must run on the fast engine, be read once beyond what could have been kept, and count the same."""
    monkeypatch.setattr(fast_engine, "LEAST", 10)
    monkeypatch.setattr(fast_engine, "MOST_KEPT", 100)
    pulled = [0]
    work = streams(1000, pulled)
    wanted = co.Machine(cores=5).run(work, order=order, engine="simpy")
    pulled[0] = 0
    for engine in ("auto", "fast"):
        found = co.Machine(cores=5).run(work, order=order, engine=engine)
        assert found.engine == "fast" and numbers(found) == numbers(wanted)
        assert pulled[0] <= 6000 + 101 + 10
        pulled[0] = 0


def test_one_sequence_in_the_order_of_time_is_kept_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no stream of each core that could be read without the others'."""
    monkeypatch.setattr(fast_engine, "MOST_KEPT", 10)
    monkeypatch.setattr(streamed, "streamed", None)

    def work() -> co.Workload:
        return co.Workload.from_accesses("s", lambda: ((n % 2, "r", n % 10, 0) for n in range(100)), 2)

    assert co.Machine().run(work(), order="program", engine="fast").totals["reads"] == 100
    monkeypatch.setattr(fast_engine, "MOST", 99)
    with pytest.raises(InputError, match="engine fast cannot run this: s has more than 99 accesses, too many to keep"):
        co.Machine().run(work(), order="program", engine="fast")


def test_what_is_too_large_is_said_when_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_engine, "MOST_KEPT", 0)
    accesses = [(0, "r", 1, 2**31)] * 2**11
    work = co.Workload.from_accesses("g", lambda: iter(accesses), 1)
    late = co.Machine(timing=co.Timing(start=2**51 - 2**41))
    with pytest.raises(InputError, match=r"engine fast cannot run this: .*2\^51 cycles"):
        late.run(work, order="trace", engine="fast")
    assert co.Machine().run(work, order="trace", engine="fast").cycles > 2**42


def test_what_a_feed_does_not_understand_is_read_again_by_the_plain_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_engine, "MOST_KEPT", 0)
    asked: list[bool] = []

    def broken(apart: bool) -> Feed:
        asked.append(apart)

        def pieces() -> Iterator[Any]:
            yield from plain_feed(work, False).streams[0]
            raise Unread

        return Feed([pieces()], lambda: ["x"])

    work = co.Workload.from_ops("0 w x; 1 r x; 0 w x; 1 r x")
    offered = co.Workload(**{**work.__dict__, "feed": broken})
    runs = [co.Machine().run(w, order="trace", engine=e) for w, e in ((work, "simpy"), (offered, "fast"))]
    assert asked == [False] and numbers(runs[0]) == numbers(runs[1])


def test_a_breach_in_parts_is_told_by_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_engine, "MOST_KEPT", 0)
    never = co.protocols["MESI"].but("hasty", M={"BusRd": "never"})
    with pytest.raises(co.Breach, match="never"):
        co.Machine(never, watch=False).run(co.Workload.from_ops("0 w x; 1 r x"), order="trace", engine="fast")


def test_a_feed_of_an_encoded_trace_is_the_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", 3)
    draw = random.Random(6)
    for _ in range(50):
        one = case(draw, [co.protocols["MESI"]])
        trace = encode(workload(one))
        together = grouped(trace)
        for given in (trace, together):
            found = list(encoded_feed(given, apart=False).streams[0])
            assert [w for p in found for w in p.what.tolist()] == trace.what.tolist()
            assert [c for p in found for c in p.core.tolist()] == trace.core.tolist()  # type: ignore[union-attr]
            assert max(map(len, (p.what for p in found))) <= 3
        untold = type(together)(together.cores, together.what, together.gap, together.keys, None, together.starts)
        turns = list(encoded_feed(untold, apart=False).streams[0])
        assert [w for p in turns for w in p.what.tolist()] == listed(untold).what.tolist()
