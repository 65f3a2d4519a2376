"""`coherence sweep`: a TOML file to a folder and a table, faults by key, and what is said of failures."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import coherence as co
from coherence.cli.output import show
from tests.cli.conftest import Said

Call = Callable[..., Said]

GRID = """
workload = "random"
protocol = ["MESI", "mine.txt"]
cores = 2
accesses = 30
writes = [0.1, 0.5]
seed = [0, 1]
cache = [{sets = 4, ways = 2}, [{ways = 2}, {ways = 16, lookup = 3}]]
timing = {memory = 60}
"""

OWN = """
def workload(cores, seed, bad=0):
    if seed < bad:
        raise ValueError("a bad point")
    return [(0, "w", seed)]
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "grid.toml").write_text(GRID)
    (tmp_path / "in" / "mine.txt").write_text(str(co.protocols["MOESI"].renamed("Mine")))
    (tmp_path / "in" / "own.py").write_text(OWN)
    (tmp_path / "in" / "own.toml").write_text('workload = "own.py"\nseed = [0, 1, 2]\nbad = 1\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_gives_a_folder_and_a_table(call: Call, here: Path) -> None:
    said = call("sweep", "in/grid.toml", "--jobs", 1, "--table", "all.csv")
    told = "all.csv: 16 points\n16 points: 16 computed, 0 were there, 0 failed; kept in grid.sweep\n"
    assert (said.code, said.err) == (0, told)
    table = pd.read_csv(here / "all.csv")
    assert len(table) == 16 and set(table["timing_memory"]) == {60} and set(table["protocol"]) == {"MESI", "Mine"}
    assert set(table["level2_ways"].dropna()) == {16}
    rows = [line for line in said.out.splitlines() if "MESI" in line or "Mine" in line]
    assert len(rows) == 8  # the means over two seeds
    means = table.groupby(["protocol", "workload_writes", "sets"])["cycles"].mean()
    assert show(means["MESI", 0.1, 4]) in said.out
    assert co.read_sweep("grid.sweep").to_pandas().shape == table.shape


def test_a_second_call_computes_only_what_is_missing(call: Call, here: Path) -> None:
    call("sweep", "in/grid.toml", "--jobs", 1, "--out", "r")
    (here / "in" / "grid.toml").write_text(GRID.replace("[0, 1]", "[0, 1, 2]"))
    said = call("sweep", "in/grid.toml", "--jobs", 1, "--out", "r", "--table", "all.parquet")
    assert said.err == "all.parquet: 24 points\n24 points: 8 computed, 16 were there, 0 failed; kept in r\n"
    assert len(pd.read_parquet(here / "all.parquet")) == 24


def test_a_dry_run_counts_and_keeps_nothing(call: Call, here: Path) -> None:
    said = call("sweep", "in/grid.toml", "--dry-run", "--jobs", 2)
    assert said.code == 0
    assert said.out.startswith("16 points, 16 to compute: about ")
    assert "in 2 processes, by the time that 3 of them took here" in said.out
    assert not (here / "grid.sweep").exists()
    call("sweep", "in/grid.toml", "--jobs", 1)
    assert call("sweep", "in/grid.toml", "--dry-run").out == "16 points, 0 to compute\n"


def test_failures_are_told_and_are_exit_1(call: Call, here: Path) -> None:
    said = call("sweep", "in/own.toml", "--jobs", 1)
    assert said.code == 1
    first, last = said.err.splitlines()
    assert first.startswith("failed: own.py, bad=1, MESI, 4 cores, seed 0: InputError: ")
    assert first.endswith("own.py:4: ValueError: a bad point")
    assert last == "3 points: 3 computed, 0 were there, 1 failed; kept in own.sweep"
    assert "2 computed" not in call("sweep", "in/own.toml", "--jobs", 1).err
    assert "3 points: 1 computed, 2 were there, 1 failed" in call("sweep", "in/own.toml", "--jobs", 1, "--retry").err


def test_many_failures_are_not_all_told(call: Call, here: Path) -> None:
    (here / "in" / "own.toml").write_text(f'workload = "own.py"\nseed = {list(range(14))}\nbad = 12\n')
    lines = call("sweep", "in/own.toml", "--jobs", 1).err.splitlines()
    assert len(lines) == 12 and lines[10] == "… and 2 more; column error of --table has all"


def test_results_of_another_version_are_told(call: Call, here: Path) -> None:
    call("sweep", "in/own.toml", "--jobs", 1)
    (here / "own.sweep" / co.__version__).rename(here / "own.sweep" / "0.0.1")
    said = call("sweep", "in/own.toml", "--jobs", 1)
    assert f"own.sweep: leaves out 3 of version 0.0.1; this is version {co.__version__}" in said.err
    assert "3 computed, 0 were there" in said.err


def test_ctrl_c_says_what_is_kept(call: Call, here: Path) -> None:
    (here / "in" / "own.py").write_text(
        "import os, signal\n"
        + OWN.replace("    return", "    if seed == 2: os.kill(os.getpid(), signal.SIGINT)\n    return")
    )
    done = subprocess.run(
        [sys.executable, "-m", "coherence", "sweep", "in/own.toml", "--jobs", "1"], capture_output=True, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler), env=os.environ,
    )  # fmt: skip
    assert done.returncode == 130
    assert done.stderr == "stopped: 2 of 3 points are kept in own.sweep; the same command goes on\n"


