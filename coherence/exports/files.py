"""The front door: a recorded run as a file, whose format its name says."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from importlib.util import find_spec
from os import PathLike
from pathlib import Path

from coherence.cache.config import Key
from coherence.errors import InputError, needs, whole
from coherence.exports import chrome, events, vcd
from coherence.exports.view import View, view
from coherence.files import check_output, write_atomically
from coherence.run.run import Run
from coherence.run.window import Window
from coherence.words.say import show_key

TRACKS = 16  # lines whose states are shown, where nothing is said


@dataclass(frozen=True)
class Format:
    """A kind of file: what writes it, what it is for, whether it has a track a line, and the module it needs."""

    write: Callable[[View, Path], None]
    about: str
    tracks: bool = False
    needs: str = ""
    extra: str = ""


FORMATS = {
    ".json": Format(chrome.write, "Chrome's trace format, for ui.perfetto.dev or chrome://tracing", tracks=True),
    ".vcd": Format(vcd.write, "value change dump, for GTKWave", tracks=True, needs="vcd", extra="vcd"),
    ".parquet": Format(events.write_parquet, "a row an access", needs="pyarrow", extra="data"),
    ".csv": Format(events.write_csv, "a row an access"),
}


def check_export(path: Path) -> Format:
    """The format that the name of *path* says; raises `InputError` now if it could not be written later."""
    found = FORMATS.get(path.suffix.lower())
    if found is None:
        raise InputError(f"{path}: expected a name that ends in {', '.join(FORMATS)}")
    if found.needs and find_spec(found.needs) is None:
        raise InputError(f"{path}: {needs(found.needs, found.extra)}")
    check_output(path)
    return found


def export(
    run: Run,
    path: str | PathLike[str],
    *,
    first: int | None = None,
    last: int | None = None,
    lines: Collection[str] | None = None,
    cores: Collection[int] | None = None,
    tracks: int = TRACKS,
    written: Callable[[Key], str] = show_key,
) -> list[str]:
    """Write a recorded *run* to *path*, whole or not at all: .json (Perfetto), .vcd (GTKWave), .parquet or .csv.

    *first*, *last* (accesses from 1), *lines* (as they print) and *cores* choose what of a long run; *tracks* is the
    most lines whose states a .json or .vcd shows, those that took the bus most often; *written* writes a key. Times
    are in cycles: 1 µs each in a .json, 1 ns in a .vcd. Returns what is left out, a sentence each. Raises
    `InputError` for a run that recorded nothing, an empty choice, another ending, a missing extra (`vcd`, `data`),
    or a file that cannot be written.

    >>> import coherence as co, json, pathlib, tempfile
    >>> run = co.Machine().run(co.Workload.from_ops("0 w x; 1 r x"), order="trace", record=True)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     left_out = export(run, f"{folder}/run.json")
    ...     len(json.loads(pathlib.Path(folder, "run.json").read_text())["traceEvents"]) > 10
    True
    """
    where = Path(path)
    faults = whole("tracks", tracks, 1)
    if faults:
        raise InputError(faults[0])
    chosen = check_export(where)
    shown = view(run, Window(first, last, lines, cores), tracks if chosen.tracks else 0, written)
    write_atomically(where, lambda name: chosen.write(shown, name))
    return list(shown.left_out)
