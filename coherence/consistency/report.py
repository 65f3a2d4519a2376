"""The front door: every outcome of a litmus test, its verdict, and the interleaving that decides it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike

from coherence.consistency.explore import Search
from coherence.consistency.find import find_tests
from coherence.consistency.line import Caches, Flat, Shared
from coherence.consistency.program import EXISTS, FORALL, NEVER_EXISTS, Litmus, Outcome, true_in
from coherence.consistency.story import Story, story
from coherence.display import text
from coherence.errors import Breach, InputError, unknown
from coherence.protocol import model as tables
from coherence.protocol.catalog import DEFAULT
from coherence.protocol.find import find_protocol
from coherence.protocol.model import Undefined
from coherence.protocol.rules import ProtocolError

MODELS = {"sc": "SC", "tso": "TSO"}
STARTS = ("cold", "touched", "owned")
INTERCONNECTS = ("bus",)
FLAT = "flat"
ASKS = {EXISTS: "at least one", NEVER_EXISTS: "none", FORALL: "all"}


@dataclass(frozen=True)
class LitmusResult:
    """What the search of a litmus test found.

    `outcomes`: every way in which the test can end, each with the value of every register and location. `holds`:
    whether the condition holds with its quantifier. `states`: how many states were visited. `story`: a shortest
    interleaving to an outcome that decides the test (one that meets `exists`, or breaks `~exists` or `forall`); None
    if there is no such outcome. `protocol` is None for flat memory.
    """

    test: Litmus
    model: str
    protocol: tables.Protocol | None
    start: str
    evict: bool
    outcomes: tuple[Outcome, ...]
    holds: bool
    states: int
    story: Story | None = field(repr=False)

    @property
    def memory(self) -> str:
        """What the test ran on: the protocol's name, or `flat`."""
        return FLAT if self.protocol is None else self.protocol.name

    @property
    def met(self) -> tuple[bool, ...]:
        """For each outcome, whether it meets the condition."""
        return tuple(true_in(self.test.condition, outcome) for outcome in self.outcomes)

    @property
    def verdict(self) -> str:
        """The result in one line."""
        count = sum(self.met)
        holds = "holds" if self.holds else "does not hold"
        meet = f"{count} of {len(self.outcomes)} outcomes meet{'s' * (count == 1)} the condition"
        return (
            f"{self.test.name} {holds} under {MODELS[self.model]} on {self.memory}: {meet} "
            f"({self.test.quantifier} asks for {ASKS[self.test.quantifier]})"
        )

    def text(self) -> str:
        """The verdict, the table of outcomes and the story, for a terminal."""
        grid = [["", *self.test.names]]
        grid += [
            ["*" * met, *(str(o[n]) for n in self.test.names)] for o, met in zip(self.outcomes, self.met, strict=True)
        ]
        widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
        rows = ["  ".join(f"{cell:{w}}" for cell, w in zip(row, widths, strict=True)).rstrip() for row in grid]
        about = [self.test.about] if self.test.about else []
        counted = f"* meets the condition, in {self.states:,} states: {self.test.question}"
        told = ["", self.story.text()] if self.story else [""]
        return "\n".join([self.verdict, *about, "", *rows, "", counted, *told])

    def to_json(self) -> dict[str, object]:
        """What `coherence litmus --json` prints, as plain data."""
        return {
            "file": self.test.file,
            "test": self.test.name,
            "model": self.model,
            "protocol": self.memory,
            "quantifier": self.test.quantifier,
            "holds": self.holds,
            "states": self.states,
            "outcomes": [dict(outcome) for outcome in self.outcomes],
            "steps": [t.to_json() for t in self.story.steps] if self.story else [],
        }

    def _repr_html_(self) -> str:
        rows = [[str(o[n]) for n in self.test.names] for o in self.outcomes]
        return text(
            "cards.litmus_card", f"{'✓' if self.holds else '✗'} {self.verdict}", self.test.about, self.test.question,
            self.test.names, rows, self.met, self.story._repr_html_() if self.story else "",
        )  # fmt: skip

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<LitmusResult {self.verdict}>"


