"""Dask: the same files from a real cluster, workers that die on it, and a cluster that cannot run the package."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import coherence as co
from coherence import __version__
from coherence.sweeps.pools import check_address
from tests.sweeps.test_processes import OWN

GRID: dict[str, Any] = {"protocol": ["MESI", "Dragon"], "accesses": 30, "seed": range(4)}

# Dask's own scheduler or worker, in a process that cannot import this package.
WITHOUT = "import sys; sys.modules['coherence'] = None; from distributed.cli.dask_{0} import main; main(sys.argv[1:])"
WITH = "import sys; from distributed.cli.dask_{0} import main; main(sys.argv[1:])"

dask = [pytest.mark.cluster, pytest.mark.filterwarnings("default")]  # distributed's own warnings


@pytest.fixture(scope="module")
def local() -> Iterator[Any]:
    """A LocalCluster of two processes."""
    distributed = pytest.importorskip("distributed", reason="needs Dask, from the extra dask")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        yield cluster


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / __version__).iterdir()}


class TestCluster:
    pytestmark = dask

    def test_a_cluster_gives_the_same_files(self, local: Any, tmp_path: Path) -> None:
        from distributed import Client

        co.sweep("random", **GRID, out=tmp_path / "here", jobs=1)
        with Client(local, set_as_default=False) as client:
            co.sweep("random", **GRID, out=tmp_path / "client", executor=client.get_executor(pure=False))
        address = local.scheduler_address.replace("tcp://", "dask://")
        co.sweep("random", **GRID, out=tmp_path / "address", executor=address)
        assert contents(tmp_path / "here") == contents(tmp_path / "client") == contents(tmp_path / "address")
        assert len(contents(tmp_path / "here")) == 8

    def test_the_command_line_takes_an_address(self, local: Any, tmp_path: Path) -> None:
        (tmp_path / "x.toml").write_text('workload = "random"\nseed = [0, 1, 2]\naccesses = 20\n')
        address = local.scheduler_address.replace("tcp://", "dask://")
        done = subprocess.run(
            [sys.executable, "-m", "coherence", "sweep", "x.toml", "--executor", address],
            cwd=tmp_path, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "3 points: 3 computed, 0 were there, 0 failed; kept in x.sweep\n")

    def test_a_worker_that_dies_costs_only_the_point_that_killed_it(self, local: Any, tmp_path: Path) -> None:
        from distributed import Client

        (tmp_path / "own.py").write_text(OWN)
        with Client(local, set_as_default=False) as client:
            found = co.sweep(
                tmp_path / "own.py", seed=range(8), deadly=3, executor=client.get_executor(pure=False), jobs=4
            )
        table = found.to_pandas()
        assert list(table["seed"][table["error"].notna()]) == [3]
        assert found.failures() == {table["key"][3]: "its worker died again and again"}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str, str], None]]:
    """Starts a scheduler or a worker of a cluster of the test's own, which find each other by a file."""
    started: list[subprocess.Popen[bytes]] = []

    def one(code: str, kind: str) -> None:
        own = ["--host", "127.0.0.1", "--port", "0"] if kind == "scheduler" else ["--no-nanny", "--nthreads", "1"]
        command = [sys.executable, "-c", code.format(kind), *own, "--no-dashboard", "--scheduler-file", "cluster.json"]
        started.append(subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL))

    yield one
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.cluster
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("scheduler", "worker", "who"), [(WITHOUT, WITH, "the scheduler has none"), (WITH, WITHOUT, "has none")]
)
def test_a_cluster_that_lacks_the_package_is_told_and_does_not_hang(
    start: Callable[[str, str], None], tmp_path: Path, scheduler: str, worker: str, who: str
) -> None:
    distributed = pytest.importorskip("distributed", reason="needs Dask, from the extra dask")
    start(scheduler, "scheduler")
    start(worker, "worker")
    with distributed.Client(scheduler_file=str(tmp_path / "cluster.json"), timeout=60, set_as_default=False) as client:
        client.wait_for_workers(1, timeout=60)
        with pytest.raises(co.InputError, match=f"the cluster cannot run this sweep: coherence .* must be .*{who}"):
            co.sweep("random", **GRID, out=tmp_path / "out", executor=client.get_executor(pure=False))
    assert list((tmp_path / "out" / __version__).iterdir()) == []


@pytest.mark.cluster
@pytest.mark.filterwarnings("default")
def test_an_address_without_a_scheduler_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="needs Dask, from the extra dask")
    monkeypatch.setattr("coherence.sweeps.pools.ANSWER", 1)
    with pytest.raises(co.InputError, match=r"dask://127.0.0.1:1: no Dask scheduler answers there"):
        co.sweep("random", **GRID, executor="dask://127.0.0.1:1")


def test_dask_is_asked_for_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(co.InputError, match="needs Dask, from the extra 'dask'"):
        co.sweep("random", executor="dask://127.0.0.1:1")
    assert len(co.sweep("random", accesses=5, jobs=1).to_pandas()) == 1


@pytest.mark.parametrize("address", ["127.0.0.1:1", "tcp://a:1", "dask://a", "dask://a:x", "dask://a:1/b", "dask://:1"])
def test_an_address_is_checked(address: str) -> None:
    with pytest.raises(co.InputError, match="executor must be dask://host:port"):
        check_address(address)
