"""A protocol as the viewer needs it: states, colours, places, edges and the text of its cells."""

from __future__ import annotations

from coherence.protocol.model import PROCESSOR, REQUESTS, RESPONSES, Protocol
from coherence.show.colours import DARK, LIGHT, Theme, tiles
from coherence.show.layout import positions


def table_data(protocol: Protocol) -> dict[str, object]:
    """Plain data; states are numbered in the table's order, an edge is (from, to, 0 processor | 1 bus, events)."""
    number = {s.name: i for i, s in enumerate(protocol.states)}
    edges: dict[tuple[int, int, int], list[str]] = {}
    for (state, event), cell in protocol.cells.items():
        for to in cell.targets:
            bus = int(event not in PROCESSOR)
            edges.setdefault((number[state], number[to], bus), []).append(event)
    at = positions(protocol)
    return {
        "name": protocol.name,
        "states": [[s.name, s.title, " ".join(s.properties)] for s in protocol.states],
        "invalid": number[protocol.invalid],
        "tiles": [
            [[t.fill, t.ink, t.edge, int(t.dashed), int(t.mark)] for t in tiles(protocol, dark).values()]
            for dark in (False, True)
        ],
        "themes": [_theme(LIGHT), _theme(DARK)],
        "at": [[round(x, 3), round(y, 3)] for x, y in at.values()],
        "edges": [[*edge, ", ".join(events)] for edge, events in edges.items()],
        "cells": {f"{state} on {event}": str(cell) for (state, event), cell in protocol.cells.items()},
        "requests": list(REQUESTS),
        "responses": list(RESPONSES),
    }


def _theme(theme: Theme) -> list[str]:
    return [theme.paper, theme.ink, theme.muted, theme.accent, theme.data]
