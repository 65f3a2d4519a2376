"""A run of the verifier told step by step: who did what by which cell, and what every cache and memory hold then.

The last sentence says what went wrong, and names the cell that let it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coherence.display import text
from coherence.protocol.model import EVENTS, SUPPLIES, Protocol, Undefined
from coherence.transaction.line import Line, transact
from coherence.transaction.outcome import MEMORY, Answer, Outcome
from coherence.verifier.model import DATA, MEM, OWNER, STALEREAD, SWMR, UNDEF, Move
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


def ending(protocol: Protocol, broken: str, last: Told) -> str:
    """One sentence that names the fault of *last*, the step that broke the property."""
    what, cell = _fault(protocol, broken, last)
    return f"{broken}: {what}: {cell}."


def _fault(protocol: Protocol, broken: str, last: Told) -> tuple[str, str]:
    outcome = last.outcome
    if broken == UNDEF or outcome is None:
        error = last.undefined
        assert error is not None
        return f"core {error.core} in {error.state} met {error.event}", f"its cell {error.cell}"
    if broken == STALEREAD:
        return _stale_read(protocol, last, outcome)
    if broken == MEM:
        return "memory is stale and no cache answers for the line", _who_lost_it(protocol, last, outcome)
    stale = [c for c, v in enumerate(last.values) if v is not None and v != last.newest]
    if broken == DATA and not stale:
        return "suppliers offer different values", _own_cell(outcome, last)
    if stale and last.op == "w":
        copy = last.values[stale[0]]
        assert copy is not None
        word = next(w for w, v in enumerate(copy) if v != last.newest[w])
        what = f"core {stale[0]} still reads {copy[word]} after core {last.newest_by[word]} wrote {last.newest[word]}"
    else:
        what = _who_holds(protocol, broken, last)
    return what, _who_let_it(protocol, broken, last, outcome, stale)


def _stale_read(protocol: Protocol, last: Told, outcome: Outcome) -> tuple[str, str]:
    """A read that saw an old value, or none at all."""
    if last.seen is None:
        return f"core {last.core} reads without a copy and gets no line", _own_cell(outcome, last)
    word = next(w for w, v in enumerate(last.seen) if v != last.newest[w])
    what = f"core {last.core} reads {last.seen[word]} after core {last.newest_by[word]} wrote {last.newest[word]}"
    return what, _who_kept_it(protocol, outcome, last)


def _who_kept_it(protocol: Protocol, outcome: Outcome, last: Told) -> str:
    """The dirty copy that should have supplied, where stale memory did."""
    for a in outcome.answers:
        if protocol.by_name[a.before].dirty and SUPPLIES.isdisjoint(a.responses) and outcome.supplier == MEMORY:
            return f"memory supplied it, for {_cell(outcome, a)} and did not supply"
    return _own_cell(outcome, last)


def _who_lost_it(protocol: Protocol, last: Told, outcome: Outcome) -> str:
    """The dirty copy that went without memory taking the line, or the write that made none."""
    for a in outcome.answers:
        if protocol.by_name[a.before].dirty and not protocol.by_name[a.after].dirty and "Flush" not in a.responses:
            return f"{_cell(outcome, a)}, and memory did not take the line"
    if last.op == "e":
        return f"{_own_cell(outcome, last)}, and nothing was written back"
    return f"{_own_cell(outcome, last)}, and {outcome.after} is not dirty"


def _who_holds(protocol: Protocol, broken: str, last: Told) -> str:
    """Who has the line in states that exclude each other."""
    held = [(c, s) for c, s in enumerate(last.states) if s != protocol.invalid]
    said = " and ".join(f"core {c} has {s}" for c, s in held)
    why = {SWMR: "one of them is exclusive", OWNER: "both own the line", DATA: "one of them is stale"}[broken]
    return f"{said}, and {why}"


def _who_let_it(protocol: Protocol, broken: str, last: Told, outcome: Outcome, stale: list[int]) -> str:
    """The snoop cell that kept a copy it should have given up, or else the requester's own cell."""
    states = protocol.by_name
    answers = {a.core: a for a in outcome.answers}  # the last of each core

    def wrong(a: Answer) -> bool:
        if broken == DATA:
            return a.core in stale
        if broken == OWNER:
            return states[a.after].owner
        return states[a.after].exclusive

    guilty = [a for a in answers.values() if wrong(a)]
    if not guilty and (broken != OWNER and states[outcome.after].exclusive):
        guilty = [a for a in answers.values() if a.after != protocol.invalid]
    if guilty:
        return _cell(outcome, guilty[0])
    if broken == DATA and last.core in stale:
        return _who_kept_it(protocol, outcome, last)
    return _own_cell(outcome, last)


def _cell(outcome: Outcome, a: Answer) -> str:
    """A snooper's answer by the words of its cell."""
    request = next(t.request for t in reversed(outcome.turns) if a in t.answers)
    said = f" with {', '.join(a.responses)}" if a.responses else ""
    return f"{a.before} on {request} {'stayed' if a.before == a.after else 'went to'} {a.after}{said}"


def _own_cell(outcome: Outcome, last: Told) -> str:
    """The requester's move by the words of its cell."""
    by = f" by {', '.join(outcome.requests)}" if outcome.requests else " without the bus"
    moved = "stayed" if outcome.before == outcome.after else "went to"
    return f"{outcome.before} on {EVENTS[last.op]} {moved} {outcome.after}{by}"
