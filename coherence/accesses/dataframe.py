"""Accesses from a pandas DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coherence.accesses.op import CoreOp
from coherence.accesses.text import check_accesses
from coherence.errors import InputError, known

if TYPE_CHECKING:
    import pandas as pd

NEEDED = ("core", "op", "key")


def accesses_of(df: pd.DataFrame) -> list[CoreOp]:
    """The rows of *df* as accesses, checked. Raises `InputError` listing the faults."""
    columns = getattr(df, "columns", None)
    if columns is None:
        raise InputError(f"expected a pandas DataFrame with columns {known(NEEDED)}[, gap], not {type(df).__name__}")
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise InputError(f"no column {' and none '.join(missing)}; the frame has {known(columns) or 'none'}")
    twice = [name for name in (*NEEDED, "gap") if list(columns).count(name) > 1]
    if twice:
        raise InputError(f"more than one column {' and '.join(twice)}")
    if not len(df):
        raise InputError("no access: the frame has no rows")
    names = [*NEEDED, "gap"] if "gap" in columns else list(NEEDED)
    return check_accesses(list(zip(*([_plain(value) for value in df[name]] for name in names), strict=True)))


def _plain(value: object) -> object:
    """A number of numpy's as the Python number it is; anything else as it is."""
    return value.item() if type(value).__module__ == "numpy" and hasattr(value, "item") else value
