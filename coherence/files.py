"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from coherence.errors import InputError


def check_output(path: Path) -> None:
    """Raise `InputError` now if a file could not be written to *path* later."""
    folder = path.parent
    if "\0" in str(path):
        raise InputError(f"{str(path)!r}: no name for a file")
    try:
        is_folder = path.is_dir()
    except OSError as error:  # as of a name too long
        raise InputError(f"{path}: cannot be written ({error.strerror})") from None
    if is_folder:
        raise InputError(f"{path}: is a folder, expected a file to write")
    if path.exists() and not path.is_file():  # a device or a pipe, which a file would take the place of
        raise InputError(f"{path}: is no ordinary file, expected one to write")
    if not folder.is_dir():
        raise InputError(f"{path}: the folder {folder} does not exist")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise InputError(f"{path}: cannot be written, permission denied")


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Have *write* fill a temporary file beside *path*, then rename it; on any fault nothing is left behind.

    Where *path* is a link, that stays, and what it points to is written.
    """
    check_output(path)
    target = Path(os.path.realpath(path))
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".coherence-", suffix=path.suffix)
        os.close(handle)
        try:
            write(Path(name))
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(name, 0o666 & ~mask)
            os.replace(name, target)
        finally:
            if os.path.exists(name):
                os.unlink(name)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from None
