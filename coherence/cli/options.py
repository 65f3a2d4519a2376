"""The flags of everything that runs a machine, and what they mean."""

from __future__ import annotations

import argparse
import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from coherence.accesses import text
from coherence.accesses.text import TraceError
from coherence.accesses.workload import Workload, as_workload
from coherence.cache.replacement import POLICIES
from coherence.cli.levels import add_level_flags, machine
from coherence.cli.output import progress, say
from coherence.config.arbiter import ARBITERS
from coherence.config.machine import ENGINES, ORDERS
from coherence.config.timing import PRESETS
from coherence.errors import InputError, unknown, whole
from coherence.files import check_output
from coherence.machine import Machine
from coherence.protocol.catalog import DEFAULT
from coherence.protocol.find import find_protocol
from coherence.protocol.model import Protocol
from coherence.run.run import Run
from coherence.run.steps import MOST
from coherence.show.plots import check_figure
from coherence.traces.build import each, merged
from coherence.traces.formats import format_faults
from coherence.traces.read import detect, read_trace
from coherence.traces.source import Source, check_there
from coherence.workloads import BUILT_IN
from coherence.workloads.own import OWN_CORES, load_own, own_code

LONGEST_NAME = 255  # bytes of a file's, on most systems


def add_flags(parser: argparse.ArgumentParser) -> None:
    """TARGET and all flags that `run` and `compare` share."""
    add_run_flags(parser)
    add = parser.add_argument
    add("--steps", action="store_true", help=f"show each access, in trace order, at most {MOST:,}")
    add("--plot", type=Path, metavar="FILE", help="draw the run (png, svg, pdf)")
    add("--json", action="store_true", help="one JSON object on standard output")


def add_run_flags(parser: argparse.ArgumentParser) -> None:
    """TARGET and the flags of everything that makes a run, whatever it shows of it."""
    parser.set_defaults(steps=False)
    add_target(parser)
    add = parser.add_argument
    add("--sets", type=int, default=1, metavar="N", help="sets of each cache (1)")
    add("--ways", type=int, metavar="N", help="lines a set (unbounded)")
    add("--policy", default="LRU", metavar="NAME", help=f"{', '.join(POLICIES)} (LRU)")
    add_level_flags(add)
    add("--arbitration", default="fifo", metavar="NAME", help=f"{', '.join(ARBITERS)} (fifo)")
    add("--order", metavar="ORDER", help=f"{' or '.join(ORDERS)} (program; trace with --ops)")
    add("--timing", default="default", metavar="K=V,…|NAME", help=f"latencies in cycles, or {', '.join(PRESETS)}")
    add("--engine", default="auto", metavar="NAME", help=f"{', '.join(ENGINES)} (auto)")
    add("--max-cycles", type=int, metavar="N", help="stop a run that takes longer")


def add_protocol(parser: argparse.ArgumentParser) -> None:
    """The one protocol of everything that makes one run."""
    about = f"a catalogue name or a table ({DEFAULT})"
    parser.add_argument("--protocol", default=DEFAULT, metavar="NAME|FILE", help=about)


def check_plot(path: Path | None) -> None:
    """Raise `InputError` now if the picture that --plot asks for could not be written later."""
    if path:
        check_output(path)
        check_figure(path)


def add_target(parser: argparse.ArgumentParser) -> None:
    """TARGET and the flags that say how it is read or made."""
    add = parser.add_argument
    add("target", nargs="?", metavar="TARGET", help="a workload, a trace, - or a .py file")
    add("--ops", metavar="TEXT", help='instead of TARGET: "0 w x; 1 r x; 0 e x"')
    add("--format", default="auto", metavar="NAME", help='of a trace: auto, a name of "list", "columns FIELDS" (auto)')
    add("--seed", type=int, default=0, metavar="N", help="of every random choice (0)")
    add("--cores", type=int, metavar="N", help="how many cores (the workload's own)")
    add("--keys-per-line", type=int, default=1, metavar="N", help="integer keys that share a line (1)")


@dataclass(frozen=True)
class Job:
    """A machine for each protocol, the workload, and how it runs; `source`: TARGET, maybe the user's own code."""

    machines: tuple[Machine, ...]
    workload: Workload
    order: str
    engine: str
    max_cycles: int | None
    source: str | None

    def run(self, machine: Machine, record: bool = False) -> Run:
        """The run of one of the machines."""
        with progress(self.workload) as workload, own_code(self.source):
            return machine.run(
                workload, order=self.order, engine=self.engine, max_cycles=self.max_cycles, record=record
            )


