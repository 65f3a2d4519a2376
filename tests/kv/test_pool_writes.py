"""By how many MOESI writes fewer blocks to the pool than MESI: exactly, on small random traces."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

import coherence as co

ACCESSES = st.lists(st.tuples(st.integers(0, 2), st.sampled_from("rrw"), st.integers(0, 5)), min_size=1, max_size=60)
ONCE = st.lists(st.tuples(st.integers(0, 2), st.just("r"), st.integers(0, 5)), min_size=1, max_size=60)


def run(protocol: str, accesses: list[tuple[int, str, int]], ways: int | None) -> co.Run:
    return co.Machine(protocol, cache=co.Cache(ways=ways)).run(accesses, order="trace", record=True)


def written_back_from(run: co.Run, state: str) -> int:
    """Write-backs of lines that were in *state*."""
    victims = [e.outcome.victim.outcome for e in run.recorded() if e.outcome and e.outcome.victim]
    return sum(victim.before == state and "BusWB" in victim.requests for victim in victims)


def total(run: co.Run, name: str) -> int:
    found = run.totals[name]
    assert isinstance(found, int)
    return found


@given(ACCESSES, st.none() | st.integers(1, 4))
@settings(max_examples=300, deadline=None)
def test_moesi_saves_mesi_s_flushes_less_its_own_write_backs_of_owned_lines(
    accesses: list[tuple[int, str, int]], ways: int | None
) -> None:
    mesi, moesi = run("MESI", accesses, ways), run("MOESI", accesses, ways)
    assert total(moesi, "flushes") == 0
    late = written_back_from(moesi, "O")
    assert total(moesi, "writebacks") - total(mesi, "writebacks") == late
    assert total(mesi, "memory_writes") - total(moesi, "memory_writes") == total(mesi, "flushes") - late
    assert total(moesi, "memory_writes") <= total(mesi, "memory_writes")


@given(ACCESSES)
@settings(max_examples=100, deadline=None)
def test_where_nothing_is_evicted_it_saves_every_flush(accesses: list[tuple[int, str, int]]) -> None:
    """Strictly fewer as soon as a dirty line is read by a peer."""
    mesi, moesi = run("MESI", accesses, None), run("MOESI", accesses, None)
    assert total(moesi, "memory_writes") == 0
    assert total(mesi, "memory_writes") == total(mesi, "flushes")


@given(ONCE, st.none() | st.integers(1, 4))
@settings(max_examples=200, deadline=None)
def test_blocks_computed_once_are_written_to_the_pool_at_most_once(
    reads: list[tuple[int, str, int]], ways: int | None
) -> None:
    """As KV blocks are: the first that asks computes. MESI's flushes are the blocks that a peer read before their
    owner evicted them; MOESI writes those of them late whose owner evicts them after all."""
    computed: set[int] = set()
    accesses = []
    for core, _, block in reads:
        accesses.append((core, "r" if block in computed else "w", block))
        computed.add(block)
    mesi, moesi = run("MESI", accesses, ways), run("MOESI", accesses, ways)
    for one in (mesi, moesi):
        assert total(one, "memory_writes") <= len(computed)
    asked_early = total(mesi, "flushes")
    assert total(mesi, "memory_writes") - total(moesi, "memory_writes") == asked_early - written_back_from(moesi, "O")


def test_the_owner_that_is_evicted_after_all_writes_as_often_as_mesi() -> None:
    """Why "fewer" is strict only while the owner holds on: one write under both, early or late."""
    read_by_a_peer = [(0, "w", 1), (1, "r", 1)]
    for accesses, mesi, moesi in ((read_by_a_peer, 1, 0), ([*read_by_a_peer, (0, "r", 2)], 1, 1)):
        assert total(run("MESI", accesses, 1), "memory_writes") == mesi
        assert total(run("MOESI", accesses, 1), "memory_writes") == moesi
