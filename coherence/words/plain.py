"""Words in pictures: what may be shown as it is, how wide it is about, and where it may be cut."""

from __future__ import annotations

import unicodedata

# Widths in ems of DejaVu Sans, the font of matplotlib; it is among the widest, so that a browser's fits as well.
NARROW, MIDDLE, WIDE = "ijl'|.,:;! ", 'frtI-()[]{}/\\"`', "mwMWQO@%&+=<>~_^→…"


def plain(text: object, most: int = 60) -> str:
    """*text* on one line without characters that steer others (line ends, right-to-left overrides), cut if long.

    >>> plain("a" + chr(0x202E) + "b"), plain("x" * 99, 7)
    ('a�b', 'xxx…xxx')
    """
    shown = "".join("�" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") else c for c in str(text))
    if len(shown) <= most:
        return shown
    half = (most - 1) // 2
    return f"{shown[: most - 1 - half]}…{shown[-half:]}"


def markdown_text(text: str) -> str:
    r"""Text that Markdown shows as it is.

    >>> print(markdown_text("<b>|*"))
    \<b\>\|\*
    """
    return "".join(f"\\{c}" if c in "\\`*_[]<>|$#~&" else c for c in plain(text, 400))


def width(text: str, bold: bool = False) -> float:
    """About how wide *text* is, in ems, rather too wide than too narrow."""
    return sum(map(_wide, text)) * (1.12 if bold else 1.0)


def _wide(c: str) -> float:
    if c in NARROW:
        return 0.36
    if c in MIDDLE:
        return 0.46
    if c in WIDE:
        return 1.0
    if unicodedata.east_asian_width(c) in "WF":
        return 1.1
    return 0.76 if c.isupper() else 0.65
