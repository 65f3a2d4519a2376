"""The compiled engine counts what the SimPy machine counts, says what it cannot do, and is taken where it pays."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

import coherence as co
from coherence.accesses.dense import encode, grouped, lines, listed
from coherence.config.arbiter import ARBITERS
from coherence.errors import Breach, InputError
from coherence.kernel import engine as fast_engine
from tests.cli.conftest import Said, call
from tests.kernel.cases import case, compiled, counted, differences, in_parts, machine, numbers, tables, told

__all__ = ["Said", "call"]  # the fixture

pytest.importorskip("numba")

CASES = 2000
BROKEN = co.protocols["MESI"].but("forgetful", S={"BusUpgr": "S"})
STREAM = co.Workload.from_ops("0 w x; 1 r x; 0 w x; 1 r x")


def long(count: int = fast_engine.LEAST) -> co.Workload:
    return co.Workload.from_accesses("long", lambda: ((n % 2, "rw"[n % 3 == 0], n % 10, 0) for n in range(count)), 2)


@pytest.fixture(scope="module")
def known() -> list[co.Protocol]:
    return tables(random.Random(77))


def test_every_counter_of_every_core_is_that_of_the_simpy_machine(known: list[co.Protocol]) -> None:
    draw = random.Random(2026)
    for number in range(CASES):
        one = case(draw, known)
        wanted = counted(one, "simpy")
        found = differences(wanted, counted(one, "fast"))
        if one["order"] == "program":  # both loops; big logs and reaches hardly ever stop a core on a small trace
            log, near = draw.choice([1, 2, 5]), draw.choice([1, 2, 64])
            found += differences(wanted, compiled(one, "ahead", log, near)) + differences(
                wanted, compiled(one, "plain")
            )
        assert not found, (number, one)


def test_every_catalogue_protocol_on_a_longer_trace() -> None:
    draw = random.Random(3)
    for protocol in co.protocols.values():
        one = case(draw, [protocol], most=3000) | {"cores": 16}
        assert counted(one, "fast") == counted(one, "simpy")


@pytest.mark.parametrize("order", ["program", "trace"])
def test_lines_that_more_cores_hold_than_a_word_has_bits(order: str) -> None:
    """The bits of a line's holders lie in several words, and those of other lines beside them."""
    draw = random.Random(11)
    accesses = []
    for _ in range(10):
        accesses += [(core, "r", key, 0) for key in range(3) for core in range(140)]
        accesses += [(draw.randrange(140), draw.choice("rwe"), draw.randrange(3), 0) for _ in range(10)]
    one = {
        "protocol": co.protocols["MOESI"], "cores": 140, "arbitration": "fifo", "seed": 0, "order": order,
        "timing": {}, "cache": {}, "accesses": accesses,
    }  # fmt: skip
    wanted = counted(one, "simpy")
    assert wanted["totals"]["invalidations"] > 500
    assert not differences(wanted, counted(one, "fast"))
    assert not differences(wanted, in_parts(one, 100, False))


