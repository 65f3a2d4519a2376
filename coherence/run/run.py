"""What a run gives back: counters, totals, and on request every access."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal, NoReturn, get_args

from coherence.cache.config import Cache, Key, Line
from coherence.display import shown, text
from coherence.errors import InputError, needs, unknown, whole
from coherence.protocol.model import Protocol
from coherence.run.rows import event_row
from coherence.run.totals import Totals
from coherence.run.worst import WorstLine, worst_lines
from coherence.transaction.access import Access, Held
from coherence.transaction.count import LineCounts
from coherence.words.why import history as told
from coherence.words.why import why as explain

if TYPE_CHECKING:
    import pandas as pd


Tables = Literal["cores", "lines", "events", "bus"]


@dataclass(frozen=True)
class Run:
    """The result of one run.

    `totals` and `per_core` have the names of the counters; `cycles` is the largest finish. `lines` maps each line to
    its LineCounts; `invalidated_by[writer][victim]` counts copies that the first took from the second. `values` are the
    newest values by key, `contents[core]` maps each key the core holds a value of to it, `memory` likewise for memory;
    `caches[core]` maps each line the core holds at the end to its Held (state and values), as `cache(core)` shows.
    `levels[core][level]` and `shared` are the counters of a hierarchy's levels, empty where there is none.
    `returned` are the programs' results; `events` every Access in the order of effect, None if the run kept none.
    `arbitration` is the bus's; `stopped` says why a run was stopped (the one in a `Breach`), "" for one that came to
    its end. `geometry` is the shape of the caches that hold the states; None from the engine that keeps no states.
    """

    protocol: Protocol
    workload: str
    engine: str
    order: str
    arbitration: str
    cores: int
    cycles: int
    totals: Totals
    per_core: Sequence[Mapping[str, object]]
    lines: Mapping[Line, LineCounts] = field(repr=False)
    invalidated_by: Mapping[int, Mapping[int, int]] = field(repr=False)
    values: Mapping[Key, object] = field(repr=False)
    contents: Sequence[Mapping[Key, object]] = field(repr=False)
    memory: Mapping[Key, object] = field(repr=False)
    levels: Sequence[Sequence[Mapping[str, int]]] = ()
    shared: Mapping[str, int] = field(default_factory=dict)
    returned: tuple[object, ...] = ()
    events: Sequence[Access] | None = field(default=None, repr=False)
    caches: Sequence[Mapping[Line, Held]] = field(default=(), repr=False)
    stopped: str = ""
    geometry: Cache | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, object]:
        """What `coherence run --json` prints, as plain data."""
        found: dict[str, object] = {
            "protocol": self.protocol.name,
            "engine": self.engine,
            "order": self.order,
            "cores": self.cores,
            "cycles": self.cycles,
            "totals": self.totals,
            "per_core": list(self.per_core),
        }
        if any(self.levels):
            found["levels"] = [list(rows) for rows in self.levels]
        if self.shared:
            found["shared"] = dict(self.shared)
        return found

    def recorded(self) -> Sequence[Access]:
        """The events; raises `InputError` if the run kept none."""
        if self.events is None:
            raise InputError("this run kept no events; run it with record=True")
        return self.events

    def why(self, core: int, n: int) -> str:
        """Why *core*'s *n*-th access (from 1) went as it did, in words; the run must have recorded.

        >>> import coherence as co
        >>> machine = co.Machine(cache=co.Cache(keys_per_line=2))
        >>> run = machine.run(co.Workload.from_ops("0 r 0; 1 w 1; 0 r 0"), order="trace", record=True)
        >>> print(run.why(0, 2).split(": ", 1)[1].split(". ")[0])
        its copy of line 0 was taken at cycle 103 by core 1's write of another key of the line (1): false sharing
        """
        return explain(self.recorded(), self.protocol.invalid, core, n)

    def history(self, line: Line) -> list[str]:
        """Every transaction and change of state of *line*, a sentence each; the run must have recorded."""
        return told(self.recorded(), line)

    def worst_lines(self, most: int = 5, by: str = "sharing") -> list[WorstLine]:
        """The lines that cost most, the worst first, each with its pattern of sharing.

        *by* "sharing" counts the requests that a line cost because it is shared, "misses" all misses and upgrades.
        """
        return worst_lines(self.lines, most, by)

    def cache(self, core: int) -> CacheView:
        """What *core*'s cache holds at the end, lines by state; raises `InputError` for a core that is not there.

        >>> import coherence as co
        >>> co.Machine().run([(0, "w", "x"), (0, "r", "y")]).cache(0)
        <Cache of core 0 at the end: M 1 line, E 1 line>
        """
        faults = whole("core", core, 0, self.cores - 1)
        if faults:
            raise InputError(faults[0])
        if not self.caches:
            raise InputError(f"engine {self.engine} keeps no caches")
        return CacheView(self.protocol, core, self.caches[core])

    def play(self, *others: Run, **choice: Any) -> Any:
        """The run to be stepped through, in a notebook or as a file (`save`); see `coherence.play`.

        >>> import coherence as co
        >>> co.Machine().run([(0, "w", "x"), (1, "r", "x")], record=True).play(last=1)
        Player(title='accesses under MESI', height=560)
        """
        return shown("player.play.play", self, *others, **choice)

    def to_pandas(self, table: Tables = "cores") -> pd.DataFrame:
        """The run as a pandas DataFrame (extra `data`): one row a core, a line, an access, or a bus grant.

        "events" and "bus" need a run with `record=True`. Raises `InputError` otherwise, and for an unknown table.
        """
        if table not in get_args(Tables):
            raise InputError(unknown("table", table, get_args(Tables)))
        try:
            import pandas as pd
        except ImportError:
            raise InputError(f"to_pandas {needs('pandas', 'data')}") from None
        match table:
            case "cores":
                rows = [_flat(core, counts) for core, counts in enumerate(self.per_core)]
                return pd.DataFrame(rows).set_index("core")
            case "lines":
                return pd.DataFrame([_line_row(line, counts) for line, counts in self.lines.items()])
            case "events":
                return pd.DataFrame([event_row(a) for a in self.recorded()])
        return pd.DataFrame([event_row(a) for a in self.recorded() if a.granted is not None])

    if not TYPE_CHECKING:  # who has types knows the names

        def __getattr__(self, name: str) -> NoReturn:
            """Say that counters are in `totals`."""
            near = get_close_matches(name, vars(self).get("totals", ()), n=1, cutoff=0.8)
            hint = f"; did you mean run.totals[{near[0]!r}]?" if near else ""
            raise AttributeError(f"a run has no {name!r}{hint}")

    def _repr_html_(self) -> str:
        return text("cards.run_card", self)

    def __repr__(self) -> str:
        t = self.totals
        return (
            f"<Run {self.workload} under {self.protocol.name}: {self.cores} cores, {self.cycles} cycles, "
            f"{t['invalidations']} invalidations, hit rate {t['hit_rate']:.1%}>"
        )


@dataclass(frozen=True)
class CacheView:
    """A cache at the end of a run: `lines` maps each line it holds to its Held, oldest touched first."""

    protocol: Protocol
    core: int
    lines: Mapping[Line, Held] = field(repr=False)

    def by_state(self) -> dict[str, list[Line]]:
        """The lines in each state that occurs, states in the order of the table."""
        names = [s.name for s in self.protocol.states]
        found = {name: [line for line, held in self.lines.items() if held.state == name] for name in names}
        return {name: lines for name, lines in found.items() if lines}

    def _repr_html_(self) -> str:
        return text("cards.cache_card", self)

    def __repr__(self) -> str:
        counts = [f"{name} {len(lines)} line{'s' * (len(lines) != 1)}" for name, lines in self.by_state().items()]
        return f"<Cache of core {self.core} at the end: {', '.join(counts) or 'nothing'}>"


def _flat(core: int, counts: Mapping[str, object]) -> dict[str, object]:
    row: dict[str, object] = {"core": core}
    for name, value in counts.items():
        row.update(value if isinstance(value, dict) else {name: value})
    return row


def _line_row(line: Line, counts: LineCounts) -> dict[str, object]:
    row: dict[str, object] = {"line": line}
    row |= {name: getattr(counts, name) for name in counts.__slots__}
    return row
