"""A sweep's numbers are the runs', what is there is not computed again, and what fails costs only itself."""

from __future__ import annotations

import gc
import json
import sys
import tracemalloc
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import coherence as co
from coherence import __version__
from coherence.sweeps import crew, store
from coherence.sweeps.plan import make_plan
from coherence.sweeps.sweep import run_plan

GRID: dict[str, Any] = {"protocol": ["MESI", "Dragon"], "cores": [1, 3], "accesses": 30, "seed": range(2)}

# A workload that counts its calls in a file beside it, and fails where it is told to.
OWN = """
from pathlib import Path

def workload(cores, seed, bad=-1, exits=-1):
    with open(Path(__file__).with_name("calls"), "a") as calls:
        calls.write(f"{seed}\\n")
    if seed == bad:
        raise ValueError("a bad point")
    if seed == exits:
        raise SystemExit("away")
    return [(seed % cores, "w", seed), (0, "r", seed)]
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "own.py").write_text(OWN)
    return tmp_path / "own.py"


def calls(own: Path) -> list[int]:
    """The seeds that the workload was called with, and forget them."""
    file = own.with_name("calls")
    found = [int(line) for line in file.read_text().split()] if file.exists() else []
    file.write_text("")
    return found


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (folder / __version__).iterdir()}


def test_a_point_has_the_numbers_of_its_run() -> None:
    table = co.sweep("random", **GRID, jobs=1).to_pandas()
    assert len(table) == 8
    for row in table.to_dict("records"):
        work = co.workloads.random(cores=row["cores"], accesses=30, seed=row["seed"])
        run = co.Machine(row["protocol"], cores=row["cores"], seed=row["seed"]).run(work)
        for name, value in run.totals.items():
            assert {n: row[n] for n in value} == value if isinstance(value, dict) else row[name] == value
        assert row["workload_accesses"] == 30 and row["timing_memory"] == 100 and row["error"] is None


def test_the_order_of_rows_is_the_grids() -> None:
    table = co.sweep("random", **GRID, jobs=1).to_pandas()
    seen = list(zip(table["protocol"], table["cores"], table["seed"], strict=True))
    assert seen == [(p, c, s) for p in ("MESI", "Dragon") for c in (1, 3) for s in range(2)]


def test_a_core_has_a_row_in_the_table_of_cores() -> None:
    found = co.sweep("random", **GRID, jobs=1)
    cores = found.to_pandas("cores")
    assert len(cores) == 2 * 2 * (1 + 3)
    sums = cores.groupby("key")["reads"].sum()
    points = found.to_pandas().set_index("key")["reads"]
    assert (sums[points.index] == points).all()
    with pytest.raises(co.InputError, match="unknown table 'lines'"):
        found.to_pandas("lines")  # type: ignore[arg-type]


def test_a_trace_is_a_workload_and_its_cores_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.trace").write_text("0 w 0x40\n2 r 0x41\n")
    table = co.sweep(tmp_path / "a.trace", protocol=["MESI", "MOESI"], keys_per_line=[1, 64], jobs=1).to_pandas()
    assert list(table["cores"]) == [3] * 4
    assert list(table["cache_fills"]) == [0, 1, 0, 1]
    assert set(table["workload"]) == {"a.trace"}


def test_what_is_there_is_not_computed_again(own: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    co.sweep(own, seed=range(3), out=out, jobs=1)
    assert calls(own) == [0, 1, 2]
    before = contents(out)
    found = co.sweep(own, seed=range(5), out=out, jobs=1)
    assert calls(own) == [3, 4]
    assert before.items() < contents(out).items()
    assert len(found) == 5 and len(found.to_pandas()) == 5
    assert len(co.sweep(own, seed=1, out=out, jobs=1).to_pandas()) == 1  # its own points only
    own.write_text(OWN + "# other code\n")
    co.sweep(own, seed=range(2), out=out, jobs=1)
    assert calls(own) == [0, 1]


def test_a_point_that_raises_costs_only_itself(own: Path, tmp_path: Path) -> None:
    found = co.sweep(own, seed=range(4), bad=1, exits=2, out=tmp_path / "out", jobs=1)
    table = found.to_pandas()
    assert list(table["error"].isna()) == [True, False, False, True]
    assert table["error"][1].startswith("InputError") and "own.py:8: ValueError: a bad point" in table["error"][1]
    assert table["error"][2].endswith("own.py:10: SystemExit: away")
    assert table["cycles"].isna().tolist() == [False, True, True, False]
    assert sorted(found.failures()) == sorted(table["key"][[1, 2]])
    assert repr(found) == f"<Sweep: 4 points, 2 failed, in {tmp_path / 'out'}>"


def test_a_failure_is_kept_until_it_is_to_be_tried_again(own: Path, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"seed": range(3), "bad": 1, "out": tmp_path / "out", "jobs": 1}
    co.sweep(own, **asked)
    calls(own)
    co.sweep(own, **asked)
    assert calls(own) == []
    co.sweep(own, **asked, retry=True)
    assert calls(own) == [1]


def test_a_breach_is_a_failure() -> None:
    broken = co.protocols["MESI"].but("forgetful", S={"BusUpgr": "S"})
    found = co.sweep("random", protocol=["MESI", broken], accesses=200, jobs=1)
    (error,) = found.failures().values()
    assert error.startswith("Breach: line ") and "SWMR is broken" in error
    assert list(found.to_pandas()["error"].isna()) == [True, False]


def test_a_trace_that_changes_under_the_sweep_is_told(tmp_path: Path) -> None:
    trace = tmp_path / "a.trace"
    trace.write_text("0 w x\n")
    plan = make_plan({"workload": trace})
    trace.write_text("1 w x\n")
    run_plan(plan, tmp_path / "out", jobs=1)
    assert "not the file that the sweep was planned with" in (tmp_path / "out").rglob("*.json").__next__().read_text()


def test_any_executor_gives_the_same_files(tmp_path: Path) -> None:
    co.sweep("random", **GRID, out=tmp_path / "here", jobs=1)
    with ThreadPoolExecutor(3) as threads:
        co.sweep("random", **GRID, out=tmp_path / "threads", executor=threads)
    co.sweep("random", **GRID, out=tmp_path / "made", executor=lambda: ThreadPoolExecutor(1))
    assert contents(tmp_path / "here") == contents(tmp_path / "threads") == contents(tmp_path / "made")
    with pytest.raises(co.InputError, match="executor must be"):
        co.sweep("random", executor=3)  # type: ignore[arg-type]
    with pytest.raises(co.InputError, match="jobs must be a whole number from 1 to 1024, not 0"):
        co.sweep("random", jobs=0)


def test_results_of_another_version_are_left_out_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as old:
        for module in ("point", "store", "results"):
            old.setattr(f"coherence.sweeps.{module}.__version__", "0.0.1")
        old.setattr(store.keys, "__defaults__", ("0.0.1",))
        co.sweep("random", accesses=5, seed=range(3), out=tmp_path, jobs=1)
    with pytest.warns(UserWarning, match=r"leaves out 3 of version 0\.0\.1; this is version"):
        found = co.sweep("random", accesses=5, seed=range(2), out=tmp_path, jobs=1)
    assert list(found.to_pandas()["version"]) == [__version__] * 2
    with pytest.warns(UserWarning, match="leaves out 3"):
        assert len(co.read_sweep(tmp_path)) == 2


def test_a_folder_opens_as_one_table_in_one_order(tmp_path: Path) -> None:
    first = co.sweep("random", **GRID, out=tmp_path, jobs=1)
    co.sweep("false_sharing", writes=5, cores=2, out=tmp_path, jobs=1)
    table = co.read_sweep(tmp_path).to_pandas()
    assert len(table) == 9
    assert list(table["workload"]) == ["false_sharing"] + ["random"] * 8
    assert list(table["protocol"][1:]) == ["Dragon"] * 4 + ["MESI"] * 4
    assert table["workload_padded"].isna().sum() == 8
    (folder,) = set(table["key"]) - set(first.to_pandas()["key"])
    assert co.read_sweep(tmp_path).origin(folder)["workload"]["name"] == "false_sharing"  # type: ignore[index]
    with pytest.raises(co.InputError, match="no result 'nokey' of version"):
        first.origin("nokey")
    (tmp_path / "empty").mkdir()
    with pytest.raises(co.InputError, match="no results of a sweep in it"):
        co.read_sweep(tmp_path / "empty")


def test_half_a_file_is_never_a_result(tmp_path: Path) -> None:
    found = co.sweep("random", accesses=5, seed=range(3), out=tmp_path, jobs=1)
    place = tmp_path / __version__
    (place / ".coherence-abc.json").write_text('{"key"')  # what a kill amid writing leaves
    assert len(co.read_sweep(tmp_path)) == 3
    damaged = sorted(place.glob("[0-9a-f]*.json"))[0]
    damaged.write_text(damaged.read_text()[:100])
    for read in (found, co.read_sweep(tmp_path)):
        with pytest.raises(co.InputError, match=f"{damaged.name}: no result of a sweep"):
            read.to_pandas()
    damaged.write_text(json.dumps({"key": damaged.stem, "point": {}, "totals": {}, "per_core": []}))
    with pytest.raises(co.InputError, match=f"{damaged.name}: no result of a sweep; delete it"):
        found.to_pandas()


def test_a_fault_while_writing_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, text: str, *args: Any) -> int:
        with open(self, "w") as file:
            file.write(text[:10])
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(co.InputError, match="disk full"):
        co.sweep("random", accesses=5, out=tmp_path, jobs=1)
    assert list((tmp_path / __version__).iterdir()) == []


def test_csv_and_parquet_hold_the_table(tmp_path: Path, own: Path) -> None:
    found = co.sweep("random", **GRID, ways=[None, 4], jobs=1)
    found.to_csv(tmp_path / "a.csv")
    found.to_parquet(tmp_path / "a.parquet")
    found.to_parquet(tmp_path / "cores.parquet", "cores")
    table = found.to_pandas()
    for read in (pd.read_csv(tmp_path / "a.csv"), pd.read_parquet(tmp_path / "a.parquet")):
        assert list(read.columns) == list(table.columns)
        for name in ("cycles", "amat", "protocol", "key", "workload_writes"):
            assert list(read[name]) == list(table[name])
        assert list(read["ways"].isna()) == list(table["ways"].isna())
    assert len(pd.read_parquet(tmp_path / "cores.parquet")) == len(found.to_pandas("cores"))
    mixed = co.sweep(own, bad=["x", 1], seed=range(2), jobs=1)
    mixed.to_parquet(tmp_path / "mixed.parquet")
    assert list(pd.read_parquet(tmp_path / "mixed.parquet")["workload_bad"]) == ["x", "x", "1", "1"]
    co.sweep("random", accesses=5, seed=[0, 2**63], jobs=1).to_parquet(tmp_path / "long.parquet")
    assert list(pd.read_parquet(tmp_path / "long.parquet")["seed"]) == ["0", str(2**63)]


def test_pandas_is_asked_for_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = co.sweep("random", accesses=5, jobs=1)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(co.InputError, match="to_pandas needs pandas, from the extra 'data'"):
        found.to_pandas()


class Canned(Executor):
    """Answers at once with a record that another point had, so that only the sweep's own memory is seen."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.record = record
        self.answered = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if fn is crew.ready:
            future.set_result(fn())
        else:
            self.answered += 1
            future.set_result(self.record | {"key": f"{self.answered:032x}", "padding": "x" * 5000})
        return future


