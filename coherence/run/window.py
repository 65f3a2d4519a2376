"""Which steps of a long run are shown, by a player or in a file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from coherence.cache.config import Line
from coherence.errors import InputError, whole
from coherence.transaction.access import Access
from coherence.words.say import show_key

LISTED = 8  # lines named in an error


@dataclass(frozen=True, slots=True)
class Window:
    """Steps *first* to *last* (from 1, both included), of these lines and by these cores; None: all.

    Not more than *most* steps are shown.
    """

    first: int | None = None
    last: int | None = None
    lines: Collection[str] | None = None
    cores: Collection[int] | None = None
    most: int | None = None

    def choose(self, events: Sequence[Access], cores: int) -> Sequence[int]:
        """The indices of the chosen events; raises `InputError` with every fault, or if none is left."""
        faults = [] if self.first is None else whole("--from", self.first, 1, max(1, len(events)))
        faults += [] if self.last is None else whole("--to", self.last, 1)
        if not faults and (self.last or len(events)) < (self.first or 1):
            faults.append(f"--to {self.last} lies before --from {self.first}")
        names = dict.fromkeys(show_key(a.line) for a in events) if self.lines else {}
        for name in self.lines or ():
            if name not in names:
                some = ", ".join(list(names)[:LISTED])
                faults.append(f"--line: no access touches line {name!r} (lines: {some}{', …' * (len(names) > LISTED)})")
        for core in self.cores or ():
            faults += [f"--core: {text}" for text in whole("a core", core, 0, cores - 1)]
        if faults:
            raise InputError("\n".join(faults))
        chosen: Sequence[int] = range((self.first or 1) - 1, min(self.last or len(events), len(events)))
        if self.cores is not None or self.lines is not None:
            chosen = [i for i in chosen if self._takes(events[i])]
        if not chosen:
            raise InputError("no step is left to show: widen --from, --to, --line or --core")
        return chosen[: self.most]

    def _takes(self, access: Access) -> bool:
        return (self.cores is None or access.core in self.cores) and (
            self.lines is None or any(show_key(line) in self.lines for line in touched(access))
        )

    def note(self, shown: Sequence[int], events: int) -> str:
        """What is left out, in words; empty when nothing is."""
        if len(shown) == events:
            return ""
        said = f"steps {shown[0] + 1:,}–{shown[-1] + 1:,} of {events:,}"
        if self.lines is not None:
            said += f", only of line {', '.join(self.lines)}"
        if self.cores is not None:
            said += f", only by core {', '.join(map(str, sorted(self.cores)))}"
        if len(shown) == self.most:
            said += f"; at most {self.most:,} are shown"
        return said


def touched(access: Access) -> list[Line]:
    """The lines that *access* may change: its own, and its victim's."""
    victim = access.outcome.victim if access.outcome else None
    return [access.line, victim.line] if victim else [access.line]  # type: ignore[list-item]
