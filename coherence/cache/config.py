"""What a private cache is: its geometry and its replacement policy."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeAlias

from coherence.cache.replacement import POLICIES, find_policy
from coherence.errors import InputError, whole

# Keys are int, str, bytes or tuples of them; a line is an int (line number) or such a key itself.
Key: TypeAlias = int | str | bytes | tuple["Key", ...]
Line: TypeAlias = Key


@dataclass(frozen=True, slots=True)
class Cache:
    """Geometry of each core's private cache: `sets` × `ways` lines of `keys_per_line` keys.

    `ways=None` is unbounded. `policy` is the name of a replacement policy (case and hyphens ignored). `lookup`: the
    cycles to look it up, of a level behind the first; the first level's are the timing's `hit`.
    Raises `InputError` listing every fault.

    >>> Cache(sets=16, ways=8, keys_per_line=64).line(130)
    2
    """

    sets: int = 1
    ways: int | None = None
    keys_per_line: int = 1
    policy: str = "LRU"
    lookup: int = 0

    def __post_init__(self) -> None:
        faults = whole("sets", self.sets, 1) + whole("keys_per_line", self.keys_per_line, 1)
        wrong_ways = [] if self.ways is None else whole("ways", self.ways, 1)
        faults += wrong_ways + whole("lookup", self.lookup, 0)
        try:
            object.__setattr__(self, "policy", find_policy(self.policy))
            if self.ways is not None and not wrong_ways:
                faults += POLICIES[self.policy].faults(self.ways)
        except InputError as error:
            faults.append(str(error))
        if faults:
            raise InputError("\n".join(faults))

    def line(self, key: Key) -> Line:
        """The line of *key*: `key // keys_per_line` for an int, the key itself otherwise."""
        return key // self.keys_per_line if type(key) is int else check_key(key)

    def set_of(self, line: Line) -> int:
        """The set of *line*: an int line mod sets; otherwise the first 8 bytes of SHA-256 of its repr mod sets."""
        if self.sets == 1:
            return 0
        if isinstance(line, int):
            return line % self.sets
        return int.from_bytes(hashlib.sha256(repr(line).encode()).digest()[:8], "big") % self.sets


def check_key(key: object) -> Key:
    """*key* itself if it may be a key; raises `InputError` otherwise.

    >>> check_key(("head", 3))
    ('head', 3)
    """
    if isinstance(key, (int, str, bytes)) and not isinstance(key, bool):
        return key
    if isinstance(key, tuple):
        for part in key:
            check_key(part)
        return key
    raise InputError(f"key {key!r} is a {type(key).__name__}; keys are int, str, bytes or tuples of them")
