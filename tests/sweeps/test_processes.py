"""Real processes: workers that die, a parent that is killed, Ctrl-C, and scripts that forget their guard."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

import coherence as co
from coherence import __version__
from coherence.sweeps.crew import DEATHS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and named pipes")

PATIENCE = 60_000  # milliseconds after which a test gives up waiting

# Calls are counted in a file; a point can kill its worker, once or always, and can wait at a named pipe.
OWN = """
import os, signal
from pathlib import Path

HERE = Path(__file__).parent

def workload(cores, seed, deadly=-1, once=-1, waits=-1):
    with open(HERE / "calls", "a") as calls:
        calls.write(f"{seed}\\n")
    if seed == deadly or (seed == once and not (HERE / "died").exists()):
        (HERE / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if seed == waits and not (HERE / "go on").exists():
        with open(HERE / "gate") as gate:
            gate.read()
    return [(seed % cores, "w", seed), (0, "r", seed)]
"""

SCRIPT = """
import sys
import coherence as co

def main():
    try:
        print(co.sweep("own.py", seed=range(12), waits=[6], out="out", jobs=2))
    except KeyboardInterrupt:
        print("interrupted")

if __name__ == "__main__":
    main()
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "script.py").write_text(SCRIPT)
    os.mkfifo(tmp_path / "gate")
    return tmp_path / "own.py"


@pytest.fixture
def started(own: Path) -> Iterator[subprocess.Popen[str]]:
    """The script in a session of its own, as far as its seventh point."""
    script = subprocess.Popen(
        [sys.executable, "script.py"], cwd=own.parent, start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # else as the tests have it
    )  # fmt: skip
    yield script
    if script.poll() is None:
        os.killpg(script.pid, signal.SIGKILL)
    script.communicate()


def calls(own: Path) -> Counter[int]:
    """How often each seed was begun, and forget it."""
    file = own.with_name("calls")
    found = Counter(int(line) for line in file.read_text().split())
    file.write_text("")
    return found


def gate(own: Path) -> int:
    """Waits until a worker waits at the gate, whose other end is returned."""
    return os.open(own.with_name("gate"), os.O_WRONLY)


def worker_ended(gate: int) -> bool:
    """Waits until the worker at the gate is no more."""
    poll = select.poll()
    poll.register(gate, select.POLLERR)
    return bool(poll.poll(PATIENCE))


def kept(own: Path) -> set[int]:
    """The seeds of the points in the folder, all of which must be whole."""
    return {int(row["seed"]) for row in co.read_sweep(own.parent / "out").rows()}  # type: ignore[call-overload]


def test_a_worker_that_dies_costs_only_the_point_that_killed_it(own: Path) -> None:
    found = co.sweep(own, seed=range(10), deadly=4, jobs=2)
    table = found.to_pandas()
    assert list(table["error"].dropna()) == [f"its worker died {DEATHS} times"]
    assert list(table["seed"][table["cycles"].isna()]) == [4]
    begun = calls(own)
    assert DEATHS <= begun[4] <= DEATHS + 1  # once beside others, and then alone
    assert all(begun[seed] <= 2 for seed in range(10) if seed != 4)


def test_a_worker_that_dies_once_costs_nothing(own: Path) -> None:
    with_death = co.sweep(own, seed=range(6), once=3, jobs=2)
    assert with_death.failures() == {}
    assert len(with_death.to_pandas()) == 6


def test_after_sigkill_only_what_is_missing_is_computed(own: Path, started: subprocess.Popen[str]) -> None:
    end = gate(own)
    started.kill()
    assert worker_ended(end)  # no worker outlives its parent
    os.close(end)
    done = kept(own)
    assert 0 < len(done) < 12
    calls(own)
    own.with_name("go on").touch()
    co.sweep(own, seed=range(12), waits=[6], out=own.parent / "out", jobs=2)
    assert calls(own) == Counter(set(range(12)) - done)
    assert kept(own) == set(range(12))


def test_ctrl_c_stops_soon_and_keeps_what_is_done(own: Path, started: subprocess.Popen[str]) -> None:
    end = gate(own)
    os.killpg(started.pid, signal.SIGINT)  # as a terminal does: the parent and every worker
    assert worker_ended(end)
    os.close(end)
    out, err = started.communicate(timeout=PATIENCE / 1000)
    assert (out, err) == ("interrupted\n", "")
    assert 0 < len(kept(own)) < 12


def test_processes_give_the_same_files_as_one(own: Path, tmp_path: Path) -> None:
    for jobs in (1, 2):
        co.sweep("random", protocol=["MESI", "Dragon"], accesses=30, seed=range(3), out=tmp_path / f"{jobs}", jobs=jobs)
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / f"{jobs}" / __version__).iterdir()} for jobs in (1, 2))
    assert one == two and len(one) == 6


def test_a_pool_that_is_given_and_breaks_keeps_what_is_done(own: Path, tmp_path: Path) -> None:
    with (
        ProcessPoolExecutor(1, get_context("spawn")) as pool,
        pytest.raises(co.Breach, match="the executor broke, and there is no other"),
    ):
        co.sweep(own, seed=range(6), once=3, out=tmp_path / "out", executor=pool, jobs=1)
    assert kept(own) == {0, 1, 2}
    found = co.sweep(
        own, seed=range(6), once=3, out=tmp_path / "out", executor=lambda: ProcessPoolExecutor(1, get_context("spawn"))
    )
    assert found.failures() == {} and kept(own) == set(range(6))


def test_a_pool_that_is_made_anew_goes_on(own: Path) -> None:
    found = co.sweep(own, seed=range(6), once=3, executor=lambda: ProcessPoolExecutor(1, get_context("spawn")))
    assert found.failures() == {} and len(found.to_pandas()) == 6


def test_a_script_without_its_guard_is_told_what_is_missing(own: Path) -> None:
    (own.parent / "bare.py").write_text("import coherence as co\nco.sweep('random', seed=range(4), jobs=2)\n")
    done = subprocess.run(
        [sys.executable, "bare.py"], cwd=own.parent, capture_output=True, text=True, timeout=PATIENCE / 1000
    )
    assert done.returncode == 1
    assert 'must do so under `if __name__ == "__main__":`' in done.stderr.splitlines()[-1]


WITHOUT = """
import sys
sys.modules["_multiprocessing"] = None
from coherence.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("list", 0, ""),
        ("run random", 0, ""),
        ("sweep s.toml --jobs 1", 0, "1 computed"),
        ("sweep s.toml --jobs 2", 2, "no processes here"),
    ],
)
def test_commands_run_where_python_has_no_processes(tmp_path: Path, line: str, code: int, said: str) -> None:
    """As in a browser, where the module is missing."""
    (tmp_path / "s.toml").write_text('workload = "random"\naccesses = 5\n')
    command = [sys.executable, "-c", WITHOUT, *line.split()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == code and said in done.stderr and "Traceback" not in done.stderr
