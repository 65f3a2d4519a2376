"""What all pictures share: their background, and how they are written to a file."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coherence.errors import InputError, known
from coherence.files import write_atomically
from coherence.show.colours import DARK, LIGHT, Theme, letter

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = ("png", "svg", "pdf")
DPI = 150


@contextmanager
def theme(dark: bool = False, size: float = 10.0) -> Iterator[None]:
    """Within it every picture is drawn for a light or a *dark* background, with text of *size* points.

    Axes made within it draw your own curves in the colours of the others.

    >>> with theme(dark=True):
    ...     is_dark()
    True
    """
    import matplotlib as mpl
    from matplotlib.rcsetup import cycler

    colours = DARK if dark else LIGHT
    inked = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color", "legend.labelcolor")
    style: dict[Any, Any] = dict.fromkeys(inked, colours.ink)
    style |= dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), colours.paper)
    style["axes.prop_cycle"] = cycler(color=colours.lines)
    with mpl.rc_context({**style, "font.size": size}):
        yield


def is_dark(ax: Axes | None = None) -> bool:
    """Whether *ax*, or new Axes, have a dark background."""
    import matplotlib as mpl
    from matplotlib.colors import to_hex, to_rgba

    paper = to_rgba(mpl.rcParams["axes.facecolor"] if ax is None else ax.get_facecolor())
    return paper[3] > 0 and letter(to_hex(paper)) == "#ffffff"


def theme_of(ax: Axes | None, dark: bool | None) -> Theme:
    """The colours for a *dark* background or a light one; None: as *ax*, or new Axes, are."""
    return DARK if (is_dark(ax) if dark is None else dark) else LIGHT


def suffix_of(path: Path, known_ones: Sequence[str] = SUFFIXES) -> str:
    """The kind of file that *path* names; raises `InputError` for another than the *known_ones*.

    >>> suffix_of(Path("run.PNG"))
    'png'
    """
    kind = path.suffix[1:].lower()
    if kind not in known_ones:
        raise InputError(f"{path}: expected a name that ends in .{known(known_ones).replace(', ', ', .')}")
    return kind


def save(figure: Figure, path: Path) -> None:
    """Write *figure* to *path*, whole or not at all; the same run gives the same bytes."""
    kind = suffix_of(path)
    stamp = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[kind]
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "coherence"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # of a key's own script: drawn as a box
        write_atomically(path, lambda name: figure.savefig(name, format=kind, dpi=DPI, metadata=stamp))


def save_and_close(figure: Figure | None, path: Path) -> None:
    """The same of a figure that nobody needs afterwards."""
    import matplotlib.pyplot as plt

    assert figure is not None
    try:
        save(figure, path)
    finally:
        plt.close(figure)


def check_figure(path: Path) -> None:
    """Raise `InputError` if *path* does not end as a picture does."""
    suffix_of(path)
