"""What can go wrong, in two kinds: wrong input, and a run or a check that does not hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any


class CoherenceError(Exception):
    """Base of every error this package raises on purpose."""


class InputError(CoherenceError, ValueError):
    """The input is wrong: a name, a number, a table, a trace. One line a fault; the command line exits 2."""


class Breach(CoherenceError, RuntimeError):
    """The thing run does not hold: a `never` cell, an invariant, `max_cycles`. The command line exits 1.

    `run` is the Run up to there, or None if it did not record: `breach.run.play()` shows how it came to it.
    """

    run: Any = None


def known(words: Iterable[object]) -> str:
    """The known words in one string, for an error message.

    >>> known(["fifo", "random"])
    'fifo, random'
    """
    return ", ".join(str(w) for w in words)


def unknown(kind: str, word: object, words: Iterable[str]) -> str:
    """Say that *word* is no *kind*, with the known words and the nearest of them.

    >>> unknown("policy", "LUR", ["LRU", "FIFO"])
    "unknown policy 'LUR'; did you mean LRU? (known: LRU, FIFO)"
    """
    words = list(words)
    lower = {w.lower(): w for w in words}
    near = [lower[w] for w in get_close_matches(str(word).lower(), list(lower), n=2, cutoff=0.6)]
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"unknown {kind} {str(word)!r}{hint} (known: {known(words)})"


def whole(name: str, value: object, least: int, most: int | None = None) -> list[str]:
    """The faults of a number that must be whole and at least *least*: a list of none or one line.

    >>> whole("sets", 0, 1)
    ['sets must be a whole number >= 1, not 0']
    """
    fits = isinstance(value, int) and not isinstance(value, bool)
    if fits and value >= least and (most is None or value <= most):  # type: ignore[operator]
        return []
    bound = f">= {least}" if most is None else f"from {least} to {most}"
    return [f"{name} must be a whole number {bound}, not {value!r}"]


def needs(module: str, extra: str) -> str:
    """Say that *module* is missing, and what installs it.

    >>> needs("pyvcd", "vcd")
    "needs pyvcd, from the extra 'vcd': pip install '.[vcd]' where coherence lies"
    """
    return f"needs {module}, from the extra '{extra}': pip install '.[{extra}]' where coherence lies"


@contextmanager
def collected(faults: list[str]) -> Iterator[None]:
    """Go on behind the block when it raises an `InputError`, whose lines are added to *faults*.

    >>> faults = ["one"]
    >>> with collected(faults):
    ...     raise InputError("two")
    >>> faults
    ['one', 'two']
    """
    try:
        yield
    except InputError as error:
        faults += str(error).splitlines()
