"""The table for slides: every cell is there in Markdown, HTML and LaTeX, what differs is marked, and names are text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from coherence.protocol.catalog import ALL
from coherence.protocol.diff import changes
from coherence.protocol.find import protocols
from coherence.protocol.model import Protocol
from coherence.show.tables import arrow, grid, latex_text, text_of
from coherence.words.plain import markdown_text, plain
from tests.show.tables import HOSTILE, OWN

EVERY = [*ALL, *OWN, HOSTILE]


class Reader(HTMLParser):
    """The tags, attributes and cells of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.cells: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag in ("td", "th"):
            self.cells.append("")
        if tag not in ("br", "line", "path", "rect", "circle", "polygon", "polyline"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.cells[-1] += data


@pytest.mark.parametrize("protocol", EVERY, ids=lambda p: p.name[:12])
def test_every_cell_is_in_every_format(protocol: Protocol) -> None:
    wanted = [arrow(str(protocol.cells[s.name, e])) for s in protocol.states for e in protocol.columns]
    found = [e.text for row in grid(protocol).rows for e in row[2:]]
    assert found == wanted
    lines = protocol.to_markdown().splitlines()
    assert len(lines) == 4 + len(protocol.states)
    for line, state in zip(lines[4:], protocol.states):
        cells = [markdown_text(arrow(str(protocol.cells[state.name, e]))) for e in protocol.columns]
        assert line.endswith(" | ".join(cells) + " |")
    reader = Reader(protocol.to_html())
    assert reader.open == []
    wide = 2 + len(protocol.columns)
    rows = [reader.cells[i : i + wide] for i in range(wide, len(reader.cells), wide)]
    assert [c for row in rows for c in row[2:]] == [plain(cell, 400) for cell in wanted]
    tex = protocol.to_latex()
    assert tex.count(r"\\" + "\n") == len(protocol.states) + 2
    assert all(latex_text(cell) in tex for cell in wanted)
    assert tex.index(r"\toprule") < tex.index(r"\midrule") < tex.index(r"\bottomrule")


def test_what_differs_is_marked_and_nothing_else() -> None:
    first, second = protocols["MESI"], protocols["MESIF"]
    marked = grid(second, first)
    both = {(c.state, c.event): (arrow(c.before), arrow(c.after)) for c in changes(first, second)}
    names = [s.name for s in second.states]
    for name, row in zip(names, marked.rows):
        for event, entry in zip(marked.head[2:], row[2:]):
            if name in first.by_name:
                assert entry.before == both.get((name, event), (None,))[0]
            else:
                assert entry.before == "–"
    tex, html, text = second.to_latex(first), second.to_html(first), second.to_markdown(first)
    count = sum(e.before is not None for row in marked.rows for e in row)
    assert tex.count(r"\colorbox") == html.count("<ins") == html.count("<del") == text.count("~~") / 2 == count
    assert "xcolor" in tex and "xcolor" not in second.to_latex()
    assert Reader(html).open == []


def test_states_and_columns_of_only_one_table_are_shown() -> None:
    marked = grid(protocols["MSI"], protocols["Dragon"])
    assert [row[0].text for row in marked.rows] == ["M", "S", "I", "–", "–", "–"]
    assert [row[0].before for row in marked.rows] == [None, "–", None, "Sm", "E", "Sc"]
    assert "BusUpd" in marked.head
    assert "Sm" in protocols["MSI"].to_html(protocols["Dragon"])


def test_a_table_without_differences_marks_nothing() -> None:
    assert "<ins" not in protocols["MSI"].to_html(protocols["MSI"])


@pytest.mark.parametrize("against", [None, protocols["MSI"]])
def test_hostile_names_do_nothing(against: Protocol | None) -> None:
    reader = Reader(HOSTILE.to_html(against))
    assert not reader.tags & {"script", "img", "a", "iframe"}
    assert reader.attributes <= {"style", "scope"}
    tex = HOSTILE.to_latex(against)
    assert r"\input" not in tex and r"\textbf{x}" not in tex.replace(r"\textbf{x}&", "")
    assert "\u202e" not in tex + HOSTILE.to_html(against) + HOSTILE.to_markdown(against)
    assert "<script" not in HOSTILE.to_markdown(against).replace("\\<", "")
    braces = re.sub(r"\\[{}]", "", tex)
    assert braces.count("{") == braces.count("}")


def test_every_sign_of_tex_and_markdown_is_kept_as_text() -> None:
    signs = '\\{}$&#_%~^<>|"`'
    assert re.fullmatch(r"(\\[{}$&#_%]|\\text[a-z]+\{\}|\\char\d+\{\})+", latex_text(signs))
    assert markdown_text("*_`[x](y)<b>|$~") == r"\*\_\`\[x\](y)\<b\>\|\$\~"
    assert text_of("$\\input{x}$") == "<bdi><span>$</span><span>\\</span>input{x}<span>$</span></bdi>"
