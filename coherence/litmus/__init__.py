"""Memory consistency: every outcome of a litmus test, on flat memory or on any protocol's table.

    co.litmus("SB", model="tso", protocol="MESI")

This room and the function in it have one name, so the room can be called as the function is: `coherence.litmus` is
the room as soon as something imports one of its files.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Room(ModuleType):
    def __call__(self, *args: Any, **choices: Any) -> Any:
        """What `coherence.litmus.report.litmus` does."""
        from coherence.litmus.report import litmus

        return litmus(*args, **choices)


sys.modules[__name__].__class__ = _Room
