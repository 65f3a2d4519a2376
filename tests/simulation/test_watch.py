"""Broken tables are caught while they run, at the first breach, with the line's last events in words."""

from __future__ import annotations

import pytest

import coherence as co
from coherence.protocol.find import protocols

MESI, MOESI = protocols["MESI"], protocols["MOESI"]

# what is broken: (table, ops, words of the message)
BROKEN = {
    "upgrade ignored": (MESI.but("b", S={"BusUpgr": "S"}), "0 r x; 1 r x; 0 w x", "SWMR is broken: core 0 is exclusive but not alone (core 0 has M, core 1 has S)"),
    "silent write": (MESI.but("b", S={"PrWr": "M"}), "0 r x; 1 r x; 0 w x", "SWMR is broken"),
    "two owners": (MOESI.but("b", O={"BusRd": "Supply > O"}, I={"PrRd": "BusRd > E if alone else O"}), "0 w x; 1 r x", "two owners (core 0 has O, core 1 has O)"),
    "no flush": (MESI.but("b", M={"BusRd": "S"}), "0 w x; 1 r x", "stale read"),
    "stale after a lost word": (protocols["Dragon"].but("b", Sc={"BusUpd": "Sc"}), "0 r x; 1 r x; 0 w x; 1 r x", "stale read: at cycle"),
    "dropped on eviction": (MESI.but("b", M={"Evict": "I"}), "0 w x; 0 e x; 0 r x", "core 0 read None of x, but the newest write is write 1: core 0 wrote 1"),
    "never in a snoop": (MESI.but("b", M={"BusRd": "never"}), "0 w x; 1 r x", "core 0 in state M met BusRd, and its cell says never"),
    "never evicted, the victim": (MESI.but("b", S={"Evict": "never"}, E={"Evict": "never"}), "0 r 0; 0 r 1", "core 0 in state E met Evict"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_table_is_caught(what: str) -> None:
    table, ops, said = BROKEN[what]
    machine = co.Machine(table, cache=co.Cache(ways=1))
    with pytest.raises(co.Breach) as caught:
        machine.run(co.Workload.from_ops(ops), order="trace")
    assert said in str(caught.value)
    assert str(caught.value).startswith("line ")


@pytest.mark.parametrize("what", BROKEN)
def test_what_was_recorded_ends_with_the_access_that_broke(what: str) -> None:
    table, ops, said = BROKEN[what]
    machine = co.Machine(table, cache=co.Cache(ways=1))
    wanted = co.Workload.from_ops(ops)
    with pytest.raises(co.Breach) as caught:
        machine.run(wanted, order="trace", record=True)
    run = caught.value.run
    assert run is not None and said in run.stopped
    done = [(a.core, a.event[2].lower() if a.event != "Evict" else "e") for a in run.recorded()]
    asked = [(core, op) for core, op, _, _ in wanted.sequence()]
    assert done == asked[: len(done)]
    assert len(done) == len(asked) - ("never" in what), "a never cell has no outcome; else the broken step is there"
    with pytest.raises(co.Breach) as caught:
        machine.run(wanted, order="trace")
    assert caught.value.run is None


def test_a_check_that_fails_gives_the_whole_run() -> None:
    def refuse(run: co.Run) -> None:
        raise co.Breach("no")

    work = co.Workload.from_programs("w", [lambda core: core.put("x", 1)], check=refuse)
    with pytest.raises(co.Breach) as caught:
        co.Machine().run(work, record=True)
    assert caught.value.run is not None and caught.value.run.stopped == "no"
    assert caught.value.run.totals["writes"] == 1


def test_the_message_tells_the_lines_last_events() -> None:
    table, ops, _ = BROKEN["upgrade ignored"]
    with pytest.raises(co.Breach) as caught:
        co.Machine(table).run(co.Workload.from_ops("0 r other; " + ops), order="trace")
    told = str(caught.value).splitlines()
    assert told[1] == "its last events:"
    assert [line.split(": ", 1)[1] for line in told[2:]] == [
        "core 0 reads x (I → E) by BusRd; memory supplies",
        "core 1 reads x (I → S) by BusRd; core 0 (E → S); memory supplies",
        "core 0 writes x (S → M) by BusUpgr; core 1 stays S",
    ]


def test_unwatched_a_broken_table_runs_on_but_never_still_stops() -> None:
    table, ops, _ = BROKEN["upgrade ignored"]
    run = co.Machine(table, watch=False).run(co.Workload.from_ops(ops), order="trace")
    assert run.totals["upgrades"] == 1
    table, ops, _ = BROKEN["never in a snoop"]
    with pytest.raises(co.Breach, match="its cell says never"):
        co.Machine(table, watch=False).run(co.Workload.from_ops(ops), order="trace")


@pytest.mark.parametrize(("at", "ops"), [(("S", "BusUpgr"), "0 r x; 1 r x; 0 w x"), (("M", "Evict"), "0 w x; 0 e x")])
def test_a_cell_that_is_missing_is_not_told_as_never(at: tuple[str, str], ops: str) -> None:
    holed = co.Protocol("holed", "", MESI.states, MESI.columns, {k: c for k, c in MESI.cells.items() if k != at})
    with pytest.raises(co.Breach, match=f"in state {at[0]} met {at[1]}, and its cell is missing"):
        co.Machine(holed).run(co.Workload.from_ops(ops), order="trace")


def test_a_stale_value_is_caught_even_where_it_equals_the_newest() -> None:
    """Versions are compared, not values: writing the same value again is a new version."""

    def writer(core: co.Core):  # type: ignore[no-untyped-def]
        yield from core.put("x", 1)
        yield core.compute(500)
        yield from core.put("x", 1)

    def reader(core: co.Core):  # type: ignore[no-untyped-def]
        yield core.compute(200)
        yield from core.get("x")
        yield core.compute(1000)
        yield from core.get("x")

    deaf = protocols["Dragon"].but("deaf", Sc={"BusUpd": "Sc"})
    with pytest.raises(co.Breach, match="stale read"):
        co.Machine(deaf).run([writer, reader])


def test_a_stale_read_of_a_value_that_cannot_be_printed_is_told() -> None:
    class Shy:
        def __repr__(self) -> str:
            raise ValueError

    def program(core: co.Core):  # type: ignore[no-untyped-def]
        yield from core.put("x", Shy())
        yield from core.evict("x")
        yield from core.get("x")

    with pytest.raises(co.Breach, match="core 0 read None of x, but the newest write is write 1: core 0 wrote <Shy>"):
        co.Machine(MESI.but("b", M={"Evict": "I"})).run([program])


def test_an_update_that_sees_a_stale_value_is_caught() -> None:
    def adder(core: co.Core):  # type: ignore[no-untyped-def]
        yield core.compute(100 * core.index)
        yield from core.get("n")
        yield core.compute(1000)
        yield from core.update("n", lambda n: (n or 0) + 1)

    deaf = protocols["Dragon"].but("deaf", Sc={"BusUpd": "Sc"})
    with pytest.raises(co.Breach, match="stale read"):
        co.Machine(deaf).run([adder, adder, adder])
