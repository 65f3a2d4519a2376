"""From a recorded run to what the viewer reads: steps as changes over a checkpoint, everything repeated said once."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from typing import Generic, TypeVar

from coherence.cache.config import Key, Line
from coherence.protocol.model import PROCESSOR, REQUESTS, RESPONSES, Protocol
from coherence.run.run import Run
from coherence.run.window import Window
from coherence.show.player.replay import Change, Film, Scene
from coherence.show.player.table import table_data
from coherence.show.player.waiting import waiting, why_first
from coherence.transaction.outcome import Answer
from coherence.words.reason import reason, room
from coherence.words.say import show_key

# In a sentence these stand for what the viewer puts there, each isolated: so that a sentence is said once for all
# keys and values, and a key of any script cannot reorder it. No table can hold them in a name.
KEY, SUPPLIED, WRITTEN, LEFT = "\x01", "\x02", "\x03", "\x04"
AND_SO = "\x05"  # between the sentence and that on a victim

MOST = 20_000  # steps of one player, about 2 MB

T = TypeVar("T", bound=Hashable)


class Numbers(Generic[T]):
    """Things numbered in the order in which they are first met."""

    def __init__(self) -> None:
        self.of: dict[T, int] = {}

    def __call__(self, thing: T) -> int:
        """The number of *thing*, a new one where it is new."""
        return self.of.setdefault(thing, len(self.of))

    def __iter__(self) -> Iterator[T]:
        return iter(self.of)


def player_data(run: Run, window: Window | None = None, name: Callable[[Key], str] = show_key) -> dict[str, object]:
    """Plain data for the viewer; raises `InputError` for a run that recorded nothing, or an empty window.

    `steps` holds one list a step: shape, key, changes, supplied, written, victim's line, the cycle at which it took
    effect, who waits (the text why this one was chosen, then the distance to the step of each), changes by steps that
    are not shown; empty ones at the end left out.
    `numbers` are the steps' numbers in the run, where they are not 1, 2, 3 …; `absent` tells of those that wait and
    are not shown. A change is four numbers: line, core or -1 for memory, state (for memory: 1 stale), content.
    `base` is the checkpoint before the first step.
    """
    events = run.recorded()
    window = replace(window or Window(), most=MOST)
    shown = window.choose(events, run.cores)
    waits = waiting(events, run.cores)
    film = Film(run.protocol)
    make = _Maker(run.protocol, {a.key: a.line for a in events})
    base: list[int] = []
    unseen: list[int] = []
    steps: list[list[object]] = []
    numbers: list[int] = []
    absent: dict[int, list[int]] = {}
    steps_shown = set(shown)
    wanted = iter(shown)
    following = next(wanted)
    for index, scene in enumerate(film.scenes(events[: shown[-1] + 1])):
        changes = [n for c in scene.changes if make.seen(c.line, window) for n in make.change(c)]
        if index != following:
            (unseen if steps else base).extend(changes)
            continue
        following = next(wanted, -1)
        for i in waits[index]:
            if i not in steps_shown:
                absent[i + 1] = [events[i].core, PROCESSOR.index(events[i].event), make.keys(events[i].key)]
        late = [i - index for i in waits[index]]
        if late:
            late.insert(0, make.texts(why_first(events, index, waits[index], run.arbitration)))
        steps.append([*make.step(scene), changes, *make.words(scene), scene.access.effective, late, unseen])
        numbers.append(index + 1)
        unseen = []
    used = {c for step in steps for c in _contents(step[2], step[8])} | set(_contents(base))  # type: ignore[arg-type]
    contents = make.contents(film, used)  # may name more keys
    keys = [[name(key), make.lines(line)] for key, line in ((k, make.line_of[k]) for k in make.keys)]
    return {
        "workload": run.workload,
        "cores": run.cores,
        "protocol": table_data(run.protocol),
        "lines": [show_key(line) for line in make.lines],
        "keys": keys,
        "contents": contents,
        "texts": list(make.texts),
        "shapes": [json.loads(shape) for shape in make.shapes],
        "reasons": list(make.reasons),
        "base": base,
        "steps": [_trimmed(step) for step in steps],
        "numbers": numbers if numbers[-1] != len(numbers) else [],
        "absent": absent,
        "note": window.note(shown, len(events)),
        "order": run.order,
        "stopped": run.stopped.splitlines()[0] if run.stopped and shown[-1] + 1 == len(events) else "",
    }


def _trimmed(step: list[object]) -> list[object]:
    while step[-1] == []:
        step = step[:-1]
    return step


def _contents(*changes: list[int]) -> list[int]:
    return [content for some in changes for content in some[3::4]]


class _Maker:
    """Numbers everything that repeats."""

    def __init__(self, protocol: Protocol, line_of: Mapping[Key, Line]) -> None:
        self.protocol = protocol
        self.line_of = line_of
        self.state = {s.name: i for i, s in enumerate(protocol.states)}
        self.lines: Numbers[Line] = Numbers()
        self.keys: Numbers[Key] = Numbers()
        self.texts: Numbers[str] = Numbers()
        self.shapes: Numbers[str] = Numbers()
        self.reasons: Numbers[str] = Numbers()
        self.texts("")

    def seen(self, line: Line, window: Window) -> bool:
        """Whether the window shows *line*."""
        return window.lines is None or show_key(line) in window.lines

    def change(self, change: Change) -> list[int]:
        """Four numbers."""
        state = int(change.stale) if change.state is None else self.state[change.state]
        return [self.lines(change.line), change.where, state, change.content]

    def step(self, scene: Scene) -> list[int]:
        """Its shape (all that does not depend on key, values and time) and its key."""
        o, access = scene.outcome, scene.access
        self.lines(access.line)
        why = reason(self.protocol, o, KEY, SUPPLIED * bool(scene.supplied), WRITTEN)
        if o.victim:
            why += AND_SO + room(o, LEFT)
        cell = self.protocol.cells.get((o.before, o.event))
        asked = bool(cell and (cell.conditional or any(a.if_shared for a in cell.actions)))
        shape = [
            o.core,
            PROCESSOR.index(o.event),
            self.state[o.before],
            self.state[o.after],
            [REQUESTS.index(r) for r in o.requests],
            [n for number, turn in enumerate(o.turns) for a in turn.answers for n in self.answer(number, a)],
            list(o.suppliers),
            self.reasons(why),
            int(asked),
            access.miss or "",
            [self.state[o.victim.outcome.before], len(o.victim.outcome.requests)] if o.victim else 0,
        ]
        return [self.shapes(json.dumps(shape, separators=(",", ":"))), self.keys(access.key)]

    def answer(self, turn: int, a: Answer) -> list[int]:
        """The number of the turn, core, a bit for each kind of response, state before, state after."""
        bits = sum(1 << i for i, word in enumerate(RESPONSES) if word in a.responses)
        return [turn, a.core, bits, self.state[a.before], self.state[a.after]]

    def words(self, scene: Scene) -> list[int]:
        """The texts of the values that moved, and the line that left for this one, or -1."""
        victim = scene.outcome.victim
        left = self.lines(victim.line) if victim else -1  # type: ignore[arg-type]
        return [self.texts(scene.supplied), self.texts(scene.written), left]

    def contents(self, film: Film, used: set[int]) -> list[list[int]]:
        """Every content as [earlier one, key, text], renumbering nothing: those that no step needs are empty."""
        needed = set(used)
        for content in range(len(film.contents.made) - 1, 0, -1):
            if content in needed:
                needed.add(film.contents.made[content][0])
        found: list[list[int]] = []
        for content, (earlier, key, text) in enumerate(film.contents.made):
            found.append([earlier, self.keys(key), self.texts(text)] if content and content in needed else [])
        return found
