"""Who else waited for the bus when a request was granted, and why this one was chosen."""

from __future__ import annotations

from collections.abc import Sequence

from coherence.transaction.access import Access


def waiting(events: Sequence[Access], cores: int) -> list[tuple[int, ...]]:
    """For each event, the indices of the requests that were queued at its grant and were granted later.

    One access a core is outstanding, so at most one a core.

    >>> import coherence as co
    >>> run = co.Machine().run([(0, "w", "x"), (1, "w", "x"), (2, "w", "x")], record=True)
    >>> waiting(run.recorded(), 3)
    [(1, 2), (2,), ()]
    """
    following = [len(events)] * cores  # the index of each core's next event
    found: list[tuple[int, ...]] = [()] * len(events)
    for index in range(len(events) - 1, -1, -1):
        event = events[index]
        granted = event.granted
        if granted is not None:
            found[index] = tuple(
                sorted(
                    i
                    for core, i in enumerate(following)
                    if core != event.core
                    and i < len(events)
                    and (queued := events[i].queued) is not None
                    and queued <= granted
                )
            )
        following[event.core] = index
    return found


def why_first(events: Sequence[Access], index: int, waits: Sequence[int], arbitration: str) -> str:
    """Why the arbiter chose event *index* before those that wait, in words.

    >>> import coherence as co
    >>> run = co.Machine(arbitration="priority").run([(0, "w", "x"), (1, "w", "x")], record=True)
    >>> why_first(run.recorded(), 0, [1], run.arbitration)
    'priority: the lowest core goes first'
    """
    if arbitration == "fifo":
        tied = any(events[i].queued == events[index].queued for i in waits)
        return f"fifo: {'queued in the same cycle, the lowest core goes first' if tied else 'it was queued first'}"
    if arbitration == "round-robin":
        last = next((e.core for e in reversed(events[:index]) if e.granted is not None), None)
        return f"round-robin: {'the search starts at core 0' if last is None else f'the next one after core {last}'}"
    if arbitration == "random":
        return f"random: drawn among {len(waits) + 1}"
    return f"{arbitration}: the lowest core goes first"
