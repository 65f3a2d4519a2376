"""How functions are compiled and kept; where numba is missing they are left as they are."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from coherence.errors import needs

Function = TypeVar("Function", bound=Callable[..., Any])

MISSING = f"it {needs('numba', 'fast')}"

_said: list[str] = []  # that it compiles: once a process


def available() -> bool:
    """Whether numba can be imported; it is not imported to find out."""
    return find_spec("numba") is not None


def inlined(function: Function) -> Function:
    """Compiled into each caller."""
    return _compiled(function, forceinline=True)


def entry(function: Function) -> Function:
    """Compiled at its first call and kept: beside the module, or in the user's cache where that cannot be written.

    numba keeps it for as long as the function's own file is the same. The functions compiled into it lie in other
    files of its folder, so its name carries a digest of them all.
    """
    function.__qualname__ += f"-{_digest(Path(inspect.getfile(function)).parent)}"
    try:
        return _compiled(function, cache=True)
    except RuntimeError:  # nowhere to keep it
        return _compiled(function)


def announce(function: Callable[..., Any]) -> None:
    """Say on standard error, once, that an entry is about to be compiled, unless it is kept."""
    kept = function.stats.cache_path  # type: ignore[attr-defined]
    if not _said and not (kept and any(Path(kept).glob(f"*.{function.__qualname__}-*.nbi"))):
        _said.append("compiling the fast engine, once …")
        print(*_said, file=sys.stderr, flush=True)


def _compiled(function: Function, **options: bool) -> Function:
    """Compiled without counting references to arrays, so nothing compiled may make any: callers bring them."""
    try:
        njit: Any = import_module("numba").njit
    except ImportError:
        return function  # the module can be read, and nothing calls it
    return njit(boundscheck=False, error_model="numpy", _nrt=False, **options)(function)  # type: ignore[no-any-return]


@cache
def _digest(folder: Path) -> str:
    sources = sorted(folder.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
