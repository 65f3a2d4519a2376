"""The directory by messages: published counts, a second implementation, and what must be caught is caught."""

from __future__ import annotations

import random

import pytest

from coherence.errors import InputError
from coherence.protocol.catalog import ALL
from coherence.protocol.find import protocols
from coherence.protocol.model import Protocol
from coherence.protocol.rules import ProtocolError
from coherence.verifier.directory import (
    LIST,
    NOT_CARRIED,
    Act,
    Directory,
    Service,
    World,
    explore_directory,
)
from coherence.verifier.directory_story import sentences
from coherence.verifier.model import DATA, MEM, STALEREAD, SWMR, UNDEF
from coherence.verifier.search import DEADLOCK, STUCK, search
from tests.reference.directory_explorer import verify_directory

CARRIED = [p for p in ALL if NOT_CARRIED.isdisjoint(p.columns)]
MSI, MESI = protocols["MSI"], protocols["MESI"]

# name, silent → states, fired, depth of 1, 2 and 3 caches, as published
COUNTS = {
    ("MSI", False): [(16, 23, 6), (278, 606, 18), (2832, 7986, 25)],
    ("MESI", False): [(13, 20, 5), (294, 650, 18), (3039, 8640, 26)],
    ("MSI", True): [(22, 32, 7), (498, 1112, 16), (6536, 19242, 24)],
}


@pytest.mark.parametrize(("name", "silent"), COUNTS)
def test_counts_are_the_published_ones(name: str, silent: bool) -> None:
    for caches, wanted in enumerate(COUNTS[name, silent], start=1):
        found, _ = explore_directory(protocols[name], caches, silent)
        assert (found.states, found.fired, found.depth, found.broken) == (*wanted, None)


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("protocol", CARRIED, ids=lambda p: p.name)
def test_every_carried_table_of_the_catalogue_holds(protocol: Protocol, silent: bool) -> None:
    for caches in (1, 2, 3):
        found, _ = explore_directory(protocol, caches, silent)
        assert found.broken is None
        assert not found.partial


def agree(protocol: Protocol, caches: int, silent: bool) -> bool:
    """Compare with the second implementation; whether the table holds."""
    wanted = verify_directory(str(protocol), caches, silent)
    found, _ = explore_directory(protocol, caches, silent)
    got = {"states": found.states, "fired": found.fired, "depth": found.depth}
    ours = {"holds": False, "length": len(found.path)} if found.broken else {"holds": True, **got}
    assert ours == wanted, str(protocol)
    return found.broken is None


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("protocol", CARRIED, ids=lambda p: p.name)
def test_the_catalogue_agrees_with_a_second_implementation(protocol: Protocol, silent: bool) -> None:
    assert agree(protocol, 2, silent)


@pytest.mark.slow
@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("protocol", CARRIED, ids=lambda p: p.name)
def test_three_caches_agree_with_a_second_implementation(protocol: Protocol, silent: bool) -> None:
    assert agree(protocol, 3, silent)


def mutant(draw: random.Random) -> Protocol:
    """A carried table with one to three cells replaced by cells of the same kind; some are still right."""
    table = draw.choice(CARRIED)
    for _ in range(draw.randint(1, 3)):
        state, event = draw.choice(sorted(table.cells))
        to = draw.choice([s.name for s in table.states])
        if event == "Evict":
            text = draw.choice(["", "BusWB > "]) + table.invalid
        elif event.startswith("Bus"):
            text = draw.choice(["", "Flush > ", "Supply > "]) + to
        else:
            asks = draw.choice(["", "BusRd", "BusRdX", "BusUpgr", "BusRd, BusUpgr if shared", "BusRdX, BusRd"])
            text = f"{asks} > {to}" if asks else to
        try:
            table = table.but("mutant", **{state: {event: draw.choice([text] * 9 + ["never"])}})
        except ProtocolError:
            continue
    return table


@pytest.mark.parametrize("count", [60, pytest.param(2000, marks=pytest.mark.slow)])
def test_random_tables_agree_with_a_second_implementation(count: int) -> None:
    draw = random.Random(14)
    held = [agree(mutant(draw), 2, bool(number % 2)) for number in range(count)]
    assert {True, False} == set(held)


# what → table, caches, property
BROKEN = {
    "an upgrade that a sharer ignores": (MESI.but("b", S={"BusUpgr": "S"}), 2, SWMR),
    "a second exclusive reader": (MESI.but("b", I={"PrRd": "BusRd > E"}), 2, SWMR),
    "a dirty copy that keeps its line": (MSI.but("b", M={"BusRd": "S"}), 2, STALEREAD),
    "a dirty line shared without memory": (MSI.but("b", M={"BusRd": "Supply > S"}), 2, MEM),
    "a dirty copy dropped": (MSI.but("b", M={"Evict": "I"}), 1, MEM),
    "a cell that claims never": (MESI.but("b", S={"BusUpgr": "never"}), 2, UNDEF),
    "a write that an old copy outlives": (MSI.but("b", S={"BusRdX": "S", "BusUpgr": "I"}, M={"PrWr": "M"}), 2, SWMR),
}


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("what", BROKEN)
def test_broken_tables_are_found_and_told(what: str, silent: bool) -> None:
    table, caches, broken = BROKEN[what]
    found, _ = explore_directory(table, caches, silent)
    assert found.broken == broken
    told = sentences(table, caches, found.path, silent)
    assert [t.act for t in told] == list(found.path)
    assert all(t.said for t in told)