def litmus(
    test: Litmus | str | PathLike[str],
    *,
    model: str = "sc",
    protocol: tables.Protocol | str | PathLike[str] = DEFAULT,
    start: str = "cold",
    evict: bool = False,
    interconnect: str = "bus",
) -> LitmusResult:
    r"""Find every outcome of a litmus test by an exhaustive search.

    Each memory step is one transaction of the protocol: a load, an exchange, a store, or under TSO the drain of the
    oldest buffered store.

    Parameters
    ----------
    test
        a name of the catalogue (`SB`, `MP`, `IRIW`, …), a text in herd's format for x86, or a file with one
    model
        `sc`, or `tso` with a store buffer in each core
    protocol
        a Protocol, a catalogue name, a file with a table, or `flat` for memory without caches
    start
        `cold`: nobody holds a line; `touched`: every core has read every line; `owned`: core 0 has
    evict
        whether any core may evict any copy at any time
    interconnect
        `bus`

    Returns
    -------
    LitmusResult
        outcomes, verdict and story; it shows itself in Jupyter

    Raises
    ------
    InputError
        with every fault of the test or of the choices
    Breach
        if a `never` cell is reached

    >>> import coherence as co
    >>> co.litmus("SB").holds, co.litmus("SB", model="tso").holds
    (False, True)
    >>> broken = co.protocols["MESI"].but("broken", S={"BusUpgr": "S"})
    >>> print(co.litmus("SB", protocol=broken, start="touched").story.ending.split(": ", 1)[1])
    SWMR: core 1 still reads 0 after core 0 wrote 1: S on BusUpgr stayed S.
    """
    found = choices(model, protocol, start, interconnect)
    tests = [test] if isinstance(test, Litmus) else find_tests(test)
    if len(tests) != 1:
        raise InputError(f"{test}: is a folder of {len(tests)} tests, expected one")
    return judge(tests[0], Caches(found) if found else Flat(), found, model=model.lower(), start=start, evict=evict)


def choices(
    model: str, protocol: tables.Protocol | str | PathLike[str], start: str, interconnect: str
) -> tables.Protocol | None:
    """The protocol, None for flat memory; raises `InputError` with every fault of all four."""
    faults, found = [], None
    if str(model).lower() not in MODELS:
        faults.append(unknown("model", model, MODELS))
    try:
        found = None if isinstance(protocol, str) and protocol.lower() == FLAT else find_protocol(protocol)
    except ProtocolError as error:  # a table was found
        faults.append(str(error))
    except InputError as error:
        faults.append(f"{error}, or {FLAT} for memory without caches")
    if start not in STARTS:
        faults.append(unknown("start", start, STARTS))
    if interconnect not in INTERCONNECTS:
        faults.append(unknown("interconnect", interconnect, INTERCONNECTS))
    if faults:
        raise InputError("\n".join(faults))
    return found


def judge(
    test: Litmus, shared: Shared, protocol: tables.Protocol | None, *, model: str, start: str, evict: bool
) -> LitmusResult:
    """Search one test on *shared*, which is of that protocol and may serve many tests. Raises as `litmus` does."""
    name = test.file or test.name
    try:
        search = Search(test, shared, buffered=model == "tso", start=start, evict=evict)
    except Undefined as error:
        raise Breach(f"{name}: {error}, before the test begins (start {start})") from None
    found = search.run()
    if found.stuck is not None:
        told = story(test, protocol, start, found.stuck.steps, None)
        raise Breach(f"{name}: {found.stuck.error}, on location {found.stuck.location}\n\n{told.text()}")
    outcomes = {values: dict(zip(test.names, values, strict=True)) for values in found.outcomes}
    wanted = test.quantifier != FORALL  # whether an outcome that decides the test meets the condition
    decide = [v for v, o in outcomes.items() if true_in(test.condition, o) == wanted]
    deciding = min(decide, key=lambda values: found.outcomes[values].depth, default=None)
    told_to = None
    if deciding is not None:
        steps = search.steps_to(found.outcomes[deciding])
        told_to = story(test, protocol, start, steps, outcomes[deciding])
    holds = (deciding is not None) == (test.quantifier == EXISTS)
    ordered: Sequence[Outcome] = [outcomes[values] for values in sorted(outcomes)]
    return LitmusResult(test, model, protocol, start, evict, tuple(ordered), holds, found.states, told_to)
