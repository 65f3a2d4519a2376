"""A sweep from a TOML file: the same names as in Python, and every fault with its key."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields
from os import PathLike
from pathlib import Path
from typing import Any

from coherence.cache.config import Cache
from coherence.config.file import timing_of
from coherence.errors import InputError, unknown
from coherence.sweeps.plan import Plan, make_plan


def read_plan(path: str | PathLike[str]) -> Plan:
    """The plan of a TOML file.

    Keys are the axes' names and the workload's parameters; a list is gone through. `cache` and `shared` are tables
    (`{sets = 16, ways = 8}`; a list in the list gives levels), `timing` a preset's name or a table; `[[points]]` are
    points; `format` is of traces. Relative paths begin where the file lies. Raises `InputError` naming file, key,
    value and what was expected, all faults at once.
    """
    where = Path(path)
    content = _content(where)
    faults: list[str] = []
    points = content.pop("points", [])
    if not isinstance(points, list) or not all(isinstance(point, dict) for point in points):
        faults.append(f"points must be one or more tables [[points]], not {points!r}")
        points = []
    options = {name: content.pop(name) for name in ("format", "engine") if name in content}
    axes = _converted(content, faults)
    points = [_converted(point, faults, f"point {number}: ") for number, point in enumerate(points, start=1)]
    try:
        plan = make_plan(axes, points, folder=where.parent, **options)
    except InputError as error:
        faults += str(error).splitlines()
    if faults:
        raise InputError("\n".join(f"{where}: {fault}" for fault in faults))
    return plan


def _content(where: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(where.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{where}: no TOML: {error}") from None
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{where}: cannot be read ({said}), expected a sweep as TOML") from None


def _converted(content: Mapping[str, Any], faults: list[str], before: str = "") -> dict[str, Any]:
    """The same with caches and timings made of their tables; a value that is none is left out and told."""
    found = {}
    for name, value in content.items():
        try:
            found[name] = TABLES[name](name, value) if name in TABLES else value
        except InputError as error:
            faults += [f"{before}{line}" for line in str(error).splitlines()]
    return found


def _each(make: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """The same for a list, and a list in it."""

    def convert(name: str, value: Any) -> Any:
        return [convert(name, one) for one in value] if isinstance(value, list) else make(name, value)

    return convert


def _cache(name: str, table: Any) -> Cache:
    names = [f.name for f in fields(Cache)]
    if not isinstance(table, Mapping):
        raise InputError(f"{name} must be a table of {', '.join(names)}, not {table!r}")
    faults = [f"{name}: {unknown('key', key, names)}" for key in table if key not in names]
    try:
        made = Cache(**{key: value for key, value in table.items() if key in names})
    except InputError as error:
        faults += [f"{name}: {line}" for line in str(error).splitlines()]
    if faults:
        raise InputError("\n".join(faults))
    return made


TABLES: dict[str, Callable[[str, Any], Any]] = {
    "cache": _each(_cache),
    "shared": _each(_cache),
    "timing": _each(lambda _, value: timing_of(value)),
}
