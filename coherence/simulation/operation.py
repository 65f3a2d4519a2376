"""What a program asks of its core, and whether it went on to do it.

`core.get(key)` alone does nothing: the program must say `yield from core.get(key)`. One who forgets that would see no
error and no access, so each core remembers the operation made last until it is started, and complains at the next
operation and at the end of the program.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from functools import wraps
from types import CodeType
from typing import Any, Generic, ParamSpec, TypeVar

import simpy

from coherence.errors import InputError
from coherence.simulation.interconnect.base import START, Moment

T = TypeVar("T")
P = ParamSpec("P")
FIRST_LOOK = 2_000_000  # operations of one core after which a line on standard error says where every core is
MOST = 20_000_000  # operations of one core after which a run without max_cycles is stopped


class Operation(Generator[simpy.Event, Any, T], Generic[T]):
    """The steps of one operation, to be run by `yield from`. It knows the line of the program that made it."""

    __slots__ = ("code", "line", "name", "started", "steps")

    def __init__(self, name: str, steps: Generator[simpy.Event, Any, T]) -> None:
        frame = sys._getframe(3)  # of the program: above are the core's own functions
        self.name = name
        self.steps = steps
        self.started = False
        self.code: CodeType = frame.f_code
        self.line = frame.f_lineno

    def __iter__(self) -> Generator[simpy.Event, Any, T]:
        self.started = True
        return self.steps

    def send(self, value: Any) -> simpy.Event:
        """Go on, as a generator does."""
        self.started = True
        return self.steps.send(value)

    def throw(self, *error: Any) -> simpy.Event:
        """Go on with an error, as a generator does."""
        return self.steps.throw(*error)

    def complain(self, core: int) -> None:
        """Raise `InputError` if nobody has started it."""
        if not self.started:
            raise InputError(
                f"{self.code.co_filename}:{self.line}: core {core} made {self.name} and never started it; write "
                f"`yield from {self.name}`"
            )


class Computing(Moment):
    """The end of a computation, to be yielded, or run by `yield from`."""

    def __init__(self, env: simpy.Environment, at: int) -> None:
        super().__init__(env, at, START)
        frame = sys._getframe(2)
        self.where = f"{frame.f_code.co_filename}:{frame.f_lineno}"

    def __iter__(self) -> Generator[simpy.Event, Any, None]:
        yield self

    def complain(self, core: int) -> None:
        """Raise `InputError` if nobody has waited for it."""
        if self.callbacks == []:
            raise InputError(
                f"{self.where}: core {core} made core.compute(…) and never started it; write "
                "`yield from core.compute(…)`"
            )


def operation(function: Callable[P, Generator[simpy.Event, Any, T]]) -> Callable[P, Generator[simpy.Event, Any, T]]:
    """Make a generator function of a core an operation, so that a forgotten `yield from` is noticed.

    For functions that take the core as their first argument, and for methods that take it after `self`.

    >>> import coherence as co
    >>> def program(core):
    ...     co.workloads.fetch_and_add(core, "n")
    ...     yield from core.put("x", 1)
    >>> try:
    ...     co.Machine().run([program])
    ... except co.InputError as error:
    ...     print(str(error).partition(": ")[2])
    core 0 made fetch_and_add(…) and never started it; write `yield from fetch_and_add(…)`
    """

    @wraps(function)
    def asked(*args: P.args, **options: P.kwargs) -> Generator[simpy.Event, Any, T]:
        core = next((a for a in args[:2] if hasattr(a, "ask")), None)
        steps = function(*args, **options)
        return steps if core is None else core.ask(f"{function.__name__}(…)", steps)

    return asked
