"""A run of the verifier told step by step: who did what by which cell, and what every cache and memory hold then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coherence.display import text
from coherence.protocol.model import EVENTS, Protocol, Undefined
from coherence.transaction.line import Line, transact
from coherence.transaction.outcome import Outcome
from coherence.verifier.model import Move
from coherence.words.plain import markdown_text
from coherence.words.say import VERBS, show_supplier

Values = tuple[int, ...]  # one number a word: the number of the write that stored it, 0 before any
SHOWN_CACHES = 8  # columns of a story; of more caches only those that ever act or hold a copy are shown


@dataclass(frozen=True, slots=True)
class Told:
    """One step of a story and all that holds after it.

    `states` and `values` have one entry a cache (values None without a copy), `memory` and `newest` one number a
    word, `newest_by` the core that wrote each of them (None before any write). `seen` is the line as the core found
    it. `outcome` is None when a cell that is `never` or missing was reached, and `undefined` says which.
    """

    core: int
    op: str
    word: int
    cell: str
    before: tuple[str, ...]
    states: tuple[str, ...]
    values: tuple[Values | None, ...]
    memory: Values
    newest: Values
    newest_by: tuple[int | None, ...]
    seen: Values | None = None
    outcome: Outcome | None = None
    undefined: Undefined | None = None


def key_of(word: int, words: int) -> str:
    """The key of a word: x where a line has one word, its number otherwise."""
    return "x" if words == 1 else str(word)


def replay(protocol: Protocol, path: Sequence[tuple[int, Move]], caches: int, words: int) -> Iterator[Told]:
    """Run *path* on *caches* caches by the machine's own transaction, with numbers for values."""
    line: Line[Values] = Line({}, {}, (0,) * words)
    newest = line.memory
    newest_by: tuple[int | None, ...] = (None,) * words
    writes = 0
    for core, move in path:
        event = EVENTS[move.op]
        before = tuple(line.states.get(c, protocol.invalid) for c in range(caches))
        cell = f"{before[core]} on {event}: {protocol.cells.get((before[core], event), 'missing')}"
        number = writes + (move.op == "w")

        def put(words: Values, new: int, at: int = move.word) -> Values:
            return (*words[:at], new, *words[at + 1 :])

        outcome = undefined = seen = None
        try:
            outcome, moved, line = transact(protocol, line, core, event, lambda _, new=number: new, put)  # type: ignore[misc]
        except Undefined as error:
            undefined = error
        else:
            seen, writes = moved.seen, number
            if move.op == "w":
                newest = put(newest, writes)
                newest_by = (*newest_by[: move.word], core, *newest_by[move.word + 1 :])
        yield Told(
            core, move.op, move.word, cell, before,
            tuple(line.states.get(c, protocol.invalid) for c in range(caches)),
            tuple(line.values.get(c) for c in range(caches)), line.memory, newest, newest_by, seen, outcome, undefined,
        )  # fmt: skip


@dataclass(frozen=True)
class Story:
    """The shortest run that breaks a property, ready to be printed, shown in a notebook or drawn.

    `steps` are data, of `protocol`; `text()`, `markdown()` and the notebook's HTML are made from them; `ending` names
    the fault.
    """

    title: str
    steps: tuple[Told, ...]
    ending: str
    words: int
    protocol: Protocol

    @property
    def shown(self) -> list[int]:
        """The cores that the story shows."""
        count = len(self.steps[0].states) if self.steps else 0
        if count <= SHOWN_CACHES:
            return list(range(count))
        involved = {t.core for t in self.steps} | {
            c for t in self.steps for c, v in enumerate(t.values) if v is not None
        }
        return sorted(involved)

    def rows(self) -> list[list[str]]:
        """One row of words a step, under `columns()`."""
        found = []
        for number, t in enumerate(self.steps, start=1):
            copies = [f"{t.states[c]} {_show(t.values[c])}".rstrip() for c in self.shown]
            stale = "" if t.memory == t.newest else " stale"
            supplied = show_supplier(t.outcome) if t.outcome else ""
            found.append(
                [str(number), self.what(t), t.cell, supplied, *copies, _show(t.memory) + stale, self.newest(t)]
            )
        return found

    def columns(self) -> list[str]:
        """The head of `rows()`."""
        return ["", "step", "cell", "line from", *(f"core {c}" for c in self.shown), "memory", "newest"]

    def what(self, t: Told) -> str:
        """A step in words, with the value that a read saw or a write stored."""
        said = f"core {t.core} {VERBS[EVENTS[t.op]]} {key_of(t.word, self.words)}"
        if t.op == "r" and t.seen is not None:
            return f"{said} = {_show(t.seen)}"
        return f"{said} = {t.newest[t.word]}" if t.op == "w" and t.outcome else said

    def newest(self, t: Told) -> str:
        """The newest value and who wrote it."""
        who = ", ".join("nobody" if by is None else f"core {by}" for by in dict.fromkeys(t.newest_by))
        return f"{_show(t.newest)} by {who}"

    def text(self) -> str:
        """The story for a terminal."""
        grid = [self.columns(), *self.rows()]
        widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
        lines = ["  ".join(f"{cell:{w}}" for cell, w in zip(row, widths, strict=True)).rstrip() for row in grid]
        return "\n".join([self.title, "", *lines, "", self.ending]) + "\n"

    def markdown(self) -> str:
        """The story as a Markdown table."""

        def row(cells: Sequence[str]) -> str:
            return "| " + " | ".join(markdown_text(c) for c in cells) + " |"

        rule = "|" + "---|" * len(self.columns())
        table = [row(self.columns()), rule, *map(row, self.rows())]
        return "\n".join([f"**{markdown_text(self.title)}**", "", *table, "", markdown_text(self.ending)]) + "\n"

    def _repr_html_(self) -> str:
        return text("cards.story_card", self.protocol, self.columns(), self.rows(), self.title, self.ending, self.shown)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Story {self.title}: {len(self.steps)} steps, {self.ending}>"


def _show(values: Values | None) -> str:
    return "" if values is None else " ".join(map(str, values))
