"""What programs are made of: atomic operations on a key, and waiting for a value."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from coherence.cache.config import Key
from coherence.simulation.operation import operation

if TYPE_CHECKING:
    from coherence.simulation.core import Core

LOOP = 5  # cycles from one look at a value that is waited for to the next


@operation
def fetch_and_add(core: Core, key: Key, more: int = 1) -> Generator[Any, Any, int]:
    """Add *more* to *key* atomically; returns what was there, 0 if it was never written.

    >>> import coherence as co
    >>> def program(core):
    ...     return (yield from fetch_and_add(core, "n"))
    >>> sorted(co.Machine().run([program] * 3).returned)
    [0, 1, 2]
    """

    def add(value: Any) -> Any:
        return (value or 0) + more

    return (yield from core.update(key, add)) or 0


@operation
def swap(core: Core, key: Key, new: object) -> Generator[Any, Any, Any]:
    """Write *new* to *key* atomically; returns what was there (test-and-set is a swap for "set").

    >>> import coherence as co
    >>> def program(core):
    ...     yield from core.put("x", "old")
    ...     return (yield from swap(core, "x", "new"))
    >>> co.Machine().run([program]).returned
    ('old',)
    """
    return (yield from core.update(key, lambda _: new))


@operation
def compare_and_swap(core: Core, key: Key, old: object, new: object) -> Generator[Any, Any, bool]:
    """Write *new* to *key* if *old* is there, atomically; returns whether it was.

    It is a write in any case, of what was there if that is not *old*: hardware takes the line for it either way.

    >>> import coherence as co
    >>> def program(core):
    ...     first = yield from compare_and_swap(core, "x", None, 1)
    ...     return first, (yield from compare_and_swap(core, "x", None, 2))
    >>> co.Machine().run([program]).returned
    ((True, False),)
    """
    seen: Any = yield from core.update(key, lambda value: new if value == old else value)
    return bool(seen == old)


@operation
def spin(core: Core, key: Key, ready: Callable[[Any], bool]) -> Generator[Any, Any, Any]:
    """Read *key* until *ready* of its value is true; returns that value.

    LOOP cycles lie between two reads. As long as they are hits they cost nobody anything; each that went over the bus
    in vain makes the pause LOOP longer. Otherwise, where readers take the line from one another and the bus prefers
    some cores, spinning could keep out for good the one that is waited for.

    >>> import coherence as co
    >>> def waits(core):
    ...     return (yield from spin(core, "flag", lambda value: value is not None))
    >>> def says(core):
    ...     yield core.compute(500)
    ...     yield from core.put("flag", 7)
    >>> co.Machine().run([waits, says]).returned[0]
    7
    """
    pause = LOOP
    while True:
        start = core.time
        value = yield from core.get(key)
        if ready(value):
            return value
        if core.time - start > core.hit:
            pause += LOOP
        yield core.compute(pause)
