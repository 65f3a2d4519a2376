"""A workload in the user's own `.py` file: importing it, and saying what goes wrong in it by file and line."""

from __future__ import annotations

import importlib.util
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

from coherence.errors import CoherenceError, InputError

OWN_CORES = 4  # what such a workload is asked for where nothing is said


def load_own(path: str | PathLike[str]) -> Callable[..., Any]:
    """The function `workload(cores, seed)` of the file, which is imported: its code runs.

    Raises `InputError` naming file and line for what the file itself raises, and where there is no such function.
    """
    spec = importlib.util.spec_from_file_location("coherence_workload", path)
    if spec is None or spec.loader is None:
        raise InputError(f"{path}: expected a file that ends in .py")
    module = importlib.util.module_from_spec(spec)
    with own_code(path):
        spec.loader.exec_module(module)
    make = getattr(module, "workload", None)
    if not callable(make):
        raise InputError(f"{path}: expected a function workload(cores, seed)")
    found: Callable[..., Any] = make
    return found


@contextmanager
def own_code(path: str | PathLike[str] | None) -> Iterator[None]:
    """Turn what the user's own file raises into one line that names file, line and fault."""
    try:
        yield
    except CoherenceError:
        raise
    except (Exception, SystemExit) as error:
        if path is None or not str(path).endswith(".py"):
            raise
        cause = error.__cause__ or error
        at = [f.lineno for f in traceback.extract_tb(cause.__traceback__) if Path(f.filename).name == Path(path).name]
        line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else at[-1] if at else None
        where = f"{path}:{line}" if line else str(path)
        said = error.msg if isinstance(error, SyntaxError) else str(error)
        raise InputError(f"{where}: {type(error).__name__}: {said}") from None
