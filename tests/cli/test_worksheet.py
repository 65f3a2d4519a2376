"""`coherence worksheet` as a teacher meets it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_the_command(call: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "sheet.html"
    said = call("worksheet", "--protocol", "dragon", "--seed", 4, "--json", "-o", out)
    assert said.code == 0 and said.json["protocol"] == "Dragon" and len(said.json["steps"]) == 12
    assert out.read_text().count("<table>") == 3
    assert call("worksheet", "--ops", "0 w 0x10; 1 r 0x10", "--no-solution", "-o", out).code == 0
    assert "0x10" in out.read_text() and out.read_text().count("<table>") == 2
    flags = ["--seed", 2, "--json", "-o", out]  # a drawn exercise is for the machine asked for, as any other
    evicted = [call("worksheet", *more, *flags).json["steps"] for more in ([], ["--ways", 1])]
    assert [any("BusWB" in step["bus"] and step["op"] != "e" for step in steps) for steps in evicted] == [False, True]
    for wrong, told in (
        (
            ["--engine", "turbo", "--format", "natve"],
            "unknown engine 'turbo' (known: auto, simpy, fast)\nunknown format",
        ),
        (["random"], "at most 40 accesses; random has 4,000"),
        (["--rows", 2], "rows must be a whole number from 3 to 40, not 2"),
        (["--ops", "0 r x", "--order", "program"], "leave out --order program"),
        (["lock_ticket"], "needs accesses in an order"),
    ):
        said = call("worksheet", *wrong, "-o", tmp_path / "no.html")
        assert said.code == 2 and told in said.err, said.err
    assert not (tmp_path / "no.html").exists()
