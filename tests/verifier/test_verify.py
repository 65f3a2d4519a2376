"""The proof: published counts, an independent verifier, every rule on a table that needs it, and honest partial answers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coherence as co
from coherence.errors import InputError
from coherence.protocol.catalog import ALL
from coherence.protocol.find import protocols
from coherence.protocol.model import Protocol
from coherence.verifier.explore import explore
from coherence.verifier.model import Model
from coherence.verifier.report import MAX_CACHES, verify
from tests.reference.explorer import verify as reference

EVERY = pytest.mark.parametrize("protocol", ALL, ids=lambda p: p.name)
MESI, MOESI, MSI, DRAGON = (protocols[n] for n in ("MESI", "MOESI", "MSI", "Dragon"))


@EVERY
@pytest.mark.parametrize("words", [1, 2])
def test_every_catalogue_protocol_holds(protocol: Protocol, words: int) -> None:
    for caches in range(1, 7):
        assert verify(protocol, caches, words=words).holds
        assert verify(protocol, caches, words=words, symmetry=True).holds
    assert verify(protocol, "any", words=words).holds


@EVERY
def test_every_cell_of_the_catalogue_is_used_and_never_is_never_reached(protocol: Protocol) -> None:
    assert verify(protocol, 3).unreached == ()


# name → states of n caches, up to symmetry, and abstract
COUNTS = {
    "MSI": (lambda n: 2**n + n, lambda n: n + 2, 8),
    "MESI": (lambda n: 2**n + 2 * n, lambda n: n + 3, 10),
    "MOESI": (lambda n: 2**n + 2 * n + n * 2 ** (n - 1), lambda n: 2 * n + 3, 18),
}


@pytest.mark.parametrize("name", COUNTS)
def test_state_counts_follow_their_formulas(name: str) -> None:
    full, symmetric, abstract = COUNTS[name]
    for n in range(2, 9):
        assert verify(name, n).states == full(n)
        assert verify(name, n, symmetry=True).states == symmetric(n)
    assert verify(name, "any").states == abstract


def test_two_hundred_caches_up_to_symmetry() -> None:
    assert verify("MESI", 200, symmetry=True).states == 203


@st.composite
def mutants(draw: st.DrawFn) -> Protocol:
    """A catalogue table with one to three cells replaced by cells of the same kind; some are still right."""
    from coherence.protocol.rules import ProtocolError

    table = draw(st.sampled_from(ALL))
    for _ in range(draw(st.integers(1, 3))):
        state, event = draw(st.sampled_from(sorted(table.cells)))
        to = draw(st.sampled_from([s.name for s in table.states]))
        if event in ("PrRd", "PrWr"):
            requests = [c for c in table.columns if c.startswith("Bus")]
            parts = draw(st.lists(st.sampled_from([*requests, *(f"{r} if shared" for r in requests)]), max_size=2))
            other = draw(st.sampled_from([s.name for s in table.states]))
            tail = f"{to} if alone else {other}" if parts and draw(st.booleans()) else to
        elif event == "Evict":
            parts, tail = draw(st.sampled_from([[], ["BusWB"]])), table.invalid
        else:
            parts, tail = draw(st.sampled_from([[], ["Flush"], ["Supply"], ["Update"], ["Flush", "Update"]])), to
        text = draw(st.sampled_from([f"{', '.join(parts)} > {tail}" if parts else tail] * 9 + ["never"]))
        try:
            table = table.but("mutant", **{state: {event: text}})
        except ProtocolError:
            continue
    return table


def agrees(table: Protocol, caches: int, words: int) -> None:
    wanted = reference(str(table), caches, words)
    got = verify(table, caches, words=words)
    assert got.holds == wanted["holds"]
    if wanted["holds"]:
        assert (got.states, got.fired, got.depth) == (wanted["states"], wanted["fired"], wanted["depth"])
        assert verify(table, caches, words=words, symmetry=True).holds
    else:
        length = wanted["length_of_shortest_counterexample"]
        assert (len(got.path), got.broken) == (length, wanted["property"])
        assert len(verify(table, caches, words=words, symmetry=True).path) == length
        assert verify(table, "any", words=words).holds is False


@settings(max_examples=400, deadline=None)
@given(table=mutants(), caches=st.integers(1, 3), words=st.sampled_from([1, 2]))
def test_verdict_counts_and_shortest_length_are_those_of_an_independent_verifier(
    table: Protocol, caches: int, words: int
) -> None:
    agrees(table, caches, words)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(table=mutants(), caches=st.integers(1, 4), words=st.sampled_from([1, 2]))
def test_verdict_counts_and_shortest_length_at_length(table: Protocol, caches: int, words: int) -> None:
    agrees(table, caches, words)


@settings(max_examples=150, deadline=None)
@given(table=mutants())
def test_what_holds_for_any_number_holds_for_each_and_what_breaks_is_shown(table: Protocol) -> None:
    found = verify(table, "any")
    if found.holds:
        assert all(verify(table, n).holds for n in range(1, 5))
    elif found.holds is False:
        assert found.shown_with is not None
        assert not any(verify(table, n).broken for n in range(1, found.shown_with))
        assert found.story is not None
        assert found.story.ending.startswith(str(found.broken))


# One rule each: what the table needs, its verdict. Removing the rule from the verifier or the transaction changes it.
SELF = protocols["MOSI"].but("self", O={"PrWr": "BusRdX > M"})
RULES: dict[str, tuple[Protocol, int, int, str | None]] = {
    "compound: the second request updates who stays": (DRAGON.but("x", I={"PrWr": "BusRd > M if alone else Sm"}), 2, 1, "DATA"),
    "compound: if shared skips the update when alone": (DRAGON, 2, 1, None),
    "self-supply: the owner needs no memory": (SELF, 3, 1, None),
    "self-supply: a silent owner fetches stale memory": (SELF.but("y", O={"BusRdX": "I"}), 2, 2, "DATA"),
    "suppliers disagree": (protocols["Firefly"].but("x", S={"PrWr": "BusWr, BusRd > S", "BusWr": "S"}), 3, 1, "DATA"),
    "suppliers disagree with the requester's own answer": (
        protocols["Firefly"].but("x", S={"PrWr": "BusWr, BusRd > V if alone else S", "BusWr": "S"}, V={"BusWr": "V"}), 2, 1, "DATA"),
    "never in a snoop cell": (MESI.but("x", M={"BusRdX": "never"}), 2, 1, "UNDEF"),
    "never in a processor cell": (MESI.but("x", M={"PrRd": "never"}), 1, 1, "UNDEF"),
    "never on the eviction of a valid state": (MESI.but("x", S={"Evict": "never"}), 2, 1, "UNDEF"),
    "never that is true": (MESI, 3, 1, None),
    "two words: M that ignores BusRdX leaves the other word stale": (MESI.but("x", M={"BusRdX": "I"}), 2, 2, "DATA"),
    "one word: the same is harmless, for all of the line is written": (MESI.but("x", M={"BusRdX": "I"}), 2, 1, None),
    "a read without a line is stale": (MSI.but("x", I={"PrRd": "BusUpgr > I"}), 1, 1, "STALEREAD"),
    "two owners": (protocols["MESIF"].but("x", F={"BusRd": "Supply > F"}), 3, 1, "OWNER"),
    "exclusive but not alone": (MESI.but("x", I={"PrRd": "BusRd > E"}), 2, 1, "SWMR"),
    "memory stale and nobody dirty": (MESI.but("x", M={"BusRd": "Supply > S"}), 2, 1, "MEM"),
    "a dirty line dropped": (MESI.but("x", M={"Evict": "I"}), 1, 1, "MEM"),
    "a useless write-back is harmless": (MESI.but("x", E={"Evict": "BusWB > I"}), 2, 1, None),
    "a lost write without a copy": (protocols["WriteThrough"].but("x", I={"PrWr": "I"}), 1, 1, "MEM"),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_on_a_table_that_needs_it(rule: str) -> None:
    table, caches, words, broken = RULES[rule]
    found = verify(table, caches, words=words)
    assert (found.broken, found.holds) == (broken, broken is None)


def test_a_missing_cell_of_a_table_made_in_python_is_undef() -> None:
    cells = {at: c for at, c in MESI.cells.items() if at != ("S", "BusUpgr")}
    found = verify(Protocol("holed", "", MESI.states, MESI.columns, cells), 2)
    assert found.broken == "UNDEF"
    assert found.story is not None
    assert found.story.ending == "UNDEF: core 1 in S met BusUpgr: its cell is missing."


def test_unreached_cells_are_told_without_never_and_without_the_invalid_state_s_snoops() -> None:
    found = verify(MESI.but("x", I={"PrRd": "BusRd > S"}), 3)
    assert set(found.unreached) == {("E", e) for e in ("PrRd", "PrWr", "Evict", "BusRd", "BusRdX")}


def test_a_bound_on_states_gives_a_partial_answer_that_says_so() -> None:
    found = verify("MOESI", 8, max_states=100)
    assert (found.holds, found.partial) == (None, True)
    assert found.verdict.startswith("PARTIAL: ")
    assert 100 < found.states < 1296


def test_a_table_with_too_many_states_for_the_codes_is_refused() -> None:
    states = [co.protocols["MSI"].by_name["I"], *(type(MSI.states[0])(f"S{i}", "Shared") for i in range(200))]
    with pytest.raises(InputError, match="200 valid states with 2 words"):
        Model(Protocol("big", "", tuple(states), ("PrRd", "PrWr", "Evict"), {}), 2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            {"caches": 0},
            "caches must be a whole number from 1 to 16, not 0 (up to 1000 with symmetry, or any number at once)",
        ),
        ({"caches": MAX_CACHES + 1}, "from 1 to 16, not 17"),
        ({"caches": 1001, "symmetry": True}, "from 1 to 1000, not 1001"),
        ({"words": 3}, "words must be 1 or 2, not 3"),
        ({"max_states": 0}, "max-states must be a whole number >= 1, not 0"),
    ],
)
def test_wrong_use_is_told(arguments: dict[str, int], said: str) -> None:
    with pytest.raises(InputError) as caught:
        verify("MESI", **arguments)  # type: ignore[arg-type]
    assert said in str(caught.value)


def test_one_cache_is_told_in_the_singular() -> None:
    assert verify(MESI.but("x", M={"Evict": "I"}), 1).verdict.endswith(" with 1 cache")
    assert co.compare_protocols(MSI, MSI, caches=1).verdict == "MSI is like MSI with 1 cache"


def test_all_faults_come_at_once() -> None:
    with pytest.raises(InputError) as caught:
        verify("MESSI", 0, words=3, max_states=0)
    assert len(str(caught.value).splitlines()) == 4


def test_the_same_steps_are_worked_out_only_once() -> None:
    """The whole of 8 caches asks for few distinct effects: that is what makes it quick."""
    model = Model(MOESI, 1)
    found = explore(model, 8, symmetry=False, max_states=10**6)
    assert found.fired > 100 * len(model._effects)