class Impatient(Directory):
    """A home that is freed before the flushes have come."""

    def freed(self, world: World, service: Service) -> bool:
        return service.completed


class Endless(Directory):
    """A home that is never freed."""

    def freed(self, world: World, service: Service) -> bool:
        return False


class Forgetful(Directory):
    """A home that forgets whom it has served."""

    def take(self, world: World, act: Act) -> tuple[World, str | None]:
        after, broken = super().take(world, act)
        return (after.unlisted(act.core) if act.kind == "complete" else after), broken


class Babbling(Directory):
    """A home of which a flush comes back for ever, once it was sent."""

    def take(self, world: World, act: Act) -> tuple[World, str | None]:
        after, broken = super().take(world, act)
        return (after._replace(flushes=world.flushes) if act.kind == "flush" else after), broken


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize(
    ("space", "caches", "broken"),
    [(Impatient, 2, MEM), (Endless, 1, DEADLOCK), (Forgetful, 1, LIST), (Babbling, 2, STUCK)],
)
def test_each_rule_of_the_home_is_needed(space: type[Directory], caches: int, broken: str, silent: bool) -> None:
    assert search(space(MSI, caches, silent)).broken == broken
    assert search(Directory(MSI, caches, silent)).broken is None


def test_suppliers_that_disagree_are_found() -> None:
    """The owner and an old copy both answer the requester."""
    world = Directory(MSI, 3).start()._replace(service=Service(0, ("BusRd",), answers=((1, True), (2, False))))
    space = Directory(MSI, 3)
    after, broken = space.take(world, Act("answer", 1))
    assert broken is None
    assert space.take(after, Act("answer", 2))[1] == DATA


@pytest.mark.parametrize("protocol", [p for p in ALL if p not in CARRIED], ids=lambda p: p.name)
def test_tables_with_updates_are_refused(protocol: Protocol) -> None:
    with pytest.raises(InputError, match=r"^\w+ asks for .* a directory does not carry: verify it on the bus"):
        explore_directory(protocol, 2)


def test_the_search_stops_at_the_bound() -> None:
    found, _ = explore_directory(MSI, 3, max_states=100)
    assert found.partial
    assert found.states < 300


def test_a_run_is_told() -> None:
    """Every kind of step has its sentence; a dropped put is told as one."""
    path = [
        Act("wish", 0, "PrWr"), Act("serve", 0, "PrWr"), Act("complete", 0), Act("wish", 0, "Evict"), Act("done", 0),
        Act("wish", 1, "PrWr"), Act("serve", 1, "PrWr"), Act("probe", 0), Act("answer", 0), Act("complete", 1),
        Act("flush", 0), Act("done", 1), Act("serve", 0, "Evict"), Act("wish", 1, "Evict"), Act("serve", 1, "Evict"),
    ]  # fmt: skip
    assert [t.said for t in sentences(MSI, 2, path)] == [
        "core 0 in I wishes to write and asks the home",
        "the home serves core 0: I on PrWr puts BusRdX; it probes nobody",
        "core 0 writes memory's line: its I becomes M",
        "core 0 in M wishes to evict and asks the home",
        "core 0 is done: the home is free",
        "core 1 in I wishes to write and asks the home",
        "the home serves core 1: I on PrWr puts BusRdX; it probes core 0",
        "BusRdX arrives at core 0: its M becomes I, it answers core 1 with its line, and a flush sets out for the home",
        "the answer of core 0 arrives at core 1, with the newest line",
        "core 1 writes the line answered: its I becomes M",
        "a flush arrives: memory takes a line that is old",
        "core 1 is done: the home is free",
        "the home drops the put of core 0, whose copy was lost meanwhile",
        "core 1 in M wishes to evict and asks the home",
        "the home takes the put of core 1: its M becomes I, and memory takes the line",
    ]


def test_a_probe_that_finds_nothing_is_told() -> None:
    """A silent eviction leaves its core on the list."""
    path = [
        Act("wish", 0, "PrRd"), Act("serve", 0, "PrRd"), Act("complete", 0), Act("done", 0), Act("wish", 0, "Evict"),
        Act("wish", 1, "PrRd"), Act("serve", 1, "PrRd"), Act("probe", 0),
    ]  # fmt: skip
    told = sentences(MSI, 2, path, silent=True)
    assert told[4].said == "core 0 evicts without the home: its S becomes I"
    assert told[-1].said == "BusRd arrives at core 0: it has no copy any more, and answers core 1 without a line"
    assert told[-2].world is not None
    assert told[-2].world.listed == (0,)
