"""One interleaving of a litmus test told step by step: who did what by which cell, and what all hold then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from coherence.consistency.core import DRAIN, EVICT, EXCHANGE, FORWARD, LOAD, STORE
from coherence.consistency.explore import Step, readers
from coherence.consistency.fault import Watched, Word
from coherence.consistency.program import Litmus
from coherence.display import text
from coherence.protocol.model import Protocol, Undefined
from coherence.transaction.line import Line
from coherence.transaction.outcome import Outcome
from coherence.words.say import show_supplier

BEFORE = {"touched": "Every core has read every line before.", "owned": "Core 0 has read every line before."}
SAYINGS = {
    LOAD: "core {core} reads {location} = {found}",
    FORWARD: "core {core} reads {location} = {word} from its own buffer",
    STORE: "core {core} writes {location} = {word}",
    DRAIN: "core {core}'s buffer writes {location} = {word}",
    EXCHANGE: "core {core} exchanges {location}: finds {found}, leaves {word}",
    EVICT: "core {core} evicts {location}",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One step and what holds after it.

    `found` is what the core found in memory or its cache, None for a step that meets a `never` cell. `states` and
    `values` have one entry for each core (value None without a copy), `memory` is the location's; on flat memory the
    first two are empty. `buffers` are the stores that wait in each core.
    """

    step: Step
    cell: str
    found: int | None
    states: tuple[str, ...]
    values: tuple[int | None, ...]
    memory: int
    buffers: tuple[tuple[tuple[str, int], ...], ...]
    outcome: Outcome | None = None
    fault: str | None = None

    @property
    def what(self) -> str:
        """The step in words."""
        action = self.step.action
        found = "?" if self.found is None else self.found
        return SAYINGS[action.kind].format(core=self.step.core, location=action.location, word=action.word, found=found)

    def to_json(self) -> dict[str, object]:
        """The step as plain data: `value` is what was read or written, `found` what an exchange read."""
        action = self.step.action
        value = self.found if action.kind == LOAD else None if action.kind == EVICT else action.word
        more = {"found": self.found} if action.kind == EXCHANGE else {}
        return {
            "core": self.step.core, "op": action.kind, "location": action.location, "value": value, **more,
            "states": list(self.states),
        }  # fmt: skip


def tell(
    test: Litmus, protocol: Protocol | None, lines: Mapping[str, Watched], steps: Sequence[Step]
) -> Iterator[Told]:
    """Replay *steps* with the machine's own transaction on *lines*, or on flat memory without a protocol."""
    cores = len(test.programs)
    flat = dict(test.memory)
    for step in steps:
        action = step.action
        buffers = tuple(local.buffer for local in step.locals)
        line = lines.get(action.location)
        if action.event is None or line is None or protocol is None:
            found = flat[action.location]
            if action.event == "PrWr":
                flat[action.location] = action.word
            copies = _copies(line, cores, protocol) if line and protocol else ((), ())
            memory = line.line.memory.value if line else flat[action.location]
            yield Told(step, "", found, *copies, memory, buffers)
            continue
        before = line.line.states.get(step.core, protocol.invalid)
        cell = f"{before} on {action.event}: {protocol.cells.get((before, action.event), 'missing')}"
        outcome = seen = fault = None
        try:
            outcome, seen, fault = line.step(step.core, action.event, action.word)
            answers = [
                f"core {a.core}: {a.before} on {turn.request}: {_answer(a.responses, a.after)}"
                for turn in outcome.turns
                for a in turn.answers
            ]
            cell = "; ".join([cell, *answers])
        except Undefined as error:
            fault = str(error)
        memory = line.line.memory.value
        yield Told(step, cell, seen, *_copies(line, cores, protocol), memory, buffers, outcome, fault)


def _answer(responses: Sequence[str], after: str) -> str:
    return f"{', '.join(responses)} > {after}" if responses else after


