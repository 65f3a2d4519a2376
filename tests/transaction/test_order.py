"""The transaction: each rule of it, on the smallest table that shows it."""

from __future__ import annotations

import pytest

from coherence.protocol.find import protocols
from coherence.protocol.model import Protocol, Undefined
from coherence.transaction.order import Moved, complete, fetch, order, snoop
from coherence.transaction.outcome import MEMORY, Answer, Outcome, Supplier, Turn

MESI, MOSI, DRAGON = protocols["MESI"], protocols["MOSI"], protocols["Dragon"]


def write(outcome: Outcome, values: dict[int, str], memory: str, new: str = "new") -> Moved[str]:
    return complete(outcome, values, memory, word=lambda seen: new, put=lambda line, word: word)


def test_a_cell_without_requests_is_local() -> None:
    assert order(MESI, 0, "PrWr", {0: "E"}) == Outcome(0, "PrWr", "E", "M")


def test_snoops_name_responses_and_changes_in_order_of_the_cores() -> None:
    done = order(MESI, 2, "PrWr", {3: "S", 0: "S", 2: "S"})
    assert done.turns == (Turn("BusUpgr", (Answer(0, (), "S", "I"), Answer(3, (), "S", "I"))),)
    assert done.changes == {2: ("S", "M"), 0: ("S", "I"), 3: ("S", "I")}
    assert done.supplier is None
    assert not done.memory_written


def test_alone_is_decided_after_the_last_snoop() -> None:
    assert order(MESI, 0, "PrRd", {}).after == "E"
    assert order(MESI, 0, "PrRd", {1: "M"}).after == "S"
    leaving = protocols["Synapse"].but("x", I={"PrRd": "BusRd > D if alone else V"})
    assert order(leaving, 0, "PrRd", {1: "D"}).after == "D"  # the only other copy left at the snoop


def test_an_owner_that_fetches_supplies_itself_before_all_others() -> None:
    table = MOSI.but("x", O={"PrWr": "BusRdX > M"}, S={"BusRdX": "Supply > I"})
    done = order(table, 1, "PrWr", {0: "S", 1: "O"})
    assert done.suppliers == (1,)
    assert complete(done, {0: "old", 1: "own"}, "stale", lambda v: v + "+", lambda v, w: w).values[1] == "own+"


def test_its_own_flush_is_a_supply_and_its_own_never_no_breach() -> None:
    table = MOSI.but("x", O={"PrWr": "BusRdX > M", "BusRdX": "Flush > I"})
    done = order(table, 0, "PrWr", {0: "O"})
    assert done.suppliers == (0,)
    assert done.flushes == ()
    assert not done.memory_written
    silent = table.but("y", O={"BusRdX": "never"})
    assert order(silent, 0, "PrWr", {0: "O"}).suppliers == (MEMORY,)


def test_of_several_suppliers_the_lowest_core_serves() -> None:
    done = order(protocols["Illinois"], 1, "PrRd", {0: "S", 2: "S"})
    assert done.suppliers == (0,)
    moved = complete(done, {0: "a", 2: "b"}, "m")
    assert moved.values[1] == "a"
    assert moved.offers == (("a", "b"),)


def test_every_flusher_writes_memory_whoever_supplies() -> None:
    table = MOSI.but("x", O={"PrWr": "BusRdX > M"}, S={"BusRdX": "Flush > I"})
    done = order(table, 0, "PrWr", {0: "O", 1: "S"})
    assert done.suppliers == (0,)
    assert done.flushes == (1,)
    assert write(done, {0: "v", 1: "v"}, "stale").memory == "v"


def test_supply_does_not_reach_memory() -> None:
    done = order(MOSI, 1, "PrRd", {0: "M"})
    moved = complete(done, {0: "new"}, "old")
    assert (moved.values[1], moved.memory, moved.seen) == ("new", "old", "new")


@pytest.mark.parametrize(
    ("others", "requests", "after"), [({}, ("BusRd",), "M"), ({1: "E"}, ("BusRd", "BusUpd"), "Sm")]
)
def test_if_shared_waits_for_another_copy(others: dict[int, str], requests: tuple[str, ...], after: str) -> None:
    done = order(DRAGON, 0, "PrWr", others)
    assert (done.requests, done.after) == (requests, after)


def test_if_shared_looks_at_that_moment_not_before() -> None:
    table = protocols["Synapse"].but(
        "x", D={"BusWr": "never"}, V={"BusWr": "I"}, I={"PrWr": "BusRd, BusWr if shared > D", "BusWr": "I"}
    )
    assert order(table, 0, "PrWr", {1: "D"}).requests == ("BusRd",)  # D left at the BusRd
    assert order(table, 0, "PrWr", {1: "V"}).requests == ("BusRd", "BusWr")


def test_the_second_request_snoops_what_the_first_left() -> None:
    done = order(DRAGON, 0, "PrWr", {1: "M"})
    assert [(t.request, a.before, a.after) for t in done.turns for a in t.answers] == [
        ("BusRd", "M", "Sm"),
        ("BusUpd", "Sm", "Sc"),
    ]
    assert done.changes[1] == ("M", "Sc")
    assert write(done, {1: "old"}, "older").values == {0: "new", 1: "new"}


def test_the_same_request_twice_is_answered_twice() -> None:
    table = MOSI.but("x", S={"PrWr": "BusRdX, BusRdX > M"})
    done = order(table, 0, "PrWr", {0: "S", 1: "O"})
    assert done.suppliers == (1, MEMORY)  # the owner is gone at the second
    moved = complete(done, {0: "old", 1: "new"}, "stale", lambda seen: seen, lambda line, word: word)
    assert (moved.values[0], moved.offers) == ("stale", (("new",), ("stale",)))


