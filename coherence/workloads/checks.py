"""What programs check about themselves: nobody else inside, nothing lost and nothing doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from coherence.cache.config import Key
from coherence.errors import Breach

if TYPE_CHECKING:
    from coherence.simulation.core import Core

T = TypeVar("T", bound=Hashable)
TOLD = 5  # things of a kind that a message names


@dataclass(frozen=True)
class Inside:
    """Watches that one core at a time is in a critical section; *key* names the lock in messages.

    It lies beside simulated memory (in `core.notes`) and takes no time, so it sees what really happens, whatever
    the caches say. Call `enter` after acquiring and `leave` before releasing.

    >>> import coherence as co
    >>> def careless(core):
    ...     Inside("lock").enter(core)
    ...     yield core.compute(5)
    ...     Inside("lock").leave(core)
    >>> try:
    ...     co.Machine().run([careless, careless])
    ... except co.Breach as error:
    ...     print(error)
    line lock: mutual exclusion is broken: at cycle 0 core 1 came in, but core 0 is in since cycle 0
    """

    key: Key

    def enter(self, core: Core) -> None:
        """*core* is in; raises `Breach`, with the last events of the lock's line, if another one is."""
        other = core.notes.get(self)
        if other is not None:
            core.stop(
                f"mutual exclusion is broken: at cycle {core.time} core {core.index} came in, "
                f"but core {other[0]} is in since cycle {other[1]}",
                self.key,
            )
        core.notes[self] = core.index, core.time

    def leave(self, core: Core) -> None:
        """*core* is out again."""
        core.notes[self] = None


def check_count(what: str, expected: int, found: object) -> None:
    """Raise `Breach` unless *found* additions are there of the *expected* ones.

    >>> check_count("the counter", 3, 3)
    """
    if found != expected:
        raise Breach(f"{what} is {found!r} after {expected} additions of 1: some were lost or doubled")


def check_once(what: str, expected: Iterable[T], found: Iterable[T]) -> None:
    """Raise `Breach` unless *found* has each *expected* thing once and nothing else; *what* is one of them.

    >>> check_once("item", [1, 2], [2, 2])
    Traceback (most recent call last):
    coherence.errors.Breach: item 1 was lost
    item 2 came 2 times
    """
    times = Counter(found)
    wanted = dict.fromkeys(expected)
    said = [f"{what} {thing!r} was lost" for thing in wanted if times[thing] == 0]
    said += [f"{what} {thing!r} came {times[thing]} times" for thing in wanted if times[thing] > 1]
    said += [f"{what} {thing!r} came, which nobody gave" for thing in times if thing not in wanted]
    if said:
        more = [f"… and {len(said) - TOLD} more"] if len(said) > TOLD else []
        raise Breach("\n".join([*said[:TOLD], *more]))
