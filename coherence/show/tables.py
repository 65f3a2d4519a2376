"""The table for slides and pages: Markdown, HTML and LaTeX, of one protocol or of two with what differs marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from coherence.protocol.model import Protocol, State
from coherence.show.colours import Tile, tiles
from coherence.words.plain import markdown_text, plain

# The style of a cell in HTML, for light and dark pages.
CELL = "padding:.25em .7em;text-align:left;white-space:nowrap;border-bottom:1px solid rgba(128,134,142,.35)"
NOTHING = "–"  # where a table has no such cell or state


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell as text; `before` is what the other table has there, if that differs."""

    text: str
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table to be shown: `head`, and `rows` of the state's Entry, that of its properties, and its cells."""

    title: str
    note: str
    head: tuple[str, ...]
    rows: tuple[tuple[Entry, ...], ...]
    tiles: dict[str, Tile]


def grid(protocol: Protocol, against: Protocol | None = None) -> Grid:
    """The table of *protocol*; with *against*, marked where it differs from that one.

    States and columns of both are shown, those of *protocol* first.

    >>> import coherence as co
    >>> marked = grid(co.protocols["Illinois"], co.protocols["MESI"])
    >>> [e.before for row in marked.rows for e in row if e.before is not None]
    ['S', 'I', 'S', 'I']
    """
    other = against or protocol
    columns = list(dict.fromkeys([*protocol.columns, *other.columns]))
    states = [*protocol.states, *(s for s in other.states if s.name not in protocol.by_name)]

    def entry(now: str, before: str) -> Entry:
        return Entry(now or NOTHING, None if now == before else before or NOTHING)

    rows = []
    for s in states:
        new, old = protocol.by_name.get(s.name), other.by_name.get(s.name)
        first = Entry(s.name, None if new and old else NOTHING if new else s.name)
        row = [first if new else Entry(NOTHING, s.name), entry(_words(new), _words(old))]
        row += [entry(*(arrow(str(p.cells.get((s.name, c), ""))) for p in (protocol, other))) for c in columns]
        rows.append(tuple(row))
    title = protocol.name if against is None else f"{protocol.name}, where it differs from {other.name}"
    look = tiles(other) | tiles(protocol)
    return Grid(title, protocol.description, ("", "properties", *columns), tuple(rows), look)


def _words(state: State | None) -> str:
    """The title and the properties of a state."""
    return " ".join([state.title, *state.properties]) if state else ""


def arrow(cell: str) -> str:
    """A cell's text with a real arrow.

    >>> arrow("BusRd > E if alone else S")
    'BusRd → E if alone else S'
    """
    return cell.replace(" > ", " → ")


def markdown(table: Grid) -> str:
    """As a Markdown table; what differs is bold, what it was struck out."""

    def show(e: Entry) -> str:
        return (
            markdown_text(e.text) if e.before is None else f"**{markdown_text(e.text)}** ~~{markdown_text(e.before)}~~"
        )

    def row(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    lines = [row(table.head), "|" + "---|" * len(table.head), *(row([show(e) for e in r]) for r in table.rows)]
    return "\n".join([f"**{markdown_text(table.title)}**: {markdown_text(table.note)}", "", *lines]) + "\n"


def latex_text(text: str) -> str:
    r"""Text that LaTeX sets as it is, in text mode.

    >>> latex_text("$x_1$ → \\input{y}")
    '\\$x\\_1\\$ $\\to$ \\textbackslash{}input\\{y\\}'
    """
    signs = {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
        "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
        "|": r"\textbar{}", '"': r"\char34{}", "→": r"$\to$", "–": "--", "…": r"\ldots{}", "�": "?", "`": r"\char96{}",
    }  # fmt: skip
    return "".join(signs.get(c, c) for c in plain(text, 400))


def latex(table: Grid) -> str:
    """As a LaTeX table with booktabs; what differs is shaded, what it was stands below it in small type."""

    def show(e: Entry) -> str:
        if e.before is None:
            return latex_text(e.text)
        return rf"\colorbox[gray]{{0.85}}{{{latex_text(e.text)}}} {{\tiny was {latex_text(e.before)}}}"

    def row(cells: Sequence[str]) -> str:
        return "  " + " & ".join(cells) + r" \\"

    head = row([rf"\textbf{{{latex_text(h)}}}" if h else "" for h in table.head])
    title = rf"\textbf{{{latex_text(table.title)}}}: {latex_text(table.note)}"
    marked = any(e.before is not None for r in table.rows for e in r)
    lines = [
        "% needs \\usepackage{booktabs}" + " and \\usepackage{xcolor}" * marked,
        rf"\begin{{tabular}}{{@{{}}{'l' * len(table.head)}@{{}}}}",
        rf"  \multicolumn{{{len(table.head)}}}{{@{{}}l}}{{{title}}} \\",
        r"  \toprule", head, r"  \midrule", *(row([show(e) for e in r]) for r in table.rows), r"  \bottomrule",
        r"\end{tabular}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def table(protocol: Protocol, against: Protocol | None, form: str) -> str:
    """The table of *protocol* in the form `markdown`, `html` or `latex`; see `grid` for *against*."""
    return {"markdown": markdown, "html": html, "latex": latex}[form](grid(protocol, against))


def html(table: Grid) -> str:
    """As an HTML table with its own styles, readable on a light and on a dark page; what differs is marked."""

    def show(e: Entry) -> str:
        if e.before is None:
            return text_of(e.text)
        ins = (
            f'<ins style="text-decoration:none;font-weight:700;background:rgba(242,183,5,.35)">{text_of(e.text)}</ins>'
        )
        return f'{ins} <del style="opacity:.65;font-size:85%">{text_of(e.before)}</del>'

    def row(entries: Sequence[Entry]) -> str:
        first, *rest = entries
        name = first.text if first.text in table.tiles else first.before or ""
        marked = "" if first.before is None else " " + show(first)
        return (
            f'<tr><th scope="row" style="{CELL}">{tile(name, table.tiles.get(name))}{marked}</th>'
            + "".join(f'<td style="{CELL}">{show(e)}</td>' for e in rest)
            + "</tr>"
        )

    head = "".join(f'<th scope="col" style="{CELL}">{text_of(h)}</th>' for h in table.head)
    return (
        f'<div style="overflow-x:auto"><table style="border-collapse:collapse"><caption style="text-align:left">'
        f"<b>{text_of(table.title)}</b> {text_of(table.note)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(map(row, table.rows))}</tbody></table></div>\n"
    )


def text_of(text: str) -> str:
    """Text for HTML: escaped, kept from turning what stands beside it, and no mathematics for a notebook.

    >>> text_of("<script>"), text_of("$x$")
    ('<bdi>&lt;script&gt;</bdi>', '<bdi><span>$</span>x<span>$</span></bdi>')
    """
    shown = escape(plain(text, 400))
    for sign in ("\\", "$"):  # MathJax looks for its delimiters within one element
        shown = shown.replace(sign, f"<span>{sign}</span>")
    return f"<bdi>{shown}</bdi>"


def tile(name: str, look: Tile | None) -> str:
    """A state as a coloured tile with its letter."""
    if look is None:
        return text_of(name)
    fill = f"background:{look.fill};color:{look.ink}" if not look.dashed else "color:inherit"
    edge = f"border:1.5px {'dashed' if look.dashed else 'solid'} {look.edge}"
    style = (
        f"display:inline-block;min-width:1.2em;padding:.1em .35em;border-radius:.3em;text-align:center;{edge};{fill}"
    )
    return f'<b style="{style}">{text_of(name)}{"<sub>●</sub>" * look.mark}</b>'
