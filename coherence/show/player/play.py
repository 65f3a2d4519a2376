"""The front door: a run to be stepped through, in a notebook or as a file."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

from coherence.cache.config import Key
from coherence.errors import InputError
from coherence.files import write_atomically
from coherence.run.run import Run
from coherence.run.window import Window
from coherence.show.player.data import MOST, player_data
from coherence.show.player.page import Data, frame, page
from coherence.words.say import show_key

HEIGHT = 560  # pixels of the frame in a notebook


@dataclass(frozen=True)
class Player:
    """A page with one player or more; shows itself in a notebook, and `save` writes it.

    `notes` say what each leaves out of its run, "" for nothing. With `predict` the page asks before it shows.
    """

    title: str
    players: tuple[Data, ...] = field(repr=False)
    height: int = HEIGHT
    predict: bool = field(default=False, repr=False)

    @property
    def notes(self) -> list[str]:
        """What each player leaves out."""
        return [str(p["note"]) for p in self.players]

    def html(self) -> str:
        """The page: opens from disk, asks no network."""
        return page(self.players, self.title, predict=self.predict)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the page to *path*, whole or not at all."""
        write_atomically(Path(path), lambda name: name.write_text(self.html(), "utf-8", "replace"))

    def _repr_html_(self) -> str:
        return frame(page(self.players, self.title, in_frame=True, predict=self.predict), self.height)


def play(
    run: Run,
    *others: Run,
    first: int | None = None,
    last: int | None = None,
    lines: Collection[str] | None = None,
    cores: Collection[int] | None = None,
    written: Callable[[Key], str] = show_key,
    height: int = HEIGHT,
    predict: bool = False,
) -> Player:
    """A recorded *run*, step by step; *others* stand beside it and step together.

    A run that was stopped (`Breach.run`) ends with the access that broke, and says what is broken.

    Parameters
    ----------
    run, others : Run
        Recorded runs of the same accesses in the same order.
    first, last : int, optional
        The first and the last step to show, from 1; at most 20,000 steps are shown.
    lines, cores : collection, optional
        Only the steps on these lines, by these cores.
    written : callable
        How a key is written.
    height : int
        Of the frame in a notebook, in pixels.
    predict : bool
        Ask before each step is shown; nothing of what comes is on the page until it is answered.

    Raises
    ------
    InputError
        For a run that recorded nothing, runs of different accesses, or an empty choice.

    Examples
    --------
    >>> import coherence as co
    >>> ops = co.Workload.from_ops("0 w x; 1 r x")
    >>> play(co.Machine().run(ops, order="trace", record=True))
    Player(title='ops under MESI', height=560)
    """
    window = Window(first, last, lines, cores)
    asked = _asked(run)
    for other in others:
        most = min(len(r.recorded()) for r in (run, other)) if run.stopped or other.stopped else None
        if _asked(other)[:most] != asked[:most]:
            raise InputError(
                f"{run.protocol.name} and {other.protocol.name} did not run the same accesses in the same order; "
                'run both with order="trace"'
            )
    runs = (run, *others)
    chosen = sorted({i for r in runs for i in window.choose(r.recorded(), r.cores)})[:MOST] if others else None
    data = tuple(player_data(r, window, written, chosen) for r in runs)
    names = " and ".join(r.protocol.name for r in (run, *others))
    return Player(f"{run.workload} under {names}", data, height, predict)


def _asked(run: Run) -> list[tuple[int, str, Key]]:
    return [(a.core, a.event, a.key) for a in run.recorded()]
