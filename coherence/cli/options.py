"""The flags of everything that runs a machine, and what they mean."""

from __future__ import annotations

import argparse
import atexit
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from coherence.accesses import text
from coherence.accesses.text import TraceError
from coherence.accesses.workload import Workload, as_workload
from coherence.cache.config import Cache
from coherence.cli.output import progress, say
from coherence.cli.parser import Parser
from coherence.config.known import MACHINES
from coherence.config.parameters import (
    BUS,
    CACHE,
    CACHES,
    LEVEL,
    MACHINE,
    PARAMETERS,
    RUN,
    WHAT,
    Parameter,
    parse_cache,
)
from coherence.errors import InputError, collected
from coherence.files import check_output
from coherence.machine import Machine, read_machine
from coherence.protocol.find import find_protocol
from coherence.protocol.model import Protocol
from coherence.run.run import Run
from coherence.run.steps import MOST
from coherence.show.plots import check_figure
from coherence.traces.build import each, merged
from coherence.traces.formats import format_faults
from coherence.traces.read import detect, read_trace
from coherence.traces.source import Source, check_there
from coherence.workloads.find import built_in, from_text, unknown_workload
from coherence.workloads.own import OWN_CORES, load_own, own_code

SHOWN = "what is shown"
BY_NAME = {p.name: p for p in PARAMETERS}
# What is asked with TARGET, whatever it is then used for.
OF_TARGET = ("cores", "seed", "keys_per_line")
# What the workload brings if no flag says it, and how a help page says so.
OF_WORKLOAD = {"keys_per_line": "the workload's"}
LONGEST_NAME = 255  # bytes of a file's, on most systems


def add_flags(parser: Parser) -> None:
    """TARGET and all flags that `run` and `compare` share."""
    add_run_flags(parser)
    add = parser.group(SHOWN).add_argument
    add("--steps", action="store_true", help=f"show each access, in trace order, at most {MOST:,}")
    add("--plot", type=Path, metavar="FILE", help="draw the run (png, svg, pdf)")
    add("--json", action="store_true", help="one JSON object on standard output")


def add_run_flags(parser: Parser) -> None:
    """TARGET and the flags of everything that makes a run, whatever it shows of it."""
    add_target(parser)
    parser.usage = parser.usage or f"{parser.prog} (TARGET | --ops TEXT) [flags]"
    add = parser.group(CACHES).add_argument
    add("--level", action="append", default=[], metavar="K=V,…", help=f"next level: {LEVEL}")
    for p in PARAMETERS:
        if p.metavar and p.name not in ("protocol", *OF_TARGET):
            add_parameter(parser, p)
    add("--machine", metavar="FILE|NAME", help=f"all caches and latencies: TOML file, or {', '.join(MACHINES)}")
    parser.set_defaults(steps=False, order=None)  # --ops and --steps choose an order that is not given


def add_protocol(parser: Parser) -> None:
    """The one protocol of everything that makes one run."""
    add_parameter(parser, BY_NAME["protocol"])


def add_target(parser: Parser) -> None:
    """TARGET and the flags that say how it is read or made."""
    add = parser.group(WHAT).add_argument
    add("target", nargs="?", metavar="TARGET", help="a workload, a trace, - or a .py file")
    add("--ops", metavar="TEXT", help='instead of TARGET: "0 w x; 1 r x; 0 e x"')
    add("--format", default="auto", metavar="NAME", help='of a trace, of "list formats", or "columns …" (auto)')
    for name in OF_TARGET:
        add_parameter(parser, BY_NAME[name])


def add_parameter(parser: Parser, p: Parameter) -> None:
    """The flag of a parameter; text that is no number is parsed later, so that all faults come at once."""
    default = None if p.name in OF_WORKLOAD else p.default
    said = OF_WORKLOAD.get(p.name, p.default)
    about = f"{p.help} ({said})" if isinstance(said, (int, str)) else p.help
    of = int if p.parse is int else str
    parser.group(p.group).add_argument(p.flag, type=of, default=default, metavar=p.metavar, help=about)


