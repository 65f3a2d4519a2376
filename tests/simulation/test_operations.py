"""A forgotten `yield from` is told with its line, and a program that never ends is told and stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import coherence as co
from coherence.simulation import core as core_module
from coherence.simulation import simulation
from coherence.workloads import TasLock, fetch_and_add


def put_then_end(core: Any) -> Any:
    yield from core.get("n")
    core.put("n", 1)  # forgotten


def put_then_another(core: Any) -> Any:
    core.put("n", 1)  # forgotten
    yield from core.get("n")


def value_is_a_generator(core: Any) -> Any:
    seen = core.get("n")  # forgotten
    yield from core.put("x", seen)


def lock_without(core: Any) -> Any:
    lock = TasLock()
    lock.acquire(core)  # forgotten
    yield from core.get("n")


def atomic_without(core: Any) -> Any:
    fetch_and_add(core, "n")  # forgotten
    yield core.compute(1)


def compute_without(core: Any) -> Any:
    core.compute(1000)  # forgotten
    yield from core.get("n")


def compute_at_the_end(core: Any) -> Any:
    yield from core.get("n")
    core.compute(1000)  # forgotten


FORGETFUL = {
    put_then_end: "core.put(…)",
    put_then_another: "core.put(…)",
    value_is_a_generator: "core.get(…)",
    lock_without: "acquire(…)",
    atomic_without: "fetch_and_add(…)",
    compute_without: "core.compute(…)",
    compute_at_the_end: "core.compute(…)",
}


@pytest.mark.parametrize("program", FORGETFUL)
def test_an_operation_that_is_never_started_is_told_with_its_line(program: Callable[..., Any]) -> None:
    """Without this the program runs to its end and does nothing of what it says."""
    with open(__file__) as source:
        lines = source.read().splitlines()
    first = program.__code__.co_firstlineno
    line = next(n for n, text in enumerate(lines[first:], start=first + 1) if "# forgotten" in text)
    with pytest.raises(co.InputError) as caught:
        co.Machine().run([program])
    name = FORGETFUL[program]
    assert str(caught.value) == (
        f"{__file__}:{line}: core 0 made {name} and never started it; write `yield from {name}`"
    )


def test_one_rule_yield_from_serves_everywhere() -> None:
    """`yield from core.compute(5)` is what `yield core.compute(5)` is; an operation may be made before it is run."""

    def one(core: Any) -> Any:
        read = core.get("x")
        yield from read
        yield from core.compute(5)
        return core.time

    def other(core: Any) -> Any:
        yield from core.get("x")
        yield core.compute(5)
        return core.time

    assert co.Machine().run([one]).returned == co.Machine().run([other]).returned


def spin(core: Any) -> Any:
    while (yield from core.get("flag")) != 1:
        pass


def test_a_program_that_spins_is_told_and_then_stopped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It used to hang without a word: no event was left that could have stopped it."""
    monkeypatch.setattr(core_module, "FIRST_LOOK", 100)
    monkeypatch.setattr(simulation, "MOST", 300)
    with pytest.raises(co.Breach, match="made 300 accesses and has not ended; give max_cycles") as caught:
        co.Machine().run([spin])
    assert "<Core 0: 299 accesses done" in str(caught.value)
    said = capsys.readouterr().err
    assert "100 accesses by one program so far\n  <Core 0: 99 accesses done" in said
    assert "200 accesses by one program so far" in said


def test_with_max_cycles_there_is_no_other_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever gives a bound means it."""
    monkeypatch.setattr(core_module, "FIRST_LOOK", 10)
    monkeypatch.setattr(simulation, "MOST", 20)
    with pytest.raises(co.Breach, match="max-cycles 500"):
        co.Machine().run([spin], max_cycles=500)
