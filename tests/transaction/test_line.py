"""The one applier: what it makes of a line is what the order and the data say."""

from __future__ import annotations

import random

import pytest

from coherence.protocol.find import protocols
from coherence.protocol.model import PROCESSOR
from coherence.transaction.line import Line, apply, transact
from coherence.transaction.order import complete, order


@pytest.mark.parametrize("name", protocols)
def test_a_line_after_a_transaction_holds_the_changed_states_and_the_moved_values(name: str) -> None:
    """Copies that became invalid are gone, others keep what they had, and the line before is not touched."""
    protocol, rng = protocols[name], random.Random(name)
    line: Line[str] = Line({}, {}, "w0")
    for number in range(300):
        core, event = rng.randrange(4), rng.choice(PROCESSOR)
        if event == "Evict" and core not in line.states:
            continue

        def word(_: str, new: str = f"w{number}") -> str:
            return new

        kept = Line(dict(line.states), dict(line.values), line.memory)
        outcome, moved, after = transact(protocol, line, core, event, word, lambda _, w: w)
        assert line == kept
        assert outcome == order(protocol, core, event, line.states)
        assert moved == complete(outcome, line.values, line.memory, word, lambda _, w: w)
        expected = dict(line.states) | {c: to for c, (_, to) in outcome.changes.items()}
        assert after.states == {c: s for c, s in expected.items() if s != protocol.invalid}
        assert after.values == {c: moved.values[c] for c in after.states}
        assert after.memory == moved.memory
        assert apply(outcome, line, protocol.invalid, word, lambda _, w: w) == (moved, after)
        line = after