def check_plot(path: Path | None) -> None:
    """Raise `InputError` now if the picture that --plot asks for could not be written later."""
    if path:
        check_output(path)
        check_figure(path)


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
    workload = drawn or target(args, stream)
    if args.machine is None and args.keys_per_line is None:
        keys_per_line = line_size(args, workload)
        base = machine(args, keys_per_line)
    workload = workload.at(keys_per_line)
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
    idle = [
        c.policy for c in (*base.levels, base.shared) if c and c.ways is None and c.policy != BY_NAME["policy"].default
    ]
    if idle:
        say(f"hint: policy {idle[0]} changes nothing: an unbounded cache evicts nothing; give it ways, as --ways 8")
    return Job(machines, workload, order, args.engine, args.max_cycles, args.target)


def _tables_and_machine(
    args: argparse.Namespace, protocols: list[str], faults: list[str]
) -> tuple[list[Protocol], Machine]:
    """Both as the flags say; raises `InputError` with every fault of these and of how to run, and with *faults*."""
    found: list[str] = []
    tables, base = [], Machine()
    for name in protocols:
        with collected(found):
            tables.append(find_protocol(name))
    with collected(found):
        base = machine(args)
    for p in RUN:
        value = getattr(args, p.name)
        if value is not None:
            found += [fault.replace(p.name, p.flag[2:]) for fault in p.faults(value)]
    if args.steps and args.order == "program":
        found.append("--steps needs --order trace")
    if found + faults:
        raise InputError("\n".join(found + faults))
    return tables, base


def line_size(args: argparse.Namespace, workload: Workload) -> int:
    """Keys a line where no flag says it: what the workload is written for, and 1 for every trace."""
    made = args.target is not None and (built_in(args.target) or args.target.endswith(".py"))
    return workload.keys_per_line or 1 if made else 1


def machine(args: argparse.Namespace, keys_per_line: int = 1) -> Machine:
    """The machine that the flags describe, its protocol aside, with lines of *keys_per_line* keys if they don't say.

    Raises `InputError` with every fault at once.
    """
    if args.machine is not None:
        flags = [p for p in PARAMETERS if p.metavar and p.group in (CACHES, BUS)]
        twice = [p.flag for p in flags if getattr(args, p.name) not in (p.default, None)]
        twice += ["--level"] * bool(args.level)
        if twice:
            raise InputError(f"--machine says what {', '.join(twice)} would: give one or the other")
        return read_machine(args.machine, **({} if args.cores is None else {"cores": args.cores}))
    faults: list[str] = []
    caches = []
    shared: Cache | None = None
    lines: int = keys_per_line if args.keys_per_line is None else args.keys_per_line
    with collected(faults):
        caches.append(Cache(**{p.name: getattr(args, p.name) for p in CACHE} | {"keys_per_line": lines}))
    for number, said in enumerate(args.level, start=2):
        with collected(faults):
            caches.append(parse_cache(f"level {number}", said, keys_per_line=lines))
    if args.shared is not None:
        with collected(faults):
            shared = parse_cache("shared", args.shared, keys_per_line=lines)
    given: dict[str, Any] = {} if faults else {"cache": caches, "shared": shared}
    for p in MACHINE:
        if p.metavar and p.name not in ("protocol", "shared"):
            value = getattr(args, p.name)
            with collected(faults):
                given[p.name] = p.parse(value) if isinstance(value, str) else value
    made = Machine()
    with collected(faults):
        made = Machine(**given)
    if faults:
        raise InputError("\n".join(faults))
    return made


def target_faults(args: argparse.Namespace) -> list[str]:
    """What is wrong with the flags that say what runs."""
    one = (args.target is None) != (args.ops is None)
    return format_faults(args.format) + ([] if one else ["expected either a TARGET or --ops"])


def target(args: argparse.Namespace, stream: bool) -> Workload:
    """The workload that TARGET or --ops names; with *stream*, a trace is read as it runs."""
    if args.ops is not None:
        return Workload.from_ops(args.ops)
    name: str = args.target
    if built_in(name):
        return from_text(name, args.cores, args.seed)
    if name == "-":
        return standard_input(args.format, args.cores, stream)
    path = Path(name)
    if path.suffix or len(path.parts) > 1 or len(os.fsencode(name)) > LONGEST_NAME:
        check_there(path, name)
    if "\0" in name or not path.exists():
        raise InputError(f"{unknown_workload(name)}, or a trace file")
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
