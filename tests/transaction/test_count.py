"""Miss causes and counters, each on the shortest sequence that shows it."""

from __future__ import annotations

import pytest

from coherence.accesses.workload import Workload
from coherence.cache.config import Cache
from coherence.machine import Machine
from coherence.run.run import Run


def run(ops: str, protocol: str = "MESI", **cache: int) -> Run:
    return Machine(protocol, cache=Cache(**cache)).run(Workload.from_ops(ops), order="trace", record=True)


# what it shows: (protocol, keys per line, ops, the causes of the misses in order)
CAUSES = {
    "first touch": ("MESI", 2, "0 r 0; 1 w 1", "cold cold"),
    "another key of the line": ("MESI", 2, "0 r 0; 1 w 1; 0 r 0", "cold cold false_sharing"),
    "the key itself": ("MESI", 2, "0 r 0; 1 w 0; 0 r 0", "cold cold true_sharing"),
    "the key later, by a hit": ("MESI", 2, "0 r 0; 1 w 1; 1 w 0; 0 r 0", "cold cold true_sharing"),
    "the key before the loss": ("MESI", 2, "1 w 0; 0 r 0; 1 w 1; 0 r 0", "cold cold false_sharing"),
    "written by a third": ("MESI", 2, "0 r 0; 1 w 1; 2 w 0; 0 r 0", "cold cold cold true_sharing"),
    "own eviction": ("MESI", 2, "0 r 0; 0 e 0; 1 w 0; 0 r 0", "cold cold replacement"),
    "lost after an eviction and a fill": ("MESI", 2, "0 r 0; 0 e 0; 0 r 0; 1 w 1; 0 r 0", "cold replacement cold false_sharing"),
    "taken by a read": ("MI", 1, "0 w 0; 1 r 0; 0 r 0", "cold cold false_sharing"),
    "taken by a read, then written": ("MI", 1, "0 w 0; 1 r 0; 1 w 0; 0 r 0", "cold cold true_sharing"),
    "no allocation is cold each time": ("WriteThrough", 1, "0 w 0; 0 w 0; 0 r 0; 1 w 0; 0 w 0", "cold cold cold cold cold"),
    "own write without a copy is not another's": ("WriteThrough", 2, "0 r 0; 1 w 1; 0 w 0; 0 r 0", "cold cold cold false_sharing"),
    "an upgrade is no miss": ("MESI", 1, "0 r 0; 1 r 0; 0 w 0", "cold cold"),
}  # fmt: skip


@pytest.mark.parametrize("what", CAUSES)
def test_miss_causes(what: str) -> None:
    protocol, keys, ops, causes = CAUSES[what]
    done = run(ops, protocol, keys_per_line=keys)
    assert [a.miss for a in done.recorded() if a.miss] == causes.split()
    assert sum(done.totals[c] for c in ("cold", "replacement", "true_sharing", "false_sharing")) == (  # type: ignore[misc]
        done.totals["read_misses"] + done.totals["write_misses"]  # type: ignore[operator]
    )


def test_a_victim_counts_as_eviction_write_back_and_request() -> None:
    done = run("0 w 0; 0 r 1; 0 r 0", ways=1)
    core = done.per_core[0]
    assert (core["evictions"], core["writebacks"], core["replacement"]) == (2, 1, 1)
    assert core["bus"] == {"BusRd": 2, "BusRdX": 1, "BusUpgr": 0, "BusUpd": 0, "BusWr": 0, "BusWB": 1}
    events = done.recorded()
    assert events[1].outcome is not None
    assert events[1].outcome.bus == ("BusRd", "BusWB")
    assert done.memory == {0: 1}


def test_intervention_flush_supply_and_invalidation() -> None:
    done = run("0 w x; 1 r x; 1 w x; 0 w x")
    first, second = done.per_core
    assert (first["interventions"], first["flushes"], first["supplies"], first["invalidations"]) == (1, 1, 1, 1)
    assert (second["upgrades"], second["cache_fills"], second["flushes"], second["invalidations"]) == (1, 1, 1, 1)
    assert done.invalidated_by == {1: {0: 1}, 0: {1: 1}}
    assert done.totals["memory_writes"] == 2


def test_an_intervention_needs_a_busrd_that_leaves_the_copy_valid() -> None:
    assert run("0 r x; 1 w x").totals["interventions"] == 0  # taken
    assert run("0 w x; 1 r x", "Synapse").totals["interventions"] == 0  # D goes to I on BusRd
    assert run("0 r x; 1 r x").totals["interventions"] == 1  # E to S
    assert run("0 w x; 1 w x", "Dragon").totals["interventions"] == 1  # the BusRd of a write miss


def test_lines_know_their_accesses_misses_and_cores() -> None:
    done = run("0 r 0; 1 w 1; 0 r 0; 0 r 2", keys_per_line=2)
    line = done.lines[0]
    assert (line.reads, line.writes, line.cold, line.false_sharing, line.invalidations) == (2, 1, 2, 1, 1)
    assert (line.readers, line.writers) == ((0,), (1,))
    assert sum(x.reads + x.writes for x in done.lines.values()) == 4


def test_ratios_of_nothing_are_zero() -> None:
    done = run("0 e x")
    names = ("hit_rate", "miss_rate", "amat", "bus_utilization")
    assert [done.totals[n] for n in names] == [0.0, 0.0, 0.0, 0.0]
    assert done.per_core[0]["evictions"] == 0


def test_pandas_tables_agree_with_the_counters() -> None:
    done = run("0 w x; 1 r x; 1 w x; 0 r y")
    assert done.to_pandas("cores")["reads"].sum() == done.totals["reads"]
    assert done.to_pandas("lines")["invalidations"].sum() == done.totals["invalidations"]
    assert len(done.to_pandas("events")) == 4
    assert done.to_pandas("bus")["held"].sum() == done.totals["bus_busy"]
