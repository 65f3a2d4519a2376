"""Locks, barrier, queue and deque: right under every protocol, and wrong where the protocol or the program is."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coherence as co
from coherence.cli.main import main
from coherence.protocol.find import protocols
from coherence.workloads import (
    BUILT_IN,
    PROGRAMS,
    Barrier,
    BoundedQueue,
    Deque,
    McsLock,
    TasLock,
    TicketLock,
    Tree,
    TtasLock,
    barrier,
    bounded_queue,
    check_once,
    compare_and_swap,
    database,
    fetch_and_add,
    llm,
    lock_mcs,
    lock_tas,
    lock_ticket,
    lock_ttas,
    locked,
    spin,
    vision,
    work_stealing,
)
from coherence.workloads.matching import votes_at

Steps = Generator[Any, Any, Any]
MESI = protocols["MESI"]

# Short runs of each, so that all of them fit under every protocol.
SHORT: dict[str, Callable[..., co.Workload]] = {
    "lock_tas": partial(lock_tas, rounds=6),
    "lock_ttas": partial(lock_ttas, rounds=6),
    "lock_ticket": partial(lock_ticket, rounds=6),
    "lock_mcs": partial(lock_mcs, rounds=6),
    "ticket, spinning": lambda cores, seed: locked("spinning", TicketLock(), cores, rounds=6, seed=seed),
    "barrier": partial(barrier, phases=6),
    "bounded_queue": partial(bounded_queue, items=8, capacity=3),
    "work_stealing": partial(work_stealing, depth=4),
    "llm": partial(llm, chats=3),
    "database": partial(database, operations=12, keys=40, fanout=3, writes=0.6),
    "vision": partial(vision, images=3, features=5, queries=1, window=2),
}
# (cores, arbitration, ways, seed)
SETTINGS = [(1, "fifo", None, 0), (2, "round-robin", None, 1), (3, "priority", 2, 2), (5, "random", None, 3), (8, "priority", None, 4)]  # fmt: skip
LONG = 3_000_000  # cycles, a hundred times what any of them takes

# One cell wrong each.
BROKEN = {
    "an upgrade is ignored": MESI.but("forgetful", S={"BusUpgr": "S"}),
    "a dirty line is lost to a writer": MESI.but("amnesiac", M={"BusRdX": "I"}),
    "a dirty line is not shown to a reader": MESI.but("miserly", M={"BusRd": "S"}),
    "a reader thinks it is alone": MESI.but("presumptuous", I={"PrRd": "BusRd > E"}),
    "a dirty line is dropped": MESI.but("careless", M={"Evict": "I"}),
    "a shared line is written silently": MESI.but("sly", S={"PrWr": "M"}),
}


def test_all_programs_are_tried_here() -> None:
    assert {f.__name__ for f in PROGRAMS} <= set(SHORT)


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
@pytest.mark.parametrize("name", SHORT)
@pytest.mark.parametrize("protocol", protocols)
def test_it_is_right_under_every_protocol(protocol: str, name: str, setting: tuple[int, str, int | None, int]) -> None:
    """The machine watches every read, the workload checks itself, and here the result is looked at once more."""
    cores, arbitration, ways, seed = setting
    workload = SHORT[name](cores=cores, seed=seed)
    machine = co.Machine(protocol, cache=co.Cache(ways=ways), arbitration=arbitration, seed=seed)
    run = machine.run(workload, max_cycles=LONG)
    returned: tuple[Any, ...] = run.returned
    if name == "barrier":
        assert [run.values["phase", core] for core in range(cores)] == [5] * cores
    elif name == "bounded_queue":
        assert len({item for one in returned for item in one}) == 8 * max(1, cores // 2)
    elif name == "work_stealing":
        assert sorted(task for one in returned for task in one) == list(range(1, 32))
    elif name == "llm":
        assert sorted(one.request for log in returned for one in log.served) == list(range(9))
    elif name == "database":
        assert sum(Tree(3).content(run.values).values()) == sum(sum(one.values()) for one in returned) > cores
    elif name == "vision":
        assert 0 < sum(run.values.get(votes_at(3, 5) + image) or 0 for image in range(3)) <= 2 * cores  # type: ignore[misc]
    else:
        assert run.values["counter"] == 6 * cores


@pytest.mark.parametrize("name", [name for name in SHORT if name in BUILT_IN])
@pytest.mark.parametrize("what", ["an upgrade is ignored", "a dirty line is lost to a writer", "a dirty line is not shown to a reader", "a reader thinks it is alone"])  # fmt: skip
def test_a_broken_protocol_breaks_it_with_the_story(what: str, name: str) -> None:
    """Watched, the first breach stops the run and tells what happened to the line."""
    with pytest.raises(co.Breach) as caught:
        co.Machine(BROKEN[what]).run(BUILT_IN[name](), max_cycles=LONG)
    said = str(caught.value).splitlines()
    assert said[0].startswith("line ")
    assert "SWMR is broken" in said[0] or "stale read" in said[0]
    assert said[1] == "its last events:"
    assert len(said) > 3


# (workload, broken how, ways, what its own check says)
CAUGHT: dict[str, tuple[co.Workload, str, int | None, str]] = {
    "TAS lets two in": (lock_tas(), "a dirty line is lost to a writer", None, "mutual exclusion is broken: at cycle"),
    "TTAS lets two in": (lock_ttas(), "a dirty line is lost to a writer", None, "mutual exclusion is broken: at cycle"),
    "ticket lets two in": (lock_ticket(), "a dirty line is lost to a writer", None, "mutual exclusion is broken: at"),
    "MCS lets two in": (lock_mcs(), "a dirty line is lost to a writer", None, "mutual exclusion is broken: at cycle"),
    "what TAS guards is lost": (
        lock_tas(), "a dirty line is not shown to a reader", None,
        "lock_tas: the counter behind the lock is 1 after 80 additions",
    ),
    "a barrier shows old words": (
        barrier(), "a dirty line is not shown to a reader", None,
        "core 0 is past the barrier of phase 0, but reads phase None of core 1",
    ),
    "a barrier forgets": (barrier(), "a dirty line is dropped", 2, "is past the barrier of phase 0, but reads phase"),
    "a queue loses items": (bounded_queue(), "a dirty line is dropped", 4, "was lost"),
    "a task is done twice": (work_stealing(cores=3), "a dirty line is lost to a writer", 2, "came 2 times"),
    "a task is done by all": (work_stealing(cores=4), "a shared line is written silently", None, "came 4 times"),
}  # fmt: skip


@pytest.mark.parametrize("what", CAUGHT)
def test_unwatched_its_own_check_catches_a_broken_protocol(what: str) -> None:
    """Not the machine but the program finds out, as on real hardware."""
    workload, how, ways, said = CAUGHT[what]
    with pytest.raises(co.Breach) as caught:
        co.Machine(BROKEN[how], cache=co.Cache(ways=ways), watch=False).run(workload, max_cycles=100_000)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", [name for name in SHORT if name in BUILT_IN])
@pytest.mark.parametrize("what", ["an upgrade is ignored", "a dirty line is lost to a writer", "a dirty line is not shown to a reader"])  # fmt: skip
def test_unwatched_a_broken_protocol_never_passes_and_never_crashes(what: str, name: str) -> None:
    """Whatever stale values a program reads, it ends by a Breach: its own check, a never cell, or a livelock's end."""
    with pytest.raises(co.Breach):
        co.Machine(BROKEN[what], watch=False).run(BUILT_IN[name](), max_cycles=30_000)


