"""What points a sweep has, which key each has, and every way in which it can be asked for wrongly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import coherence as co
from coherence.sweeps.plan import make_plan
from coherence.sweeps.point import describe, find_source, key_of

AXES: dict[str, Any] = {"workload": "random", "accesses": 20}


def keys(**axes: Any) -> list[str]:
    return [key_of(describe(point)) for point in make_plan({**AXES, **axes})]


def test_a_grid_has_every_combination_the_first_axis_slowest() -> None:
    plan = make_plan({**AXES, "protocol": ["MESI", "Dragon"], "cores": (1, 2), "seed": range(3)})
    seen = [(p.machine.protocol.name, p.machine.cores, p.machine.seed) for p in plan]  # type: ignore[union-attr]
    assert seen == [(p, c, s) for p in ("MESI", "Dragon") for c in (1, 2) for s in range(3)]
    assert len(plan) == 12 == len(set(keys(protocol=["MESI", "Dragon"], cores=(1, 2), seed=range(3))))


def test_a_list_of_points_goes_through_the_axes_each() -> None:
    points = [{"protocol": "MESI", "cores": 2}, {"protocol": "MOESI", "cores": 4, "writes": 0.5}]
    plan = make_plan({**AXES, "seed": [7, 8]}, points)
    seen = [(p.machine.protocol.name, p.machine.cores, dict(p.parameters)["writes"], p.machine.seed) for p in plan]  # type: ignore[union-attr]
    assert seen == [("MESI", 2, 0.3, 7), ("MESI", 2, 0.3, 8), ("MOESI", 4, 0.5, 7), ("MOESI", 4, 0.5, 8)]


def test_an_axis_may_be_numpys() -> None:
    numpy = pytest.importorskip("numpy")
    assert keys(writes=numpy.linspace(0, 1, 3)) == keys(writes=[0.0, 0.5, 1.0])


def test_geometry_changes_one_field_of_the_cache() -> None:
    (point,) = make_plan({**AXES, "cache": co.Cache(sets=4, policy="FIFO"), "ways": 2})
    assert point.machine.levels == (co.Cache(sets=4, ways=2, policy="FIFO"),)
    (point,) = make_plan({**AXES, "cache": [[co.Cache(ways=2), co.Cache(ways=8)]]})
    assert point.machine.levels == (co.Cache(ways=2), co.Cache(ways=8))


OTHERS: dict[str, dict[str, Any]] = {
    "protocol": {"protocol": "MOESI"},
    "one cell": {"protocol": co.protocols["MESI"].but("other", S={"BusUpgr": "S"})},
    "cores": {"cores": 3},
    "seed": {"seed": 1},
    "a parameter": {"writes": 0.4},
    "the workload": {"workload": "uniform"},
    "sets": {"sets": 2},
    "ways": {"ways": 64},
    "keys per line": {"keys_per_line": 2},
    "policy": {"policy": "FIFO"},
    "levels": {"cache": [[co.Cache(ways=2), co.Cache(ways=8)]]},
    "a shared level": {"shared": co.Cache(ways=64)},
    "timing": {"timing": co.Timing(memory=99)},
    "arbitration": {"arbitration": "priority"},
    "order": {"order": "trace"},
    "max_cycles": {"max_cycles": 10**9},
}


def test_each_thing_that_matters_changes_the_key() -> None:
    found = {name: keys(**axes)[0] for name, axes in OTHERS.items()} | {"nothing": keys()[0]}
    assert len(set(found.values())) == len(found)


def test_what_does_not_matter_does_not_change_the_key() -> None:
    assert (
        keys()
        == keys(cores=None)
        == keys(protocol="mesi", cores=4, writes=0.3, timing=co.Timing(), seed=0, cache=co.Cache())
    )
    (point,) = make_plan(AXES)
    assert key_of(describe(point)) == key_of(describe(replace(point, engine="simpy")))


def test_the_version_is_part_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = keys()
    monkeypatch.setattr("coherence.sweeps.point.__version__", "0.0.1")
    assert keys() != before


def test_the_content_of_a_trace_is_part_of_the_key_and_its_folder_is_not(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one, moved = tmp_path / "a.trace", tmp_path / "other" / "a.trace"
    one.write_text("0 w x\n1 r x\n")
    moved.write_text(one.read_text())
    axes = {"workload": str(one)}
    key = key_of(describe(next(iter(make_plan(axes)))))
    assert key == key_of(describe(next(iter(make_plan({"workload": moved})))))
    one.write_text("0 w x\n1 w x\n")
    assert key != key_of(describe(next(iter(make_plan(axes)))))


def test_the_digest_of_a_folder_sees_every_file(tmp_path: Path) -> None:
    for core in (0, 1):
        (tmp_path / f"p{core}.trace").write_text("r 0x10\n")
    before = find_source(tmp_path)
    assert before.format == "per-core" and before.name == tmp_path.name
    (tmp_path / "p1.trace").write_text("w 0x10\n")
    assert find_source(tmp_path).content != before.content


def test_a_function_of_the_workloads_is_its_name() -> None:
    assert find_source(co.workloads.zipf) == find_source("zipf")
    assert dict(find_source("zipf").parameters)["skew"] == 0.99


# what is asked for → what the message must say
WRONG: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "no workload": (lambda: {"workload": None}, "workload must be a name"),
    "unknown workload": (lambda: {"workload": "randon"}, r"unknown workload 'randon'; did you mean random\?"),
    "no file": (lambda: {"workload": "no/such.trace"}, "no such file or folder, expected a trace or a .py file"),
    "a Workload": (lambda: {"workload": co.workloads.random()}, "travel to other processes"),
    "unknown axis": (lambda: {"protocl": "MESI"}, r"unknown axis or parameter 'protocl'; did you mean protocol\?"),
    "parameter of another": (lambda: {"skew": 1}, r"unknown axis or parameter 'skew'.*for random"),
    "parameter out of range": (lambda: {"writes": [0.5, 2]}, "writes must be from 0 to 1, not 2"),
    "parameter no data": (lambda: {"writes": {1}}, "writes must be a number, a text"),
    "cores": (lambda: {"cores": [1, 0]}, "cores must be a whole number from 1 to 65536, not 0"),
    "seed": (lambda: {"seed": "x"}, "seed must be a whole number, not 'x'"),
    "cache": (lambda: {"cache": 16}, "cache must be a co.Cache"),
    "shared": (lambda: {"shared": 16}, "shared must be a co.Cache or None, not 16"),
    "ways": (lambda: {"ways": [0]}, "ways must be a whole number >= 1, not 0"),
    "policy": (lambda: {"policy": "LUR"}, r"unknown policy 'LUR'; did you mean LRU"),
    "timing": (lambda: {"timing": 3}, "timing must be a co.Timing or the name of one, not 3"),
    "order": (lambda: {"order": "sideways"}, "unknown order 'sideways'"),
    "max_cycles": (lambda: {"max_cycles": 0}, "max_cycles must be a whole number >= 1, not 0"),
    "no value": (lambda: {"seed": []}, "seed has no value"),
    "twice": (lambda: {"cores": [2, 4, 2]}, "cores 2 is given twice"),
    "twice, written differently": (lambda: {"protocol": ["MESI", "mesi"]}, "protocol 'mesi' is given twice"),
    "together": (lambda: {"policy": "PLRU", "ways": [4, 3]}, "PLRU"),
    "geometry of which level": (
        lambda: {"cache": [[co.Cache(ways=2), co.Cache(ways=8)]], "ways": 4}, "ways: of which level?",
    ),
    "one name, two tables": (
        lambda: {"protocol": ["MESI", co.protocols["MOESI"].renamed("MESI")]}, "two protocols are called MESI",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_named(case: str) -> None:
    axes, said = WRONG[case]
    with pytest.raises(co.InputError, match=said):
        make_plan({**AXES, **axes()})


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(co.InputError) as told:
        make_plan({"workload": "random", "cores": 0, "protocol": "MESSI", "writes": 2}, engine="turbo")
    assert len(str(told.value).splitlines()) == 4


def test_faults_of_points_name_the_point() -> None:
    with pytest.raises(co.InputError, match=r"point 2: cores must be .*\nworkload is missing"):
        make_plan({}, [{"workload": "random"}, {"cores": 0}])
    with pytest.raises(co.InputError, match="cores is given by the points and as an axis"):
        make_plan({**AXES, "cores": 2}, [{"cores": 3}])


def test_a_point_has_its_workload_s_line_size_unless_told() -> None:
    lines = [point.machine.levels[0].keys_per_line for point in make_plan({"workload": ["false_sharing", "random"]})]
    assert lines == [64, 1]
    told: list[dict[str, Any]] = [{"keys_per_line": 1}, {"cache": co.Cache()}, {"keys_per_line": 1, "sets": 4}]
    for axes in told:
        (point,) = make_plan({"workload": "false_sharing"} | axes)
        assert point.machine.levels[0].keys_per_line == 1
    (point,) = make_plan({"workload": "false_sharing", "sets": 4})
    assert point.machine.levels[0] == co.Cache(sets=4, keys_per_line=64)