def test_the_memory_of_the_parent_is_flat_in_the_number_of_points(tmp_path: Path) -> None:
    weights = []

    class Weighed(Canned):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            if self.answered % 50 == 0:
                gc.collect()
                weights.append(tracemalloc.get_traced_memory()[0])
            return super().submit(fn, *args, **kwargs)

    record = next(co.sweep("random", accesses=5, jobs=1).records())
    tracemalloc.start()
    run_plan(make_plan({"workload": "random", "seed": range(400)}), tmp_path, Weighed(record), jobs=4)
    tracemalloc.stop()
    assert sum(1 for _ in store.keys(tmp_path)) == 400
    assert max(weights[3:]) < weights[2] + 50_000  # 300 records held would be 1.5 million bytes


def test_what_is_done_when_ctrl_c_comes_is_kept(tmp_path: Path) -> None:
    class Interrupted(Canned):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            if self.answered == 3:
                raise KeyboardInterrupt
            return super().submit(fn, *args, **kwargs)

    record = next(co.sweep("random", accesses=5, jobs=1).records())
    with pytest.raises(KeyboardInterrupt):
        run_plan(make_plan({"workload": "random", "seed": range(9)}), tmp_path, Interrupted(record), jobs=8)
    assert sum(1 for _ in store.keys(tmp_path)) == 3


