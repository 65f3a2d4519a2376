"""Runs to play, and players opened in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import coherence as co

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OPS = "0 r x; 0 w x; 1 r x; 2 r x; 1 w x; 0 r y; 0 w x; 2 r x; 2 w x; 1 r x; 2 w y; 2 e x"


def record(protocol: object, work: object, order: str = "trace", **machine: Any) -> co.Run:
    """A recorded run; *work* may be ops."""
    workload = co.Workload.from_ops(work) if isinstance(work, str) else work
    return co.Machine(protocol, **machine).run(workload, order=order, record=True)  # type: ignore[arg-type]


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Open a player, or a file, in a context of its own; any request, console error or exception fails the test."""
    contexts, faults = [], []

    def open_it(
        what: object, width: int = 1280, height: int = 720, theme: str = "light", hash: str = "", **more: Any
    ) -> Page:
        path = tmp_path / f"player{len(contexts)}.html"
        if isinstance(what, str):
            path.write_text(what, encoding="utf-8")
        else:
            what.save(path)  # type: ignore[attr-defined]
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme, **more)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: faults.append(str(e)))
        page.on(
            "request", lambda q: faults.append(q.url) if not q.url.startswith(("file:", "data:", "about:")) else None
        )
        page.on("dialog", lambda d: (faults.append(d.message), d.dismiss()))
        page.goto(path.as_uri() + hash)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert faults == []


# The document as the audience sees it: without the script's own bookkeeping.
DOM = "() => document.querySelector('.coh').outerHTML"


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def states(page: Page) -> list[tuple[int, int, int]]:
    """(core, line, state) of every tile on a card."""
    found = page.evaluate(
        "() => [...document.querySelectorAll('.card .row')].map(r => [+r.parentNode.dataset.core, +r.dataset.line,"
        " +r.querySelector('.tile').dataset.state])"
    )
    return [tuple(f) for f in found]


def said(page: Page) -> str:
    return str(page.inner_text(".say"))


def at(page: Page) -> tuple[str, str]:
    """Step and phase."""
    root = page.locator(".coh").first
    return root.get_attribute("data-step") or "", root.get_attribute("data-phase") or ""
