"""What the compiled engine takes; said without loading what it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coherence.errors import InputError
from coherence.verifier.report import proved

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coherence.config.machine import Config

POLICIES = ("LRU", "FIFO", "Random")  # whose hits change nothing but when a line was last used
MOST_CORES = 1024  # 10 bits; and who took copies from whom is a square
MOST_STATES = 63  # 6 bits of a pair's state
MOST_CYCLES = 1 << 51


def check_cycles(machine: Config, cores: int, start: int, accesses: int, gap: NDArray[np.uint32] | None) -> None:
    """Raise `InputError` if accesses from cycle *start* on, with so many cycles before each, might take too many."""
    t = machine.timing
    actions = max((len(cell.actions) for cell in machine.table.cells.values()), default=1)
    dearest = max(t.memory, t.transfer, t.upgrade, t.update, t.write_word, t.writeback)
    each = t.hit + t.issue + t.reply + t.arbitrate + 2 * actions * dearest + actions * cores * t.flush
    if start + accesses * each + (0 if gap is None else int(gap.sum())) > MOST_CYCLES:
        raise InputError("with such latencies the run may take more than 2^51 cycles")


def is_proved(machine: Config) -> bool:
    """Whether the table is proved for lines like the machine's: running unwatched and running ahead rest on it."""
    return proved(machine.table, 1 if machine.levels[0].keys_per_line == 1 else 2)
