"""A folder of results: one file a point, whole or not there, in a folder for each version of the package."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from coherence.errors import InputError
from coherence.files import write_atomically
from coherence.sweeps.point import KEY, key_of
from coherence.sweeps.worker import Record
from coherence.version import __version__

RESULT = re.compile(rf"[0-9a-f]{{{KEY}}}\.json")


def prepare(folder: Path) -> None:
    """Make the folder for this version's results; raises `InputError` where that cannot be."""
    try:
        (folder / __version__).mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise InputError(f"{folder}: cannot be a folder of results ({error})") from None


def file_of(folder: Path, key: str) -> Path:
    """Where the point of that key lies, or would."""
    return folder / __version__ / f"{key}.json"


def write(folder: Path, record: Record) -> None:
    """Keep one record, at once and as a whole."""
    text = json.dumps(record, allow_nan=False, separators=(",", ":"))
    write_atomically(file_of(folder, record["key"]), lambda name: name.write_text(text, "utf-8"))


def read(folder: Path, key: str) -> Record | None:
    """The record of that key, None if there is none; raises `InputError` for a file that is no record."""
    path = file_of(folder, key)
    try:
        record = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: no result of a sweep ({error}); delete it and sweep again") from None
    if not _is_record(record, key):
        raise InputError(f"{path}: no result of a sweep; delete it and sweep again")
    found: Record = record
    return found


def _is_record(thing: object, key: str) -> bool:
    """Whether *thing* is what was computed for the point of that key."""
    if not isinstance(thing, dict) or thing.get("key") != key or key_of(thing.get("point", {})) != key:
        return False
    whole = isinstance(thing.get("totals"), dict) and isinstance(thing.get("per_core"), list)
    return whole or isinstance(thing.get("error"), str)


def keys(folder: Path, version: str = __version__) -> Iterator[str]:
    """The keys of all results of that version, in order."""
    place = folder / version
    names = (path.name for path in place.iterdir()) if place.is_dir() else iter(())
    yield from sorted(name.removesuffix(".json") for name in names if RESULT.fullmatch(name))


def other_versions(folder: Path) -> dict[str, int]:
    """How many results of each other version the folder holds."""
    found = sorted(p.name for p in folder.iterdir() if p.is_dir() and p.name != __version__) if folder.is_dir() else []
    counts = {version: sum(1 for _ in keys(folder, version)) for version in found}
    return {version: count for version, count in counts.items() if count}


def said_of_others(folder: Path) -> str:
    """A sentence about the results of other versions, "" if there are none."""
    found = other_versions(folder)
    counts = ", ".join(f"{count} of version {version}" for version, count in found.items())
    return f"{folder}: leaves out {counts}; this is version {__version__}" if found else ""
