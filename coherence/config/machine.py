"""What a machine is: everything that both engines need to know of it, checked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import cast

from coherence.accesses.op import MAX_CORES
from coherence.cache.config import Cache
from coherence.config.arbiter import find_arbitration
from coherence.config.levels import faults as level_faults
from coherence.config.timing import Timing
from coherence.errors import InputError, whole
from coherence.protocol.catalog import DEFAULT
from coherence.protocol.find import find_protocol
from coherence.protocol.model import Protocol

ORDERS = ("program", "trace")
ENGINES = ("auto", "simpy", "fast")


@dataclass(frozen=True)
class Config:
    """Cores with private caches over one bus and one memory.

    `protocol`: a Protocol, a catalogue name or a file · `cores`: how many (None: as many as the workload has) ·
    `cache`: of every core, or a list of its private levels, the nearest first, where coherence is kept at the last ·
    `timing`: of all · `arbitration`: fifo, round-robin, priority or random · `seed`: of every random choice ·
    `watch`: stop at the first breach of SWMR, of one owner, or of a read of the newest value · `shared`: a last level
    between bus and memory, or None. `levels` are the private levels in any case.
    Raises `InputError` listing every fault.

    >>> Config("MOESI", cores=4, cache=[Cache(ways=4), Cache(ways=16, lookup=8)]).levels[1].ways
    16
    """

    protocol: Protocol | str | PathLike[str] = DEFAULT
    cores: int | None = None
    cache: Cache | Sequence[Cache] = field(default_factory=Cache)
    timing: Timing = field(default_factory=Timing)
    arbitration: str = "fifo"
    seed: int = 0
    watch: bool = True
    shared: Cache | None = None
    levels: tuple[Cache, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        faults = [] if self.cores is None else whole("cores", self.cores, 1, MAX_CORES)
        if isinstance(self.seed, bool) or not isinstance(self.seed, int):
            faults.append(f"seed must be a whole number, not {self.seed!r}")
        object.__setattr__(self, "levels", tuple(self.cache) if isinstance(self.cache, Sequence) else (self.cache,))
        faults += level_faults(self.levels, self.shared)
        if not isinstance(self.timing, Timing):
            faults.append(f"timing must be a co.Timing, not {self.timing!r}")
        for find, name in ((find_protocol, "protocol"), (find_arbitration, "arbitration")):
            try:
                object.__setattr__(self, name, find(getattr(self, name)))
            except InputError as error:
                faults.append(str(error))
        if faults:
            raise InputError("\n".join(faults))

    @property
    def table(self) -> Protocol:
        """The protocol as the table that it is, however it was named."""
        return cast("Protocol", self.protocol)