def _copies(line: Watched, cores: int, protocol: Protocol) -> tuple[tuple[str, ...], tuple[int | None, ...]]:
    states, values = line.line.states, line.line.values
    return (
        tuple(states.get(c, protocol.invalid) for c in range(cores)),
        tuple(values[c].value if c in values else None for c in range(cores)),
    )


@dataclass(frozen=True)
class Story:
    """A shortest interleaving that decides a test, ready to be printed or shown in a notebook.

    `steps` are data; `ending` says how all ended and, if coherence broke on the way, at which step and by which cell.
    """

    title: str
    steps: tuple[Told, ...]
    ending: str
    protocol: Protocol | None

    @property
    def shown(self) -> list[int]:
        """The cores whose copies are shown: all, or none of flat memory."""
        return list(range(len(self.steps[0].states))) if self.steps and self.protocol else []

    @property
    def buffered(self) -> bool:
        """Whether a store ever waits."""
        return any(any(t.buffers) for t in self.steps)

    def columns(self) -> list[str]:
        """The head of `rows()`."""
        copies = ["cell", "line from", *(f"core {c}" for c in self.shown)] if self.protocol else []
        return ["", "step", *copies, "memory", *(["waits in buffers"] if self.buffered else [])]

    def rows(self) -> list[list[str]]:
        """One row of words for each step, under `columns()`; copies and memory are of the step's own location."""
        found = []
        for number, t in enumerate(self.steps, start=1):
            row = [str(number), t.what]
            if self.protocol:
                copies = (f"{s} {'' if v is None else v}".rstrip() for s, v in zip(t.states, t.values, strict=True))
                row += [t.cell, show_supplier(t.outcome) if t.outcome else "", *copies]
            row.append(f"{t.step.action.location} = {t.memory}")
            if self.buffered:
                row.append(", ".join(f"core {c}: {_waiting(b)}" for c, b in enumerate(t.buffers) if b))
            found.append(row)
        return found

    def text(self) -> str:
        """The story for a terminal."""
        grid = [self.columns(), *self.rows()]
        widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
        lines = ["  ".join(f"{cell:{w}}" for cell, w in zip(row, widths, strict=True)).rstrip() for row in grid]
        return "\n".join([self.title, "", *lines, "", self.ending]) + "\n"

    def _repr_html_(self) -> str:
        return text("cards.story_card", self.protocol, self.columns(), self.rows(), self.title, self.ending, self.shown)

    def __str__(self) -> str:
        return self.text()


def _waiting(buffer: tuple[tuple[str, int], ...]) -> str:
    return " ".join(f"{location} = {word}" for location, word in buffer)


def story(
    test: Litmus, protocol: Protocol | None, start: str, steps: Sequence[Step], end: Mapping[str, int] | None
) -> Story:
    """The story of *steps*, which lead to the outcome *end*, or to a `never` cell if that is None."""
    lines: dict[str, Watched] = {}
    faults = []
    if protocol is not None:
        lines = {x: Watched(protocol, Line({}, {}, Word(0, value))) for x, value in test.memory.items()}
        for location, line in lines.items():
            read = [line.step(reader, "PrRd", 0)[2] for reader in readers(start, len(test.programs))]
            faults += [f"Before the test begins, coherence of {location} breaks: {fault}" for fault in read if fault]
    told = tuple(tell(test, protocol, lines, steps))
    faults += [
        f"Step {number} breaks coherence of {t.step.action.location}: {t.fault}"
        for number, t in enumerate(told, start=1)
        if t.fault
    ]
    said = ", ".join(f"{name}={value}" for name, value in (end or {}).items())
    title = f"{test.name}: a shortest interleaving to {said or 'a cell that says never'}"
    ending = [BEFORE[start]] if start in BEFORE and protocol else []
    ending += [f"In the end {said}."] if end is not None else []
    return Story(title, told, " ".join(ending + faults[:1]), protocol)
