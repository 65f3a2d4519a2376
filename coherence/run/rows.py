"""What a run recorded, as the rows of a table."""

from __future__ import annotations

from coherence.transaction.access import Access
from coherence.words.say import show_key


def event_row(a: Access) -> dict[str, object]:
    """An access as a row of a table, named as in `Access`; `requests` have a blank between."""
    o = a.outcome
    return {
        "core": a.core, "event": a.event, "key": show_key(a.key), "line": a.line, "start": a.start, "queued": a.queued,
        "granted": a.granted, "held": a.held, "end": a.end, "before": a.before, "after": a.after,
        "requests": " ".join(o.bus) if o else "", "supplier": None if o is None else o.supplier,
        "memory_written": bool(o and o.memory_written), "miss": a.miss, "value": a.value,
    }  # fmt: skip
