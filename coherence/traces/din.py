"""Lines `label address` in hex, one file a core: Dinero's din, and SMPCache's prg, whose labels mean something else.

din: label 0 read, 1 write, 2 instruction fetch (skipped); a size may follow, and what follows the address is ignored,
as Dinero does. prg: label 0 instruction fetch (skipped), 2 read, 3 write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from coherence.accesses.grammar import Grammar
from coherence.accesses.text import TraceError, named, shown
from coherence.traces.build import FileAccess, FileParser, PerFile
from coherence.traces.source import PACKED, Source

_ADDRESS = re.compile(r"(?:0[xX])?[0-9a-fA-F]{1,16}")
_SIZE = re.compile(r"(?:0[xX])?[0-9a-fA-F]{1,3}")


class Leftover(ValueError):
    """A line of which a format would ignore a part: it may mean something else."""


def labelled(labels: Mapping[str, str | None], rest: bool = False) -> FileParser:
    """What reads a line `label address`: None for a blank one and a label to skip; with *rest*, more may follow.

    >>> parse = labelled({"0": "r", "1": "w", "2": None}, rest=True)
    >>> parse("1 7fff0010 4"), parse("2 400000")
    (('w', 2147418128, 0, '7fff0010'), None)
    """
    known = sorted(labels)
    expected = f"expected 'label address', label {', '.join(known[:-1])} or {known[-1]}, address in hex"

    def parse(line: str) -> FileAccess | None:
        words = line.split()
        if not words:
            return None
        fits = len(words) == 2 or (len(words) > 2 and rest)
        if not fits or words[0] not in labels or not _ADDRESS.fullmatch(words[1]):
            raise ValueError(f"{expected}, not {shown(line)}")
        op = labels[words[0]]
        return None if op is None else (op, int(words[1], 16), 0, words[1])

    return parse


def strict(line: str) -> FileAccess | None:
    """A line of din, of which nothing but a size is ignored; raises `Leftover` for more.

    >>> strict("0 10 4")
    ('r', 16, 0, '10')
    """
    found, rest = _din(line), line.split()[2:]
    if rest and (len(rest) > 1 or not _SIZE.fullmatch(rest[0]) or int(rest[0], 16) == 0):
        raise Leftover(f"would leave out {shown(' '.join(rest))}")
    return found


def numbered(name: re.Pattern[str], called: str) -> Callable[[str, Sequence[tuple[str, Source]]], list[Source]]:
    """What puts the files called *name* in the order of cores, numbers in names by value, or says what is wrong.

    >>> files = [(n, Source(n, None)) for n in ("cpu10.din", "cpu9.din", "notes.txt")]
    >>> [s.name for s in numbered(re.compile(".+[.]din"), "")("x", files)]
    ['cpu9.din', 'cpu10.din']
    """

    def in_order(where: str, files: Sequence[tuple[str, Source]]) -> list[Source]:
        found = sorted((pair for pair in files if name.fullmatch(pair[0])), key=lambda pair: _natural(pair[0]))
        if not found:
            raise TraceError(f"{where}: no such files in it; expected {called}")
        for (one, first), (following, second) in pairwise(found):
            if one == following:
                raise TraceError(f"{where}: both {first.name} and {second.name} are {named(one)}; expected one a core")
        return [source for _, source in found]

    return in_order


def _natural(name: str) -> list[tuple[int, str]]:
    """A name's parts, so that numbers in it compare by value."""
    parts = re.split(r"([0-9]{1,4000})", name)
    return [(int(part), "") if part.isascii() and part.isdecimal() else (-1, part) for part in parts]


def _files(
    ending: str, labels: Mapping[str, str | None], strictly: FileParser | None = None, by_name: bool = False
) -> PerFile:
    """A format of such files, whose names have this *ending*."""
    name, called = re.compile(rf".+\.{ending}{PACKED}"), f"one .{ending} file a core, in the order of their names"
    rest = strictly is not None
    parse = labelled(labels, rest)
    grammar = Grammar(labels, rest=rest, prefix=True)
    return PerFile(name, called, numbered(name, called), parse, grammar, by_name, strictly)


_LABELS = {"0": "r", "1": "w", "2": None}
_din = labelled(_LABELS, rest=True)
DIN = _files("din", _LABELS, strict)
SMPCACHE = _files("prg", {"0": None, "2": "r", "3": "w"}, by_name=True)
