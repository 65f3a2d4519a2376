"""The same table as integer arrays, for compiled code.

States are numbered in the table's order, events and requests in the order of the words in
`coherence.protocol.model`. Nothing is decided here: `arrays` only encodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coherence.protocol.model import PROCESSOR, REQUESTS, RESPONSES, SNOOPED, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NONE = -1  # no further request in a cell
UNDEFINED = -1  # next state of a cell that says never or is missing


@dataclass(frozen=True)
class Arrays:
    """A protocol as small int8 arrays (S states, R requests, A actions of the longest cell).

    `request[S, 3, A]` request numbers, NONE-padded; `if_shared[S, 3, A]` 0 or 1; `alone[S, 3]`, `shared[S, 3]`
    next states or UNDEFINED; `response[S, R]` a bit set (1 Flush, 2 Supply, 4 Update); `snooped[S, R]` next
    states or UNDEFINED; `exclusive[S]`, `dirty[S]`, `owner[S]` 0 or 1; `invalid` the number of that state.
    """

    request: NDArray[np.int8]
    if_shared: NDArray[np.int8]
    alone: NDArray[np.int8]
    shared: NDArray[np.int8]
    response: NDArray[np.int8]
    snooped: NDArray[np.int8]
    exclusive: NDArray[np.int8]
    dirty: NDArray[np.int8]
    owner: NDArray[np.int8]
    invalid: int


def arrays(protocol: Protocol) -> Arrays:
    """Encode *protocol*.

    >>> import coherence as co
    >>> a = arrays(co.protocols["MESI"])
    >>> a.request.shape, int(a.invalid)
    ((4, 3, 1), 3)
    """
    import numpy as np

    number = {s.name: i for i, s in enumerate(protocol.states)}
    longest = max((len(protocol.cells[at].actions) for at in protocol.cells if at[1] in PROCESSOR), default=0)
    shape = (len(number), len(PROCESSOR), max(longest, 1))
    request = np.full(shape, NONE, np.int8)
    if_shared = np.zeros(shape, np.int8)
    alone = np.full(shape[:2], UNDEFINED, np.int8)
    shared = alone.copy()
    response = np.zeros((len(number), len(SNOOPED)), np.int8)
    snooped = np.full(response.shape, UNDEFINED, np.int8)
    for (state, event), cell in protocol.cells.items():
        if cell.never:
            continue
        s = number[state]
        if event in PROCESSOR:
            e = PROCESSOR.index(event)
            alone[s, e], shared[s, e] = number[cell.alone], number[cell.shared]
            for k, action in enumerate(cell.actions):
                request[s, e, k], if_shared[s, e, k] = REQUESTS.index(action.word), action.if_shared
        else:
            r = SNOOPED.index(event)
            snooped[s, r] = number[cell.alone]
            response[s, r] = sum(1 << RESPONSES.index(a.word) for a in cell.actions)

    def flags(name: str) -> NDArray[np.int8]:
        return np.array([getattr(s, name) for s in protocol.states], np.int8)

    return Arrays(
        request, if_shared, alone, shared, response, snooped,
        flags("exclusive"), flags("dirty"), flags("owner"), number[protocol.invalid],
    )  # fmt: skip
