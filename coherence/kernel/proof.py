"""Whether a table is proved, which two things rest on: a run without a watch, and running ahead."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from coherence.protocol.model import Protocol
from coherence.verifier.report import verify

if TYPE_CHECKING:
    from coherence.config.machine import Config


def is_proved(machine: Config) -> bool:
    """Whether the verifier proves the machine's table for any number of caches, and for lines like its own."""
    return proved(machine.table, 1 if machine.levels[0].keys_per_line == 1 else 2)


@lru_cache(maxsize=256)
def proved(protocol: Protocol, words: int) -> bool:
    """Whether the verifier proves *protocol* for any number of caches and lines of so many words.

    >>> import coherence as co
    >>> proved(co.protocols["MESI"], 2), proved(co.protocols["MESI"].but("forgetful", S={"BusUpgr": "S"}), 1)
    (True, False)
    """
    return verify(protocol, caches="any", words=words).holds is True