@pytest.mark.parametrize("name", [name for name in SHORT if name in BUILT_IN])
def test_runs_of_one_workload_leave_nothing_behind(name: str) -> None:
    """Not even a run that was stopped in the middle, and not on other machines."""
    workload = BUILT_IN[name]()
    first = co.Machine().run(workload).to_json()
    with pytest.raises(co.Breach):
        co.Machine(BROKEN["a dirty line is lost to a writer"], watch=False).run(workload, max_cycles=30_000)
    co.Machine("Dragon", cores=6).run(workload)
    assert co.Machine().run(workload).to_json() == first
    assert co.Machine().run(BUILT_IN[name]()).to_json() == first


@pytest.mark.parametrize("name", [name for name in SHORT if name in BUILT_IN])
def test_another_seed_is_another_run(name: str) -> None:
    assert co.Machine().run(BUILT_IN[name](seed=1)).cycles != co.Machine().run(BUILT_IN[name]()).cycles


class RacyLock:
    """Reads, and writes if it was free: two cores may read before either writes."""

    key = "lock"

    def acquire(self, core: co.Core) -> Steps:
        while (yield from core.get(self.key)):
            yield core.compute(5)
        yield from core.put(self.key, 1)

    def release(self, core: co.Core) -> Steps:
        yield from core.put(self.key, 0)