def job(args: argparse.Namespace, protocols: list[str], drawn: Workload | None = None) -> Job:
    """What the flags ask for, with *drawn* where there is no TARGET; raises `InputError` with every fault at once."""
    tables, base = _tables_and_machine(args, protocols, format_faults(args.format) if drawn else target_faults(args))
    order = args.order or ("trace" if args.steps or args.ops is not None else "program")
    stream = order == "trace" and not args.steps
    keys_per_line = base.levels[0].keys_per_line
    workload = (drawn or target(args, stream)).at(keys_per_line)
    cores = workload.cores if base.cores is None else base.cores
    machines = tuple(replace(base, protocol=p, cores=cores, seed=args.seed) for p in tables)
    workload.on(cores)
    if order == "trace" and workload.programs is not None:
        workload.sequence()  # says that programs have no order
    if args.steps and len(list(islice(workload.sequence(), MOST + 1))) > MOST:
        raise InputError(f"--steps shows at most {MOST:,} accesses; {workload.name} has more")
    if workload.keys_per_line and keys_per_line == 1:
        say(
            f"hint: at --keys-per-line 1 every key is a line of its own, but {workload.name} means lines of "
            f"{workload.keys_per_line} keys, as byte addresses do; try --keys-per-line {workload.keys_per_line}"
        )
    return Job(machines, workload, order, args.engine, args.max_cycles, args.target)


def _tables_and_machine(
    args: argparse.Namespace, protocols: list[str], faults: list[str]
) -> tuple[list[Protocol], Machine]:
    """Both as the flags say; raises `InputError` with every fault of these and of how to run, and with *faults*."""
    found: list[str] = []

    @contextmanager
    def collecting() -> Iterator[None]:
        try:
            yield
        except InputError as error:
            found.append(str(error))

    tables, base = [], Machine()
    for name in protocols:
        with collecting():
            tables.append(find_protocol(name))
    with collecting():
        base = machine(args)
    for name, word, words in (("order", args.order, ORDERS), ("engine", args.engine, ENGINES)):
        if word is not None and word not in words:
            found.append(unknown(name, word, words))
    found += [] if args.max_cycles is None else whole("max-cycles", args.max_cycles, 1)
    if args.steps and args.order == "program":
        found.append("--steps needs --order trace")
    if found + faults:
        raise InputError("\n".join(found + faults))
    return tables, base


def target_faults(args: argparse.Namespace) -> list[str]:
    """What is wrong with the flags that say what runs."""
    one = (args.target is None) != (args.ops is None)
    return format_faults(args.format) + ([] if one else ["expected either a TARGET or --ops"])


def target(args: argparse.Namespace, stream: bool) -> Workload:
    """The workload that TARGET or --ops names; with *stream*, a trace is read as it runs."""
    if args.ops is not None:
        return Workload.from_ops(args.ops)
    name: str = args.target
    if name in BUILT_IN:
        given = {} if args.cores is None else {"cores": args.cores}
        return BUILT_IN[name](seed=args.seed, **given)
    if name == "-":
        return standard_input(args.format, args.cores, stream)
    path = Path(name)
    if path.suffix or len(path.parts) > 1 or len(os.fsencode(name)) > LONGEST_NAME:
        check_there(path)
    if "\0" in name or not path.exists():
        raise InputError(f"{unknown('workload', name, BUILT_IN)}, or a trace file")
    if path.suffix == ".py":
        make = load_own(path)
        with own_code(path):
            return as_workload(make(OWN_CORES if args.cores is None else args.cores, args.seed))
    return read_trace(path, trace_format(path, args.format), args.cores, stream)


def trace_format(path: Path, asked: str) -> str:
    """The format *asked* for, or what "auto" decides, which is said on standard error."""
    if asked != "auto":
        return asked
    chosen = detect(path)
    say(f"{text.named(path)}: read as format {chosen}")
    return chosen


def standard_input(asked: str, cores: int | None, stream: bool) -> Workload:
    """A native trace on standard input, kept in a temporary file so that it can be read more than once."""
    if asked not in ("auto", "native"):
        raise InputError(f"standard input is read as format native, not {asked}")
    if sys.stdin is None:
        raise TraceError("standard input: is closed, expected a trace in format native")
    handle, name = tempfile.mkstemp(prefix="coherence-")
    atexit.register(os.unlink, name)
    with open(handle, "wb") as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
    source = Source("standard input", lambda: open(name, "rb"), os.path.getsize(name))
    return merged(source, each(text.parse_line), cores, stream, grammar=text.GRAMMAR)
