"""From what a user names to litmus tests: a name of the catalogue, a text, a file, or a folder of files."""

from __future__ import annotations

import os
from os import PathLike
from pathlib import Path

from coherence.consistency.catalog import TESTS, as_text
from coherence.consistency.parse import parse
from coherence.consistency.program import Litmus
from coherence.errors import InputError, unknown

ENDING = ".litmus"


def find_tests(what: str | PathLike[str]) -> list[Litmus]:
    """The tests that *what* names: one, or those of all `.litmus` files in a folder, by name.

    Raises `InputError` with every fault of every file.

    >>> [test.name for test in find_tests("sb+MFENCES")]
    ['SB+mfences']
    """
    word = str(what)
    if "\n" in word:
        return [parse(word)]
    named = {name.lower(): name for name in TESTS}.get(word.lower())
    if named is not None:
        return [parse(as_text(named, TESTS[named]))]
    path = Path(word)
    if not os.path.exists(path):  # also of a name that no file can have
        if path.suffix or len(path.parts) > 1:
            raise InputError(f"{word}: no such file or folder, expected a litmus test (or a name: {', '.join(TESTS)})")
        raise InputError(f"{unknown('litmus test', word, TESTS)}, or a file or folder")
    if not path.is_dir():
        return [_read(path)]
    files = sorted(path.rglob(f"*{ENDING}"))
    if not files:
        raise InputError(f"{word}: no file in this folder ends with {ENDING}")
    found, faults = [], []
    for file in files:
        try:
            found.append(_read(file))
        except InputError as error:
            faults.append(str(error))
    if faults:
        raise InputError("\n".join(faults))
    return found


def _read(path: Path) -> Litmus:
    try:
        return parse(path.read_text(encoding="utf-8-sig"), str(path))
    except UnicodeDecodeError:
        raise InputError(f"{path}: not text in UTF-8, expected a litmus test") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}), expected a litmus test") from None
