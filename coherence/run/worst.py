"""Which lines cost most, and how cores share them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coherence.cache.config import Line
from coherence.errors import InputError, unknown
from coherence.transaction.count import LineCounts
from coherence.words.say import show_key

BY = ("sharing", "misses")  # the rankings; the first unless told
READ_MOSTLY = 0.1  # share of writes up to which a shared line is read-mostly
DOMINATES = 0.5  # share of the sharing misses from which false sharing names the line's pattern


@dataclass(frozen=True, slots=True)
class WorstLine:
    """A line that took the bus often: how often, its pattern of sharing, and its counters.

    `requests` = misses + upgrades. Patterns: private, read-mostly, false sharing, producer/consumer, migratory, shared.
    """

    line: Line
    requests: int
    pattern: str
    counts: LineCounts

    def __str__(self) -> str:
        c = self.counts
        return (
            f"line {show_key(self.line)}: {self.pattern}; {self.requests} misses and upgrades, "
            f"{c.invalidations} invalidations, read by {len(c.readers)} cores, written by {len(c.writers)}"
        )


def ranked(lines: Mapping[Line, LineCounts], by: str = BY[0]) -> list[Line]:
    """All of *lines*, the worst first; of equal ones first the one that comes first as text.

    *by* "sharing": what cost most requests because it is shared, then most requests at all; "misses": most requests.
    Raises `InputError` for another word.
    """
    if by not in BY:
        raise InputError(unknown("ranking", by, BY))

    def rank(line: Line) -> tuple[int, int, str]:
        c = lines[line]
        return (-c.sharing if by == "sharing" else 0, -c.requests, show_key(line))

    return sorted(lines, key=rank)


def worst_lines(lines: Mapping[Line, LineCounts], most: int = 5, by: str = BY[0]) -> list[WorstLine]:
    """The lines that cost a request, at most *most*, ranked as `ranked` does."""
    found = ((line, lines[line]) for line in ranked(lines, by)[:most])
    return [WorstLine(line, c.requests, pattern(c), c) for line, c in found if c.requests]


def pattern(counts: LineCounts) -> str:
    """How cores share a line, named as the literature does (Weber & Gupta, ASPLOS 1989).

    >>> pattern(LineCounts(reads=9, writes=3, true_sharing=4, readers=(0, 1), writers=(0,)))
    'producer/consumer'
    """
    cores = set(counts.readers) | set(counts.writers)
    sharing = counts.true_sharing + counts.false_sharing
    if len(cores) <= 1:
        return "private"
    if sharing and counts.false_sharing >= DOMINATES * sharing:
        return "false sharing"
    if counts.writes <= READ_MOSTLY * (counts.reads + counts.writes):
        return "read-mostly"
    if len(counts.writers) == 1:
        return "producer/consumer"
    return "migratory" if set(counts.writers) <= set(counts.readers) else "shared"
