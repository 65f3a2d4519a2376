"""What of a run a file shows: which accesses, which cycles, which lines, and under which names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from coherence.cache.config import Key, Line
from coherence.run.run import Run
from coherence.run.window import Window
from coherence.transaction.access import Access
from coherence.words.say import show_key


@dataclass(frozen=True)
class View:
    """The accesses of *run* at the indices `shown`, in order, and the cycles `first` to `last` in which they lie.

    `lines` are those whose states are shown, the one that took the bus most often first; `left_out` says what is not
    shown, a sentence each. `name` writes a key.
    """

    run: Run
    shown: Sequence[int]
    first: int
    last: int
    lines: tuple[Line, ...]
    left_out: tuple[str, ...]
    name: Callable[[Key], str]

    def accesses(self) -> Iterator[tuple[int, Access]]:
        """The number of each access in the run, from 1, and the access."""
        events = self.run.recorded()
        for index in self.shown:
            yield index + 1, events[index]

    def transactions(self) -> Iterator[tuple[int, Access]]:
        """Those of the accesses that were on the bus."""
        return ((n, a) for n, a in self.accesses() if a.granted is not None and a.outcome)


def view(run: Run, window: Window, tracks: int, name: Callable[[Key], str] = show_key) -> View:
    """Choose; *tracks* is the most lines whose states are shown, 0 where the file shows none.

    Raises `InputError` as `Window.choose` does.
    """
    events = run.recorded()
    shown = window.choose(events, run.cores)
    traffic: Counter[Line] = Counter()
    for index in shown:
        traffic[events[index].line] += events[index].granted is not None
    wanted = [line for line, _ in traffic.most_common() if window.lines is None or show_key(line) in window.lines]
    first, last = 0, run.cycles
    if window.first is not None or window.last is not None:
        first, last = min(events[i].start for i in shown), max(events[i].end for i in shown)
    said = [window.note(shown, len(events))]
    if 0 < tracks < len(wanted):
        said.append(f"the states of {tracks:,} of {len(wanted):,} lines, those that took the bus most often")
    return View(run, shown, first, last, tuple(wanted[:tracks]), tuple(s for s in said if s), name)
