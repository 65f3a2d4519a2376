"""The player's contact sheets: 2, 3 and 8 cores, 1 and 40 lines, plain, long and right-to-left keys, to be looked at.

    python tests/show/shots.py [WORD …]

writes every picture in both themes and four frames, and the special ones (phases, questions, bugs, strange tables, side
by side, print), into out/player/ (which git ignores), and contact sheets of them. With words, only those pictures whose
name holds one of them. Needs Chromium.
"""

from __future__ import annotations

import json
import sys
from base64 import b64decode
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from PIL import Image
from playwright.sync_api import sync_playwright

import coherence as co
from coherence.show.player.bug import find_the_bug
from coherence.show.worksheet import exercise, worksheet
from tests.conftest import ARGS, CHROMIUM
from tests.player.conftest import OPS, press, record
from tests.show.tables import EIGHT, FIVE, HOSTILE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OUT = Path(__file__).parents[2] / "out" / "player"
FRAMES = {"16x9": (1920, 1080), "4x3": (1280, 960), "notebook": (900, 560), "phone": (390, 800)}
THEMES = ("light", "dark")
KEYS: dict[str, Callable[[int], str]] = {
    "plain": lambda n: "xyzabcdefg"[n] if n < 10 else f"k{n}",
    "long": lambda n: f"users/{n}/a-very-long-name/of-a-session/with-a-path-and-a-name.json",
    "rtl": lambda n: f"מפתח-{n}-אדום",
}
MOSTLY = 9  # steps shown of a drawn run, from which the picture is taken

Shot = tuple[str, Any, tuple[str, ...]]  # name, player, keys pressed


def drawn(cores: int, lines: int, name: Callable[[int], str]) -> co.Run:
    """A run of *cores* on *lines* keys."""
    work = co.workloads.random(cores=cores, accesses=60, keys=lines, seed=2)
    ops = [(a[0], a[1], name(int(a[2]))) for a in work.sequence()]
    return record("MOESI", ops, cache=co.Cache(ways=6))


def plain_shots() -> Iterator[Shot]:
    """Cores × lines × keys."""
    for cores, lines, (said, name) in product((2, 3, 8), (1, 40), KEYS.items()):
        late = ("End", *["ArrowLeft"] * MOSTLY)
        yield f"{cores}-cores_{lines}-lines_{said}", co.play(drawn(cores, lines, name)), late


def special_shots() -> Iterator[Shot]:
    """What the drawn runs do not show."""
    mesi = co.play(record("MESI", OPS))
    for phase, downs in (("ask", 1), ("snoop", 2), ("data", 3), ("states", 4)):
        yield f"phase_{phase}", mesi, ("ArrowRight", "ArrowRight", *["ArrowDown"] * downs)
    yield "start", mesi, ()
    yield "help", mesi, ("ArrowRight", "?")
    yield "find", mesi, ("ArrowRight", "/")
    for k in range(1, 6):
        yield f"question_{k}", mesi, ("p", *["ArrowRight"] * (2 * k - 1))
        yield f"answer_{k}", mesi, ("p", *["ArrowRight"] * (2 * k - 1), "a")
    waits = record("MESI", [(c, "w", "x") for c in range(3)], order="program")
    yield "waits_3", co.play(waits), ("ArrowDown",)
    yield "waits_8", co.play(record("MESI", [(c, "w", "x") for c in range(8)], order="program")), ("ArrowDown",)
    for protocol in ("Dragon", "Firefly", "WriteOnce", "Synapse", "Illinois", "MESIF", "Berkeley", "WriteThrough"):
        yield f"table_{protocol}", co.play(record(protocol, OPS)), ("ArrowRight",) * 8
    own = [
        *[(c, "r", "x") for c in range(3)],
        (0, "w", "x"),
        (1, "r", "x"),
        (0, "w", "x"),
        (2, "r", "y"),
        (1, "w", "x"),
    ]
    for table in (FIVE, EIGHT, HOSTILE):
        yield f"table_{table.name[:6].strip('<')}", co.play(record(table, own)), ("ArrowRight",) * 5
    long = co.protocols["MOESI"].renamed("Modified-Owned-Exclusive-Shared-Invalid with a long name", "long")
    yield "table_longname", co.play(record(long, OPS)), ("ArrowRight",) * 5
    yield "beside", co.play(record("MESI", OPS), record("Dragon", OPS)), ("ArrowRight",) * 5
    bug = find_the_bug(co.protocols["MESI"], seed=1)
    yield "bug_before", bug, ("ArrowRight", "ArrowRight", "m")
    step = json.loads(b64decode(str(bug.players[0]["bug"])))["step"]
    yield "bug_found", bug, (*["ArrowRight"] * step, "m")


def shoot(browser: Browser, shot: Shot, frame: str, theme: str, file: Path) -> None:
    """One picture."""
    _, player, keys = shot
    width, height = FRAMES[frame]
    page: Page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)  # type: ignore[arg-type]
    faults: list[str] = []
    page.on("pageerror", lambda e: faults.append(str(e)))
    page.set_content(player.html())
    assert faults == []
    press(page, *keys)
    page.screenshot(path=str(file))
    page.close()


def on_paper(browser: Browser, html: str, file: Path) -> None:
    """A page as it is printed."""
    page = browser.new_page()
    page.set_content(html)
    page.pdf(path=str(file), prefer_css_page_size=True)
    page.close()


def sheet(files: list[Path], file: Path, across: int = 3, wide: int = 640) -> None:
    """A contact sheet."""
    pictures = []
    for f in files:
        with Image.open(f) as image:
            pictures.append(image.resize((wide, image.height * wide // image.width)))
    high = max(p.height for p in pictures)
    rows = -(-len(pictures) // across)
    whole = Image.new("RGB", (across * (wide + 8), rows * (high + 8)), "#ff00ff")
    for k, picture in enumerate(pictures):
        whole.paste(picture, (k % across * (wide + 8), k // across * (high + 8)))
    whole.save(file)


def main() -> None:
    """Take all pictures, or only those named."""
    words = sys.argv[1:]
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGS)
        shots = [("plain", s) for s in plain_shots()] + [("special", s) for s in special_shots()]
        made: dict[str, list[Path]] = {}
        for (kind, shot), frame, theme in product(shots, FRAMES, THEMES):
            file = OUT / f"{shot[0]}_{frame}_{theme}.png"
            if words and not any(word in file.stem for word in words):
                continue
            shoot(browser, shot, frame, theme, file)
            made.setdefault(f"{kind}_{frame}_{theme}", []).append(file)
        for name, files in made.items():
            sheet(
                files,
                OUT / f"sheet_{name}.png",
                across=6 if "phone" in name else 3,
                wide=390 if "phone" in name else 640,
            )
        on_paper(browser, co.play(record("MESI", OPS)).html(), OUT / "print_player.pdf")
        run = record("MOESI", exercise(seed=7))
        on_paper(browser, worksheet(run).html(), OUT / "print_worksheet.pdf")
        browser.close()
    print(f"{sum(map(len, made.values()))} pictures in {OUT}")


if __name__ == "__main__":
    main()
