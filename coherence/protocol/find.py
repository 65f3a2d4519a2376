"""From what a user names to a Protocol: a catalogue name in any case, a file, or a Protocol itself."""

from __future__ import annotations

import os
from os import PathLike
from pathlib import Path
from typing import NoReturn

from coherence.errors import InputError, unknown
from coherence.protocol.catalog import ALL
from coherence.protocol.model import Protocol


class Catalog(dict[str, Protocol]):
    """A dict of protocols in which a name may be looked up in any case.

    Raises `InputError` for an unknown name in brackets.

    >>> import coherence as co
    >>> co.protocols["moesi"].name
    'MOESI'
    """

    def named(self, word: str) -> Protocol | None:
        """The protocol of that name, if there is one."""
        return next((self[name] for name in self if name.lower() == word.lower()), None)

    def __getattr__(self, word: str) -> NoReturn:
        """Say that names stand in brackets."""
        named = self.named(word)
        hint = f'; protocols is a dict: co.protocols["{named.name}"]' if named else ""
        raise AttributeError(f"protocols has no attribute {word!r}{hint}")

    def __missing__(self, word: object) -> Protocol:
        """What brackets give that do not hold the name as it is written."""
        found = self.named(str(word))
        if found is None:
            raise InputError(unknown("protocol", word, self))
        return found


protocols = Catalog((p.name, p) for p in ALL)


def find_protocol(what: Protocol | str | PathLike[str]) -> Protocol:
    """The protocol of that name (case ignored), or the table in that file.

    Raises `InputError` for an unknown name or an unreadable file, `ProtocolError` for a faulty table.

    >>> find_protocol("moesi").name
    'MOESI'
    """
    if isinstance(what, Protocol):
        return what
    word = str(what)
    named = protocols.named(word)
    if named is not None:
        return named
    path = Path(word)
    if not os.path.exists(path):  # also of a name that no file can have
        if path.suffix or len(path.parts) > 1:
            raise InputError(f"{word}: no such file, expected a protocol table (or a name: {', '.join(protocols)})")
        raise InputError(f"{unknown('protocol', word, protocols)}, or a file with a table")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{word}: not text in UTF-8, expected a protocol table") from None
    except OSError as error:
        raise InputError(f"{word}: cannot be read ({error.strerror}), expected a protocol table") from None
    return Protocol.parse(text, word)
