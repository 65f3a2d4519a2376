"""An exercise sheet for print: the accesses are given, the student fills in states, requests and suppliers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape

from coherence.accesses.workload import Workload
from coherence.cache.config import Key
from coherence.errors import InputError, whole
from coherence.protocol.model import Protocol
from coherence.random import SplitMix64
from coherence.run.run import Run
from coherence.show.player.replay import Film, Scene
from coherence.show.tables import grid, text_of
from coherence.transaction.outcome import MEMORY, Supplier
from coherence.words.reason import reason, room
from coherence.words.say import VERBS, show_key

MOST = 40  # rows of one sheet
APART = 12  # columns of states at the most, if every line has its own
OPS = "rrrwwe"  # drawn evenly
WORKED, HALF = 1, 2  # the row that is filled in, and the one that is half filled in

CSS = """
body{font:15px/1.4 Arial,"Liberation Sans",sans-serif;color:#111;background:#fff;margin:2em auto;max-width:60em;
padding:0 1em}
h1{font-size:1.4em}h2{font-size:1.15em}table{border-collapse:collapse;margin:1em 0;width:100%}
th,td{border:1px solid #555;padding:.35em .5em;text-align:left;vertical-align:top;overflow-wrap:break-word}
bdi{overflow-wrap:anywhere}thead th{background:#eee}
td.blank{min-width:2.2em;height:1.7em}td.given{font-weight:700}td.points{white-space:nowrap;text-align:right}
td.other{background:#ddd;-webkit-print-color-adjust:exact;print-color-adjust:exact}
.name{display:flex;gap:2em}.name span:first-child{flex:1;border-bottom:1px solid #555}
.solution{break-before:page}.why{font-size:.88em}@media print{body{margin:0;max-width:none}tr{break-inside:avoid}}
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One access and its answers: the state of the line in every cache, the requests, who supplied, whether memory is
    stale afterwards, and why.
    """

    number: int
    core: int
    does: str
    key: str
    line: str
    states: tuple[str, ...]
    bus: tuple[str, ...]
    supplier: Supplier | None
    stale: bool
    why: str

    def answers(self) -> list[str]:
        """The words of the cells to be filled in."""
        who = "–" if self.supplier is None else "memory" if self.supplier == MEMORY else f"core {self.supplier}"
        return [*self.states, ", ".join(self.bus) or "–", who, "yes" if self.stale else "no"]


@dataclass(frozen=True)
class Worksheet:
    """A sheet and its solution; shows its exercise in a notebook."""

    protocol: Protocol
    title: str
    sheet: str
    cores: int
    rows: tuple[Row, ...] = field(repr=False)

    def html(self, solution: bool = True) -> str:
        """The page: the exercise, and on a new sheet its *solution*."""
        body = self._exercise() + (self._solution() if solution else "")
        return (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,">'
            f"<title>{escape(self.title)}</title><style>{CSS}</style></head><body>\n{body}</body></html>\n"
        )

    def to_json(self) -> dict[str, object]:
        """The answers as plain data, for a program that marks them."""
        return {
            "protocol": self.protocol.name,
            "cores": self.cores,
            "given": WORKED,
            "steps": [
                {
                    "core": r.core, "op": r.does[0], "key": r.key, "states": list(r.states), "bus": list(r.bus),
                    "supplier": r.supplier, "memory_stale": r.stale,
                }
                for r in self.rows
            ],
        }  # fmt: skip

    def _repr_html_(self) -> str:
        return self._exercise()

    @property
    def points(self) -> int:
        """One for each cell to be filled in."""
        return sum(self._blank(row) for row in self.rows)

    def _blank(self, row: Row) -> int:
        return len(row.answers()) - self._given(row)

    def _given(self, row: Row) -> int:
        return len(row.answers()) if row.number == WORKED else self.cores if row.number == HALF else 0

    def _lines(self) -> list[str]:
        """The lines that have columns of their own; one name that is nobody's if all share them."""
        lines = list(dict.fromkeys(row.line for row in self.rows))
        return lines if len(lines) * self.cores <= APART else [""]

    def _columns(self) -> list[str]:
        lines = self._lines()
        of = [f"{line}: core {c}" if len(lines) > 1 else f"core {c}" for line in lines for c in range(self.cores)]
        return ["", "access", *of, "on the bus", "line from", "memory stale?"]

    def _cells(self, row: Row, answers: Sequence[str]) -> str:
        """The cells of a row's *answers*, each whole; the columns of other lines are shaded."""
        other = '<td class="other"></td>' * self.cores
        states, rest = "".join(answers[: self.cores]), "".join(answers[self.cores :])
        return "".join(states if line in ("", row.line) else other for line in self._lines()) + rest

    def _exercise(self) -> str:
        rows = []
        for row in self.rows:
            shown = self._given(row)
            cells = [
                f'<td class="given">{escape(a)}</td>' if k < shown else '<td class="blank"></td>'
                for k, a in enumerate(row.answers())
            ]
            of = self._blank(row)
            points = f'<td class="points">{f"/ {of}" if of else "–"}</td>'
            rows.append(f"<tr>{_access(row)}{self._cells(row, cells)}{points}</tr>")
        shaded = " The shaded columns are those of another line." if len(self._lines()) > 1 else ""
        return (
            f"<h1>{escape(self.title)}</h1>\n"
            f'<p class="name"><span>Name:</span><span>Points: ____ of {self.points}</span>'
            f"<span>Sheet: {escape(self.sheet)}</span></p>\n"
            "<p>Every copy is invalid at first. Follow the accesses one after the other. For each, fill in the state "
            "of the line in every cache afterwards, what goes over the bus, who supplies the line (– for nobody), and "
            "whether memory is stale afterwards. The first row is done, the second half done. Each cell counts one "
            f"point.{shaded}</p>\n"
            f"{_rules(self.protocol)}\n{_table([*self._columns(), 'points'], rows)}\n"
        )

    def _solution(self) -> str:
        rows = [
            f"<tr>{_access(row)}{self._cells(row, [f'<td>{escape(a)}</td>' for a in row.answers()])}"
            f'<td class="why">{escape(row.why)}</td></tr>'
            for row in self.rows
        ]
        table = _table([*self._columns(), "because"], rows)
        return f'<section class="solution"><h2>Solution: {escape(self.sheet)}</h2>\n{table}</section>\n'


def _access(row: Row) -> str:
    said = f"core {row.core} {escape(row.does)} <bdi>{escape(row.key)}</bdi>"
    return f"<td>{row.number}</td><td>{said}</td>"


def _rules(protocol: Protocol) -> str:
    """The protocol's table, which wraps on paper as a text with bars cannot."""
    shown = grid(protocol)
    rows = [
        f"<tr><th>{text_of(row[0].text)}</th>{''.join(f'<td>{text_of(e.text)}</td>' for e in row[1:])}</tr>"
        for row in shown.rows
    ]
    return f"<p><b>{text_of(shown.title)}</b>: {text_of(shown.note)}</p>{_table(shown.head, rows)}"


def _table(columns: Sequence[str], rows: Sequence[str]) -> str:
    head = "".join(f"<th>{escape(c)}</th>" for c in columns)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def worksheet(run: Run, name: Callable[[Key], str] = show_key) -> Worksheet:
    """The sheet of a recorded *run* in trace order; raises `InputError` for more than 40 accesses.

    >>> import coherence as co
    >>> run = co.Machine().run(co.Workload.from_ops("0 w x; 1 r x"), order="trace", record=True)
    >>> worksheet(run).rows[1].states
    ('S', 'S')
    """
    events = run.recorded()
    if len(events) > MOST:
        raise InputError(f"a worksheet has at most {MOST} accesses; {run.workload} has {len(events):,}")
    film = Film(run.protocol)
    rows = [_row(n, scene, film, run, name) for n, scene in enumerate(film.scenes(events), start=1)]
    return Worksheet(run.protocol, f"Worksheet: {run.protocol.name}", run.workload, run.cores, tuple(rows))


def _row(number: int, scene: Scene, film: Film, run: Run, name: Callable[[Key], str]) -> Row:
    a, o = scene.access, scene.outcome
    key = name(a.key)
    now = film.lines[a.line].states
    left = show_key(o.victim.line) if o.victim else ""  # type: ignore[arg-type]
    why = f"{reason(run.protocol, o, key, scene.supplied, scene.written)} {room(o, left)}".rstrip()
    return Row(
        number, a.core, VERBS[a.event], key, show_key(a.line),
        tuple(now.get(c, run.protocol.invalid) for c in range(run.cores)),
        o.bus, o.supplier, film.stale[a.line], why,
    )  # fmt: skip


def exercise(cores: int = 3, rows: int = 12, seed: int = 0) -> Workload:
    """A sequence on the keys x and y to make a sheet of, another for each *seed*; a core evicts what it touched.

    >>> exercise(cores=2, rows=5).cores
    2
    """
    if faults := [*whole("cores", cores, 2, 8), *whole("rows", rows, 3, MOST)]:
        raise InputError("\n".join(faults))
    random = SplitMix64(seed)
    touched: list[tuple[int, str]] = []
    ops: list[tuple[int, str, Key, int]] = []
    while len(ops) < rows:
        core, op, key = random.below(cores), OPS[random.below(len(OPS))], "xxxy"[random.below(4)]
        again = bool(ops) and (core, op, key) == ops[-1][:3]
        if again or (op == "e" and (core, key) not in touched[-cores:]):
            continue
        touched.append((core, key))
        ops.append((core, op, key, 0))
    return Workload.from_accesses(f"exercise, seed {seed}", lambda: iter(ops), cores)
