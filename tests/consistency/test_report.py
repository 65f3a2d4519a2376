"""What a result says of itself: the verdict, the story and the notebook's card."""

from __future__ import annotations

from pathlib import Path

import pytest

import coherence as co
from coherence.consistency.catalog import TESTS, as_text
from coherence.consistency.report import litmus
from coherence.protocol.find import protocols


@pytest.mark.parametrize(
    ("name", "model", "holds", "story"),
    [
        ("SB", "sc", False, False),  # exists, and none
        ("SB", "tso", True, True),  # exists, and one: how
        ("MP", "tso", True, False),  # ~exists, and none
    ],
)
def test_a_story_is_told_when_an_outcome_decides(name: str, model: str, holds: bool, story: bool) -> None:
    found = litmus(name, model=model)
    assert (found.holds, found.story is not None) == (holds, story)


def test_what_breaks_forall_and_not_exists_is_told() -> None:
    every = "X86 t\n{ }\nP0 | P1 ;\nMOV [x],1 | MOV EAX,[x] ;\nforall (1:EAX=1)\n"
    found = litmus(every)
    assert not found.holds
    assert found.story is not None
    assert "In the end 1:EAX=0, x=1." in found.story.ending
    assert not litmus(every.replace("forall", "~exists")).holds
    assert litmus(every.replace("forall (1:EAX=1)", "forall (x=1)")).story is None


EXCHANGE = r"""X86 t
{ x=5; }
P0 ;
MOV EAX,$1 ;
XCHG [x],EAX ;
MOV [x],2 ;
MOV EBX,[x] ;
MFENCE ;
"""


def test_the_story_of_an_exchange_and_a_forward() -> None:
    found = litmus(EXCHANGE + r"exists (0:EAX=5 /\ 0:EBX=2)", model="tso")
    assert found.story is not None
    first, *rest = [t.what for t in found.story.steps]
    assert first == "core 0 exchanges x: finds 5, leaves 1"
    assert sorted(rest, reverse=True) in (
        ["core 0's buffer writes x = 2", "core 0 reads x = 2 from its own buffer"],
        ["core 0's buffer writes x = 2", "core 0 reads x = 2"],
    ), "one drain, and one read before or after it"
    assert found.story.steps[0].to_json()["found"] == 5


def test_the_story_of_an_eviction() -> None:
    drops = protocols["MSI"].but("drops", M={"Evict": "I"})
    found = litmus(EXCHANGE + "~exists (x=5)", protocol=drops, evict=True)
    assert found.story is not None
    assert "core 0 evicts x" in [t.what for t in found.story.steps]
    assert "breaks coherence of x: MEM" in found.story.ending
    assert "nothing was written back" in found.story.ending


def test_a_fault_of_the_start_is_told_as_such() -> None:
    """The reads before the test are transactions too: E for all breaks there, not at the first step."""
    greedy = protocols["MESI"].but("greedy", I={"PrRd": "BusRd > E"}, E={"BusUpgr": "I"}, M={"BusUpgr": "I"})
    text = as_text("SB", TESTS["SB"]._replace(condition="exists (0:EAX=0)"))
    told = litmus(text, protocol=greedy, start="touched").story
    assert told is not None
    assert "Before the test begins, coherence of x breaks: SWMR: core 0 has S and core 1 has E" in told.ending


def test_writes_of_one_value_are_told_apart() -> None:
    """A copy that is stale by a write of the same value is still stale, and the story does not stumble on it."""
    text = "X86 t\n{ x=1; }\nP0 | P1 ;\nMOV [x],1 | MOV EAX,[x] ;\nexists (1:EAX=1)\n"
    found = litmus(text, protocol=protocols["MESI"].but("broken", S={"BusUpgr": "S"}), start="touched")
    assert found.story is not None
    assert found.holds


@pytest.mark.parametrize("protocol", ["MESI", "flat"])
def test_a_notebook_shows_the_table_and_the_story(protocol: str) -> None:
    found = litmus("SB", model="tso", protocol=protocol)
    html = found._repr_html_()
    assert "✓ SB holds under TSO on" in html
    assert html.count("★") == 2, "one outcome, and the question"
    assert "buffer writes" in html
    assert "buffer writes" in str(found)
    assert "SB holds" in repr(found)


def test_the_same_table_serves_a_file_a_text_and_a_name(tmp_path: Path) -> None:
    file = tmp_path / "SB.litmus"
    file.write_text(as_text("SB", TESTS["SB"]))
    by_file, by_text, by_name = litmus(file), litmus(file.read_text()), litmus("sb")
    assert by_file.outcomes == by_text.outcomes == by_name.outcomes
    (tmp_path / "MP.litmus").write_text(as_text("MP", TESTS["MP"]))
    with pytest.raises(co.InputError, match="is a folder of 2 tests, expected one"):
        litmus(tmp_path)
