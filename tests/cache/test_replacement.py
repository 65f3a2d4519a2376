"""One contract for every policy, then what sets each apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coherence.cache.config import Cache
from coherence.cache.replacement import POLICIES, find_policy
from coherence.cache.sets import Sets
from coherence.errors import InputError
from coherence.random import SplitMix64

OPS = st.lists(st.tuples(st.sampled_from(["use", "invalidate", "evict"]), st.integers(0, 9)), max_size=80)


@pytest.mark.parametrize("name", POLICIES)
@given(ways=st.integers(1, 5), ops=OPS)
def test_contract_a_policy_holds_exactly_the_lines_put_in_and_names_one_of_them(
    name: str, ways: int, ops: list[tuple[str, int]]
) -> None:
    policy = POLICIES[name](ways, SplitMix64(7))
    held: set[int] = set()
    for op, line in ops:
        if op == "use" and line in held:
            policy.hit(line)
        elif op == "use":
            if len(held) == ways:
                victim = policy.victim(line)
                assert victim in held
                policy.remove(victim, "evicted")
                held.remove(victim)  # type: ignore[arg-type]
            policy.insert(line)
            held.add(line)
        elif line in held:
            policy.remove(line, "invalidated" if op == "invalidate" else "evicted")
            held.remove(line)
    while held:
        victim = policy.victim(99)
        assert victim in held
        policy.remove(victim, "evicted")
        held.remove(victim)  # type: ignore[arg-type]


# policy → the victim after filling 1 2 3 and then using 1
VICTIMS = {"LRU": 2, "FIFO": 1, "LFU": 2, "Clock": 2, "SIEVE": 2, "ARC": 2}


@pytest.mark.parametrize("name", VICTIMS)
def test_the_order_each_policy_keeps(name: str) -> None:
    policy = POLICIES[name](3, SplitMix64(0))
    for line in (1, 2, 3):
        policy.insert(line)
    policy.hit(1)
    assert policy.victim(4) == VICTIMS[name]


def test_random_counts_by_order_of_fill_and_a_single_line_draws_nothing() -> None:
    random, same = SplitMix64(5), SplitMix64(5)
    policy = POLICIES["Random"](3, random)
    policy.insert("a")
    assert policy.victim("x") == "a"
    assert random.state == same.state
    for line in "bc":
        policy.insert(line)
    policy.hit("a")
    assert policy.victim("x") == "abc"[same.next() % 3]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("lru", "LRU"),
        ("L-R-U", "LRU"),
        ("Fifo", "FIFO"),
        ("random", "Random"),
        ("s3-fifo", "S3FIFO"),
        ("lecar", "LeCaR"),
    ],
)
def test_names_ignore_case_and_hyphens(word: str, name: str) -> None:
    assert find_policy(word) == name
    assert Cache(policy=word).policy == name


def test_unknown_policy_names_the_known() -> None:
    with pytest.raises(
        InputError, match=r"unknown policy 'LRUU'; did you mean LRU or PLRU\? \(known: LRU, FIFO, Random"
    ):
        find_policy("LRUU")


def test_a_store_fills_free_ways_before_it_asks_for_a_victim() -> None:
    store = Sets(Cache(sets=2, ways=1), seed=1)
    store.insert(0)
    assert store.victim(1) is None  # the other set
    assert store.victim(2) == 0
    store.remove(0, "invalidated")
    assert store.victim(2) is None


def test_an_unbounded_store_never_asks() -> None:
    store = Sets(Cache(), seed=1)
    for line in range(1000):
        store.insert(line)
        store.hit(line)
    assert store.victim(1000) is None


def test_absurd_geometry_costs_nothing_until_touched() -> None:
    store = Sets(Cache(sets=10**15, ways=10**15), seed=1)
    store.insert(3)
    assert len(store.sets) == 1