def test_an_executor_that_fails_is_no_fault_of_the_points(tmp_path: Path) -> None:
    class Failing(Canned):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            future = super().submit(fn, *args, **kwargs)
            if self.answered == 3:
                future = Future()
                future.set_exception(OSError("lost the network"))
            return future

    record = next(co.sweep("random", accesses=5, jobs=1).records())
    with pytest.raises(co.Breach, match=r"the executor failed at random, .*: OSError: lost the network"):
        co.sweep("random", seed=range(9), out=tmp_path, executor=Failing(record), jobs=1)
    assert sum(1 for _ in store.keys(tmp_path)) == 2


def test_an_executor_without_workers_or_with_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(Executor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            return Future()

    class Old(Executor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_result("0.0.1")
            return future

    monkeypatch.setattr(crew.compute_all, "__defaults__", (0.01,))
    with pytest.raises(co.InputError, match="no worker of the executor answered within"):
        co.sweep("random", executor=Silent())
    with pytest.raises(co.InputError, match=r"workers have coherence 0\.0\.1, and this process has"):
        co.sweep("random", executor=Old())


def test_the_folder_goes_with_the_result_where_none_is_named() -> None:
    found = co.sweep("random", accesses=5, jobs=1)
    folder = found.folder
    assert json.loads(next(folder.rglob("*.json")).read_text())["point"]["seed"] == 0
    del found
    assert not folder.exists()