def test_a_table_that_is_not_proved_runs_unwatched_and_only_so() -> None:
    draw = random.Random(5)
    wrong = tables(draw, right=False)
    for number in range(CASES // 10):
        one = case(draw, wrong)
        assert not differences(told(one, "simpy"), told(one, "fast")), (number, one)
    with pytest.raises(InputError, match=r"forgetful is not proved correct .*watch=False"):
        co.Machine(BROKEN).run(STREAM, engine="fast")


def test_two_cores_that_write_a_line_locally_are_in_order() -> None:
    """A table that is not proved may let them, so it does not run ahead: who wrote last tells true sharing from false."""
    both = co.protocols["MOESI"].but("both", S={"PrWr": "O"})
    one = {
        "protocol": both, "cores": 5, "arbitration": "fifo", "seed": 0, "order": "program",
        "timing": {"start": 9, "reply": 9, "transfer": 0, "hit": 3}, "cache": {"keys_per_line": 2},
        "accesses": [
            (int(a[0]), a[2], int(a[4]), 0)
            for a in "2 r 0;2 r 0;2 w 0;1 w 1;0 r 0;0 r 0;0 r 0;0 w 0;3 r 0;4 w 1;3 r 0".split(";")
        ],
    }  # fmt: skip
    assert told(one, "fast") == told(one, "simpy")


def test_what_stops_a_run_is_told_by_the_machine_itself() -> None:
    never = co.protocols["MESI"].but("hasty", M={"BusRd": "never"})
    for order in ("program", "trace"):
        said = []
        for engine in ("simpy", "fast"):
            with pytest.raises(Breach) as caught:
                co.Machine(never, watch=False).run(STREAM, order=order, engine=engine)
            said.append(str(caught.value))
        assert said[0] == said[1]
    whole = co.Machine().run(STREAM, engine="fast").cycles
    assert co.Machine().run(STREAM, engine="fast", max_cycles=whole).cycles == whole
    with pytest.raises(Breach, match=f"--max-cycles {whole - 1}"):
        co.Machine().run(STREAM, engine="fast", max_cycles=whole - 1)


REFUSED: dict[str, tuple[co.Machine, Any, dict[str, Any]]] = {
    "programs": (co.Machine(), co.workloads.lock_tas(rounds=1), {}),
    "keeps no records": (co.Machine(), STREAM, {"record": True}),
    "one private level, not 2": (co.Machine(cache=[co.Cache(), co.Cache()]), STREAM, {}),
    "no shared level": (co.Machine(shared=co.Cache()), STREAM, {}),
    "LRU, FIFO, Random, not PLRU": (co.Machine(cache=co.Cache(ways=2, policy="PLRU")), STREAM, {}),
    "at most 1,024 cores": (co.Machine(cores=1025), STREAM, {}),
    r"2\^51 cycles": (co.Machine(timing=co.Timing(memory=2**62)), STREAM, {}),
    "too large a gap": (co.Machine(), co.Workload.from_accesses("g", lambda: iter([(0, "r", 1, 2**32)]), 1), {}),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_it_cannot_do_is_said_and_auto_leaves_it_to_simpy(reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    machine, work, flags = REFUSED[reason]
    with pytest.raises(InputError, match=f"engine fast cannot run this: .*{reason}"):
        machine.run(work, engine="fast", **flags)
    monkeypatch.setattr(fast_engine, "LEAST", 1)
    assert machine.run(work, engine="auto", **flags).engine == "simpy"


def test_all_reasons_are_said_at_once() -> None:
    with pytest.raises(InputError) as caught:
        co.Machine(cache=co.Cache(ways=2, policy="PLRU"), shared=co.Cache()).run(STREAM, engine="fast", record=True)
    assert len(str(caught.value).splitlines()) == 3


def test_auto_takes_it_from_a_number_of_accesses_on() -> None:
    assert co.Machine().run(long()).engine == "fast"
    assert co.Machine().run(long(fast_engine.LEAST - 1)).engine == "simpy"
    assert co.Machine(BROKEN, watch=False).run(long()).engine == "fast"
    assert co.Machine(protocol="MESI").run(long(), record=True).engine == "simpy"


@pytest.mark.parametrize("order", ["program", "trace"])
def test_the_run_says_how_the_bus_was_arbitrated(order: str) -> None:
    for name in ARBITERS:
        assert co.Machine(arbitration=name).run(STREAM, order=order, engine="fast").arbitration == name


def test_without_numba_fast_says_what_to_install_and_auto_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_engine, "available", lambda: False)
    with pytest.raises(InputError, match=r"needs numba.*pip install '\.\[fast\]'"):
        co.Machine().run(STREAM, engine="fast")
    assert co.Machine().run(long()).engine == "simpy"


def test_any_key_can_be_run() -> None:
    keys: list[Any] = [2**63, -(2**63), 2**64, 2**100, -(2**100), "x", b"x", ("x", 1), 0, -1, 1]
    accesses = [(n % 3, "rwr"[n % 3], keys[n * 7 % len(keys)], 0) for n in range(200)]
    for some in (accesses, [a for a in accesses if a[2] == 2**63 or a[2] in (0, 1)]):
        one = {
            "protocol": "MOESI", "cores": 3, "timing": {}, "arbitration": "fifo", "seed": 1, "order": "program",
            "cache": {"sets": 3, "ways": 2, "keys_per_line": 2}, "accesses": some,
        }  # fmt: skip
        assert counted(one, "fast") == counted(one, "simpy")


def test_what_it_does_not_keep_is_said() -> None:
    got = co.Machine().run(STREAM, engine="fast")
    for look in (
        lambda: got.values["x"], lambda: got.contents[0], lambda: dict(got.memory), lambda: got.cache(0),
        lambda: got.recorded(),
    ):  # fmt: skip
        with pytest.raises(InputError, match=r"engine|events"):
            look()
    assert "engine <bdi>fast</bdi>" in got._repr_html_()
    assert got.worst_lines()[0].line == "x"
    assert len(got.to_pandas("lines")) == 1


def test_per_core_streams_keep_their_order_in_both_orders() -> None:
    def stream(core: int) -> Iterator[Any]:
        for n in range(20 + 10 * core):
            yield core, "rw"[n % 2], n * core % 7, n % 3
        yield core, "c", 0, 9

    work = co.Workload.from_streams("s", [lambda core=core: stream(core) for core in range(3)])  # type: ignore[misc]
    for order in ("program", "trace"):
        runs = [numbers(co.Machine(cores=5).run(work, order=order, engine=engine)) for engine in ("simpy", "fast")]
        assert runs[0] == runs[1]


def test_grouping_and_turns_undo_each_other() -> None:
    trace = encode(
        co.Workload.from_streams("s", [lambda c=c: iter([(c, "r", n * c, 0) for n in range(3 + c)]) for c in range(3)])
    )  # type: ignore[misc]
    again = listed(grouped(trace))
    assert again.core is not None and trace.core is not None
    assert again.what.tolist() == trace.what.tolist() and again.core.tolist() == trace.core.tolist()


def test_lines_are_numbered_once_a_size() -> None:
    trace = encode(co.Workload.from_ops("0 r -3; 0 r 5; 0 r -1; 0 r 4"))
    assert lines(trace, 2).of.tolist() == [0, 1, 2, 1]
    assert [int(n) for n in lines(trace, 2).names] == [-2, 2, -1]
    assert lines(trace, 2) is lines(trace, 2)


def test_the_command_line_says_which_engine_ran(call: Any) -> None:
    flags = ("run", "random", "--engine", "fast", "--keys-per-line", "64")
    assert call(*flags, "--json").json["engine"] == "fast"
    assert "engine fast" in call(*flags).out
    said = call("run", "lock_tas", "--engine", "fast")
    assert said.code == 2 and "engine fast cannot run this: lock_tas is programs" in said.err


def test_a_machine_of_more_cores_than_the_trace_has() -> None:
    one = case(random.Random(1), [co.protocols["MESI"]]) | {"cores": 40}
    assert machine(one).cores == 40
    assert counted(one, "fast") == counted(one, "simpy")
