"""The parameters of a machine and of a run, each declared once.

A declaration is the check of the keyword, the flag with its help, the key of a machine file, the axis and the column
of a sweep. One more parameter of a machine is one `Parameter` here and one field of `Config`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, Literal

from coherence.accesses.op import MAX_CORES
from coherence.cache.config import Cache
from coherence.cache.replacement import POLICIES
from coherence.config.arbiter import ARBITERS
from coherence.config.timing import PRESETS, Timing, latencies
from coherence.errors import InputError, collected, known, unknown, whole
from coherence.protocol.catalog import DEFAULT
from coherence.protocol.find import find_protocol

# The groups of flags in a help page. A machine file says what is in CACHES and BUS.
WHAT, CACHES, BUS, HOW = "what runs", "caches", "bus and timing", "how it runs"
LEVEL = "sets=N,ways=N,policy=NAME,lookup=CYCLES"

# What the key of every result contains. A parameter, a latency or a field of a cache that came later is in the key
# only where it differs from its default, so that the results of older sweeps are found again.
FIRST = {
    "protocol", "cores", "cache", "sets", "ways", "keys_per_line", "policy", "lookup", "shared", "arbitration", "order",
    "max_cycles", "seed", "timing", "start", "hit", "issue", "reply", "arbitrate", "memory", "transfer", "upgrade",
    "update", "write_word", "flush", "writeback",
}  # fmt: skip


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Parameter:
    """One parameter, under one name wherever it can be given.

    Parameters
    ----------
    name
        The keyword, the key of a file, the axis and the column; with hyphens, the flag.
    default
        Its value if nothing is said.
    help
        One line, to which the flag adds a default that is a number or a word.
    check
        From a value given in Python to the value that is kept; raises `InputError` with every fault.
    metavar
        What stands for the value of its flag; "" if it has no flag of its own.
    group
        Which flags it stands with.
    of
        What has the keyword: the machine, its cache, or `run`.
    parse
        From the text of the flag.
    read
        From the value in a file.
    plain
        To plain data, for the key of a result and for columns.
    """

    name: str
    default: Any
    help: str
    check: Callable[[Any], Any]
    metavar: str = ""
    group: str = BUS
    of: Literal["machine", "cache", "run"] = "machine"
    parse: Callable[[str], Any] = str
    read: Callable[[Any], Any] = _same
    plain: Callable[[Any], Any] = _same

    @property
    def flag(self) -> str:
        """The flag.

        >>> next(p for p in PARAMETERS if p.name == "max_cycles").flag
        '--max-cycles'
        """
        return f"--{self.name.replace('_', '-')}"

    def faults(self, value: Any) -> list[str]:
        """What is wrong with *value*, one line per fault."""
        try:
            self.check(value)
        except InputError as error:
            return str(error).splitlines()
        return []


def number(name: str, least: int, most: int | None = None, none: bool = False) -> Callable[[Any], Any]:
    """A check: a whole number in these bounds, or None if *none*."""

    def check(value: Any) -> Any:
        faults = [] if none and value is None else whole(name, value, least, most)
        if faults:
            raise InputError(faults[0])
        return value

    return check


def word(name: str, words: Collection[str]) -> Callable[[Any], str]:
    """A check: one of these words."""

    def check(value: Any) -> str:
        if str(value) not in words:
            raise InputError(unknown(name, value, words))
        return str(value)

    return check


def _seed(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError(f"seed must be a whole number, not {value!r}")
    return value


def _of_cache(name: str) -> Callable[[Any], Any]:
    """The check that a cache makes of one of its fields."""
    return lambda value: getattr(Cache(**{name: value}), name)


def _cache(value: Any) -> Cache | tuple[Cache, ...]:
    """A cache, or the private levels of one if there are more."""
    levels = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
    if not levels:
        raise InputError("cache must be a co.Cache or a list of them, the nearest level first, not an empty one")
    if not all(isinstance(level, Cache) for level in levels):
        raise InputError(f"cache must be a co.Cache, or a list of them for several levels, not {value!r}")
    return levels if len(levels) > 1 else levels[0]


def _shared(value: Any) -> Cache | None:
    if value is not None and not isinstance(value, Cache):
        raise InputError(f"shared must be a co.Cache or None, not {value!r}")
    return value


def _timing(value: Any) -> Timing:
    if not isinstance(value, (str, Timing)):
        raise InputError(f"timing must be a co.Timing or the name of one, not {value!r}")
    return Timing.parse(value) if isinstance(value, str) else value


def read_cache(name: str, table: Any, **given: Any) -> Cache:
    """A cache from its table in a file, where *given* fields are known already; faults begin with *name*."""
    names = [f.name for f in fields(Cache) if f.name not in given]
    if not isinstance(table, Mapping):
        raise InputError(f"{name} must be a table of {known(names)}, not {table!r}")
    faults = [unknown("key", key, names) for key in table if key not in names]
    with collected(faults):
        cache = Cache(**{key: value for key, value in table.items() if key in names}, **given)
    if faults:
        raise InputError("\n".join(f"{name}: {fault}" for fault in faults))
    return cache


def parse_cache(name: str, text: str, **given: Any) -> Cache:
    """A cache from `k=v,…`, likewise.

    >>> parse_cache("level 2", "ways=8, lookup=5", keys_per_line=64)
    Cache(sets=1, ways=8, keys_per_line=64, policy='LRU', lookup=5)
    """
    table: dict[str, object] = {}
    faults = []
    for part in text.split(","):
        key, equals, value = (word.strip() for word in part.partition("="))
        if not equals or key in table:
            faults.append(f"{name}: expected {LEVEL}, each once, not {part.strip()!r}")
        table[key] = int(value) if value.isdecimal() and len(value) < 19 else value
    if faults:
        raise InputError("\n".join(faults))
    return read_cache(name, table, **given)


def read_timing(given: Any) -> Timing:
    """From the name of a preset, or a table of latencies in a file; raises `InputError` with every fault."""
    if isinstance(given, str):
        return Timing.parse(given)
    if not isinstance(given, Mapping):
        raise InputError("timing must be a table or a preset's name")
    names = latencies()
    faults = [unknown("timing", name, names) for name in given if name not in names]
    with collected(faults):
        timing = Timing(**{name: value for name, value in given.items() if name in names})
    if faults:
        raise InputError("\n".join(faults))
    return timing


def _fields(thing: Cache | Timing | None) -> dict[str, object] | None:
    """The fields of a cache or of latencies; those not in FIRST only where they differ from their defaults."""
    if thing is None:
        return None
    values = ((f, getattr(thing, f.name)) for f in fields(thing))
    return {f.name: value for f, value in values if f.name in FIRST or value != f.default}


def _levels(cache: Cache | Sequence[Cache]) -> list[dict[str, object] | None]:
    return [_fields(level) for level in ([cache] if isinstance(cache, Cache) else cache)]


# In the order of the columns of a sweep.
PARAMETERS = (
    Parameter(
        "protocol", DEFAULT, "a catalogue name or a table", find_protocol, metavar="NAME|FILE", group=WHAT, plain=str
    ),
    Parameter(
        "cores", None, "how many cores (the workload's own)", number("cores", 1, MAX_CORES, none=True), metavar="N",
        group=WHAT, parse=int,
    ),
    Parameter(
        "cache", Cache(), "of every core, or its private levels", _cache, group=CACHES,
        read=partial(read_cache, "cache"), plain=_levels,
    ),
    Parameter(
        "sets", 1, "sets of each cache", _of_cache("sets"), metavar="N", group=CACHES, of="cache", parse=int
    ),
    Parameter(
        "ways", None, "lines of a set (unbounded)", _of_cache("ways"), metavar="N", group=CACHES, of="cache", parse=int
    ),
    Parameter(
        "keys_per_line", 1, "integer keys that share a line", _of_cache("keys_per_line"), metavar="N", group=CACHES,
        of="cache", parse=int,
    ),
    Parameter("policy", "LRU", known(POLICIES), _of_cache("policy"), metavar="NAME", group=CACHES, of="cache"),
    Parameter(
        "shared", None, "a last level between bus and memory: as --level", _shared, metavar="K=V,…", group=CACHES,
        read=partial(read_cache, "shared"), plain=_fields,
    ),
    Parameter("arbitration", "fifo", known(ARBITERS), word("arbitration", ARBITERS), metavar="NAME"),
    Parameter(
        "order", "program", "program or trace, which --ops implies", word("order", ("program", "trace")),
        metavar="ORDER", group=HOW, of="run",
    ),
    Parameter(
        "max_cycles", None, "stop a run that takes longer", number("max_cycles", 1, none=True), metavar="N", group=HOW,
        of="run", parse=int,
    ),
    Parameter("seed", 0, "of every random choice", _seed, metavar="N", group=WHAT, parse=int),
    Parameter(
        "timing", Timing(), f"latencies in cycles, or {known(PRESETS)}", _timing, metavar="K=V,…|NAME",
        parse=Timing.parse, read=read_timing, plain=_fields,
    ),
    Parameter(
        "engine", "auto", "auto, simpy, fast", word("engine", ("auto", "simpy", "fast")), metavar="NAME", group=HOW,
        of="run",
    ),
)  # fmt: skip
MACHINE = tuple(p for p in PARAMETERS if p.of == "machine")
CACHE = tuple(p for p in PARAMETERS if p.of == "cache")
RUN = tuple(p for p in PARAMETERS if p.of == "run")
DEFAULTS = {p.name: p.default for p in PARAMETERS}


def run_faults(**given: Any) -> list[str]:
    """What is wrong with the keywords of a run.

    >>> run_faults(order="trace", engine="turbo", max_cycles=None)
    ["unknown engine 'turbo' (known: auto, simpy, fast)"]
    """
    return [fault for p in RUN if p.name in given for fault in p.faults(given[p.name])]
