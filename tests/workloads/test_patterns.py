"""The point of each sharing pattern, on the counters: what its docstring tells people to look for is there."""

from __future__ import annotations

import pytest

import coherence as co
from coherence.workloads import (
    false_sharing,
    false_sharing_padded,
    migratory,
    moving_hot_set,
    ping_pong,
    private,
    producer_consumer,
    random,
    read_mostly,
    reduction_padded,
    reduction_shared,
    reduction_tree,
    stencil,
    uniform,
    zipf,
)

LINES = co.Cache(keys_per_line=64)
ORDERS = pytest.mark.parametrize("order", ["program", "trace"])
CORES = pytest.mark.parametrize("cores", [2, 3, 4, 8])


def total(run: co.Run, *names: str) -> int:
    return sum(run.totals[name] for name in names)  # type: ignore[misc]


def bus(run: co.Run) -> int:
    return sum(run.totals["bus"].values())  # type: ignore[union-attr]


@ORDERS
@pytest.mark.parametrize("keys_per_line", [1, 64])
def test_private_keys_cost_cold_misses_only(order: str, keys_per_line: int) -> None:
    machine = co.Machine("MESI", cache=co.Cache(keys_per_line=keys_per_line))
    run = machine.run(private(keys=100), order=order)
    assert total(run, "read_misses", "write_misses") == total(run, "cold") == len(run.lines)
    assert total(run, "invalidations", "upgrades", "interventions") == 0
    assert total(run, "silent_upgrades") > 0


def test_private_keys_cost_an_upgrade_each_where_no_state_is_exclusive_and_clean() -> None:
    run = co.Machine("MSI").run(private())
    silent = co.Machine("MESI").run(private())
    assert total(run, "upgrades") == total(silent, "silent_upgrades") > 0


def test_read_mostly_hits_and_each_write_takes_every_copy() -> None:
    run = co.Machine("MESI").run(read_mostly(cores=8))
    assert run.totals["hit_rate"] > 0.85  # type: ignore[operator]
    taking = total(run, "upgrades", "write_misses")
    assert 3 * taking < total(run, "invalidations") < 8 * taking
    assert total(run, "read_misses") == pytest.approx(total(run, "invalidations") + 8 * 64, rel=0.1)
    assert total(run, "writes") == pytest.approx(80, abs=30)


@ORDERS
def test_producer_consumer_writes_memory_unless_a_state_owns(order: str) -> None:
    flushed, owned = (co.Machine(p).run(producer_consumer(), order=order) for p in ("MESI", "MOESI"))
    assert total(flushed, "memory_writes") >= 50
    assert total(owned, "memory_writes") == 0


@ORDERS
@CORES
def test_migratory_costs_an_upgrade_after_each_hand_overs_read(order: str, cores: int) -> None:
    """Every turn but the first, whose line is exclusive, is one read miss and one upgrade a key; copies are taken."""
    rounds, keys = 20, 3
    run = co.Machine("MESI").run(migratory(cores=cores, rounds=rounds, keys=keys), order=order)
    turns = rounds * cores
    assert total(run, "read_misses") == keys * turns
    assert total(run, "write_misses") == 0
    assert total(run, "upgrades") == keys * (turns - 1)
    assert total(run, "invalidations") == keys * (turns - 1)
    assert total(run, "true_sharing") == keys * (turns - cores)


@ORDERS
@CORES
def test_ping_pong_invalidates_at_each_turn(order: str, cores: int) -> None:
    run = co.Machine("MESI").run(ping_pong(cores=cores, rounds=10), order=order)
    assert total(run, "write_misses") == 10 * cores
    assert total(run, "invalidations") == 10 * cores - 1
    assert total(run, "cache_fills") == 10 * cores - 1


@ORDERS
def test_false_sharing_is_all_false_and_padding_cures_it(order: str) -> None:
    shared, cured = (co.Machine(cache=LINES).run(w(), order=order) for w in (false_sharing, false_sharing_padded))
    assert total(shared, "true_sharing") == 0
    assert total(shared, "false_sharing") > 300
    assert total(cured, "read_misses", "write_misses") == total(cured, "cold") == 4
    assert total(cured, "invalidations") == 0


def test_uniform_is_random_by_another_name() -> None:
    assert uniform(seed=3).name == "uniform"
    assert list(uniform(cores=3, keys=9, seed=3).sequence()) == list(random(cores=3, keys=9, seed=3).sequence())


def test_random_spreads_its_cost_evenly_and_more_writes_cost_more() -> None:
    lines = co.Machine().run(random(keys=16)).lines
    counts = [line.invalidations for line in lines.values()]
    assert max(counts) < 2 * min(counts)
    few, many = (total(co.Machine().run(random(writes=w)), "true_sharing") for w in (0.05, 0.5))
    assert many > 1.5 * few