def test_a_fill_replaces_the_copy_that_a_second_fill_of_the_cell_would_supply() -> None:
    """The first fetch brings memory's stale line over the core's own, so its own answer to the second is stale too."""
    table = MOSI.but("x", O={"PrRd": "BusRdX, BusRd > S", "BusRdX": "I"})
    done = order(table, 0, "PrRd", {0: "O"})
    assert done.suppliers == (MEMORY, 0)
    assert complete(done, {0: "new"}, "stale").seen == "stale"


def test_a_writer_keeps_its_word_over_a_later_fill() -> None:
    table = DRAGON.but("x", I={"PrWr": "BusUpd, BusRd > Sm"})
    done = order(table, 0, "PrWr", {})
    assert write(done, {}, "old").values == {0: "new"}


def test_a_snooper_takes_the_word_only_if_it_says_update() -> None:
    deaf = DRAGON.but("deaf", Sc={"BusUpd": "Sc"})
    moved = write(order(deaf, 0, "PrWr", {0: "Sc", 1: "Sc"}), {0: "old", 1: "old"}, "old")
    assert moved.values == {0: "new", 1: "old"}
    assert moved.memory == "old"  # BusUpd goes to the caches only


def test_bus_write_goes_to_memory_and_needs_no_copy() -> None:
    done = order(protocols["WriteThrough"], 0, "PrWr", {1: "V"})
    moved = write(done, {1: "old"}, "old")
    assert (done.after, moved.memory, 0 in moved.values, moved.seen) == ("I", "new", False, "old")
    assert done.memory_written


def test_an_update_sees_the_line_after_the_fill() -> None:
    done = order(MESI, 1, "PrWr", {0: "M"})
    seen: list[str] = []
    complete(done, {0: "newest"}, "old", word=lambda line: seen.append(line) or "x", put=lambda line, w: w)  # type: ignore[func-returns-value]
    assert seen == ["newest"]


def test_eviction_writes_back_without_a_snoop() -> None:
    done = order(MOSI, 0, "Evict", {0: "O", 1: "S"})
    assert (done.requests, done.answers, done.after) == (("BusWB",), (), "I")
    assert complete(done, {0: "v", 1: "v"}, "old").memory == "v"


def test_read_without_allocation_fills_and_keeps_nothing() -> None:
    table = protocols["WriteThrough"].but("uncached", I={"PrRd": "BusRd > I"})
    done = order(table, 0, "PrRd", {})
    assert (done.after, done.suppliers, complete(done, {}, "v").seen) == ("I", (MEMORY,), "v")


@pytest.mark.parametrize(
    ("table", "core", "event", "copies", "said"),
    [
        (MESI, 0, "Evict", {}, ("I", "Evict", 0)),
        (MESI, 1, "PrWr", {0: "M", 1: "S"}, ("M", "BusUpgr", 0)),
    ],
)
def test_never_is_a_breach_that_names_state_event_and_core(
    table: Protocol, core: int, event: str, copies: dict[int, str], said: tuple[str, str, int]
) -> None:
    with pytest.raises(Undefined) as caught:
        order(table, core, event, copies)
    assert caught.value.args == said


def test_a_missing_cell_of_a_table_made_in_python_is_a_breach() -> None:
    cells = {at: cell for at, cell in MESI.cells.items() if at != ("S", "BusUpgr")}
    holed = Protocol("holed", "", MESI.states, MESI.columns, cells)
    with pytest.raises(Undefined):
        snoop(holed, "S", "BusUpgr")


@pytest.mark.parametrize(
    ("protocol", "copies", "leaving", "after", "answer"),
    [
        ("MESI", {1: "M"}, [1], "E", "I"),  # its eviction has become local: it leaves, so the reader is alone
        ("MESI", {1: "M"}, [2], "S", "S"),  # another core's eviction says nothing of it
        ("MOSI", {1: "M"}, [1], "S", "O"),  # O must still be written back, so it stays until its turn
    ],
)
def test_a_copy_that_leaves_goes_once_a_snoop_has_made_that_local(
    protocol: str, copies: dict[int, str], leaving: list[int], after: str, answer: str
) -> None:
    """The one rule that a bus with requests and data apart adds to a snoop."""
    done = order(protocols[protocol], 0, "PrRd", copies, leaving)
    assert (done.after, done.answers[0].after) == (after, answer)


@pytest.mark.parametrize(
    ("request_", "answers", "supplier", "offers", "memory"),
    [
        ("BusRd", [Answer(1, ("Flush",), "M", "S")], 1, ("one",), "one"),
        ("BusRd", [Answer(1, ("Supply",), "M", "O"), Answer(2, ("Supply",), "S", "S")], 1, ("one", "two"), "old"),
        ("BusRdX", [Answer(1, ("Supply",), "S", "I")], 0, ("own", "one"), "old"),  # its own line comes first
        ("BusRd", [Answer(1, (), "S", "S")], MEMORY, ("old",), "old"),
        ("BusUpgr", [Answer(1, ("Flush",), "S", "I")], None, (), "one"),  # no line for the requester
        ("BusRd", [Answer(1, ("Flush",), "S", "S"), Answer(2, ("Flush",), "S", "S")], 1, ("one", "two"), "one"),
        ("BusWB", [], None, (), "own"),
    ],
)
def test_fetch_moves_the_data_of_one_turn(
    request_: str, answers: list[Answer], supplier: Supplier | None, offers: tuple[str, ...], memory: str
) -> None:
    """Who supplies and what memory takes, apart from any write."""
    turn = Turn(request_, tuple(answers), supplier)
    assert fetch(turn, 0, {0: "own", 1: "one", 2: "two"}, "old") == (offers, memory)
