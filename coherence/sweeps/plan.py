"""The points of a sweep: a grid of axes, or a list of points, or each of the points with every value of the axes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from math import prod
from pathlib import Path
from typing import Any, cast

from coherence.accesses.op import MAX_CORES
from coherence.cache.config import Cache
from coherence.config.arbiter import find_arbitration
from coherence.config.machine import ENGINES, ORDERS
from coherence.config.timing import Timing
from coherence.errors import InputError, unknown, whole
from coherence.machine import Machine
from coherence.protocol.find import find_protocol
from coherence.protocol.model import Protocol
from coherence.sweeps.point import Point
from coherence.sweeps.source import Source, find_source, parameter_faults
from coherence.traces.formats import format_faults

MOST_FAULTS = 20  # that are told of combinations
GEOMETRY = ("sets", "ways", "keys_per_line", "policy")  # what of a cache can be an axis of its own

Convert = Mapping[str, Callable[[Any], Any]]  # how one value of an axis is read


@dataclass(frozen=True)
class Plan:
    """The points of a sweep, made one by one as they are asked for.

    `choices`: for each axis its values, each with the names it gives values to, the first axis the slowest to change.

    >>> plan = make_plan({"workload": "random", "protocol": ["MESI", "MOESI"], "seed": range(3)})
    >>> len(plan), next(iter(plan)).machine.protocol.name
    (6, 'MESI')
    """

    choices: tuple[tuple[Mapping[str, Any], ...], ...]
    engine: str = "auto"

    def __len__(self) -> int:
        return prod(map(len, self.choices))

    def __iter__(self) -> Iterator[Point]:
        for parts in product(*self.choices):
            yield _point({name: value for part in parts for name, value in part.items()}, self.engine)


def make_plan(
    axes: Mapping[str, Any],
    points: Iterable[Mapping[str, Any]] = (),
    *,
    format: str = "auto",
    engine: str = "auto",
    folder: Path | None = None,
) -> Plan:
    """The plan of these axes: a list, tuple or range is what an axis goes through, all else is one value.

    *points*: a list of points, each of which gives one value to its names; every one is taken with every combination
    of the axes. *format*: of traces. *folder*: where relative paths begin. Raises `InputError` with every fault.
    """
    faults = format_faults(format) + ([] if engine in ENGINES else [unknown("engine", engine, ENGINES)])
    given = [dict(point) for point in points]
    own = {name for point in given for name in point}
    faults += [f"{name} is given by the points and as an axis: give one or the other" for name in axes if name in own]
    find: Convert = {
        "workload": partial(find_source, format=format, folder=folder),
        "protocol": partial(_protocol, folder),
    }
    convert = {**AXES, **find}
    read = [_axis(name, _values(value), convert, faults) for name, value in axes.items()]
    listed = [_one(number, point, convert, faults) for number, point in enumerate(given)]
    sources = {v["workload"]: None for choice in [*read, listed] for v in choice if "workload" in v}
    if "workload" not in axes and any("workload" not in point for point in given or [{}]):
        faults.append("workload is missing: a name, or the path of a trace or of a .py file")
    for name in dict.fromkeys([*axes, *own]):
        if name not in AXES:
            values = [v[name] for choice in [*read, listed] for v in choice if name in v]
            faults += parameter_faults(sources, name, values, AXES) if sources else []
    if not faults:
        plan = Plan(tuple(tuple(choice) for choice in ([listed] if given else []) + read), engine)
        faults = _combined(plan)
    if faults:
        raise InputError("\n".join(dict.fromkeys(faults)))
    return plan


def _values(value: Any) -> list[Any]:
    """What an axis goes through."""
    if hasattr(value, "tolist"):  # numpy's and pandas's
        value = value.tolist()
    return list(value) if isinstance(value, (list, tuple, range)) else [value]


def _axis(name: str, values: Sequence[Any], convert: Convert, faults: list[str]) -> list[dict[str, Any]]:
    """An axis's choices; what is wrong with its values goes to *faults*."""
    if not values:
        faults.append(f"{name} has no value")
    found: list[dict[str, Any]] = []
    for value in values:
        try:
            choice = {name: convert.get(name, _plain(name))(value)}
        except InputError as error:
            faults += str(error).splitlines()
            continue
        if choice in found:
            faults.append(f"{name} {value!r} is given twice")
        found.append(choice)
    return found


