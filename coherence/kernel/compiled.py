"""How the kernel's functions are compiled: one decorator, which leaves them alone where numba is missing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

MISSING = "it needs numba, from the extra 'fast': pip install '.[fast]' where coherence lies"

_said: list[str] = []  # once a process


def available() -> bool:
    """Whether numba can be imported; it is not imported to find out."""
    return find_spec("numba") is not None


def inlined(function: F) -> F:
    """Compiled into each caller."""
    return _compiled(function, forceinline=True)


def entry(function: F) -> F:
    """Compiled at the first call, once a machine: kept on disk beside the module, or in the user's cache."""
    return _compiled(function)


def _compiled(function: F, forceinline: bool = False) -> F:
    try:
        import numba
    except ImportError:
        return function  # the module can be read, and nothing calls it
    found: Any = numba.njit(cache=True, boundscheck=False, error_model="numpy", forceinline=forceinline)(function)
    return found  # type: ignore[no-any-return]


def announce(function: Callable[..., Any]) -> None:
    """Say on standard error that *function*, an entry, is about to be compiled, unless it is kept on disk."""
    source = Path(function.py_func.__code__.co_filename)  # type: ignore[attr-defined]
    kept = Path(function.stats.cache_path)  # type: ignore[attr-defined]
    name = f"{source.stem}.{function.__name__}-*.nbi"
    changed = max(file.stat().st_mtime for file in source.parent.glob("*.py"))
    if not any(index.stat().st_mtime >= changed for index in kept.glob(name)) and not _said:
        _said.append(name)
        print("compiling the fast engine, once …", file=sys.stderr, flush=True)
