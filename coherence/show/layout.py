"""Where the states of a diagram stand: from their properties, so that two protocols can be laid side by side."""

from __future__ import annotations

from math import cos, pi, sin

from coherence.protocol.model import Protocol
from coherence.show.colours import DIRTY, NONE, ONLY, ONLY_DIRTY, OWNER, SHARED, kind

# One state of each kind stands where the textbooks put it: what may write on the left above, what must ask below,
# in a convex ring, so that no arrow between two states passes through a third.
PLACES = {
    ONLY_DIRTY: (0.0, 1.0),
    ONLY: (1.0, 1.0),
    OWNER: (1.5, 0.5),
    SHARED: (1.0, 0.0),
    NONE: (0.0, 0.0),
    DIRTY: (-0.5, 0.5),
}
TOP_LEFT = 3 * pi / 4


def positions(protocol: Protocol) -> dict[str, tuple[float, float]]:
    """State name → (x, y), x to the right and y upwards; fit the box around them to your picture.

    Where no two states are of one kind, each kind has its fixed place; otherwise the states stand evenly on a circle
    in the same order, neighbours about 1 apart. Follows from the properties alone, never from the names.

    >>> import coherence as co
    >>> positions(co.protocols["MESI"])
    {'M': (0.0, 1.0), 'E': (1.0, 1.0), 'S': (1.0, 0.0), 'I': (0.0, 0.0)}
    """
    kinds = [kind(s) for s in protocol.states]
    if len(set(kinds)) == len(kinds):
        return {s.name: PLACES[k] for s, k in zip(protocol.states, kinds, strict=True)}
    ring = [s.name for place in PLACES for s in protocol.states if kind(s) == place]
    radius = 0.5 / sin(pi / len(ring)) if len(ring) > 2 else 0.5
    angles = [TOP_LEFT - 2 * pi * i / len(ring) for i in range(len(ring))]
    at = {n: (0.5 + radius * cos(a), 0.5 + radius * sin(a)) for n, a in zip(ring, angles, strict=True)}
    return {s.name: at[s.name] for s in protocol.states}
