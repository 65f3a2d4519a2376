"""What a notebook shows of a protocol, a verification, a story, a run and a cache."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from coherence.cache.config import Line
from coherence.errors import InputError
from coherence.protocol.model import Protocol
from coherence.run import timeline
from coherence.run.run import CacheView, Run
from coherence.run.totals import number
from coherence.show.colours import PAGE, tiles
from coherence.show.states import state_scene
from coherence.show.svg import sparkline, svg
from coherence.show.tables import CELL, grid, html, text_of, tile
from coherence.words.say import show_key

CACHES_FROM = 4  # the column of a story's rows in which the caches begin
CORES, LINES, BINS = 8, 12, 48  # rows of cores, lines a state, points of a sparkline
COUNTERS = ("reads", "writes", "read_misses", "write_misses", "upgrades", "invalidations", "bus_wait", "finish")


def protocol_card(protocol: Protocol) -> str:
    """The table, and the diagram folded out below it; without scripts, in the page's own ink.

    >>> import coherence as co
    >>> protocol_card(co.protocols["MSI"]).count("<svg")
    1
    """
    try:
        picture = svg(state_scene(protocol, theme=PAGE, title=False))
    except InputError as too_large:
        picture = f"<p>{text_of(str(too_large))}</p>"
    return f"{html(grid(protocol))}<details open><summary>state diagram</summary>{picture}</details>"


def verdict_card(verdict: str, facts: Mapping[str, str], story: str) -> str:
    """The story's HTML, which begins with the verdict, or the verdict alone; then a line a fact."""
    rows = "".join(
        f'<tr><td style="{CELL}">{text_of(name)}</td><td style="{CELL};white-space:normal">{text_of(value)}</td></tr>'
        for name, value in facts.items()
    )
    return f"{story or f'<p><b>{text_of(verdict)}</b></p>'}<table>{rows}</table>"


def litmus_card(
    verdict: str,
    about: str,
    question: str,
    names: Sequence[str],
    outcomes: Sequence[Sequence[str]],
    met: Sequence[bool],
    story: str,
) -> str:
    """The verdict, every outcome as a row (those that meet the condition in bold, with a star), and the story."""
    head = _row(["", *names], "th")
    rows = "".join(
        _row(["★" if bold else "", *values], "th" if bold else "td") for values, bold in zip(outcomes, met, strict=True)
    )
    said = f"<p>{text_of(about)}</p>" if about else ""
    return (
        f"<p><b>{text_of(verdict)}</b></p>{said}<div style='overflow-x:auto'><table>{head}{rows}</table></div>"
        f"<p>★ {text_of(question)}</p>{story}"
    )


def story_card(
    protocol: Protocol | None,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    title: str,
    ending: str,
    shown: Sequence[int],
) -> str:
    """The story as a table, each copy as the tile of its state and its value; without a protocol there are none."""
    look = tiles(protocol) if protocol else {}

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


def run_card(run: Run) -> str:
    """The totals, sparklines (over time if the run recorded, otherwise by core), and the cores."""
    facts = {
        "cycles": f"{run.cycles:,}",
        "hit rate": f"{number(run.totals, 'hit_rate'):.1%}",
        "AMAT": f"{number(run.totals, 'amat'):.1f} cycles",
        "bus busy": f"{number(run.totals, 'bus_utilization'):.1%}",
        "invalidations": f"{number(run.totals, 'invalidations'):,.0f}",
        "memory writes": f"{number(run.totals, 'memory_writes'):,.0f}",
    }
    head = _row(facts, "th") + _row(facts.values(), "td")
    curves = "".join(
        f'<td style="{CELL}">{text_of(title)}<br>{sparkline(values, most, title, bars=not run.events)}</td>'
        for title, values, most in _curves(run)
    )
    shown = run.per_core[:CORES]
    rows = "".join(_row([f"core {i}", *(f"{c[name]:,}" for name in COUNTERS)], "td") for i, c in enumerate(shown))
    rest = f"<p>… and {run.cores - CORES} more cores</p>" if run.cores > CORES else ""
    return (
        f"<p><b>{text_of(run.workload)}</b> under <b>{text_of(run.protocol.name)}</b>: {run.cores} cores, "
        f"order {text_of(run.order)}, engine {text_of(run.engine)}</p>"
        f"<table>{head}</table><table><tr>{curves}</tr></table>"
        f"<details><summary>by core</summary><table>{_row(['', *(n.replace('_', ' ') for n in COUNTERS)], 'th')}{rows}"
        f"</table>{rest}</details>"
    )


def _curves(run: Run) -> list[tuple[str, Sequence[float], float]]:
    """(title, values, the value at the top) of each sparkline."""
    if run.events:
        over = timeline.rates(run, min(BINS, max(run.cycles, 1)))
        queue = max(over.queue)
        return [
            ("hit rate over time", over.hit_rate, 1.0),
            ("bus utilization over time", over.utilisation, 1.0),
            (f"requests waiting, up to {queue:.1f}", over.queue, queue),
        ]
    found: list[tuple[str, Sequence[float], float]] = []
    for title, values in (
        ("bus requests", [sum(cast("Mapping[str, int]", c["bus"]).values()) for c in run.per_core]),
        ("copies lost", [cast("int", c["invalidations"]) for c in run.per_core]),
        ("cycles waited", [cast("int", c["bus_wait"]) for c in run.per_core]),
    ):
        found.append((f"{title} by core, up to {max(values):,}", [float(v) for v in values], float(max(values))))
    return found


def cache_card(cache: CacheView) -> str:
    """The lines of a cache, a row a state; of many the last ones."""
    look = tiles(cache.protocol)
    rows = ""
    for name, lines in cache.by_state().items():
        shown = ", ".join(_held(line, cache) for line in lines[-LINES:])
        more = f"… {len(lines) - LINES:,} more, " if len(lines) > LINES else ""
        rows += (
            f'<tr><td style="{CELL}">{tile(name, look[name])}</td><td style="{CELL}">{len(lines):,}</td>'
            f'<td style="{CELL};white-space:normal">{more}{shown}</td></tr>'
        )
    head = _row(["state", "lines", "which, and their values"], "th")
    body = rows or _row(["", "0", "holds nothing"], "td")
    return f"<p>cache of core {cache.core} at the end</p><table>{head}{body}</table>"


def _held(line: Line, cache: CacheView) -> str:
    values = cache.lines[line].values
    name = text_of(show_key(line))
    if not values:
        return name
    if list(values) == [line]:
        return f"{name} = {text_of(str(values[line]))}"
    pairs = ", ".join(f"{text_of(show_key(k))}: {text_of(str(v))}" for k, v in list(values.items())[:4])
    return f"{name} {{{pairs}{', …' if len(values) > 4 else ''}}}"


def _row(cells: Iterable[object], tag: str) -> str:
    return "<tr>" + "".join(f'<{tag} style="{CELL}">{text_of(str(c))}</{tag}>' for c in cells) + "</tr>"
