"""The door to the compiled scanner: whether a trace goes through it, and asking it."""

from __future__ import annotations

from collections.abc import Sequence

from coherence.accesses.arrays import Encoded, Feed
from coherence.accesses.dense import MOST
from coherence.accesses.grammar import Glance, Grammar
from coherence.jit import available
from coherence.traces.source import Source

WORTH = 1 << 20  # bytes of text from which on the scanner pays: below, to load it takes longer than to do without


def scans(sources: Sequence[Source]) -> bool:
    """Whether the scanner is there, and *sources* are large enough for it to pay."""
    return sum(source.size for source in sources) >= WORTH and available()


def encode_text(
    sources: Sequence[Source], grammar: Grammar | None, cores: int | None, most: int = MOST
) -> Encoded | None:
    """The accesses of one file a core, or of one for *cores* cores (None counts them), made dense by the scanner.

    None where the format's own reader must read them: as `scans` says, or as they hold what the grammar does not
    describe, or a fault. Raises `InputError` for more than *most* accesses.
    """
    if grammar is None or not scans(sources):
        return None
    from coherence.traces.scanned import encode_text

    return encode_text(sources, grammar, cores, most)


def feed_text(sources: Sequence[Source], grammar: Grammar, cores: int) -> Feed:
    """The feed of sources that `scans` says yes to; see `scanned.feed_text`."""
    from coherence.traces.scanned import feed_text

    return feed_text(sources, grammar, cores)


def glance(source: Source, grammar: Grammar | None, limit: int) -> Glance | None:
    """A look through the whole of a file of all cores, which keeps nothing; None where its reader must look."""
    if grammar is None or not scans([source]):
        return None
    from coherence.traces.scanned import glance

    return glance(source, grammar, limit)
