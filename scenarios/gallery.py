"""The README's pictures, all made by this one command.

    python scenarios/gallery.py [--out FOLDER] [--browser /usr/bin/chromium]

The player's picture needs a browser and playwright (extra `test`); it is left as it is where no browser is named.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

import coherence as co

HERE = Path(__file__).parent
PIXELS = 1000  # across


def diagram() -> Figure:
    """MOESI as a textbook draws it."""
    return figure(co.plot.diagram(co.protocols["MOESI"]))


def story() -> Figure:
    """The shortest run that breaks a table."""
    broken = co.protocols["MESI"].but("forgetful", S={"BusUpgr": "S"})
    return figure(co.plot.sequence(co.verify(broken, caches=2)))


def overview() -> Figure:
    """The story of a run."""
    machine = co.Machine("MOESI", cache=co.Cache(ways=4, keys_per_line=2))
    return co.plot.overview(machine.run(co.workloads.random(cores=4, accesses=80, keys=12), record=True))


def comparison() -> Figure:
    """Protocols side by side on one workload."""
    names = ("MSI", "MESI", "MOESI", "Dragon", "Firefly")
    return co.plot.comparison([co.Machine(name).run(co.workloads.producer_consumer(cores=4)) for name in names])


def timeline() -> Figure:
    """The states of one line over time, a lane a core."""
    run = co.Machine("MOESI").run(co.workloads.random(cores=4, accesses=14, keys=2), record=True)
    return figure(co.plot.timeline(run))


def curves() -> Figure:
    """Policies beside the best that there could be."""
    trace = co.read_trace(HERE / "07_counters.trace.gz")
    policies = ("LRU", "Random", "ARC", "LeCaR", "LFU", "OPT")
    return figure(co.plot.curves([co.curve(trace, [4, 8, 16, 32, 64, 128], p, keys_per_line=64) for p in policies]))


PICTURES: dict[str, Callable[[], Figure]] = {
    f.__name__: f for f in (diagram, story, overview, comparison, timeline, curves)
}


def player(out: Path, browser: Path) -> None:
    """The page that steps through a run, at a step worth showing."""
    from playwright.sync_api import sync_playwright

    run = co.Machine("MOESI").run(co.Workload.from_ops("0 w x; 1 r x; 2 r x; 1 w x"), order="trace", record=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        page_file = Path(folder) / "run.html"
        co.play(run).save(page_file)
        page = driver.chromium.launch(executable_path=browser, args=["--no-sandbox"]).new_page(
            viewport={"width": 1280, "height": 720}
        )
        page.goto(f"{page_file.as_uri()}#step=2")
        page.screenshot(path=out / "player.png")


def figure(axes: plt.Axes) -> Figure:
    """The figure that *axes* belong to."""
    found = axes.get_figure(root=True)
    assert found is not None
    return found


def main(argv: list[str] | None = None) -> None:
    """Draw all into a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE / "gallery", help="the folder (scenarios/gallery)")
    parser.add_argument("--browser", type=Path, help="draw the player too, with this Chromium")
    args = parser.parse_args(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        picture = draw()
        picture.savefig(args.out / f"{name}.png", dpi=PIXELS / picture.get_figwidth())
        plt.close(picture)
    if args.browser:
        player(args.out, args.browser)
    print(f"{len(PICTURES) + bool(args.browser)} pictures in {args.out.name}/")


if __name__ == "__main__":
    main()
