"""Several levels from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import coherence as co
from tests.cli.conftest import Said

Call = Callable[..., Said]

LEVELS = "run random --ways 2 --level sets=4,ways=2,lookup=5 --shared ways=64,policy=arc,lookup=20"


def test_flags_build_the_levels_they_name(call: Call) -> None:
    found = json.loads(call(*LEVELS.split(), "--json").out)
    levels = [co.Cache(ways=2), co.Cache(4, 2, lookup=5)]
    machine = co.Machine(cache=levels, shared=co.Cache(ways=64, policy="ARC", lookup=20))
    run = machine.run(co.workloads.random())
    time = found.pop("access_time")
    assert found == run.to_json()
    assert time == {
        "model": co.access_time(machine, run).model,
        "measured": run.totals["amat"],
        "difference": co.access_time(machine, run).difference,
    }


def test_levels_are_shown_and_a_single_one_is_not(call: Call) -> None:
    shown = call(*LEVELS.split()).out
    assert "level 2" in shown and "back invalidations" in shown and "shared" in shown and "difference" in shown
    plain = call("run", "random")
    assert "level" not in plain.out
    assert "levels" not in json.loads(call("run", "random", "--json").out)


def test_a_machine_file_with_other_flags(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "m.toml"
    file.write_text("keys_per_line = 64\n[[level]]\nways = 4\n[[level]]\nways = 8\nlookup = 3\n")
    found = json.loads(call("run", "false_sharing", "--machine", str(file), "--cores", "2", "--json").out)
    assert (found["cores"], found["totals"]["true_sharing"], len(found["levels"][0])) == (2, 0, 2)
    compared = json.loads(call("compare", "random", "--machine", "zen2", "--protocols", "MSI,MOESI", "--json").out)
    assert [len(run["levels"]) for run in compared["runs"]] == [4, 4]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (
            "--machine zen2 --ways 3 --keys-per-line 64 --level ways=3",
            "--machine says what --ways, --keys-per-line, --level would",
        ),
        ("--machine zen", "unknown machine 'zen'; did you mean zen2?"),
        ("--level ways", "level 2: expected sets=N,ways=N,policy=NAME,lookup=CYCLES, each once, not 'ways'"),
        ("--level ways=1,ways=2", "each once, not 'ways=2'"),
        ("--level ways=x --level way=3 --shared sets=0", "level 2: ways must be a whole number"),
        ("--level ways=x --level way=3 --shared sets=0", "level 3: unknown key 'way'"),
        ("--level ways=x --level way=3 --shared sets=0", "shared: sets must be a whole number"),
        ("--ways 0 --level ways=1 --arbitration x --timing y", "unknown timing preset"),
        ("--ways 0 --level ways=1 --arbitration x --timing y", "unknown arbitration"),
        ("--shared policy=OPT", "the shared level cannot have policy OPT"),
        ("--ways 3 --policy PLRU", "policy PLRU needs ways a power of two, not 3"),
    ],
)
def test_wrong_levels_are_told(call: Call, flags: str, said: str) -> None:
    done = call("run", "random", *flags.split())
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_opt_and_programs(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "def workload(cores, seed):\n    def one(core):\n        yield from core.get(1)\n    return [one]\n"
    )
    done = call("run", str(file), "--policy", "OPT", "--ways", "2")
    assert (done.code, "policy OPT needs to know every access in advance" in done.err) == (2, True)
    assert call("run", "random", "--policy", "OPT", "--ways", "2").code == 0
