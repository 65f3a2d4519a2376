"""Why an access went as it did, what happened to a line, and which lines cost most."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coherence as co
from coherence.protocol.find import protocols
from coherence.run.worst import pattern
from coherence.transaction.count import LineCounts


def run(ops: str, protocol: str = "MESI", **cache: int) -> co.Run:
    return co.Machine(protocol, cache=co.Cache(**cache)).run(co.Workload.from_ops(ops), order="trace", record=True)


# what it shows: (protocol, cache, ops, core, n, the answer)
ANSWERS = {
    "cold": ("MESI", {}, "0 r x", 0, 1, "core 0's 1st access (reads x, cycle 0) missed: the core had never held line x (cold). "
             "It took 102 cycles: 0 waiting for the bus, 101 on it; memory supplies."),
    "hit": ("MESI", {}, "0 r x; 0 r x", 0, 2, "core 0's 2nd access (reads x, cycle 102) hit: its copy was in E. It took 1 cycle."),
    "silent upgrade": ("MESI", {}, "0 r x; 0 w x", 0, 2, "hit: its copy went from E to M without the bus. It took 1 cycle."),
    "upgrade": ("MESI", {}, "0 r x; 1 r x; 0 w x", 0, 2, "was an upgrade: its copy in S could not be written without BusUpgr, and took the copies of core 1. "
                "It took 4 cycles: 0 waiting for the bus, 3 on it."),
    "false sharing": ("MESI", {"keys_per_line": 8}, "0 r 0; 1 w 5; 0 r 0", 0, 2, "missed: its copy of line 0 was taken at cycle 103 by core 1's write of "
                      "another key of the line (5): false sharing. It took 22 cycles: 0 waiting for the bus, 21 on it; core 1 supplies."),
    "true sharing": ("MESI", {}, "0 r x; 1 w x; 0 r x", 0, 2, "missed: its copy of line x was taken at cycle 103 by core 1's write of the same key: true sharing."),
    "true sharing by a later write": ("MESI", {"keys_per_line": 8}, "0 r 0; 1 w 5; 1 w 0; 0 r 0", 0, 2,
                                      "by core 1's write of another key of the line (5), and core 1 wrote 0 at cycle 204: true sharing."),
    "taken by a read": ("MI", {}, "0 w x; 1 r x; 0 r x", 0, 2, "by core 1's read of the same key: false sharing."),
    "taken by a read, then written": ("MI", {}, "0 w x; 1 r x; 1 w x; 0 r x", 0, 2, "by core 1's read of the same key, and core 1 wrote x at cycle"),
    "replacement": ("MESI", {"ways": 1}, "0 r 0; 0 r 1; 0 r 0", 0, 3, "missed: it had evicted line 0 at cycle 103 to make room for line 1 (replacement)."),
    "own eviction": ("MESI", {}, "0 r x; 0 e x; 0 r x", 0, 3, "missed: it had evicted line x itself at cycle 102 (replacement)."),
    "no allocation": ("WriteThrough", {}, "0 w x", 0, 1, "missed: a write without allocation leaves no copy (cold)."),
    "eviction": ("MESI", {}, "0 w x; 0 e x", 0, 2, "core 0's 2nd access (evicts x, cycle 102) gave up its copy. It took 52 cycles: 0 waiting for the bus, 51 on it."),
    "idle eviction": ("MESI", {}, "0 e x", 0, 1, "found no copy. It took 1 cycle."),
}  # fmt: skip


@pytest.mark.parametrize("what", ANSWERS)
def test_why(what: str) -> None:
    protocol, cache, ops, core, n, answer = ANSWERS[what]
    assert answer in run(ops, protocol, **cache).why(core, n)


@settings(max_examples=80, deadline=None)
@given(
    accesses=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from("rrwwe"), st.integers(0, 7), st.integers(0, 3)),
        min_size=1,
        max_size=60,
    ),
    protocol=st.sampled_from(sorted(protocols)),
    ways=st.sampled_from([None, 1, 2]),
)
def test_every_access_of_every_run_has_an_answer_that_agrees_with_its_record(
    accesses: list[tuple[int, str, int, int]], protocol: str, ways: int | None
) -> None:
    done = co.Machine(protocol, cores=4, cache=co.Cache(ways=ways, keys_per_line=2)).run(accesses, record=True)
    for core in range(4):
        own = [a for a in done.recorded() if a.core == core]
        for n, access in enumerate(own, start=1):
            told = done.why(core, n)
            assert ("missed" in told) == (access.miss is not None)
            assert f" {access.end - access.start} cycle" in told
            if access.miss:
                assert access.miss.replace("_", " ") in told
    for line in done.lines:
        changes = sum(1 for a in done.recorded() if a.line == line and (a.outcome or a.before != a.after))
        victims = sum(1 for a in done.recorded() if a.outcome and a.outcome.victim and a.outcome.victim.line == line)
        assert len(done.history(line)) == changes + victims


def test_records_lie_in_the_order_in_which_they_took_effect() -> None:
    done = co.Machine(timing=co.Timing(hit=9, arbitrate=0, memory=0)).run(
        co.workloads.random(cores=4, accesses=50), record=True
    )
    times = [a.effective for a in done.recorded()]
    assert times == sorted(times)


@pytest.mark.parametrize("n", [0, 3, -1])
def test_an_access_that_is_not_there(n: int) -> None:
    with pytest.raises(co.InputError, match=f"core 0 has 2 accesses, counted from 1; there is no access {n}"):
        run("0 r x; 0 r x").why(0, n)


def test_why_needs_records() -> None:
    with pytest.raises(co.InputError, match="record=True"):
        co.Machine().run(co.Workload.from_ops("0 r x")).why(0, 1)


def test_history_of_a_line() -> None:
    assert run("0 r 0; 0 w 0; 1 r 0; 1 r 1", ways=1).history(0) == [
        "cycle 1: core 0 reads 0 (I → E) by BusRd; memory supplies",
        "cycle 102: core 0 writes 0 (E → M)",
        "cycle 104: core 1 reads 0 (I → S) by BusRd; core 0 answers Flush (M → S); core 0 supplies",
        "cycle 126: core 1 evicts it for line 1",
    ]


PATTERNS = {
    "private": LineCounts(reads=5, writes=5, cold=1, readers=(2,), writers=(2,)),
    "read-mostly": LineCounts(reads=95, writes=5, cold=2, true_sharing=4, readers=(0, 1), writers=(0, 1)),
    "false sharing": LineCounts(reads=10, writes=10, false_sharing=6, true_sharing=5, readers=(0, 1), writers=(0, 1)),
    "producer/consumer": LineCounts(reads=10, writes=10, true_sharing=9, readers=(0, 1), writers=(0,)),
    "migratory": LineCounts(reads=10, writes=10, true_sharing=9, readers=(0, 1), writers=(0, 1)),
    "shared": LineCounts(reads=10, writes=10, true_sharing=9, readers=(0,), writers=(0, 1)),
}


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns(name: str) -> None:
    assert pattern(PATTERNS[name]) == name


def test_worst_lines_rank_by_misses_and_upgrades() -> None:
    done = co.Machine(cache=co.Cache(keys_per_line=64)).run(co.workloads.false_sharing(cores=3))
    worst = done.worst_lines()
    assert [(w.line, w.pattern) for w in worst] == [(0, "false sharing")]
    t = done.totals
    assert worst[0].requests == t["read_misses"] + t["write_misses"] + t["upgrades"]  # type: ignore[operator]
    assert str(worst[0]).startswith("line 0: false sharing; ")
    assert run("0 e x").worst_lines() == []


def test_why_tells_the_cycles_that_levels_behind_the_first_took() -> None:
    machine = co.Machine(cache=[co.Cache(ways=1), co.Cache(ways=4, lookup=10)])
    run = machine.run(co.Workload.from_ops("0 r a; 0 r b; 0 r a; 0 r a"), record=True)
    assert run.why(0, 2).endswith(
        "It took 112 cycles: 10 looking it up behind the first level, 0 waiting for the bus, 101 on it; memory supplies."
    )
    assert run.why(0, 3).endswith("It took 11 cycles, 10 looking it up behind the first level.")
    assert run.why(0, 4).endswith("It took 1 cycle.")