def _one(number: int, point: Mapping[str, Any], convert: Convert, faults: list[str]) -> dict[str, Any]:
    """One point of a list, likewise."""
    wrong: list[str] = []
    found: dict[str, Any] = {}
    for name, value in point.items():
        for choice in _axis(name, [value], convert, wrong):
            found |= choice
    faults += [f"point {number + 1}: {fault}" for fault in wrong]
    return found


def _combined(plan: Plan) -> list[str]:
    """What is wrong with combinations of values that are right alone; looks at every point once."""
    faults: dict[str, None] = {}
    tables: dict[str, Protocol] = {}
    try:
        if not len(plan):
            return ["the sweep has no point"]
    except OverflowError:
        return ["the sweep has more points than can be counted"]
    for parts in product(*plan.choices):
        try:
            point = _point({name: value for part in parts for name, value in part.items()}, plan.engine)
        except InputError as error:
            faults |= dict.fromkeys(str(error).splitlines())
            if len(faults) > MOST_FAULTS:
                break
            continue
        protocol = cast("Protocol", point.machine.protocol)
        if tables.setdefault(protocol.name, protocol) != protocol:
            faults[f"two protocols are called {protocol.name}, but differ: rename one of them"] = None
    return list(faults)


def _point(given: Mapping[str, Any], engine: str) -> Point:
    """The point of one value each."""
    source: Source = given["workload"]
    levels: tuple[Cache, ...] = given.get("cache", (Cache(),))
    changes = {name: given[name] for name in GEOMETRY if name in given}
    if changes and len(levels) > 1:
        raise InputError(f"{', '.join(changes)}: of which level? Say it in the caches, or give one level")
    if changes:
        levels = (replace(levels[0], **changes),)
    names = ("protocol", "timing", "arbitration", "seed", "shared")
    machine = Machine(
        cores=given.get("cores", source.cores),
        cache=levels if len(levels) > 1 else levels[0],
        **{name: given[name] for name in names if name in given},
    )
    parameters = tuple((name, given.get(name, default)) for name, default in source.parameters)
    return Point(machine, source, parameters, given.get("order", "program"), given.get("max_cycles"), engine)


def _protocol(folder: Path | None, value: Any) -> Protocol:
    try:
        return find_protocol(value)
    except InputError:
        if folder is None or not isinstance(value, str) or not (folder / value).is_file():
            raise
        return find_protocol(folder / value)


def _levels(value: Any) -> tuple[Cache, ...]:
    """A cache, or a list of private levels."""
    found = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    if not found or not all(isinstance(cache, Cache) for cache in found):
        raise InputError(f"cache must be a co.Cache, or a list of them for several levels, not {value!r}")
    return found


def _shared(value: Any) -> Cache | None:
    if value is not None and not isinstance(value, Cache):
        raise InputError(f"shared must be a co.Cache or None, not {value!r}")
    return value


def _timing(value: Any) -> Timing:
    if not isinstance(value, (str, Timing)):
        raise InputError(f"timing must be a co.Timing or the name of one, not {value!r}")
    return Timing.parse(value) if isinstance(value, str) else value


def _word(kind: str, words: Sequence[str], value: Any) -> str:
    if value not in words:
        raise InputError(unknown(kind, value, words))
    return str(value)


def _number(name: str, most: int | None, none: bool, value: Any) -> int | None:
    faults = [] if none and value is None else whole(name, value, 1, most)
    if faults:
        raise InputError(faults[0])
    return cast("int | None", value)


def _of_cache(name: str, value: Any) -> object:
    return getattr(Cache(**{name: value}), name)


def _seed(value: Any) -> int:
    return Machine(seed=value).seed


def _plain(name: str) -> Callable[[Any], Any]:
    """A workload's parameter, which must be plain data."""

    def check(value: Any) -> Any:
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            raise InputError(f"{name} must be a number, a text, true or false, or a list, not {value!r}") from None
        return value

    return check


# What can be an axis, besides the workload's own parameters, and how one value of it is read.
AXES: dict[str, Callable[[Any], Any]] = {
    "workload": find_source,
    "protocol": find_protocol,
    "cores": partial(_number, "cores", MAX_CORES, False),
    "cache": _levels,
    **{name: partial(_of_cache, name) for name in GEOMETRY},
    "shared": _shared,
    "timing": _timing,
    "arbitration": find_arbitration,
    "order": partial(_word, "order", ORDERS),
    "seed": _seed,
    "max_cycles": partial(_number, "max_cycles", None, True),
}
