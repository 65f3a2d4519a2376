"""The message sequence chart says what the outcomes say, and no text lies on another."""

from __future__ import annotations

import pytest

import coherence as co
from coherence.protocol.catalog import ALL
from coherence.protocol.model import Protocol
from coherence.run.timeline import busiest
from coherence.show.scene import Curve, Disc, Word
from coherence.show.sequence import sequence_scene
from tests.show.boxes import clashes
from tests.show.tables import HOSTILE, OWN

OPS = "0 w x 0; 1 r x; 1 w x; 2 r x; 0 r y; 0 e x; 2 w x"


def recorded(protocol: Protocol | str, ops: str = OPS) -> co.Run:
    return co.Machine(protocol, watch=False).run(co.Workload.from_ops(ops), order="trace", record=True)


def words(run: object, **window: object) -> list[str]:
    return [s.text for s in sequence_scene(run, **window).shapes if isinstance(s, Word)]  # type: ignore[arg-type]


@pytest.mark.parametrize("protocol", [*ALL, *OWN, HOSTILE], ids=lambda p: p.name[:12])
def test_no_text_lies_on_another(protocol: Protocol) -> None:
    axes = co.plot.sequence(recorded(protocol), start=0, count=7)
    assert clashes(axes) == []
    assert clashes(axes, (8.0, 5.0)) == []


@pytest.mark.parametrize("protocol", ["Dragon", "MSI"])
def test_no_label_lies_on_a_state(protocol: str) -> None:
    run = co.Machine(protocol).run(co.workloads.random(cores=4, accesses=20, keys=2), record=True)
    shapes = sequence_scene(run, start=0, count=80).shapes
    states = [s for s in shapes if isinstance(s, Disc)]
    labels = [s for s in shapes if isinstance(s, Word) and s.paper]
    assert states and [(w.text, w.y) for w in labels if any(w.rect.meets(disc.rect) for disc in states)] == []


def test_the_messages_of_a_read_of_a_dirty_line() -> None:
    found = words(recorded("MESI"), start=1, count=1)
    assert found[found.index("reads x") :] == [
        "reads x", "cycle 103", "BusRd x", "M", "S", "Flush", "Flush", "memory takes it", "I", "S", "= 1",
        "ops under MESI, accesses 2 to 2",
    ]  # fmt: skip


def test_every_request_and_every_change_of_state_is_drawn() -> None:
    run = recorded("Dragon")
    scene = sequence_scene(run, start=0, count=7)
    texts = [s.text for s in scene.shapes if isinstance(s, Word)]
    said = [t.split()[0] for t in texts if t.startswith("Bus")]
    assert said == [r for a in run.recorded() for r in (a.outcome.requests if a.outcome else ())]
    arrows = [s for s in scene.shapes if isinstance(s, Curve) and s.arrow]
    assert len(arrows) > len(said)
    states = sum(
        2 if before != after else 1
        for a in run.recorded()
        for before, after in [
            (a.before, a.after),
            *((b.before, b.after) for b in (a.outcome.answers if a.outcome else ())),
        ]
    )
    assert sum(isinstance(s, Disc) for s in scene.shapes) == states


def test_a_window_of_one_line_and_where_the_bus_is_busiest() -> None:
    run = recorded("MESI")
    assert "writes y" not in " ".join(words(run, line="x", count=9))
    assert "reads y" in words(run, line="y", count=9)
    events = run.recorded()
    weights = [len(a.outcome.requests) + 2 * len(a.outcome.answers) if a.outcome else 0 for a in events]
    start = busiest(events, 3)
    assert sum(weights[start : start + 3]) == max(sum(weights[i : i + 3]) for i in range(len(events) - 2))


def test_a_run_of_many_cores_shows_those_that_take_part() -> None:
    run = co.Machine("MSI", cores=30).run([(20, "w", "x"), (7, "r", "x")], order="trace", record=True)
    heads = [t for t in words(run, start=0, count=2) if t.startswith("core ")]
    assert heads == ["core 7", "core 20"]


def test_a_story_is_drawn_whole() -> None:
    broken = co.protocols["MESI"].but("forgetful", S={"BusUpgr": "S"})
    found = co.verify(broken, caches=2)
    texts = words(found)
    assert [t for t in texts if t.startswith("step ")] == ["step 1", "step 2", "step 3"]
    assert any(t.startswith("SWMR: core 1 still reads 0") for t in texts)
    assert clashes(co.plot.sequence(found)) == []
    assert words(found.story) == texts
    with pytest.raises(co.InputError, match="no story to draw"):
        co.plot.sequence(co.verify("MESI", caches=2))


def test_a_story_that_ends_in_never_says_so() -> None:
    broken = co.protocols["MSI"].but("hole", S={"BusRd": "never"})
    found = co.verify(broken, caches=2)
    assert "core 0 in state S met BusRd, and its cell says never" in " ".join(words(found))
    assert clashes(co.plot.sequence(found)) == []


def test_a_wrong_window_says_so() -> None:
    run = recorded("MESI")
    with pytest.raises(co.InputError, match="no access from number 99 on; there are 7"):
        co.plot.sequence(run, start=99)
    with pytest.raises(co.InputError, match="no access of line z"):
        co.plot.sequence(run, line="z")
    with pytest.raises(co.InputError, match="count must be a whole number >= 1, not 0"):
        co.plot.sequence(run, count=0)
