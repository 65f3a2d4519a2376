"""A machine's caches and latencies from a TOML file, or from the name of a known machine."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coherence.config.known import MACHINES
from coherence.config.machine import Config
from coherence.config.parameters import BUS, CACHES, DEFAULTS, MACHINE, read_cache
from coherence.errors import InputError, collected, unknown

# What a file says besides its caches.
OTHERS = [p for p in MACHINE if p.name == "cores" or (p.group in (CACHES, BUS) and p.name not in ("cache", "shared"))]
KEYS = sorted(["keys_per_line", "level", "shared", *(p.name for p in OTHERS)])


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
    found: dict[str, Any] = {}
    lines = content.get("keys_per_line", DEFAULTS["keys_per_line"])
    levels = content.get("level", [{}])
    if not isinstance(levels, list):
        faults.append("level must be one or more tables [[level]]")
        levels = [{}]
    tables = {f"level {n}": table for n, table in enumerate(levels, start=1)}
    tables |= {"shared": content["shared"]} if "shared" in content else {}
    caches = {}
    for name, table in tables.items():
        with collected(faults):
            caches[name] = read_cache(name, table, keys_per_line=lines)
    if len(caches) == len(tables):
        found["shared"] = caches.pop("shared", None)
        found["cache"] = list(caches.values())
    for p in OTHERS:
        if p.name in content:
            with collected(faults):
                found[p.name] = p.read(content[p.name])
    with collected(faults):
        Config(**found)
    if faults:
        raise InputError("\n".join(f"{where}: {fault}" for fault in faults))
    return found
