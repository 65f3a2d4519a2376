"""Protocols by name, whatever the case of its letters."""

from __future__ import annotations

from coherence.errors import InputError, unknown
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

    def __missing__(self, word: object) -> Protocol:
        """What brackets give that do not hold the name as it is written."""
        found = self.named(str(word))
        if found is None:
            raise InputError(unknown("protocol", word, self))
        return found
