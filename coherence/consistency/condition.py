r"""The condition of a litmus test from its text: names, numbers, `/\`, `\/`, `not` and brackets."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from coherence.consistency.program import Condition, Every, Is, Not, Some
from coherence.consistency.x86 import NUMBER, number
from coherence.errors import InputError

AND, OR, NOTS = "/\\", "\\/", ("not", "~")
EQUAL, UNEQUAL = ("=", "=="), ("!=", "<>")
_WORD = re.compile(r"/\\|\\/|==|!=|<>|[()=~]|[\[\]\w:%$.-]+|\S")
DEEPEST = 100  # brackets and `not` within each other
KNOWN = "known: 0:REGISTER=number, location=number, !=, /\\, \\/, not, true, false and brackets"


class WordError(InputError):
    """A word of a condition that is not understood, and where it stands in the text."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


class Reader:
    """Reads one condition word by word; *name* makes the name of an outcome of a written one, or raises `InputError`.

    `read` leaves `at` behind the last word of the condition.
    """

    def __init__(self, text: str, name: Callable[[str], str]) -> None:
        self.text = text
        self.name = name
        self.at = 0
        self.depth = 0

    def read(self) -> Condition:
        """The condition; raises `WordError` at the first word that does not fit."""
        parts = [self._every()]
        while self._take(OR):
            parts.append(self._every())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _every(self) -> Condition:
        parts = [self._one()]
        while self._take(AND):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _one(self) -> Condition:
        self.depth += 1
        if self.depth > DEEPEST:
            raise WordError(f"more than {DEEPEST} brackets within each other", self.at)
        found = self._inner()
        self.depth -= 1
        return found

    def _inner(self) -> Condition:
        if self._take(*NOTS):
            return Not(self._one())
        if self._take("("):
            inner = self.read()
            if not self._take(")"):
                self._fail("expected )")
            return inner
        if self._take("true"):
            return Every()
        if self._take("false"):
            return Some()
        return self._comparison()

    def _comparison(self) -> Condition:
        start = self._skip()
        words = re.compile(r"(?:P?\d+\s*:\s*%?\w+|\[\s*\w+\s*\]|\w+)").match(self.text, start)
        if words is None:
            self._fail("expected a name")
        try:
            name = self.name(words.group())
        except InputError as error:
            raise WordError(str(error), start) from None
        self.at = words.end()
        same = self._take(*EQUAL)
        if not same and not self._take(*UNEQUAL):
            self._fail(f"expected {' or '.join(EQUAL[:1] + UNEQUAL[:1])} after {words.group()}")
        self._skip()
        value = NUMBER.match(self.text, self.at)
        if value is None:
            self._fail("expected a number")
        self.at = value.end()
        found = Is(name, number(value.group()) or 0)
        return found if same else Not(found)

    def _skip(self) -> int:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.at

    def _take(self, *words: str) -> bool:
        """Step over the next word if it is one of these."""
        found = _WORD.match(self.text, self._skip())
        if found is None or found.group() not in words:
            return False
        self.at = found.end()
        return True

    def _fail(self, expected: str) -> NoReturn:
        found = _WORD.match(self.text, self._skip())
        seen = repr(found.group()) if found else "the end"
        raise WordError(f"{expected}, not {seen} ({KNOWN})", self.at)
