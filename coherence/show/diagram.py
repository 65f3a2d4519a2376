"""The state diagram of a protocol, as a textbook draws it: on Axes, in a picture file, or as text for graphviz."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from coherence.errors import InputError
from coherence.files import check_output, write_atomically
from coherence.protocol.find import find_protocol
from coherence.protocol.model import Protocol
from coherence.show.routes import Fired, arrows
from coherence.show.states import state_scene
from coherence.show.style import save_and_close, suffix_of, theme_of
from coherence.transaction.outcome import Outcome
from coherence.words.plain import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SUFFIXES = ("svg", "png", "pdf", "dot")


def diagram(
    protocol: Protocol | str,
    ax: Axes | None = None,
    *,
    fired: Outcome | Collection[Fired] = (),
    dark: bool | None = None,
    idle: bool = False,
    title: bool = True,
) -> Axes:
    """The state diagram of *protocol* (a Protocol, a catalogue name or a file).

    Solid arrows are the processor's events, dashed ones the bus's; labels say `event / action`, and `(alone)` or
    `(shared)` where the next state depends on other copies. *fired* lights what an Outcome, or transitions (state,
    event, next state), took · *dark*: for a dark background (None: as the Axes are) · *idle*: also the snoops of a
    cache without a copy, which do nothing · *title*: with the name above and the key below.

    Raises `InputError` for an unknown protocol and for transitions that its table does not have.

    >>> [t.get_text() for t in diagram("MI").texts][:2]
    ['PrRd, PrWr', 'Evict / BusWB']
    """
    from coherence.show.paint import paint

    table = find_protocol(protocol)
    lit = fired_by(fired) if isinstance(fired, Outcome) else frozenset(fired)
    strange = lit - {t for arrow in arrows(table, idle=True) for t in arrow.fired_by}
    if strange:
        raise InputError("\n".join(f"{table.name} has no transition {' '.join(map(str, t))}" for t in sorted(strange)))
    return paint(state_scene(table, lit, theme_of(ax, dark), idle, title), ax)


def fired_by(outcome: Outcome) -> frozenset[Fired]:
    """The transitions that an outcome took: the requester's, then each snooper's.

    >>> import coherence as co
    >>> from coherence.transaction.order import order
    >>> sorted(fired_by(order(co.protocols["MESI"], 1, "PrRd", {0: "M"})))
    [('I', 'PrRd', 'S'), ('M', 'BusRd', 'S')]
    """
    own = (outcome.before, outcome.event, outcome.after)
    return frozenset([own, *((a.before, t.request, a.after) for t in outcome.turns for a in t.answers)])


def to_dot(protocol: Protocol) -> str:
    """The diagram as text for graphviz, one edge a kind of event and pair of states.

    >>> import coherence as co
    >>> print(to_dot(co.protocols["MI"]).splitlines()[-2].strip())
    "I" -> "M" [label="PrRd, PrWr / BusRdX"];
    """
    lines = [f"digraph {_quoted(protocol.name)} {{", "  node [shape=circle];"]
    for state in protocol.states:
        style = ["dashed"] * state.invalid + ["bold"] * state.dirty
        look = f", style={_quoted(','.join(style))}" if style else ""
        lines.append(f"  {_quoted(state.name)} [tooltip={_quoted(state.title)}{look}];")
    for arrow in arrows(protocol):
        label = "\\n".join(_quoted(line.text)[1:-1] for line in arrow.lines)
        ends = f"{_quoted(arrow.start)} -> {_quoted(arrow.end)}"
        lines.append(f'  {ends} [label="{label}"{", style=dashed" * arrow.bus}];')
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    return '"' + plain(text, 200).replace("\\", "\\\\").replace('"', '\\"') + '"'


def check_diagram(path: Path) -> None:
    """Raise `InputError` if the diagram could not be written to *path*."""
    check_output(path)
    suffix_of(path, SUFFIXES)


def save_diagram(protocol: Protocol, path: Path, dark: bool = False) -> None:
    """Write the diagram to *path* (svg, png, pdf, dot), whole or not at all; the same table gives the same bytes."""
    if suffix_of(path, SUFFIXES) == "dot":
        write_atomically(path, lambda name: name.write_text(to_dot(protocol), encoding="utf-8"))
        return
    save_and_close(diagram(protocol, dark=dark).get_figure(root=True), path)