@pytest.mark.parametrize("protocol", protocols)
def test_a_racy_lock_is_caught_under_a_right_protocol(protocol: str) -> None:
    """It is the student's own lock that is wrong here: the story is of the lock's line."""
    with pytest.raises(co.Breach) as caught:
        co.Machine(protocol).run(locked("racy", RacyLock(), outside=0), max_cycles=LONG)
    said = str(caught.value).splitlines()
    assert said[0].startswith("line lock: mutual exclusion is broken: at cycle ")
    assert said[1] == "its last events:"


def test_a_barrier_for_too_few_lets_cores_pass_early() -> None:
    passed = []

    def program(core: co.Core) -> Steps:
        yield core.compute(1000 * core.index)
        yield from Barrier(2).wait(core)
        passed.append((core.index, core.time))

    with pytest.raises(co.Breach, match="takes more than"):
        co.Machine().run([program] * 3, max_cycles=20_000)
    assert [index for index, _ in sorted(passed)] == [0, 1]
    assert all(1000 < time < 2000 for _, time in passed)


def test_a_thief_without_compare_and_swap_doubles_a_task() -> None:
    """Why the deque needs it: two thieves that look at the same time take the same task."""

    class Sloppy(Deque):
        def steal(self, core: co.Core) -> Steps:
            top = (yield from core.get(self.top)) or 0
            if top >= ((yield from core.get(self.bottom)) or 0):
                return None
            yield from core.put(self.top, top + 1)
            return (yield from core.get(self.at(top)))

    def run(kind: type[Deque]) -> list[Any]:
        def owner(core: co.Core) -> Steps:
            for task in range(20):
                yield from kind(0).push(core, task)
            return []

        def thief(core: co.Core) -> Steps:
            yield core.compute(10_000)
            taken = []
            for _ in range(60):
                task = yield from kind(0).steal(core)
                taken += [] if task is None else [task]
            return taken

        returned: Any = co.Machine().run([owner, thief, thief, thief]).returned
        return [task for one in returned for task in one]

    check_once("task", range(20), run(Deque))
    with pytest.raises(co.Breach, match=r"came [23] times"):
        check_once("task", range(20), run(Sloppy))


@given(st.lists(st.sampled_from(["push", "pop", "steal"]), max_size=40))
@settings(max_examples=60, deadline=None)
def test_a_deque_used_by_one_core_is_a_deque(operations: list[str]) -> None:
    """Against the standard library's, operation by operation, also through empty and back."""

    def program(core: co.Core) -> Steps:
        found = []
        for number, operation in enumerate(operations):
            if operation == "push":
                yield from Deque(3).push(core, number)
            elif operation == "pop":
                found.append((yield from Deque(3).pop(core)))
            else:
                found.append((yield from Deque(3).steal(core)))
        return found

    model: deque[int] = deque()
    expected: list[int | None] = []
    for number, operation in enumerate(operations):
        if operation == "push":
            model.append(number)
        else:
            expected.append(None if not model else model.pop() if operation == "pop" else model.popleft())
    assert co.Machine().run([program]).returned == (expected,)


@pytest.mark.parametrize("capacity", [1, 2, 5])
def test_a_queue_holds_its_capacity_and_no_more(capacity: int) -> None:
    """The producer of one item too many waits until the consumer, who sleeps, has taken one."""

    def producer(core: co.Core) -> Steps:
        for number in range(capacity + 1):
            done = core.time
            yield from BoundedQueue(capacity).put(core, number)
        return done, core.time

    def consumer(core: co.Core) -> Steps:
        yield core.compute(50_000)
        taken = []
        for _ in range(capacity + 1):
            taken.append((yield from BoundedQueue(capacity).take(core)))
        return taken

    (filled, ended), taken = co.Machine().run([producer, consumer]).returned  # type: ignore[misc]
    assert taken == list(range(capacity + 1))
    assert filled < 10_000
    assert ended > 50_000


