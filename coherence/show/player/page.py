"""A player as one HTML text that needs nothing else: for a file, and for a notebook's frame."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files

Data = Mapping[str, object]


@cache
def asset(name: str) -> str:
    """The text of a file beside this one.

    >>> asset("viewer.js").startswith("// The player of recorded runs.")
    True
    """
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def embed(data: object) -> str:
    r"""*data* as JSON that may stand inside a script element, whatever its strings hold.

    >>> embed({"key": "</script><b>"})
    '{"key":"\\u003c/script>\\u003cb>"}'
    """
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def page(players: Sequence[Data], title: str, in_frame: bool = False, predict: bool = False) -> str:
    """One player of one run, or of several side by side, as a page.

    Parameters
    ----------
    players : sequence
        What `player_data` made of each run.
    title : str
        The page's.
    in_frame : bool
        Whether it stands in another page: its address is then not its own to change.
    predict : bool
        Whether it opens asking.
    """
    own = str(not in_frame).lower()
    options = f"{{focus: {own}, hash: {own}, predict: {str(predict).lower()}}}"
    script = f"""
const source = document.getElementById('data'), all = JSON.parse(source.textContent);
source.remove();  // so that no outcome stands in the document before it is shown
const player = CoherencePlayer(document.querySelector('.players'), all, {options});
document.addEventListener('keydown', e => {{ if (e.target === document.body) player.key(e); }});
"""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{escape(title)}</title>'
        f"<style>{asset('page.css')}{asset('viewer.css')}</style></head>\n"
        '<body><div class="players"></div>\n'
        f'<script type="application/json" id="data">{embed(list(players))}</script>\n'
        f"<script>{asset('viewer.js')}{script}</script></body></html>\n"
    )


def frame(html: str, height: int) -> str:
    """*html* in a frame of its own, for a notebook; survives its export."""
    return (
        f'<iframe srcdoc="{escape(html)}" style="width:100%;height:{height}px;border:1px solid #bbb" '
        'title="coherence player" allow="fullscreen"></iframe>'
    )
