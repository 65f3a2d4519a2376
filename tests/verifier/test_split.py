"""The split bus: published counts, an independent explorer, every protocol, and what catches each broken rule."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coherence.errors import InputError
from coherence.protocol.catalog import ALL
from coherence.protocol.find import protocols
from coherence.protocol.model import Protocol
from coherence.transaction.order import order
from coherence.transaction.outcome import MEMORY, Outcome
from coherence.verifier.model import DATA, FRESH, STALE, SWMR
from coherence.verifier.report import verify
from coherence.verifier.search import Step, search
from coherence.verifier.split import NOTHING, Act, Split, State, Taken, explore_split, refusal
from coherence.verifier.split_story import replay_split
from tests.reference.split_explorer import verify as reference
from tests.verifier.test_verify import mutants

# (protocol, overlap, caches): states, fired, depth
COUNTS = {
    ("MI", False, 2): (63, 150, 10),
    ("MI", False, 3): (351, 1197, 14),
    ("MSI", False, 2): (79, 182, 9),
    ("MSI", False, 3): (515, 1689, 13),
    ("MESI", False, 2): (87, 206, 9),
    ("MESI", False, 3): (599, 1974, 13),
    ("MOESI", False, 2): (145, 332, 12),
    ("MOESI", False, 3): (1163, 3777, 17),
    ("MSI", True, 2): (167, 429, 11),
    ("MSI", True, 3): (1494, 5337, 15),
    ("MESI", True, 2): (185, 489, 10),
    ("MESI", True, 3): (1725, 6282, 15),
    ("MOESI", True, 2): (152, 380, 12),
    ("MOESI", True, 3): (1704, 6078, 17),
}
UPDATES = {"Dragon", "Firefly"}
PAIRS = [(p, overlap) for p in ALL for overlap in (False, True) if not (overlap and p.name in UPDATES)]
EVERY = pytest.mark.parametrize(("protocol", "overlap"), PAIRS, ids=lambda x: getattr(x, "name", str(x)))


@pytest.mark.parametrize(("name", "overlap", "caches"), COUNTS)
def test_the_published_counts(name: str, overlap: bool, caches: int) -> None:
    found, _ = explore_split(protocols[name], caches, overlap)
    assert (found.states, found.fired, found.depth) == COUNTS[name, overlap, caches]
    assert found.broken is None


@EVERY
def test_every_catalogue_protocol_holds_and_uses_each_cell(protocol: Protocol, overlap: bool) -> None:
    for caches in (1, 2, 3):
        found, unused = explore_split(protocol, caches, overlap)
        assert (found.broken, found.stuck) == (None, 0)
    assert unused == []


@pytest.mark.slow
@EVERY
def test_every_catalogue_protocol_holds_with_four_caches(protocol: Protocol, overlap: bool) -> None:
    assert explore_split(protocol, 4, overlap)[0].broken is None


@pytest.mark.parametrize("name", sorted(UPDATES))
def test_overlap_of_an_update_protocol_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="without overlap the split bus verifies every protocol"):
        explore_split(protocols[name], 2, overlap=True)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(table=mutants(), caches=st.integers(1, 3), overlap=st.booleans())
def test_verdict_counts_and_shortest_length_are_those_of_an_independent_explorer(
    table: Protocol, caches: int, overlap: bool
) -> None:
    overlap = overlap and refusal(table, overlap) is None
    wanted = reference(str(table), caches, overlap)
    found, _ = explore_split(table, caches, overlap)
    assert (found.broken is None) == wanted["holds"]
    if wanted["holds"]:
        assert (found.states, found.fired, found.depth) == (wanted["states"], wanted["fired"], wanted["depth"])
    else:
        assert (found.broken, len(found.path)) == (wanted["property"], wanted["length"])


class NotLookedUpAgain(Split):
    """An upgrade is put on the bus by the cell that queued it, though the copy may be gone; `through` marks it."""

    def steps(self, state: State) -> Iterator[Step[Act, State]]:
        for act, after, broken, weight in super().steps(state):
            marked = after
            if act.core is not None and act.phase == "wish" and after.caches[act.core].state == "S":
                marked = self.put(after, act.core, after.caches[act.core]._replace(through=act.event == "PrWr"))
            yield act, marked, broken, weight

    def look_up(self, state: State, core: int) -> Outcome:
        copies = {c: cache.state for c, cache in enumerate(state.caches) if cache.state != "I"}
        queued_as = {core: "S"} if state.caches[core].through else {}
        return order(self.protocol, core, state.caches[core].event, copies | queued_as)


class IgnoresInvalidations(Split):
    """A load whose data are on their way keeps its copy, whatever is ordered."""

    def moved(self, state: State, outcome: Outcome) -> Taken:
        after, broken = super().moved(state, outcome)
        for core, cache in enumerate(state.caches):
            if cache.before and cache.event == "PrRd" and cache.state == "S":
                after = self.put(after, core, after.caches[core]._replace(state="S"))
        return after, broken


class MemoryAnswersTooEarly(Split):
    """Requests are ordered while memory waits for a flush, and memory answers with the line that it still has."""

    def open(self, state: State) -> bool:
        return True

    def moved(self, state: State, outcome: Outcome) -> Taken:
        if not state.waits or outcome.supplier != MEMORY:
            return super().moved(state, outcome)
        has = FRESH if state.memory < NOTHING else STALE  # who owes the flush has not stored yet
        after, broken = super().moved(state._replace(memory=has), outcome)
        return after._replace(memory=state.memory), broken


UPGRADED = protocols["MSI"].but("upgraded", M={"BusUpgr": "M"})  # a copy that takes no notice of a late upgrade


@pytest.mark.parametrize(
    ("broken", "protocol", "caches", "what", "steps"),
    [
        (NotLookedUpAgain, UPGRADED, 2, SWMR, 7),
        (IgnoresInvalidations, protocols["MESI"], 3, SWMR, 6),
        (MemoryAnswersTooEarly, protocols["MSI"], 3, DATA, None),
    ],
)
def test_each_broken_rule_of_the_bus_is_caught(
    broken: type[Split], protocol: Protocol, caches: int, what: str, steps: int | None
) -> None:
    assert search(Split(protocol, caches, overlap=True)).broken is None
    found = search(broken(protocol, caches, overlap=True))
    assert found.broken == what
    assert steps in (None, len(found.path))


def handover() -> Protocol:
    """The reader of a dirty line answers for it from then on, but only if it is not alone."""
    text = str(protocols["MESIF"].but("handover", M={"BusRd": "Supply > S"}, F={"Evict": "BusWB > I"}))
    return Protocol.parse(text.replace("F Forward   owner", "F Forward   dirty"))


def test_a_table_that_breaks_only_when_split_names_its_cell_and_says_that_the_bus_hides_it() -> None:
    """A copy that leaves at its snoop makes the reader alone, which no order of atomic transactions does."""
    assert verify(handover(), 3).holds
    found = verify(handover(), 2, interconnect="split")
    assert found.story is not None
    assert found.story.ending == (
        "MEM: memory is stale and no cache answers for the line: M on BusRd went to I with Supply, and memory did not "
        "take the line. The atomic bus hides it: there handover holds for 2 caches."
    )
    assert "core 1 with a queued eviction left" in found.story.text()


def test_an_owner_without_data_owes_them_and_memory_waits_for_its_flush() -> None:
    """A hand-made run: each step in words, and what each cache and memory show after it."""
    path = [
        Act("wish", 0, "PrWr"),
        Act("order", 0, "PrWr"),
        Act("wish", 1, "PrRd"),
        Act("order", 1, "PrRd"),
        Act("data", 0, "PrWr"),
        Act("data", None),
        Act("data", 1, "PrRd"),
    ]
    told = list(replay_split(protocols["MSI"], path, 2, overlap=True))
    assert [t.said for t in told] == [
        "core 0 wishes to write and queues",
        "core 0 is ordered to write",
        "core 1 wishes to read and queues",
        "core 1 is ordered to read, core 0 owes the data",
        "core 0 gets its data and writes, pays core 1",
        "memory takes the flush",
        "core 1 gets its data and reads",
    ]
    assert told[3].shown == (
        "S waits for data to write, owes core 1",
        "S waits for data of core 0 to read",
        "waits for a flush of core 0",
    )
    assert told[4].shown == ("S 1", "S waits for data to read", "waits for a flush of 1")
    assert told[6].shown == ("S 1", "S 1", "1")


@settings(max_examples=100, deadline=None, derandomize=True)
@given(table=mutants(), caches=st.integers(1, 3))
def test_whatever_breaks_is_told(table: Protocol, caches: int) -> None:
    found = verify(table, caches, interconnect="split")
    if found.holds:
        assert found.story is None
        return
    assert found.story is not None
    assert found.story.ending.startswith(f"{found.broken}: ")
    assert len(found.story.text().splitlines()) == len(found.path) + 5
    assert [s["phase"] for s in found.to_json()["steps"]] == [act.phase for act in found.path]  # type: ignore[attr-defined]


def test_wrong_use_is_told_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        verify("MESI", 0, words=2, symmetry=True, interconnect="bus", overlap=True)
    assert "overlap goes with split, not with bus" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 2