def test_a_ticket_lock_serves_in_order_of_arrival_and_tas_need_not() -> None:
    def order(lock: Any) -> list[int]:
        entered: list[int] = []

        def program(core: co.Core) -> Steps:
            yield core.compute(300 * core.index)
            yield from lock.acquire(core)
            entered.append(core.index)
            yield core.compute(3000)
            yield from lock.release(core)

        co.Machine(arbitration="priority").run([program] * 5)
        return entered

    for lock in (TicketLock(), TicketLock(each=500), McsLock()):
        assert order(lock) == [0, 1, 2, 3, 4]
    assert sorted(order(TasLock())) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("protocol", protocols)
def test_primitives_are_atomic(protocol: str) -> None:
    """Of cores that compare and swap at once one wins, and no two draw the same number."""

    def program(core: co.Core) -> Steps:
        number = yield from fetch_and_add(core, "n", 2)
        won = yield from compare_and_swap(core, "winner", None, core.index)
        return number, won, (yield from core.get("winner")) == core.index

    returned: Any = co.Machine(protocol).run([program] * 6).returned
    assert sorted(number for number, _, _ in returned) == [0, 2, 4, 6, 8, 10]
    assert sum(won for _, won, _ in returned) == 1
    assert all(won == is_me for _, won, is_me in returned)


@pytest.mark.parametrize("slower", [0, 1])
def test_a_bus_that_prefers_the_spinners_starves_the_holder_unless_they_slow_down(slower: int) -> None:
    """Why `slower` is 1 and not 0: without it this never ends, under a right protocol."""

    def program(core: co.Core) -> Steps:
        lock = TasLock(slower=slower)
        yield core.compute(0 if core.index == 3 else 1000)  # the one that the bus likes least has the lock
        yield from lock.acquire(core)
        yield core.compute(2000)
        yield from lock.release(core)

    def run() -> int:
        return co.Machine(arbitration="priority").run([program] * 4, max_cycles=500_000).cycles

    if slower:
        assert run() < 30_000
    else:
        with pytest.raises(co.Breach, match="takes more than --max-cycles"):
            run()


@pytest.mark.parametrize("protocol", protocols)
def test_spinning_readers_do_not_starve_who_is_waited_for(protocol: str) -> None:
    """Where readers take the line from one another and the bus prefers them, `spin` has to slow down by itself."""

    def waits(core: co.Core) -> Steps:
        return (yield from spin(core, "flag", bool))

    def says(core: co.Core) -> Steps:
        yield core.compute(2000)
        yield from core.put("flag", 1)

    run = co.Machine(protocol, arbitration="priority").run([waits] * 5 + [says], max_cycles=20_000)
    assert run.returned == (1, 1, 1, 1, 1, None)


@pytest.mark.parametrize("make", [lambda: TasLock(slower=-1), lambda: TicketLock(each=-1), lambda: Barrier(0), lambda: BoundedQueue(0), lambda: Deque(-1)])  # fmt: skip
def test_nonsense_is_refused_when_it_is_made(make: Callable[[], object]) -> None:
    with pytest.raises(co.InputError, match="must be a whole number >= "):
        make()


def test_two_locks_of_the_same_key_are_one() -> None:
    """A lock is its keys, so each core may make its own."""

    def program(core: co.Core) -> Steps:
        for _ in range(5):
            yield from TtasLock("mine").acquire(core)
            n = yield from core.get("n")
            yield from core.put("n", (n or 0) + 1)
            yield from TtasLock("mine").release(core)

    assert co.Machine().run([program] * 4).values["n"] == 20


def test_the_command_line_runs_them_and_says_what_broke(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.txt"
    broken.write_text(str(BROKEN["an upgrade is ignored"]))
    assert main(["run", "lock_tas", "--cores", "8", "--json"]) == 0
    assert '"cores": 8' in capsys.readouterr().out
    assert main(["compare", "barrier", "--protocols", "MESI,Dragon"]) == 0
    assert "Dragon" in capsys.readouterr().out
    assert main(["run", "lock_ttas", "--protocol", str(broken)]) == 1
    said = capsys.readouterr()
    assert "SWMR is broken" in said.err and said.out == ""
    assert main(["run", "lock_mcs", "--order", "trace"]) == 2
    assert "lock_mcs is programs" in capsys.readouterr().err
