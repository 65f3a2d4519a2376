"""What a machine is: everything that both engines need to know of it, checked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import cast

from coherence.cache.config import Cache
from coherence.config.levels import faults as level_faults
from coherence.config.parameters import DEFAULTS, MACHINE
from coherence.config.timing import Timing
from coherence.errors import InputError, collected
from coherence.protocol.model import Protocol


@dataclass(frozen=True)
class Config:
    """Cores with private caches over one bus and one memory.

    `protocol`: a Protocol, a catalogue name or a file · `cores`: how many (None: as many as the workload has) ·
    `cache`: of every core, or a list of its private levels, the nearest first, where coherence is kept at the last ·
    `timing`: of all, or the name of a preset · `arbitration`: fifo, round-robin, priority or random · `seed`: of every
    random choice · `watch`: stop at the first breach of SWMR, of one owner, or of a read of the newest value ·
    `shared`: a last level between bus and memory, or None. `levels` are the private levels in any case.
    Raises `InputError` listing every fault.

    >>> Config("MOESI", cores=4, cache=[Cache(ways=4), Cache(ways=16, lookup=8)]).levels[1].ways
    16
    """

    protocol: Protocol | str | PathLike[str] = DEFAULTS["protocol"]
    cores: int | None = DEFAULTS["cores"]
    cache: Cache | Sequence[Cache] = DEFAULTS["cache"]
    timing: Timing = DEFAULTS["timing"]
    arbitration: str = DEFAULTS["arbitration"]
    seed: int = DEFAULTS["seed"]
    watch: bool = True
    shared: Cache | None = DEFAULTS["shared"]
    levels: tuple[Cache, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        faults: list[str] = []
        checked = set()
        for p in MACHINE:
            with collected(faults):
                object.__setattr__(self, p.name, p.check(getattr(self, p.name)))
                checked.add(p.name)
        if {"cache", "shared"} <= checked:
            object.__setattr__(self, "levels", tuple(self.cache) if isinstance(self.cache, Sequence) else (self.cache,))
            faults += level_faults(self.levels, self.shared)
        if faults:
            raise InputError("\n".join(faults))

    @property
    def table(self) -> Protocol:
        """The protocol as the table that it is, however it was named."""
        return cast("Protocol", self.protocol)
