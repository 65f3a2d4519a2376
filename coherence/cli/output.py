"""What the command line prints: messages, JSON, tables, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from coherence.accesses.workload import Workload

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")
WIDE = 200  # columns of a table in a pipe
EVERY = 512  # accesses between two looks at the progress bar


def say(text: str) -> None:
    """One message on standard error; where nobody can hear it, the exit code still tells."""
    with suppress(OSError):
        print(printable(text), file=sys.stderr)


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
    """A table of text; the first *words* columns are left-aligned, the rest are numbers."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(printable(title)), title_justify="left", box=box.SIMPLE_HEAD, title_style="bold")
    for number, column in enumerate(columns):
        table.add_column(Text(column), justify="left" if number < words else "right", no_wrap=number < words - 1)
    for row in rows:
        table.add_row(*(Text(show(value)) for value in row))
    console().print(table)


def show(value: object) -> str:
    """A value as a cell of a table."""
    return f"{value:.4g}" if isinstance(value, float) else "" if value is None else printable(str(value))


@contextmanager
def progress(workload: Workload) -> Iterator[Workload]:
    """The same workload, with a count of its accesses on standard error while it runs, if that is a terminal."""
    if not sys.stderr.isatty() or workload.programs is not None:
        yield workload
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed:,} accesses"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")

        def counted(items: Iterator[T]) -> Iterator[T]:
            for number, item in enumerate(items, start=1):
                if number % EVERY == 0:
                    bar.advance(task, EVERY)
                yield item

        sequence: Callable[[], Iterator[tuple[int, str, object, int]]] = workload.sequence
        yield replace(
            workload,
            sequence=lambda: counted(sequence()),  # type: ignore[arg-type]
            streams=lambda: [counted(s) for s in workload.streams()],
        )
