"""The front door: verify a protocol for some number of caches or for any, and say what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from os import PathLike
from typing import Any, Literal

from coherence.display import text
from coherence.errors import InputError, unknown, whole
from coherence.protocol.find import find_protocol
from coherence.protocol.model import Protocol
from coherence.verifier.any_number import explore_any
from coherence.verifier.directory import LIST, explore_directory
from coherence.verifier.directory_story import DirectoryTold, tell_directory
from coherence.verifier.explore import Act, explore
from coherence.verifier.model import DATA, MEM, OWNER, STALEREAD, SWMR, UNDEF, Model
from coherence.verifier.search import DEADLOCK, STUCK, Found
from coherence.verifier.split import explore_split
from coherence.verifier.split_story import SplitTold, tell_split
from coherence.verifier.story import Story, Told, ending, key_of, replay

MAX_STATES = 1_000_000
MAX_CACHES = 16  # without symmetry: the states double with each cache
MAX_SYMMETRIC = 1000
WORDS = (1, 2)

MEANINGS = {
    UNDEF: "a cell that says never, or is missing, is reached",
    DATA: "a valid copy, or a supplied line, is not the newest value",
    STALEREAD: "a read returns an old value",
    SWMR: "a cache in an exclusive state is not alone",
    OWNER: "two caches own the line",
    MEM: "memory is stale and no cache is dirty",
    DEADLOCK: "no step is possible, and something is still under way",
    STUCK: "something under way can never come to its end",
    LIST: "a valid copy is not on the home's list",
}


@dataclass(frozen=True, slots=True)
class Apart:
    """An interconnect on which a transaction is more than one step.

    `option` is the name of its one parameter. `explore` takes the protocol, the number of caches, the option and the
    bound on states, and gives what was found and the cells that no step used. `tell` takes the protocol, the property
    that breaks with its path, the number of caches, the option and a title.
    """

    option: str
    explore: Callable[[Protocol, int, bool, float], tuple[Found[Any, Any], list[tuple[str, str]]]]
    tell: Callable[[Protocol, tuple[str, Sequence[Any]], int, bool, str], Story]


BUS = "bus"
APART = {
    "split": Apart("overlap", explore_split, tell_split),
    "directory": Apart("silent", explore_directory, tell_directory),
}
INTERCONNECTS = (BUS, *APART)


@dataclass(frozen=True)
class Verification:
    """What verifying a protocol found.

    `holds`: True, False, or None when the exploration was `partial` or an abstract violation could not be confirmed.
    `states`, `fired`, `depth`: distinct global states, enabled steps, the longest shortest path. `broken`: the
    property that breaks; `path`: the shortest run to it as (core, Move), on `shown_with` caches; on another
    interconnect than the bus, as the steps of its space. `unreached`: the (state, event) cells that no run used.
    `interconnect`, and whether its `option` was chosen.
    """

    protocol: Protocol
    caches: int | Literal["any"]
    words: int
    symmetry: bool
    holds: bool | None
    states: int
    fired: int
    depth: int
    broken: str | None
    path: tuple[Any, ...] = field(repr=False)
    shown_with: int | None
    unreached: tuple[tuple[str, str], ...] = field(repr=False)
    partial: bool = False
    interconnect: str = BUS
    option: bool = False

    @property
    def scope(self) -> str:
        """For how many caches, and on which interconnect if not on the bus, in words."""
        many = "any number of caches" if self.caches == "any" else f"{self.caches} cache{'s' * (self.caches != 1)}"
        return many + self._where

    @property
    def verdict(self) -> str:
        """The result in one line."""
        name = self.protocol.name
        if self.holds:
            return f"{name} holds for {self.scope}"
        if self.partial:
            return (
                f"PARTIAL: {name} with {self.scope} not explored to the end; nothing breaks in {self.states:,} states"
            )
        if self.holds is None:
            return f"UNDECIDED: {name} breaks {self.broken} in the abstraction for any number, but no run shows it"
        shown = f"{self.shown_with} cache{'s' * (self.shown_with != 1)}{self._where}"
        return f"{name} breaks {self.broken} ({MEANINGS[self.broken or '']}) with {shown}"

    @property
    def _where(self) -> str:
        """The interconnect in words, if it is not the bus."""
        if self.interconnect == BUS:
            return ""
        return f" on {self.interconnect}{f' with {APART[self.interconnect].option}' if self.option else ''}"

    @cached_property
    def story(self) -> Story | None:
        """The shortest run that breaks the property, told; None when there is none."""
        if self.holds is not False or self.broken is None or self.shown_with is None:
            return None
        if self.interconnect in APART:
            found = self.broken, self.path
            told = APART[self.interconnect].tell(self.protocol, found, self.shown_with, self.option, self.verdict)
            return replace(told, ending=told.ending + self._hidden())
        steps = tuple(replay(self.protocol, self.path, self.shown_with, self.words))
        return Story(self.verdict, steps, ending(self.protocol, self.broken, steps[-1]), self.words, self.protocol)

    def _hidden(self) -> str:
        """A sentence if the atomic bus hides what breaks, else nothing."""
        if self.caches == "any" or not verify(self.protocol, self.caches).holds:
            return ""
        return f" The atomic bus hides it: there {self.protocol.name} holds for {self.caches} caches."

    def to_json(self) -> dict[str, object]:
        """What `coherence verify --json` prints, as plain data."""
        return {
            "protocol": self.protocol.name,
            "caches": self.caches,
            "words": self.words,
            "holds": self.holds,
            "partial": self.partial,
            "states": self.states,
            "fired": self.fired,
            "depth": self.depth,
            "property": self.broken,
            "steps": [_step(t, self.words) for t in (self.story.steps if self.story else ())],
            "shown_with": self.shown_with,
            "ending": self.story.ending if self.story else None,
            "unreached": [list(at) for at in self.unreached],
            "interconnect": self.interconnect,
        }

    def _repr_html_(self) -> str:
        mark = {True: "✓", False: "✗", None: "?"}[self.holds]
        facts = {
            "caches": self.scope,
            "states": f"{self.states:,}",
            "steps": f"{self.fired:,}",
            "longest shortest path": f"{self.depth:,}",
            "cells that no run used": ", ".join(f"{s} on {e}" for s, e in self.unreached) or "none",
        }
        return text(
            "cards.verdict_card", f"{mark} {self.verdict}", facts, self.story._repr_html_() if self.story else ""
        )

    def __repr__(self) -> str:
        return f"<Verification {self.verdict}: {self.states:,} states, {self.fired:,} steps, depth {self.depth}>"


def verify(
    protocol: Protocol | str | PathLike[str],
    caches: int | Literal["any"] = 3,
    *,
    words: int = 1,
    symmetry: bool = False,
    max_states: int = MAX_STATES,
    interconnect: str = BUS,
    overlap: bool = False,
    silent: bool = False,
) -> Verification:
    """Explore every state of one line and *caches* caches, or of any number of them, and check every property.

    *protocol*: a Protocol, a catalogue name or a file · *words*: 1 or 2 words a line · *symmetry*: caches with equal
    copies count as one · *max_states*: stop there, with a partial result. Neither changes anything for any number ·
    *interconnect*: the atomic bus, or "split", whose requests and data are steps apart · *overlap*: on the split bus,
    order requests of a line whose data are on their way; or "directory", whose messages are steps · *silent*: there,
    clean evictions do not tell the home. The first breach ends it, with a shortest run. Raises
    `InputError` listing every fault.

    >>> import coherence as co
    >>> co.verify("MESI", caches="any").holds
    True
    >>> broken = co.protocols["MESI"].but("forgetful", S={"BusUpgr": "S"})
    >>> co.verify(broken, caches=2).story.ending
    'SWMR: core 1 still reads 0 after core 0 wrote 1: S on BusUpgr stayed S.'
    """
    faults = whole("max-states", max_states, 1)
    if words not in WORDS or isinstance(words, bool):
        faults.append(f"words must be {' or '.join(map(str, WORDS))}, not {words!r}")
    if caches != "any":
        most = MAX_SYMMETRIC if symmetry else MAX_CACHES
        more = "" if symmetry else f" (up to {MAX_SYMMETRIC} with symmetry, or any number at once)"
        faults += [fault + more for fault in whole("caches", caches, 1, most)]
    try:
        table = find_protocol(protocol)
    except InputError as error:
        faults.insert(0, str(error))
    faults += _misused(interconnect, {"overlap": overlap, "silent": silent}, caches, words, symmetry)
    if faults:
        raise InputError("\n".join(faults))
    if interconnect in APART and caches != "any":
        return _verify_apart(table, caches, max_states, interconnect, overlap or silent)
    model = Model(table, words)
    found: Found[Any, Act]
    shown_with: int | None
    if caches == "any":
        found, shown_with = explore_any(model)
    else:
        found = explore(model, caches, symmetry, max_states)
        shown_with = caches if found.broken else None
    return Verification(
        table, caches, words, symmetry, _holds(found, shown_with), found.states, found.fired, found.depth,
        found.broken, found.path, shown_with, tuple(model.unreached()), found.partial,
    )  # fmt: skip


def _misused(
    interconnect: str, options: Mapping[str, bool], caches: int | Literal["any"], words: int, symmetry: bool
) -> list[str]:
    """The faults of an interconnect with these options, one line each."""
    if interconnect not in INTERCONNECTS:
        return [unknown("interconnect", interconnect, INTERCONNECTS)]
    own = APART[interconnect].option if interconnect in APART else None
    faults = [
        f"{option} goes with {' or '.join(n for n, a in APART.items() if a.option == option)}, not with {interconnect}"
        for option, chosen in options.items()
        if chosen and option != own
    ]
    asked = {"any number of caches": caches == "any", "two words": words == 2, "symmetry": symmetry}
    wrong = [what for what, so in asked.items() if so]
    if interconnect != BUS and wrong:
        faults.append(
            f"{interconnect} is verified for a given number of caches and one word a line, "
            f"not with {', '.join(wrong)}; the bus can do that"
        )
    return faults


def _verify_apart(table: Protocol, caches: int, max_states: int, interconnect: str, option: bool) -> Verification:
    """Verify on an interconnect on which a transaction is more than one step."""
    found, unreached = APART[interconnect].explore(table, caches, option, max_states)
    shown_with = caches if found.broken else None
    return Verification(
        table, caches, 1, False, _holds(found, shown_with), found.states, found.fired, found.depth,
        found.broken, found.path, shown_with, tuple(unreached), found.partial, interconnect, option,
    )  # fmt: skip


def _step(t: Told, words: int) -> dict[str, object]:
    """A step of a story as plain data; a step of memory alone has no core and no op."""
    keys = [key_of(w, words) for w in range(words)]
    said = {"core": t.core, "op": t.op, "key": keys[t.word], "states": {key: list(t.states) for key in keys}}
    if isinstance(t, DirectoryTold):
        said["phase"] = t.phase
    if isinstance(t, SplitTold):
        said["phase"] = t.act.phase
        if t.act.core is None:
            said.update(core=None, op=None)
    return said


def _holds(found: Found[Any, Act], shown_with: int | None) -> bool | None:
    if found.partial or (found.broken and shown_with is None):
        return None
    return found.broken is None


@lru_cache(maxsize=256)
def proved(protocol: Protocol, words: int) -> bool:
    """Whether *protocol* holds for any number of caches and lines of so many words, worked out once per table.

    >>> import coherence as co
    >>> proved(co.protocols["MESI"], 2), proved(co.protocols["MESI"].but("forgetful", S={"BusUpgr": "S"}), 1)
    (True, False)
    """
    return verify(protocol, caches="any", words=words).holds is True
