"""`coherence curve` and `coherence misses`: what the Python functions say, in a table and in JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

import coherence as co
from tests.cli.conftest import Said

Call = Callable[..., Said]


def test_curves_are_those_of_python(call: Call, tmp_path: Path) -> None:
    flags = "curve zipf --policies lru,OPT --sizes 2,8 --core 1 --seed 3".split()
    found = call(*flags, "--json", "--plot", tmp_path / "c.png").json
    work = co.workloads.zipf(seed=3)
    for shown, policy in zip(found["curves"], ["LRU", "OPT"], strict=True):
        curve = co.curve(work, [2, 8], policy, core=1, seed=3)
        assert (shown["policy"], shown["misses"], shown["ratios"]) == (policy, list(curve.misses), curve.ratios)
    assert (tmp_path / "c.png").stat().st_size > 1000
    assert f"{curve.ratios[1]:.4g}" in call(*flags).out


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("zipf --sizes 4,x --core 9", "--sizes: expected whole numbers separated by commas, not 'x'"),
        ("zipf --core 9", "zipf has cores 0 to 3, not 9"),
        ("zipf --policies LRU,Best", "unknown policy 'Best'"),
        ("zipf --format natve", "unknown format 'natve'; did you mean native?"),
        ("zipf --sizes 0", "a size of the curve must be a whole number >= 1"),
        ("lock_tas", "a curve needs accesses that are known beforehand, but lock_tas is programs"),
        ("", "expected either a TARGET or --ops"),
        ("zipf --plot x.jpg", "x.jpg"),
    ],
)
def test_a_curve_that_cannot_be(call: Call, flags: str, said: str) -> None:
    answer = call("curve", *flags.split())
    assert answer.code == 2 and said in answer.err and answer.out == ""


def test_miss_classes_are_those_of_python_and_add_up(call: Call) -> None:
    flags = "random --ways 4 --keys-per-line 4 --protocol MOESI".split()
    machine = co.Machine("MOESI", cache=co.Cache(ways=4, keys_per_line=4), cores=4)
    run = machine.run(co.workloads.random(), record=True)
    found = call("misses", *flags, "--json").json
    assert found["totals"] == asdict(co.miss_classes(machine, run))
    assert found["per_core"] == [asdict(co.miss_classes(machine, run, core)) for core in range(4)]
    shown = call("misses", *flags).out
    assert f"{run.totals['read_misses'] + run.totals['write_misses']:,} misses of random" in shown  # type: ignore[operator]
    assert str(found["totals"]["word_false"]) in shown


def test_misses_show_no_steps(call: Call) -> None:
    answer = call("misses", "random", "--steps")
    assert answer.code == 2 and "unrecognized arguments: --steps" in answer.err
    assert "--steps" not in call("misses", "--help").out
