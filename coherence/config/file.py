"""A machine's caches and latencies from a TOML file, or from the name of a known machine."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coherence.cache.config import Cache
from coherence.config.known import MACHINES
from coherence.config.machine import Config
from coherence.config.timing import Timing, latencies
from coherence.errors import InputError, unknown

KEYS = ("arbitration", "cores", "keys_per_line", "level", "shared", "timing")
LEVEL_KEYS = ("sets", "ways", "policy", "lookup")


def read_arguments(where: str) -> dict[str, Any]:
    """The arguments of a machine as the TOML file *where* gives them, or those of the known machine of that name.

    A file has a table `[[level]]` for each private level, the nearest first (`sets`, `ways`, `policy`, `lookup`), and
    may have `[shared]` (the same), `[timing]` (or `timing = "NAME"`), `keys_per_line`, `cores` and `arbitration`.
    Raises `InputError` listing every fault.

    >>> [level.ways for level in read_arguments("skylake")["cache"]]
    [8, 4]
    """
    return _arguments(where, _content(where))


def _content(where: str) -> dict[str, Any]:
    try:
        text = MACHINES[where] if where in MACHINES else Path(where).read_text(encoding="utf-8-sig")
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{where}: no TOML: {error}") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{unknown('machine', where, MACHINES)}, or a TOML file ({error})") from None


def _arguments(where: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a Machine, all faults at once."""
    faults = [unknown("key", key, KEYS) for key in content if key not in KEYS]
    found: dict[str, Any] = {key: content[key] for key in ("arbitration", "cores") if key in content}
    keys_per_line = content.get("keys_per_line", 1)
    levels = content.get("level", [{}])
    if not isinstance(levels, list):
        faults.append("level must be one or more tables [[level]]")
        levels = [{}]
    tables = {f"level {n}": table for n, table in enumerate(levels, start=1)}
    tables |= {"shared": content["shared"]} if "shared" in content else {}
    caches = {}
    for name, table in tables.items():
        try:
            caches[name] = level(name, table, keys_per_line)
        except InputError as error:
            faults.append(str(error))
    if "timing" in content:
        try:
            found["timing"] = timing_of(content["timing"])
        except InputError as error:
            faults.append(str(error))
    if len(caches) == len(tables):
        found["shared"] = caches.pop("shared", None)
        found["cache"] = list(caches.values())
    try:
        Config(**found)
    except InputError as error:
        faults.append(str(error))
    if faults:
        raise InputError("\n".join(f"{where}: {line}" for fault in faults for line in fault.splitlines()))
    return found


def level(name: str, table: object, keys_per_line: int) -> Cache:
    """One level from its table; raises `InputError` with *name* before every fault."""
    if not isinstance(table, Mapping):
        raise InputError(f"{name} must be a table of {', '.join(LEVEL_KEYS)}")
    faults = [unknown("key", key, LEVEL_KEYS) for key in table if key not in LEVEL_KEYS]
    try:
        cache = Cache(**{k: v for k, v in table.items() if k in LEVEL_KEYS}, keys_per_line=keys_per_line)
    except InputError as error:
        faults += str(error).splitlines()
    if faults:
        raise InputError("\n".join(f"{name}: {fault}" for fault in faults))
    return cache


def timing_of(given: object) -> Timing:
    """From a preset's name, or a table of latencies; raises `InputError` with every fault."""
    if isinstance(given, str):
        return Timing.parse(given)
    if not isinstance(given, Mapping):
        raise InputError("timing must be a table or a preset's name")
    names = latencies()
    faults = [unknown("timing", name, names) for name in given if name not in names]
    try:
        timing = Timing(**{name: value for name, value in given.items() if name in names})
    except InputError as error:
        faults.append(str(error))
    if faults:
        raise InputError("\n".join(faults))
    return timing
