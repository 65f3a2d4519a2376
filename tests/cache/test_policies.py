"""Each policy against sequences worked by hand, against a naive one, and OPT against all."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coherence as co
from coherence.accesses.op import COMPUTE
from coherence.cache.config import Cache
from coherence.cache.replacement import POLICIES, Future
from coherence.cache.replacement.arc import ARC
from coherence.cache.replacement.future import NEVER
from coherence.cache.replacement.lecar import LeCaR
from coherence.cache.replacement.lfu import LFU
from coherence.cache.replacement.ranks import ROOM
from coherence.cache.replacement.s3fifo import S3FIFO
from coherence.cache.replay import replay
from coherence.random import SplitMix64
from tests.cache.naive import NAIVE, fewest_misses, lecar

LINES = st.lists(st.integers(0, 11), max_size=120)


def skewed(seed: int, keys: int, count: int) -> list[int]:
    """A long stream in which low keys are frequent and some runs repeat: what fills the lists of adaptive policies."""
    random = SplitMix64(seed)
    found: list[int] = []
    while len(found) < count:
        if found and random.chance(0.2):
            found += found[-1 - random.below(keys) :]
        found.append(min(random.below(keys), random.below(keys)))
    return found[:count]


STREAMS = st.one_of(LINES, st.builds(skewed, st.integers(0, 2**64), st.integers(2, 16), st.just(250)))

# policy, ways, accesses, the evicted in order: each worked by hand
WORKED = {
    "LFU: fewest uses": ("LFU", 2, "aabc", "b"),
    "LFU: ties to the oldest fill, not to the oldest use": ("LFU", 2, "abbac", "a"),
    "LFU: a count ends with the stay": ("LFU", 2, "aabbbcac", "aca"),
    "Clock: filled without its bit": ("Clock", 2, "abc", "a"),
    "Clock: a second chance, once": ("Clock", 2, "aabcd", "ba"),
    "Clock: the survivor goes behind the newest": ("Clock", 3, "abcadaef", "bcd"),
    "SIEVE: the survivor stays where it is, the hand moves on": ("SIEVE", 3, "abcadaef", "bcd"),
    "SIEVE: the hand goes round": ("SIEVE", 2, "abbacd", "ab"),
    "S3FIFO: one use is not enough": ("S3FIFO", 2, "abac", "a"),
    "S3FIFO: two uses go on": ("S3FIFO", 2, "abaac", "b"),
    "S3FIFO: what is remembered goes to the main queue": ("S3FIFO", 2, "abcad", "acb"),
    "ARC: once used leave first": ("ARC", 2, "aabcd", "bc"),
    "ARC: all once used is LRU without ghosts": ("ARC", 2, "abcab", "abc"),
    "PLRU: away from the last use": ("PLRU", 4, "abcdae", "c"),
    "PLRU: not LRU": ("PLRU", 4, "abcdcabe", "d"),
    "OPT: the farthest, then what is never used again": ("OPT", 3, "abcdabcd", "ca"),
}


@pytest.mark.parametrize("case", WORKED)
def test_sequences_worked_by_hand(case: str) -> None:
    policy, ways, accesses, evicted = WORKED[case]
    assert "".join(map(str, replay(accesses, ways=ways, policy=policy).evicted)) == evicted


@pytest.mark.parametrize("policy", NAIVE)
@settings(max_examples=200)
@given(ways=st.sampled_from([1, 2, 4, 8, 16]), lines=STREAMS, odd=st.integers(0, 3))
def test_victims_are_those_of_a_naive_policy(policy: str, ways: int, lines: list[int], odd: int) -> None:
    ways += 0 if policy == "PLRU" else odd
    assert replay(lines, ways=ways, policy=policy).evicted == NAIVE[policy](lines, ways)


@settings(max_examples=300)
@given(ways=st.integers(1, 9), lines=STREAMS, seed=st.integers(0, 2**64))
def test_victims_of_lecar_are_those_of_a_naive_one(ways: int, lines: list[int], seed: int) -> None:
    assert replay(lines, ways=ways, policy="LeCaR", seed=seed).evicted == lecar(lines, ways, seed)


@settings(max_examples=100, deadline=None)
@given(ways=st.integers(1, 3), lines=st.lists(st.integers(0, 5), max_size=18))
def test_opt_has_the_fewest_misses_there_can_be(ways: int, lines: list[int]) -> None:
    assert replay(lines, ways=ways, policy="OPT").misses == fewest_misses(lines, ways)


@pytest.mark.parametrize("policy", [p for p in POLICIES if p != "OPT"])
@settings(max_examples=60)
@given(sets=st.integers(1, 3), ways=st.sampled_from([1, 2, 4]), lines=LINES, seed=st.integers(0, 99))
def test_opt_is_never_beaten(policy: str, sets: int, ways: int, lines: list[int], seed: int) -> None:
    best = replay(lines, sets, ways, "OPT").misses
    assert best <= replay(lines, sets, ways, policy, seed).misses


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=40, deadline=None)
@given(
    sets=st.integers(1, 2), ways=st.sampled_from([1, 2, 4]), order=st.sampled_from(["program", "trace"]),
    ops=st.lists(st.tuples(st.sampled_from("rwwre"), st.integers(0, 9)), min_size=1, max_size=60),
)  # fmt: skip
def test_on_a_machine_of_one_core_opt_is_never_beaten_and_replay_gives_its_misses(
    policy: str, sets: int, ways: int, order: str, ops: list[tuple[str, int]]
) -> None:
    def misses(name: str, accesses: list[tuple[int, str, int]]) -> object:
        machine = co.Machine(cache=Cache(sets, ways, 2, name), cores=1, seed=5)
        return machine.run(accesses, order=order).totals["miss_rate"]

    accesses = [(0, op, key) for op, key in ops]
    assert misses("OPT", accesses) <= misses(policy, accesses)  # type: ignore[operator]
    plain = [(0, "rw"[op == "w"], key) for op, key in ops]
    alone = replay([key // 2 for _, key in ops], sets, ways, policy, seed=5)
    assert misses(policy, plain) == alone.misses / alone.accesses


def test_plru_refuses_ways_that_make_no_tree_with_the_other_faults() -> None:
    assert Cache(ways=8, policy="plru").ways == 8
    assert Cache(policy="PLRU").ways is None
    with pytest.raises(co.InputError, match="policy PLRU needs ways a power of two, not 6"):
        Cache(ways=6, policy="PLRU")
    with pytest.raises(co.InputError, match=r"sets must be .*\n.*power of two, not 3"):
        Cache(sets=0, ways=3, policy="PLRU")


@pytest.mark.parametrize("kind", [ARC, S3FIFO])
@pytest.mark.parametrize("why", ["evicted", "invalidated"])
def test_only_victims_that_the_policy_named_leave_a_ghost(kind: type[ARC] | type[S3FIFO], why: str) -> None:
    policy = kind(4, SplitMix64(0))
    policy.insert("a")
    policy.remove("a", why)  # type: ignore[arg-type]
    ghosts = policy.ghosts if isinstance(policy, S3FIFO) else policy.once_ghosts | policy.often_ghosts
    assert not ghosts
    policy.insert("a")
    assert "a" in (policy.small if isinstance(policy, S3FIFO) else policy.once)


def test_arc_learns_from_its_ghosts_where_a_way_was_free() -> None:
    policy = ARC(2, SplitMix64(0))
    for line in "aab":
        (policy.hit if line in policy.once else policy.insert)(line)
    assert policy.victim("c") == "b"
    policy.remove("b", "evicted")
    policy.insert("c")
    policy.remove("a", "invalidated")
    policy.insert("b")  # nobody had to leave for it
    assert (policy.target, list(policy.often), list(policy.once_ghosts)) == (1, ["b"], [])


@settings(max_examples=200)
@given(ways=st.integers(1, 4), ops=st.lists(st.tuples(st.sampled_from("uuui"), st.integers(0, 9)), max_size=80))
def test_arc_keeps_its_bounds_when_lines_are_invalidated(ways: int, ops: list[tuple[str, int]]) -> None:
    policy = ARC(ways, SplitMix64(0))
    for op, line in ops:
        held = [*policy.once, *policy.often]
        if op == "i" and line in held:
            policy.remove(line, "invalidated")
        elif op == "u" and line in held:
            policy.hit(line)
        elif op == "u":
            if len(held) == ways:
                policy.remove(policy.victim(line), "evicted")
            policy.insert(line)
        once, often = len(policy.once), len(policy.often)
        assert once + often <= ways
        assert once + len(policy.once_ghosts) <= ways
        assert once + often + len(policy.once_ghosts) + len(policy.often_ghosts) <= 2 * ways
        assert 0 <= policy.target <= ways
        names = [*policy.once, *policy.often, *policy.once_ghosts, *policy.often_ghosts]
        assert len(names) == len(set(names))


def test_lecar_draws_nothing_where_its_experts_agree_and_a_regret_costs_the_one_to_blame() -> None:
    random = SplitMix64(3)
    policy = LeCaR(2, random)
    policy.insert("a")
    policy.insert("b")
    assert (policy.victim("c"), random.state) == ("a", SplitMix64(3).state)
    policy.hit("a")
    policy.hit("a")
    policy.hit("b")  # recency says a, frequency says b
    line = policy.victim("c")
    assert random.state != SplitMix64(3).state
    policy.remove(line, "evicted")
    policy.insert("c")
    policy.remove("c", "invalidated")
    policy.insert(line)
    assert (policy.trust < 0.5) == (line == "a")
    assert policy.ranks[line][0] == {"a": 4, "b": 3}[line]  # the count goes on


def test_what_was_left_behind_in_a_heap_is_swept() -> None:
    policy = LFU(4, SplitMix64(0))
    for number in range(10_000):
        policy.insert(number)
        policy.remove(number, "invalidated")
    assert len(policy.ranks._heap) <= ROOM + 1


def test_a_future_passes_over_explicit_evictions() -> None:
    future = Future([("a", True), ("b", True), ("a", False), ("b", True), ("a", True)])
    found = []
    for future.now in range(5):
        found.append(future.next_use())
    assert found == [NEVER, 3, 4, NEVER, NEVER]


def test_opt_on_a_machine_looks_at_each_cores_own_stream() -> None:
    ops = "0 r 0; 1 r 5; 0 r 1; 1 r 6; 0 r 2; 1 r 7; 0 r 0; 1 r 6; 0 e 0; 0 r 1"
    for order in ("program", "trace"):
        run = co.Machine(cache=Cache(ways=2, policy="OPT")).run(co.Workload.from_ops(ops), order=order)
        assert [c["read_misses"] for c in run.per_core] == [4, 3]


def test_opt_on_a_machine_keeps_no_line_for_an_eviction() -> None:
    run = co.Machine(cache=Cache(ways=2, policy="OPT")).run(co.Workload.from_ops("0 r 0; 0 r 1; 0 r 2; 0 e 0; 0 r 1"))
    assert run.totals["read_misses"] == 3


@pytest.mark.parametrize("order", ["program", "trace"])
def test_opt_on_a_machine_is_not_led_astray_by_computing(order: str) -> None:
    accesses = [(0, "r", key, 0) for key in (0, 1, 2, 0, 1, 2, 3, 0, 1)]
    computing = [one for access in accesses for one in (access, (0, COMPUTE, 0, 5))]
    machine = co.Machine(cache=Cache(ways=2, policy="OPT"))
    works = [co.Workload.from_accesses("t", lambda a=a: iter(a), 1) for a in (accesses, computing)]  # type: ignore[misc]
    assert [machine.run(work, order=order).totals["read_misses"] for work in works] == [6, 6]


def test_opt_refuses_programs() -> None:
    def program(core: co.Core) -> object:
        yield from core.get("x")

    with pytest.raises(co.InputError, match="policy OPT needs to know every access in advance, but programs is"):
        co.Machine(cache=Cache(ways=2, policy="OPT")).run([program])


@pytest.mark.parametrize("policy", POLICIES)
def test_a_miss_in_a_large_set_costs_no_scan_of_it(policy: str) -> None:
    """A scan of 16,384 lines at each of 40,000 misses would take minutes."""
    began = process_time()
    assert replay([*range(25_000), *range(25_000)], ways=16_384, policy=policy).misses >= 25_000
    assert process_time() - began < 10
