"""From a recorded run to what the viewer reads: steps as changes over a checkpoint, everything repeated said once."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
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


def player_data(
    run: Run, window: Window | None = None, name: Callable[[Key], str] = show_key, chosen: Sequence[int] | None = None
) -> dict[str, object]:
    """Plain data for the viewer; raises `InputError` for a run that recorded nothing, or an empty window.

    Parameters
    ----------
    run : Run
        A recorded run.
    window : Window, optional
        Which steps are shown.
    name : callable
        How a key is written.
    chosen : sequence of int, optional
        The indices of the steps to show, in place of the window's: runs side by side show the same ones.

    Notes
    -----
    `steps` holds one list a step: shape, key, changes, supplied, written, victim's line, the cycle at which it took
    effect, the cycles from there to its end, who waits (the text why this one was chosen, then the distance to the step
    of each), changes by steps that are not shown; empty ones at the end left out.
    `numbers` are the steps' numbers in the run, where they are not 1, 2, 3 …; `absent` tells of those that wait and
    are not shown. A change is four numbers: line, core (-1 memory, -2 the newest), state (memory: 1 stale), content.
    `base` is the checkpoint before the first step. A content is [earlier one, key, text, core that wrote it];
    `numbered` if every value is the number of its write. `sets`: the ways of a set, then the set of each line.
    """
    events = run.recorded()
    window = replace(window or Window(), most=MOST)
    shown = window.choose(events, run.cores) if chosen is None else [i for i in chosen if i < len(events)]
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
        steps.append([*make.step(scene), changes, *make.words(scene), *make.times(scene), late, unseen])
        numbers.append(index + 1)
        unseen = []
    used = {c for step in steps for c in _contents(step[2], step[9])} | set(_contents(base))  # type: ignore[arg-type]
    writers = [a.core for a in events if a.event == "PrWr"]
    contents = make.contents(film, used, writers)  # may name more keys
    keys = [[name(key), make.lines(line)] for key, line in ((k, make.line_of[k]) for k in make.keys)]
    return {
        "workload": run.workload,
        "cores": run.cores,
        "protocol": table_data(run.protocol),
        "lines": [show_key(line) for line in make.lines],
        "keys": keys,
        "contents": contents,
        "numbered": all(text == str(write) for _, _, text, write in film.contents.made[1:]),
        "sets": _sets(run, window, make.lines),
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


def _sets(run: Run, window: Window, lines: Iterable[Line]) -> list[int]:
    """The ways of a set, then the set of each line; nothing if the caches are unbounded, or some lines not shown."""
    cache = run.geometry
    if cache is None or cache.ways is None or window.lines is not None:
        return []
    return [cache.ways, *map(cache.set_of, lines)]


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

    def times(self, scene: Scene) -> list[int]:
        """The cycle at which it took effect, and how many more it took."""
        return [scene.access.effective, scene.access.end - scene.access.effective]

    def contents(self, film: Film, used: set[int], writers: Sequence[int]) -> list[list[int]]:
        """Every content as [earlier one, key, text, core], renumbering nothing: those that no step needs are empty."""
        needed = set(used)
        for content in range(len(film.contents.made) - 1, 0, -1):
            if content in needed:
                needed.add(film.contents.made[content][0])
        found: list[list[int]] = []
        for content, (earlier, key, text, write) in enumerate(film.contents.made):
            known = content and content in needed
            found.append([earlier, self.keys(key), self.texts(text), writers[write - 1]] if known else [])
        return found
