"""The messages of a few accesses as a scene: lifelines of cores, bus and memory, who says what to whom in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

from coherence.protocol.model import SUPPLIES, Protocol
from coherence.show.colours import LIGHT, Theme, Tile, tiles_of
from coherence.show.scene import LINE, Box, Curve, Disc, Rect, Scene, Shape, Word
from coherence.transaction.outcome import MEMORY, Answer, Outcome
from coherence.transaction.outcome import Turn as Request
from coherence.words.plain import plain, width
from coherence.words.say import VERBS

APART = 11.0  # between lifelines
ROW = 1.9  # a message
CLEAR = 0.3  # below a row of states, so that the next message's text lies on none
NOTE = 9.5  # room on the left for what the step is
KEY, VALUE = 10, 10  # characters of a key and of a value
BUS, MEM = "bus", "memory"  # the lifelines that are no cores


@dataclass(frozen=True, slots=True)
class Turn:
    """One access to be drawn: who does what to which key, and what came of it.

    `outcome` is None of one that only touched its own cache; `value` is what was read or written ("" unknown); `when`
    stands on the left; `fault` says why it could not be done.
    """

    core: int
    event: str
    key: str
    before: str
    after: str
    outcome: Outcome | None = None
    value: str = ""
    when: str = ""
    fault: str = ""


@dataclass
class _Chart:
    """What is drawn so far; `y` is the height of the row at hand."""

    at: Mapping[int | str, float]
    look: Mapping[str, Tile]
    theme: Theme
    shapes: list[Shape]
    paper: str
    y: float = 0.0

    def message(self, start: int | str, end: int | str, text: str, colour: str, dashed: bool = False) -> None:
        """An arrow from lifeline to lifeline, its text above it."""
        self.y -= ROW
        a, b = self.at[start], self.at[end]
        self.shapes.append(Curve(((a, self.y), (b, self.y)), colour, 0.12, dashed, arrow=True))
        self.shapes.append(Word(plain(text, 30), (a + b) / 2, self.y + 0.8, colour, 0.9, paper=self.paper))

    def carry(self, start: int | str, end: int | str, text: str, dashed: bool = False) -> None:
        """What goes over the bus: to it and on, in one row where both are on different sides of it."""
        colour = self.theme.data
        self.message(start, BUS, text, colour, dashed)
        if (self.at[start] < self.at[BUS]) == (self.at[end] < self.at[BUS]):
            self.message(BUS, end, text, colour, dashed)
        else:
            ends = ((self.at[BUS], self.y), (self.at[end], self.y))
            self.shapes.append(Curve(ends, colour, 0.12, dashed, arrow=True))

    def snoop(self, cores: Iterable[int]) -> None:
        """All *cores* see what is on the bus: an arrow from it to each."""
        self.y -= ROW
        for core in cores:
            ends = ((self.at[BUS], self.y), (self.at[core], self.y))
            self.shapes.append(Curve(ends, self.theme.accent, 0.08, dashed=True, arrow=True))

    def note(self, core: int, text: str, colour: str, bold: bool = False) -> None:
        """Words on a lifeline."""
        self.y -= ROW
        self.shapes.append(Word(plain(text, 70), self.at[core], self.y, colour, bold=bold, paper=self.paper))

    def change(self, core: int, before: str, after: str) -> None:
        """From state to state on a core's lifeline, in the row at hand."""
        x = self.at[core]
        if before != after:
            self._state(x - 1.5, before)
            self.shapes.append(Curve(((x - 0.75, self.y), (x + 0.75, self.y)), self.theme.ink, 0.07, arrow=True))
            x += 1.5
        self._state(x, after)

    def _state(self, x: float, name: str) -> None:
        tile = self.look[name]
        fill = self.theme.paper if tile.fill == "none" else tile.fill
        self.shapes.append(Disc(x, self.y, 0.75, fill, tile.edge, 0.09, tile.dashed))
        shown = plain(name, 5)
        self.shapes.append(Word(shown, x, self.y, tile.ink, min(0.85, 1.25 / width(shown, bold=True)), bold=True))