# a line of the file → what standard error must say
WRONG = {
    'workload = "randon"': "in/x.toml: unknown workload 'randon'; did you mean random?",
    'workload = "no.trace"': "no.trace: no such file or folder, expected a trace or a .py file",
    "protocol = 3": "in/x.toml: unknown protocol '3'",
    "cores = [2, 0]": "in/x.toml: cores must be a whole number from 1 to 65536, not 0",
    "cores = 2.5": "in/x.toml: cores must be a whole number from 1 to 65536, not 2.5",
    "accesses = -1": "in/x.toml: accesses must be a whole number >= 1, not -1",
    "accesss = 10": "in/x.toml: unknown axis or parameter 'accesss'; did you mean accesses?",
    "cache = 16": "in/x.toml: cache must be a table of sets, ways, keys_per_line, policy, lookup, not 16",
    "cache = {set = 16}": "in/x.toml: cache: unknown key 'set'; did you mean sets?",
    "cache = [{sets = 16}, {ways = 0}]": "in/x.toml: cache: ways must be a whole number >= 1, not 0",
    'timing = "fast"': "in/x.toml: unknown timing preset 'fast'",
    "timing = {memroy = 3}": "in/x.toml: unknown timing 'memroy'; did you mean memory?",
    "points = 3": "in/x.toml: points must be one or more tables [[points]], not 3",
    "points = [{cores = 0}]": "in/x.toml: point 1: cores must be a whole number from 1 to 65536, not 0",
    "points = [{shared = 1}]": "in/x.toml: point 1: shared must be a table of",
    'engine = "turbo"': "in/x.toml: unknown engine 'turbo'",
    'format = "natve"': "in/x.toml: unknown format 'natve'; did you mean native?",
    "seed = 1 2": "in/x.toml: no TOML: ",
    "seed = " + "[" * 9_000: "in/x.toml: no TOML: maximum recursion depth exceeded",
    "d = 1979-05-27": "in/x.toml: unknown axis or parameter 'd'",
}  # fmt: skip


@pytest.mark.parametrize("line", WRONG)
def test_a_fault_of_the_file_names_key_value_and_what_was_expected(call: Call, here: Path, line: str) -> None:
    head = "" if line.startswith("workload") else 'workload = "random"\n'
    (here / "in" / "x.toml").write_text(head + line + "\n")
    said = call("sweep", "in/x.toml", "--jobs", 1)
    assert said.code == 2 and said.out == "" and WRONG[line] in said.err
    assert not (here / "x.sweep").exists()


def test_all_faults_are_told_at_once(call: Call, here: Path) -> None:
    (here / "in" / "x.toml").write_text('workload = "random"\ncores = 0\ncache = {ways = 0}\nprotocol = "MESSI"\n')
    said = call("sweep", "in/x.toml")
    assert len(said.err.splitlines()) == 3


FLAGS = {
    "sweep no.toml": "no.toml: cannot be read (No such file or directory), expected a sweep as TOML",
    "sweep in": "in: cannot be read (Is a directory), expected a sweep as TOML",
    "sweep in/grid.toml --table x.txt": "x.txt: expected a name that ends in .csv, .parquet",
    "sweep in/grid.toml --table no/x.csv": "no/x.csv: the folder no does not exist",
    "sweep in/grid.toml --jobs 0": "jobs must be a whole number from 1 to 1024, not 0",
    "sweep in/grid.toml --executor tcp://here:1": "executor must be dask://host:port, not 'tcp://here:1'",
    "sweep in/grid.toml --executor dask://here": "executor must be dask://host:port, not 'dask://here'",
    "sweep in/grid.toml --out in/own.py": "in/own.py: cannot be a folder of results",
}


@pytest.mark.parametrize("line", FLAGS)
def test_wrong_flags_are_told(call: Call, here: Path, line: str) -> None:
    said = call(*line.split())
    assert said.code == 2 and FLAGS[line] in said.err and said.out == ""


def test_no_bar_is_drawn_where_standard_error_is_no_terminal(call: Call, here: Path) -> None:
    assert "\x1b" not in call("sweep", "in/grid.toml", "--jobs", 1).err
