"""What a protocol is: states, cells and the table of both. Nothing else knows any protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from coherence.display import text
from coherence.errors import Breach

if TYPE_CHECKING:
    import networkx as nx

# The words of a table, in the order in which they are shown.
PROPERTIES = ("invalid", "exclusive", "dirty", "owner")
PROCESSOR = ("PrRd", "PrWr", "Evict")
REQUESTS = ("BusRd", "BusRdX", "BusUpgr", "BusUpd", "BusWr", "BusWB")
SNOOPED = REQUESTS[:-1]  # BusWB is answered by memory alone, so it is no column
RESPONSES = ("Flush", "Supply", "Update")
FILLS = frozenset({"BusRd", "BusRdX"})  # the requests that bring the line
SUPPLIES = frozenset({"Flush", "Supply"})  # the responses that put the line on the bus

EVENTS = dict(zip("rwe", PROCESSOR, strict=True))  # what a workload's op is to a processor
OPS = {event: op for op, event in EVENTS.items()}


class Undefined(Breach):
    """A `never` cell, or a missing one, was reached: `args` = (state, event, core), `cell` which of the two."""

    def __init__(self, state: str, event: str, core: int, missing: bool = False) -> None:
        super().__init__(state, event, core)
        self.state, self.event, self.core = state, event, core
        self.cell = "is missing" if missing else "says never"

    def __str__(self) -> str:
        return f"core {self.core} in state {self.state} met {self.event}, and its cell {self.cell}"


@dataclass(frozen=True, slots=True)
class State:
    """One state of a line in one cache: its abbreviation, a one-word title, and its properties.

    >>> State("O", "Owned", ("dirty",)).owner
    True
    """

    name: str
    title: str
    properties: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        ordered = tuple(p for p in PROPERTIES if p in self.properties)
        strange = tuple(p for p in self.properties if p not in PROPERTIES)
        object.__setattr__(self, "properties", ordered + strange)  # strange ones are reported by the rules

    @property
    def invalid(self) -> bool:
        """No copy; where every cache starts."""
        return "invalid" in self.properties

    @property
    def exclusive(self) -> bool:
        """No other cache has a copy."""
        return "exclusive" in self.properties

    @property
    def dirty(self) -> bool:
        """Memory may be stale, and this cache answers for the line."""
        return "dirty" in self.properties

    @property
    def owner(self) -> bool:
        """At most one cache is in such a state: stated, or implied by exclusive and by dirty."""
        return "owner" in self.properties or self.exclusive or self.dirty


@dataclass(frozen=True, slots=True)
class Action:
    """A bus request or a response in a cell; a request `if shared` waits for another copy to exist."""

    word: str
    if_shared: bool = False

    def __str__(self) -> str:
        return f"{self.word} if shared" if self.if_shared else self.word


@dataclass(frozen=True, slots=True)
class Cell:
    """What a state does at an event: actions in order, then the next state when alone and when not.

    `str(cell)` is the text of the table.

    >>> str(Cell((Action("BusRd"),), "E", "S"))
    'BusRd > E if alone else S'
    """

    actions: tuple[Action, ...] = ()
    alone: str = ""
    shared: str = ""
    never: bool = False

    @property
    def conditional(self) -> bool:
        """Whether the next state depends on being alone."""
        return self.alone != self.shared

    @property
    def targets(self) -> tuple[str, ...]:
        """The states it can lead to, the one when alone first."""
        return (self.alone, self.shared) if self.conditional else () if self.never else (self.alone,)

    def __str__(self) -> str:
        if self.never:
            return "never"
        to = f"{self.alone} if alone else {self.shared}" if self.conditional else self.alone
        return f"{', '.join(map(str, self.actions))} > {to}" if self.actions else to


NEVER = Cell(never=True)


@dataclass(frozen=True)
class Protocol:
    """A coherence protocol: one table, checked when made, that is run, verified, drawn and printed.

    `cells` maps (state name, event) to its Cell. A table built in Python may lack cells: reaching one is an
    error of the run, as with `never`. `str(protocol)` is the table as text; `Protocol.parse` reads it back.
    Raises `ProtocolError` (an `InputError`) with every fault at once.

    >>> import coherence as co
    >>> p = co.protocols["MSI"]
    >>> co.Protocol.parse(str(p)) == p
    True
    """

    name: str
    description: str
    states: tuple[State, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell] = field(hash=False)

    def __post_init__(self) -> None:
        from coherence.protocol.rules import check

        for words in ("name", "description"):  # on one line, so that the printed table reads back
            object.__setattr__(self, words, " ".join(getattr(self, words).split()))
        check(self)

    @staticmethod
    def parse(text: str, source: str = "") -> Protocol:
        """Read a table from text; *source* (a file name) goes before each fault.

        Raises `InputError` with every fault, each with its row and column.

        >>> import coherence as co
        >>> co.Protocol.parse(str(co.protocols["MSI"])) == co.protocols["MSI"]
        True
        """
        from coherence.protocol.text import parse

        return parse(text, source)

    def __str__(self) -> str:
        from coherence.protocol.text import render

        return render(self)

    def __repr__(self) -> str:
        names = " ".join(s.name for s in self.states)
        return f"<Protocol {self.name}: {self.description} ({names})>"

    @cached_property
    def by_name(self) -> dict[str, State]:
        """Its states by abbreviation."""
        return {s.name: s for s in self.states}

    @cached_property
    def invalid(self) -> str:
        """The name of the invalid state."""
        return next(s.name for s in self.states if s.invalid)

    @cached_property
    def local(self) -> dict[tuple[str, str], str]:
        """(state, event) → next state, for the processor cells that need no bus."""
        return {(s, e): c.alone for (s, e), c in self.cells.items() if e in PROCESSOR and not c.actions and not c.never}

    @cached_property
    def snoops(self) -> dict[tuple[str, str], tuple[tuple[str, ...], str]]:
        """(state, request) → (responses, next state), for the snoop cells that are defined."""
        return {
            (s, e): (tuple(a.word for a in c.actions), c.alone)
            for (s, e), c in self.cells.items()
            if e in SNOOPED and not c.never
        }

    def cell(self, state: str, event: str, core: int = 0) -> Cell:
        """The cell of *state* at *event*; raises `Undefined` where it says never or is missing.

        >>> import coherence as co
        >>> str(co.protocols["MESI"].cell("M", "BusRd"))
        'Flush > S'
        """
        found = self.cells.get((state, event), NEVER)
        if found.never:
            raise Undefined(state, event, core, missing=(state, event) not in self.cells)
        return found

    def but(self, name: str, description: str = "", /, **rows: Mapping[str, str]) -> Protocol:
        """A variant written as its differences: `p.but("forgetful", S={"BusUpgr": "S"})`.

        Each keyword is a state, each value maps columns to the new text of the cell; a column that the parent
        lacks is added, `never` elsewhere. Raises `ProtocolError` as parsing does.

        >>> import coherence as co
        >>> broken = co.protocols["MESI"].but("forgetful", S={"BusUpgr": "S"})
        >>> str(broken.cells["S", "BusUpgr"])
        'S'
        """
        from coherence.protocol.text import changed

        return changed(self, name, description, rows)

    def renamed(self, name: str, description: str = "", /, **states: str) -> Protocol:
        """The same protocol in other words: each keyword is a state, each value `"NAME Title"`.

        >>> import coherence as co
        >>> [s.name for s in co.protocols["MSI"].renamed("RWI", M="W Writable", S="R Readable").states]
        ['W', 'R', 'I']
        """
        from coherence.protocol.text import renamed

        return renamed(self, name, description, states)

    def graph(self) -> nx.MultiDiGraph[str]:
        """Its states and transitions as a networkx MultiDiGraph.

        Nodes carry `title` and `properties`; an edge a branch of a cell carries `event`, `action` (text),
        `condition` ("alone", "shared" or "") and `kind` ("processor" or "bus").

        >>> import coherence as co
        >>> sorted(co.protocols["MSI"].graph().nodes)
        ['I', 'M', 'S']
        """
        from coherence.protocol.graph import graph

        return graph(self)

    def to_markdown(self, against: Protocol | None = None) -> str:
        """Its table in Markdown; with *against*, marked where it differs from that protocol.

        >>> import coherence as co
        >>> co.protocols["MSI"].to_markdown().splitlines()[-1].startswith("| ")
        True
        """
        return text("tables.table", self, against, "markdown")

    def to_html(self, against: Protocol | None = None) -> str:
        """Its table in HTML with its own styles, readable on light and dark pages; *against* as in `to_markdown`."""
        return text("tables.table", self, against, "html")

    def to_latex(self, against: Protocol | None = None) -> str:
        """Its table in LaTeX with booktabs (and xcolor where it is marked); *against* as in `to_markdown`."""
        return text("tables.table", self, against, "latex")

    def _repr_html_(self) -> str:
        return text("cards.protocol_card", self)