def message_scene(
    protocol: Protocol,
    turns: Sequence[Turn],
    cores: Sequence[int],
    theme: Theme = LIGHT,
    title: str = "",
    ending: str = "",
) -> Scene:
    """The chart of *turns* with a lifeline for each of *cores*, the bus and memory; *ending* is said below."""
    lifelines: list[int | str] = [*cores, BUS, MEM]
    at = {who: i * APART for i, who in enumerate(lifelines)}
    chart = _Chart(at, tiles_of(protocol, theme), theme, [], theme.paper)
    bands: list[Shape] = []
    right = at[MEM] + APART / 2
    for number, turn in enumerate(turns):
        top = chart.y - 0.3
        chart.paper = theme.paper if number % 2 else theme.band
        _turn(chart, turn)
        chart.y -= 1.2
        if number % 2 == 0:
            bands.append(Box(Rect(-APART / 2 - NOTE, chart.y - 0.3, right, top), theme.band))
    lines: list[Shape] = []
    for who, x in at.items():
        name = f"core {who}" if isinstance(who, int) else who
        lines.append(Curve(((x, 0.0), (x, chart.y)), theme.muted, 0.06, dashed=isinstance(who, int)))
        half = width(name, bold=True) / 2 + 0.5
        lines.append(Box(Rect(x - half, 0.2, x + half, 2.0), theme.paper, theme.ink, 0.08, radius=0.4))
        lines.append(Word(name, x, 1.1, theme.ink, bold=True))
    around: list[Shape] = []
    left = -APART / 2 - NOTE
    if title:
        lines_of = wrap(plain(title, 120), max(20, int((right - left) / 0.72 / 1.3)))
        for number, line in enumerate(reversed(lines_of)):
            y = 3.6 + 1.3 * LINE * number
            around.append(Word(line, left, y, theme.ink, 1.3, anchor="start", bold=True))
    most = max(20, int((right - left) / 0.72))
    for number, line in enumerate(wrap(plain(ending, 400), most)):
        around.append(Word(line, left, chart.y - 1.4 - LINE * number, theme.accent, anchor="start", bold=True))
    return Scene((*bands, *lines, *chart.shapes, *around), theme.paper, plain(title))


def _turn(chart: _Chart, turn: Turn) -> None:
    """All rows of one access."""
    theme, core = chart.theme, turn.core
    key = plain(turn.key, KEY)
    written = turn.event == "PrWr" and turn.value
    chart.note(
        core, f"{VERBS[turn.event]} {key}" + (f" = {plain(turn.value, VALUE)}" if written else ""), theme.ink, True
    )
    left = -APART / 2 - NOTE + 0.6
    if turn.when:
        chart.shapes.append(Word(plain(turn.when, 16), left, chart.y, theme.muted, 0.9, anchor="start"))
    o = turn.outcome
    if turn.fault:
        chart.note(core, turn.fault, theme.accent, True)
        return
    for asked in o.turns if o else ():
        chart.message(core, BUS, f"{asked.request} {key}", theme.accent)
        _answers(chart, core, asked)
    if o and o.victim:
        for request in o.victim.outcome.requests:
            chart.carry(core, MEM, f"{request} of the victim")
    chart.y -= ROW
    chart.change(core, turn.before, turn.after)
    if turn.event == "PrRd" and turn.value:
        said = f"= {plain(turn.value, VALUE)}"
        chart.shapes.append(Word(said, chart.at[core] + 2.6, chart.y, theme.ink, 0.9, "start", paper=chart.paper))


def _answers(chart: _Chart, core: int, asked: Request) -> None:
    """What the snoopers and memory did on one request of *core*."""
    theme, supplier = chart.theme, asked.supplier
    answers = [a for a in asked.answers if a.core in chart.at]
    if answers:
        chart.snoop(a.core for a in answers)
        chart.y -= ROW
        for a in answers:
            chart.change(a.core, a.before, a.after)
        chart.y -= CLEAR
    if supplier == MEMORY:
        chart.carry(MEM, core, "line")
    elif supplier is not None and supplier != core:
        word = next((w for a in answers if a.core == supplier for w in a.responses if w in SUPPLIES), "line")
        chart.carry(supplier, core, word)
    for _ in _with(answers, "Flush"):
        chart.message(BUS, MEM, "memory takes it", theme.data, dashed=True)
    for a in _with(answers, "Update"):
        chart.message(BUS, a.core, "Update", theme.data)
    if asked.request in ("BusWB", "BusWr"):
        chart.message(BUS, MEM, "memory takes it", theme.data, dashed=True)


def _with(answers: Iterable[Answer], response: str) -> list[Answer]:
    return [a for a in answers if response in a.responses]