@pytest.mark.parametrize("skew", [0, 0.5, 0.99, 2])
def test_zipf_follows_its_law(skew: float) -> None:
    """Key 0 comes (k + 1)^skew times as often as key k."""
    keys = [key for _, _, key, _ in zipf(accesses=20_000, skew=skew, keys=64).sequence()]
    assert set(keys) <= set(range(64))
    for other in (1, 3, 7):
        assert keys.count(0) / keys.count(other) == pytest.approx((other + 1) ** skew, rel=0.2)


def test_zipf_has_few_lines_that_cost_nearly_everything() -> None:
    lines = co.Machine().run(zipf(keys=1000, skew=1.2)).lines
    costs = sorted((line.invalidations for line in lines.values()), reverse=True)
    assert lines[0].invalidations == costs[0]
    assert sum(costs[:20]) > 0.6 * sum(costs)


def test_the_hot_set_is_hot_and_moves() -> None:
    period, hot = 250, 32
    stream = [key for _, _, key, _ in moving_hot_set(cores=1, hot=hot, period=period).streams()[0]]
    for number in range(len(stream) // period):
        part = stream[number * period : (number + 1) * period]
        inside = sum(number * hot <= key < (number + 1) * hot for key in part)  # type: ignore[operator]
        assert inside > 0.8 * period


def test_a_move_of_the_hot_set_brings_a_burst_of_misses() -> None:
    period = 250
    cache = co.Cache(ways=64)
    run = co.Machine(cache=cache).run(moving_hot_set(cores=1, period=period), record=True)
    missed = [number % period for number, access in enumerate(run.recorded()) if access.miss]
    assert sum(at < 50 for at in missed) > 2 * sum(at >= period - 50 for at in missed)


@pytest.mark.parametrize("keys_per_line", [1, 8, 64])
@pytest.mark.parametrize("dimensions", [1, 2])
@pytest.mark.parametrize("cores", [1, 4, 6])
def test_a_stencil_misses_on_the_halo_alone_once_it_is_warm(cores: int, dimensions: int, keys_per_line: int) -> None:
    """After both grids were touched, a core reads others' border cells by misses, and its own cells never."""
    steps, side = 8, 6
    machine = co.Machine("MESI", cache=co.Cache(keys_per_line=keys_per_line))
    run = machine.run(stencil(cores=cores, side=side, steps=steps, dimensions=dimensions), record=True)
    per_core = run.per_core[0]["reads"] + run.per_core[0]["writes"]  # type: ignore[operator]
    done = [0] * cores
    halo = 0
    for access in run.recorded():
        done[access.core] += 1
        warm = done[access.core] > per_core // steps * 3  # corner blocks have fewer neighbours: a step more is sure
        if warm and access.miss:
            assert access.event == "PrRd"
            assert access.key // 64 // 2 != access.core  # type: ignore[operator]
            halo += 1
    assert (halo > 0) == (cores > 1)


def test_a_larger_block_shares_a_smaller_part() -> None:
    small, large = (co.Machine().run(stencil(side=side, steps=10)) for side in (4, 16))
    share = [total(run, "true_sharing") / total(run, "reads") for run in (small, large)]
    assert share[1] < share[0] / 2


@CORES
def test_a_shared_counter_moves_at_every_addition(cores: int) -> None:
    run = co.Machine(cache=LINES).run(reduction_shared(cores=cores, items=50), order="trace")
    assert total(run, "write_misses") == 50 * cores
    assert total(run, "invalidations") == 50 * cores - 1


@pytest.mark.parametrize("workload", [reduction_padded, reduction_tree])
@pytest.mark.parametrize("cores", [2, 3, 4, 7, 16])
def test_padded_counters_share_nothing_until_they_are_collected(workload: type, cores: int) -> None:
    run = co.Machine("MESI", cache=LINES).run(workload(cores=cores, items=50))
    assert total(run, "cold") == total(run, "read_misses", "write_misses") == 2 * cores - 1
    assert total(run, "cache_fills") == cores - 1  # each counter but core 0's is fetched once
    assert total(run, "invalidations") == 0
    assert bus(run) < 4 * cores


@pytest.mark.parametrize(("cores", "levels"), [(2, 1), (4, 2), (5, 3), (16, 4)])
def test_a_tree_spreads_the_collecting(cores: int, levels: int) -> None:
    flat, tree = (co.Machine(cache=LINES).run(w(cores=cores)) for w in (reduction_padded, reduction_tree))
    assert flat.per_core[0]["cache_fills"] == cores - 1
    assert tree.per_core[0]["cache_fills"] == levels


@pytest.mark.parametrize(
    ("workload", "hinted"), [(false_sharing, 64), (reduction_padded, 64), (reduction_shared, None), (zipf, None)]
)
def test_a_pattern_made_for_lines_of_several_keys_says_so(workload: type, hinted: int | None) -> None:
    assert workload().keys_per_line == hinted
