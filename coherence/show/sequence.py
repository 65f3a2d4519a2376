"""A message sequence chart: a few accesses of a recorded run, or the verifier's story of a bug."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coherence.cache.config import Line
from coherence.errors import InputError, whole
from coherence.protocol.model import EVENTS
from coherence.run.run import Run
from coherence.run.timeline import busiest
from coherence.show.colours import LIGHT, Theme
from coherence.show.messages import Turn, message_scene
from coherence.show.scene import Scene
from coherence.show.style import theme_of
from coherence.transaction.access import Access
from coherence.verifier.report import Verification
from coherence.verifier.story import Story, Told, key_of
from coherence.words.plain import plain
from coherence.words.say import show_key, show_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 4  # accesses unless told
CORES = 8  # lifelines of cores, unless more of them take part


def sequence(
    what: Run | Story | Verification,
    ax: Axes | None = None,
    *,
    start: int | None = None,
    count: int = SHOWN,
    line: Line | None = None,
    dark: bool | None = None,
) -> Axes:
    """Who says what to whom: lifelines for cores, bus and memory, the messages of each access in order.

    Of a run: *count* accesses from number *start* on (None: where the bus has most to do), of all lines or of one
    *line*; values and states stand at the lifelines. Of a Story or a Verification: all of its steps. *dark*: for a
    dark background (None: as the Axes are). Raises `InputError` if the run kept no events or has none there, and if
    the verification found no bug to tell.

    >>> import coherence as co
    >>> broken = co.protocols["MESI"].but("forgetful", S={"BusUpgr": "S"})
    >>> axes = sequence(co.verify(broken, caches=2))
    >>> "SWMR" in axes.texts[-1].get_text()
    True
    """
    from coherence.show.paint import paint

    return paint(sequence_scene(what, start, count, line, theme_of(ax, dark)), ax)


def sequence_scene(
    what: Run | Story | Verification,
    start: int | None = None,
    count: int = SHOWN,
    line: Line | None = None,
    theme: Theme = LIGHT,
) -> Scene:
    """The chart that `sequence` paints."""
    if isinstance(what, Run):
        return _of_run(what, start, count, line, theme)
    story = what.story if isinstance(what, Verification) else what
    if story is None:
        raise InputError("the verification found no bug, so it has no story to draw")
    turns = [_told(t, number, story) for number, t in enumerate(story.steps, start=1)]
    return message_scene(story.protocol, turns, story.shown, theme, story.title, story.ending)


def _of_run(run: Run, start: int | None, count: int, line: Line | None, theme: Theme) -> Scene:
    faults = whole("count", count, 1) + ([] if start is None else whole("start", start, 0))
    if faults:
        raise InputError("\n".join(faults))
    events = [a for a in run.recorded() if line is None or a.line == line]
    first = busiest(events, count) if start is None else start
    window = events[first : first + count]
    if not window:
        of = "" if line is None else f" of line {show_key(line)}"
        raise InputError(f"no access{of} from number {first} on; there are {len(events)}")
    involved = {a.core for a in window} | {x.core for a in window if a.outcome for x in a.outcome.answers}
    cores = list(range(run.cores)) if run.cores <= CORES else sorted(involved)
    title = (
        f"{plain(run.workload, 40)} under {plain(run.protocol.name, 30)}, accesses {first + 1} to {first + len(window)}"
    )
    return message_scene(run.protocol, [_turn(a) for a in window], cores, theme, title)


def _turn(a: Access) -> Turn:
    value = "" if a.event == "Evict" or a.value is None else show_value(a.value)
    outcome = a.outcome if a.outcome and a.outcome.requests else None
    return Turn(a.core, a.event, show_key(a.key), a.before, a.after, outcome, value, f"cycle {a.effective:,}")


def _told(t: Told, number: int, story: Story) -> Turn:
    value = ""
    if t.op == "w" and t.outcome:
        value = str(t.newest[t.word])
    elif t.op == "r" and t.seen is not None:
        value = str(t.seen[t.word])
    return Turn(
        t.core, EVENTS[t.op], key_of(t.word, story.words), t.before[t.core], t.states[t.core], t.outcome, value,
        f"step {number}", str(t.undefined) if t.undefined else "",
    )  # fmt: skip
