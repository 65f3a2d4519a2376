"""What the cores do: per-core streams, one sequence of all, or programs; and where it comes from."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coherence.accesses.op import MAX_CORES, CoreOp, Program
from coherence.cache.config import Key
from coherence.errors import InputError, whole

if TYPE_CHECKING:
    import pandas as pd

    from coherence.accesses.arrays import Encoded, Feed


@dataclass(frozen=True)
class Workload:
    """What every core does. Make one with `from_ops`, `from_pandas`, `from_accesses`, `from_streams`, `from_programs`.

    `name` · `cores`: how many it is for · `sequence()`: an iterator of (core, op, key, gap) in the order of the
    trace · `streams()`: one iterator of the same a core · `programs`, or None · `keys_per_line`: the line
    size it is written for, or None · `written`: how each key was written in the trace, where that differs ·
    `for_lines(keys_per_line)`: the same for lines of that size, where accesses have sizes; `at` calls it ·
    `encoded(most)`: makes the same accesses dense, if they are no more than so many, and `feed(apart)` in pieces, where
    that goes faster than through `sequence` and `streams` · `apart`: a core's stream needs no memory for the others' ·
    `puts`: its writes are puts of blocks that the read before each has missed, as in a trace of LLM requests ·
    `check`: called with the Run when all is done; raises `Breach` where the result is wrong. None for streams,
    whose values mean nothing.
    """

    name: str
    cores: int
    sequence: Callable[[], Iterator[CoreOp]]
    streams: Callable[[], list[Iterator[CoreOp]]]
    programs: tuple[Program, ...] | None = None
    keys_per_line: int | None = None
    written: Callable[[Key], str] = str
    for_lines: Callable[[int], Workload] | None = None
    encoded: Callable[[int], Encoded] | None = None
    feed: Callable[[bool], Feed] | None = None
    apart: bool = False
    puts: bool = False
    check: Callable[[Any], None] | None = field(default=None, repr=False)

    @staticmethod
    def from_accesses(
        name: str,
        accesses: Callable[[], Iterable[CoreOp]],
        cores: int,
        written: Callable[[Key], str] = str,
        keys_per_line: int | None = None,
    ) -> Workload:
        """From one sequence of all cores' accesses, as in a trace; *accesses()* starts it anew.

        In trace order it is streamed; in program order it is split into a list a core.
        """

        def split() -> list[Iterator[CoreOp]]:
            lists: list[list[CoreOp]] = [[] for _ in range(cores)]
            for access in accesses():
                lists[access[0]].append(access)
            return [iter(one) for one in lists]

        return Workload(name, cores, lambda: iter(accesses()), split, None, keys_per_line, written)

    @staticmethod
    def from_streams(
        name: str,
        streams: Sequence[Callable[[], Iterable[CoreOp]]],
        written: Callable[[Key], str] = str,
        keys_per_line: int | None = None,
    ) -> Workload:
        """From one stream a core, in the order of the cores; each callable starts its stream anew.

        In trace order the streams take turns, one access of each.
        """

        def turns() -> Iterator[CoreOp]:
            running = [iter(start()) for start in streams]
            while running:
                still = []
                for stream in running:
                    for access in stream:
                        yield access
                        still.append(stream)
                        break
                running = still

        return Workload(
            name, len(streams), turns, lambda: [iter(start()) for start in streams], None, keys_per_line, written,
            apart=True,
        )  # fmt: skip

    @staticmethod
    def from_programs(name: str, programs: Sequence[Program], check: Callable[[Any], None] | None = None) -> Workload:
        """From one program a core: generator functions of a `Core`, which see values.

        A workload may run many times, so what programs share lies in simulated memory or in `core.notes`, which
        every run begins empty. *check* judges the Run (its `values`, what the programs `returned`) by a `Breach`.
        """

        def no_order() -> Iterator[CoreOp]:
            raise InputError(f"order 'trace' needs accesses in an order, but {name} is programs; use order 'program'")

        return Workload(name, len(programs), no_order, list, tuple(programs), check=check)

    @staticmethod
    def from_ops(text: str) -> Workload:
        """From a short text: `"0 w x; 1 r x; 0 e x"`, each `core op key [gap]`.

        >>> Workload.from_ops("0 w x; 1 r x").cores
        2
        """
        from coherence.accesses.text import parse_ops

        ops, written = parse_ops(text)
        cores = 1 + max(op[0] for op in ops)
        return Workload.from_accesses("ops", lambda: iter(ops), cores, lambda key: written.get(key, str(key)))

    @staticmethod
    def from_pandas(df: pd.DataFrame, name: str = "pandas") -> Workload:
        """From a pandas DataFrame: an access a row, with columns core, op, key and, if there is one, gap.

        Other columns are ignored, numpy's numbers become Python's. Raises `InputError` listing the faults, by row
        from 0.

        >>> import pandas as pd
        >>> Workload.from_pandas(pd.DataFrame({"core": [0, 1], "op": ["w", "r"], "key": [64, 64]})).cores
        2
        """
        from coherence.accesses.dataframe import accesses_of

        rows = accesses_of(df)
        return Workload.from_accesses(name, lambda: iter(rows), 1 + max(row[0] for row in rows))

    def at(self, keys_per_line: int) -> Workload:
        """The same for lines of *keys_per_line* keys: an access that spans lines touches each (traces with sizes)."""
        return self.for_lines(keys_per_line) if self.for_lines else self

    def on(self, cores: int) -> Workload:
        """The same on a machine of *cores* cores; raises `InputError` if those are too few."""
        faults = whole("cores", cores, 1, MAX_CORES)
        if faults:
            raise InputError(faults[0])
        if cores < self.cores:
            raise InputError(f"{self.name} needs {self.cores} cores, the machine has {cores}")
        return self

    def __repr__(self) -> str:
        kind = "programs" if self.programs else "streams"
        return f"<Workload {self.name}: {self.cores} cores, {kind}>"


def as_workload(work: Workload | Sequence[Program] | Iterable[Sequence[Any]]) -> Workload:
    """*work* as a Workload; see `Machine.run`."""
    if isinstance(work, Workload):
        return work
    if isinstance(work, (str, bytes)) or not isinstance(work, Iterable):
        shown = _name(work) if callable(work) else repr(work)
        cure = f"a function; if it makes a workload, call it: {shown}(); " if callable(work) else ""
        if _is_program(work):
            cure = f"programs go in a list, [{shown}]; "
        raise InputError(
            f"cannot run {shown}: {cure}expected a workload (co.workloads.random(), co.read_trace(file)), a list of "
            "programs, or a list of accesses"
        )
    items: list[Any] = list(work)
    if not items:
        raise InputError("nothing to run: expected a workload, programs or accesses")
    if all(callable(item) for item in items):
        wrong = [_name(p) for p in items if not _is_program(p)]
        if wrong:
            raise InputError(f"no program: {', '.join(wrong)}; a program is a generator function of a core")
        return Workload.from_programs("programs", items)
    from coherence.accesses.text import check_accesses

    accesses = check_accesses(items)
    return Workload.from_accesses("accesses", lambda: iter(accesses), 1 + max(a[0] for a in accesses))


def _is_program(thing: Any) -> bool:
    return inspect.isgeneratorfunction(inspect.unwrap(getattr(thing, "func", thing)))  # func: of a partial


def _name(program: object) -> str:
    return getattr(program, "__name__", repr(program))
