"""Who else waited for the bus when a request was granted."""

from __future__ import annotations

from collections.abc import Sequence

from coherence.records import Access


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
