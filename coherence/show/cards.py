"""What a notebook shows of a protocol: its table and its diagram."""

from __future__ import annotations

from coherence.protocol.model import Protocol
from coherence.protocol.tables import grid, html
from coherence.show.colours import PAGE
from coherence.show.states import state_scene
from coherence.show.svg import svg


def protocol_card(protocol: Protocol) -> str:
    """The table, and the diagram folded out below it; without scripts, in the page's own ink.

    >>> import coherence as co
    >>> protocol_card(co.protocols["MSI"]).count("<svg")
    1
    """
    picture = svg(state_scene(protocol, theme=PAGE, title=False))
    return f"{html(grid(protocol))}<details open><summary>state diagram</summary>{picture}</details>"
