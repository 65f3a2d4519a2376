"""What the command line prints: messages, JSON, tables, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from coherence.accesses.workload import Workload

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")
WIDE = 200  # columns of a table in a pipe
GAP = 3  # columns between two of a table
NARROW = 16  # of a column of text, if there is no room
MOST_COUNTED = 200_000  # accesses that are counted before a run, in a fraction of a second
EVERY = 512  # accesses between two looks at the progress bar


def say(text: str) -> None:
    """One message on standard error; where nobody can hear it, the exit code still tells."""
    with suppress(OSError):
        print(printable(text), file=sys.stderr)


def default_file(name: str, suffix: str) -> Path:
    """Where a file goes that nobody named: here, under *name* without what could steer or leave the folder.

    >>> default_file("traces/my run.trace", ".html").name
    'my_run.html'
    """
    stem = "".join(c if c.isalnum() or c in "-_" else "_" for c in Path(name).stem)
    return Path((stem.strip("-_") or "run") + suffix)


def printable(text: str) -> str:
    r"""*text* with what would steer a terminal, as a trace or a table may hold it, shown by its code.

    >>> print(printable("café" + chr(27) + "[2J"))
    café\x1b[2J
    """
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def print_json(head: dict[str, object], steps: Iterable[object] | None = None) -> None:
    """One JSON object on standard output; *steps*, which may be many, are written one by one."""
    if steps is None:
        print(json.dumps(head))
        return
    print(json.dumps(head)[:-1], end=', "steps": [')
    for number, step in enumerate(steps):
        print(", " if number else "", json.dumps(step), sep="", end="")
    print("]}")


def console() -> Console:
    """Standard output for rich tables: plain and wide in a pipe."""
    from rich.console import Console

    class Quiet(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # rich would leave with 1, which means that something does not hold

    return Quiet(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], words: int = 1) -> None:
    """A table whose numbers are never cut: columns that do not fit go on below, behind the first *words* again.

    A column is right-aligned and stays whole if all of it is numbers, or if it is behind the first *words*; the others
    are wrapped if there is no room.
    """
    from rich.cells import cell_len
    from rich.text import Text

    cells = [[(show(value), isinstance(value, (int, float))) for value in row] for row in rows]
    whole = [n >= words or (bool(cells) and all(row[n][1] for row in cells)) for n in range(len(columns))]
    out = console()

    def widths_with(heads: Sequence[Sequence[str]]) -> list[int]:
        return [max(map(cell_len, [*head, *(row[n][0] for row in cells)])) for n, head in enumerate(heads)]

    widths = widths_with([[name] for name in columns])
    if sum(widths) + GAP * len(widths) > out.width:  # of headings only the longest word needs room
        widths = widths_with([(whole[n] and name.split()) or [name] for n, name in enumerate(columns)])
    out.print(Text(printable(title), style="bold"))
    for page in _pages(widths, whole, words, out.width):
        head = [(columns[n], whole[n], widths[n]) for n in page]
        _print_page(out, head, [[row[n][0] for n in page] for row in cells])


def _pages(widths: Sequence[int], whole: Sequence[bool], words: int, room: int) -> Iterator[list[int]]:
    """The columns of each part of a table: the first *words* and as many others as fit, at least one."""
    if sum(widths) + GAP * len(widths) <= room:
        yield list(range(len(widths)))
        return
    least = [w if stays else min(w, NARROW) for w, stays in zip(widths, whole, strict=True)]
    left = room - sum(least[:words]) - GAP * words
    page: list[int] = []
    used = 0
    for n in range(words, len(widths)):
        if page and used + least[n] + GAP > left:
            yield [*range(words), *page]
            page, used = [], 0
        page.append(n)
        used += least[n] + GAP
    yield [*range(words), *page]


def _print_page(out: Console, head: Sequence[tuple[str, bool, int]], cells: Iterable[Sequence[str]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name, whole, width in head:
        table.add_column(
            Text(name), justify="right" if whole else "left", no_wrap=False, overflow="fold",
            width=width if whole else None,
        )  # fmt: skip
    for row in cells:
        table.add_row(*map(Text, row))
    out.print(table)
    out.print()


def show(value: object) -> str:
    """A value as a cell of a table: thousands apart, ratios with four digits.

    >>> [show(value) for value in (29082, 0.5, 22.449, 48123.0, None)]
    ['29,082', '0.5000', '22.45', '48,123', '']
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "" if value is None else printable(str(value))
    if isinstance(value, int) or abs(value) >= 999.95:
        return f"{value:,.0f}" if isinstance(value, float) else f"{value:,}"
    return f"{value:#.4g}" if abs(value) > 1 else f"{value:.4f}"


def accesses_of(workload: Workload) -> int | None:
    """How many accesses a workload has, None if it is a trace, which would be read once more, or if they are many.

    >>> accesses_of(Workload.from_ops("0 w x; 1 r x"))
    2
    """
    if workload.encoded or workload.feed or workload.programs is not None:
        return None
    found = sum(1 for _ in islice(workload.sequence(), MOST_COUNTED + 1))
    return found if found <= MOST_COUNTED else None


@contextmanager
def progress(workload: Workload) -> Iterator[Workload]:
    """The same workload, with a count of its accesses on standard error while it runs, if that is a terminal."""
    if not sys.stderr.isatty() or workload.programs is not None:
        yield workload
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    total = accesses_of(workload)
    of = f" of {total:,}" if total else ""
    columns = (SpinnerColumn(), TextColumn(f"{{task.completed:,}}{of} accesses"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        seen = count(1)  # one for the streams of all cores, so that many cores are seen to begin, too

        def counted(items: Iterator[T]) -> Iterator[T]:
            for item in items:
                if next(seen) % EVERY == 0:
                    bar.advance(task, EVERY)
                yield item

        sequence: Callable[[], Iterator[tuple[int, str, object, int]]] = workload.sequence
        yield replace(
            workload,
            sequence=lambda: counted(sequence()),  # type: ignore[arg-type]
            streams=lambda: [counted(s) for s in workload.streams()],
        )
