"""What the viewer reads: true to the run, whatever part of it is shown, safe to embed, and small."""

from __future__ import annotations

import json
from typing import Any

import pytest

import coherence as co
from coherence.run.steps import steps
from coherence.run.window import Window
from coherence.show.player.data import player_data
from coherence.show.player.page import asset, embed
from coherence.show.player.replay import Film
from coherence.show.player.waiting import waiting
from tests.player.conftest import OPS, record
from tests.show.tables import EIGHT, HOSTILE

WORK = co.workloads.random(cores=3, accesses=60, keys=6, seed=5)


def lived(data: Any) -> list[dict[tuple[int, int], tuple[int, int]]]:
    """(line, where) → (state, content) after each step, from the data alone."""
    now: dict[tuple[int, int], tuple[int, int]] = {}
    found = []

    def change(flat: list[int]) -> None:
        for j in range(0, len(flat), 4):
            now[flat[j], flat[j + 1]] = (flat[j + 2], flat[j + 3])

    change(data["base"])
    for step in data["steps"]:
        change(step[9] if len(step) > 9 else [])
        change(step[2])
        found.append(dict(now))
    return found


@pytest.mark.parametrize("protocol", [*co.protocols, EIGHT], ids=str)
@pytest.mark.parametrize("ways", [None, 2])
def test_the_steps_tell_the_same_states_as_the_run(protocol: Any, ways: int | None) -> None:
    run = record(protocol, WORK, cache=co.Cache(ways=ways))
    data: Any = player_data(run)
    names = [s[0] for s in data["protocol"]["states"]]
    line = {name: i for i, name in enumerate(data["lines"])}
    for now, step in zip(lived(data), steps(run), strict=True):
        for key, states in step["states"].items():  # type: ignore[attr-defined]
            none = (data["protocol"]["invalid"], 0)
            assert [names[now.get((line[key], core), none)[0]] for core in range(run.cores)] == states


@pytest.mark.parametrize("protocol", co.protocols)
@pytest.mark.parametrize("per_line", [1, 4])
def test_contents_and_staleness_are_those_of_the_run(protocol: str, per_line: int) -> None:
    """The film's caches end as the machine's own did, and memory is stale where its values differ from the newest."""
    run = record(protocol, WORK, order="program", cache=co.Cache(keys_per_line=per_line, ways=3))
    film = Film(run.protocol)
    newest: dict[Any, str] = {}
    for scene in film.scenes(run.recorded()):
        if scene.access.event == "PrWr":
            newest[scene.access.key] = str(scene.access.value)
        for line, held in film.lines.items():
            own = {k: v for k, v in newest.items() if k // per_line == line}
            assert film.stale[line] == (film.contents.values[held.memory] != own)
    for core, contents in enumerate(run.contents):
        own = [film.contents.values[line.values[core]] for line in film.lines.values() if core in line.values]
        assert {k: v for one in own for k, v in one.items()} == {k: str(v) for k, v in contents.items()}
    memory = {k: v for line in film.lines.values() for k, v in film.contents.values[line.memory].items()}
    assert memory == {k: str(v) for k, v in run.memory.items()}


def test_who_waits_is_who_was_queued_and_not_yet_granted() -> None:
    run = record("MESI", co.workloads.random(cores=6, accesses=40, keys=3, seed=1), order="program")
    events = run.recorded()
    for index, late in enumerate(waiting(events, run.cores)):
        a = events[index]
        right = [
            i for i, b in enumerate(events)
            if i > index and a.granted is not None and b.queued is not None and b.queued <= a.granted
        ]  # fmt: skip
        assert list(late) == right


@pytest.mark.parametrize(
    "window", [Window(20, 40), Window(lines=["3"]), Window(cores=[1]), Window(50, 90, ["1", "2"], [0, 2])], ids=str
)
def test_a_window_shows_the_same_states_and_says_what_it_leaves_out(window: Window) -> None:
    run = record("MOESI", WORK, cache=co.Cache(ways=3))
    whole, part = player_data(run), player_data(run, window)
    of: Any = dict(zip(range(1, 10_000), lived(whole)))
    numbers: Any = part["numbers"] or list(range(1, len(part["steps"]) + 1))  # type: ignore[arg-type]
    for number, now in zip(numbers, lived(part), strict=True):
        lines, every = part["lines"], whole["lines"]
        for (line, where), shown in now.items():
            name = lines[line]  # type: ignore[index]
            if window.lines is None or name in window.lines:
                at = of[number].get((every.index(name), where), (whole["protocol"]["invalid"], 0))  # type: ignore
                assert shown == at
    assert str(part["note"]).startswith(f"steps {numbers[0]}–{numbers[-1]} of 180")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"first": 500}, "--from must be a whole number from 1 to 180, not 500"),
        ({"first": 9, "last": 3}, "--to 3 lies before --from 9"),
        ({"lines": ["q"]}, "--line: no access touches line 'q' (lines: "),
        ({"cores": [3]}, "--core: a core must be a whole number from 0 to 2, not 3"),
        ({"first": 1, "last": 1, "cores": [2]}, "no step is left to show"),
    ],
)
def test_a_window_that_cannot_be_is_refused_in_one_line(asked: Any, said: str) -> None:
    with pytest.raises(co.InputError) as error:
        co.play(record("MESI", WORK), **asked)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_a_run_without_a_record_and_different_runs_side_by_side_are_refused() -> None:
    with pytest.raises(co.InputError, match="record=True"):
        co.play(co.Machine().run(WORK))
    with pytest.raises(co.InputError, match="did not run the same accesses"):
        co.play(record("MESI", OPS), record("Dragon", "0 r x"))


def test_nothing_in_the_page_ends_its_script() -> None:
    nasty = "</script><script>alert(1)</script><!--\u2028]]>"
    run = record(HOSTILE, co.Workload.from_accesses(nasty, lambda: iter([(0, "w", nasty, 0), (1, "r", nasty, 0)]), 2))
    html = co.play(run).html()
    assert html.count("</script>") == 2 and html.count("<script") == 2 and "<!--" not in html
    assert "\u2028" not in html.partition("<body>")[2]
    assert json.loads(embed({"k": nasty})) == {"k": nasty}
    frame = co.play(run)._repr_html_()
    assert frame.count("<") == 2 and "srcdoc=" in frame


def test_the_page_is_whole_and_asks_for_nothing() -> None:
    html = co.play(record("MESI", OPS)).html()
    assert "http:" not in html and "https:" not in html and "src=" not in html.replace("srcdoc=", "")
    assert len((asset("viewer.js") + asset("viewer.css")).encode()) < 90_000


def test_sixteen_thousand_steps_stay_under_two_megabytes() -> None:
    run = record("MESI", co.workloads.random(cores=8, accesses=2000, keys=40), order="program", cache=co.Cache(ways=16))
    assert len(co.play(run).html().encode()) < 2_000_000
