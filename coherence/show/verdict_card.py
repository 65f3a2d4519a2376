"""What a notebook shows of a verification: the verdict, the counts, and the story with its states as tiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from coherence.protocol.model import Protocol
from coherence.protocol.tables import CELL, text_of, tile
from coherence.show.colours import tiles

CACHES_FROM = 4  # the column of a story's rows in which the caches begin


def verdict_card(verdict: str, facts: Mapping[str, str], story: str) -> str:
    """The story's HTML, which begins with the verdict, or the verdict alone; then a line a fact."""
    rows = "".join(
        f'<tr><td style="{CELL}">{text_of(name)}</td><td style="{CELL};white-space:normal">{text_of(value)}</td></tr>'
        for name, value in facts.items()
    )
    return f"{story or f'<p><b>{text_of(verdict)}</b></p>'}<table>{rows}</table>"


def story_card(
    protocol: Protocol,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    title: str,
    ending: str,
    shown: Sequence[int],
) -> str:
    """The story as a table, each copy as the tile of its state and its value."""
    look = tiles(protocol)

    def copy(text: str) -> str:
        state, _, value = text.partition(" ")
        return f"{tile(state, look.get(state))} {text_of(value)}"

    body = ""
    for row in rows:
        copies = range(CACHES_FROM, CACHES_FROM + len(shown))
        cells = (copy(text) if i in copies else text_of(text) for i, text in enumerate(row))
        body += "<tr>" + "".join(f'<td style="{CELL}">{c}</td>' for c in cells) + "</tr>"
    names = "".join(f'<th style="{CELL}">{text_of(h)}</th>' for h in head)
    return (
        f"<p><b>{text_of(title)}</b></p><div style='overflow-x:auto'><table><thead><tr>{names}</tr></thead>"
        f"<tbody>{body}</tbody></table></div><p>{text_of(ending)}</p>"
    )
