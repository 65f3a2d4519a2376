"""How things show themselves without knowing the pictures: `show/` is loaded when something is first shown."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def shown(painter: str, *things: object, **choice: object) -> Any:
    """What *painter* of `show/`, named as `"module.function"`, makes of *things*.

    >>> import coherence as co
    >>> shown("tables.table", co.protocols["MSI"], None, "markdown").splitlines()[0]
    "**MSI**: write-invalidate, the textbook's first"
    """
    module, _, function = painter.rpartition(".")
    return getattr(import_module(f"coherence.show.{module}"), function)(*things, **choice)


def text(painter: str, *things: object) -> str:
    """The same for painters of text: HTML, Markdown, LaTeX."""
    return str(shown(painter, *things))
