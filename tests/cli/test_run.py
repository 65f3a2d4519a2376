"""`run`, `compare`, `list` and `table`: what they print, and what they leave behind."""

from __future__ import annotations

import gzip
import io
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path

import pytest

import coherence as co
from coherence.protocol.find import protocols
from tests.cli.conftest import Said

Call = Callable[..., Said]
TOTALS = [
    "reads", "writes", "read_misses", "write_misses", "upgrades", "silent_upgrades", "evictions", "writebacks", "flushes",
    "supplies", "memory_fills", "cache_fills", "interventions", "invalidations", "cold", "replacement", "true_sharing",
    "false_sharing", "bus", "bus_wait", "cycles", "memory_writes", "bus_busy", "bus_utilization", "hit_rate", "miss_rate", "amat",
]  # fmt: skip


def test_json_has_exactly_the_promised_names(call: Call) -> None:
    said = call("run", "random", "--cores", 3, "--json")
    assert (said.code, said.err) == (0, "")
    assert list(said.json) == ["protocol", "engine", "order", "cores", "cycles", "totals", "per_core"]
    assert sorted(said.json["totals"]) == sorted(TOTALS)
    assert len(said.json["per_core"]) == said.json["cores"] == 3
    assert set(said.json["per_core"][0]) == set(TOTALS[:20]) | {"finish"}
    assert set(said.json["per_core"][0]["bus"]) == {"BusRd", "BusRdX", "BusUpgr", "BusUpd", "BusWr", "BusWB"}


def test_steps_of_a_short_sequence(call: Call) -> None:
    said = call("run", "--ops", "0 w x; 1 r x; 1 r 0x10; 0 e x", "--steps", "--json")
    assert said.json["order"] == "trace"
    assert said.json["steps"] == [
        {"core": 0, "op": "w", "key": "x", "states": {"x": ["M", "I"]}, "bus": ["BusRdX"], "supplier": "memory",
         "memory_written": False, "miss": "cold"},
        {"core": 1, "op": "r", "key": "x", "states": {"x": ["S", "S"]}, "bus": ["BusRd"], "supplier": 0,
         "memory_written": True, "miss": "cold"},
        {"core": 1, "op": "r", "key": "0x10", "states": {"x": ["S", "S"], "0x10": ["I", "E"]}, "bus": ["BusRd"],
         "supplier": "memory", "memory_written": False, "miss": "cold"},
        {"core": 0, "op": "e", "key": "x", "states": {"x": ["I", "S"], "0x10": ["I", "E"]}, "bus": [],
         "supplier": None, "memory_written": False, "miss": None},
    ]  # fmt: skip


def test_steps_put_a_victims_write_back_last(call: Call) -> None:
    steps = call("run", "--ops", "0 w 0; 0 w 1", "--ways", 1, "--steps", "--json").json["steps"]
    assert (steps[1]["bus"], steps[1]["memory_written"]) == (["BusRdX", "BusWB"], True)
    assert steps[1]["states"] == {"0": ["I"], "1": ["M"]}


def test_steps_of_keys_of_one_line_move_together(call: Call) -> None:
    steps = call("run", "--ops", "0 r 0; 0 r 1; 1 w 1", "--keys-per-line", 2, "--steps", "--json").json["steps"]
    assert steps[2]["states"] == {"0": ["I", "M"], "1": ["I", "M"]}


def test_readable_output_shows_counters_and_steps(call: Call) -> None:
    said = call("run", "--ops", "0 w x; 1 r x", "--steps")
    assert said.code == 0
    for word in ("steps under MESI", "core 1 r x", "S S", "core 0", "read misses", "ops under MESI: 2 cores"):
        assert word in said.out
    assert "\x1b" not in said.out


def test_steps_come_last_after_brief_counters(call: Call) -> None:
    said = call("run", "--ops", "0 w x; 1 r x; 0 w x", "--steps")
    assert said.out.index("counters") < said.out.index("steps under MESI")
    assert said.out.splitlines()[-2].split() == ["3", "core", "0", "w", "x", "M", "I", "BusUpgr"]
    assert len(said.out.splitlines()) <= 20  # a terminal has 24


def test_a_breach_shows_the_steps_until_then(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "broken.txt"
    file.write_text(str(protocols["MESI"].but("broken", S={"BusUpgr": "S"})))
    said = call("run", "--ops", "0 r x; 1 r x; 0 w x; 1 r x", "--protocol", file, "--steps")
    rows = [line.split()[:5] for line in said.out.splitlines() if " core " in line]
    assert rows == [["1", "core", "0", "r", "x"], ["2", "core", "1", "r", "x"], ["3", "core", "0", "w", "x"]]
    assert said.code == 1 and "SWMR is broken" in said.err


def test_every_file_that_is_written_is_told_in_one_line(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever writes it, on standard error; files that nobody named are named after what they show."""
    monkeypatch.chdir(tmp_path)
    Path("t.trace").write_text("0 w x\n1 r x\n")
    Path("s.toml").write_text('workload = "ping_pong"\n')
    written = {
        "p.svg": ["run", "random", "--plot", "p.svg"],
        "c.svg": ["compare", "random", "--protocols", "MESI,MSI", "--plot", "c.svg"],
        "m.svg": ["misses", "random", "--plot", "m.svg"],
        "v.svg": ["curve", "random", "--plot", "v.svg"],
        "MESI.svg": ["diagram", "MESI"],
        "ping_pong.html": ["play", "ping_pong"],
        "bug.html": ["play", "--find-the-bug"],
        "t.html": ["play", "./t.trace"],
        "worksheet.html": ["worksheet"],
        "ops.json": ["export", "--ops", "0 w x"],
        "o.csv": ["export", "random", "--output", "o.csv"],
        "t.ctrace": ["trace", "convert", "t.trace", "-o", "t.ctrace"],
        "t.gz": ["trace", "convert", "t.trace", "-o", "t.gz"],
        "all.csv": ["sweep", "s.toml", "--jobs", "1", "--table", "all.csv"],
    }
    for name, line in written.items():
        said = call(*line)
        assert said.code == 0 and Path(name).stat().st_size
        assert len([row for row in said.err.splitlines() if row.startswith(f"{name}: ")]) == 1, line


def test_list_takes_a_kind(call: Call) -> None:
    listed = call("list", "--json").json
    assert {"machines", "plots", "exports"} < set(listed)
    for kind, rows in listed.items():
        assert call("list", kind, "--json").json == {kind: rows}
        assert all(row["about"] for row in rows)


def test_progress_counts_from_the_first_access_and_knows_the_total() -> None:
    """In a real terminal, of many cores: each has fewer accesses than the bar takes at once."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    line = [*PYTHON, "run", "private", "--cores", "20", "--engine", "simpy", "--json"]
    with subprocess.Popen(
        line, stdout=subprocess.DEVNULL, stderr=theirs, env=os.environ | {"TERM": "xterm"}
    ) as process:
        os.close(theirs)
        said = b""
        with suppress(OSError):  # the terminal's other side is closed
            while piece := os.read(ours, 65536):
                said += piece
    os.close(ours)
    assert process.returncode == 0
    shown = {int(n.replace(",", "")) for n in re.findall(r"([\d,]+) of 20,000 accesses", said.decode())}
    assert {n for n in shown if 0 < n < 20_000}


def test_the_worst_lines_are_named_with_their_pattern(call: Call) -> None:
    said = call("run", "false_sharing", "--keys-per-line", 64)
    assert ["0", "false", "sharing", "701", "600", "4", "4"] in [line.split() for line in said.out.splitlines()]
    assert "worst lines" not in call("run", "--ops", "0 w x").out


def test_compare_is_the_runs_one_by_one(call: Call) -> None:
    both = call("compare", "producer_consumer", "--protocols", "MESI,MOESI", "--json").json["runs"]
    assert both == [call("run", "producer_consumer", "--protocol", p, "--json").json for p in ("MESI", "MOESI")]
    assert "MOESI" in call("compare", "producer_consumer", "--protocols", "MESI,MOESI").out


def test_list_names_everything(call: Call) -> None:
    listed = call("list", "--json").json
    assert [p["name"] for p in listed["protocols"]] == list(protocols)
    assert {"workloads", "policies", "arbitrations", "timings", "formats"} < set(listed)
    assert all(row["about"] for rows in listed.values() for row in rows)
    text = call("list").out
    assert all(row["name"] in text for rows in listed.values() for row in rows)


@pytest.mark.parametrize("name", protocols)
def test_table_prints_what_parses(call: Call, name: str) -> None:
    assert co.Protocol.parse(call("table", name).out) == protocols[name]


def test_a_protocol_of_ones_own_runs_from_a_file(call: Call, tmp_path: Path) -> None:
    """Firefly's idea in other words: not in the catalogue, typed as a file, with states nobody knows."""
    file = tmp_path / "mine.txt"
    file.write_text(
        "Mine: written by a student\nHot Hot exclusive dirty\nWarm Warm\nGone Gone invalid\n"
        "     | PrRd          | PrWr           | Evict        | BusRd         | BusRdX       \n"
        "Hot  | Hot           | Hot            | BusWB > Gone | Flush > Warm  | Flush > Gone \n"
        "Warm | Warm          | BusRdX > Hot   | Gone         | Warm          | Gone         \n"
        "Gone | BusRd > Warm  | BusRdX > Hot   | never        | Gone          | Gone         \n"
    )
    said = call("run", "--ops", "0 w x; 1 r x; 1 w x", "--protocol", file, "--steps", "--json")
    assert [s["states"]["x"] for s in said.json["steps"]] == [["Hot", "Gone"], ["Warm", "Warm"], ["Gone", "Hot"]]
    assert call("table", file).code == 0
    assert call("compare", "random", "--protocols", f"MESI,{file}").code == 0


def test_more_cores_idle_and_fewer_are_an_error(call: Call) -> None:
    assert call("run", "--ops", "1 r x", "--cores", 4, "--json").json["cores"] == 4
    said = call("run", "--ops", "3 r x", "--cores", 2)
    assert (said.code, said.err) == (2, "coherence: ops needs 4 cores, the machine has 2\n")


def test_a_trace_says_what_it_was_read_as(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "t.gz"
    file.write_bytes(gzip.compress(b"0 r a1\n1 w b2\n"))
    said = call("run", file, "--json")
    assert said.err.splitlines()[0] == f"{file}: read as format ncsu"
    assert said.json["cores"] == 2
    assert f"{file}: read as" not in call("run", file, "--format", "ncsu", "--json").err


@pytest.mark.parametrize("flags", [[], ["--order", "trace"], ["--order", "trace", "--cores", "2"], ["--steps"]])
def test_standard_input_is_a_native_trace(call: Call, monkeypatch: pytest.MonkeyPatch, flags: list[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"0 w x\r\n1 r x # c\r\n")))
    said = call("run", "-", "--json", *flags)
    assert (said.code, said.json["totals"]["cache_fills"], said.json["cores"]) == (0, 1, 2)


def test_a_workload_of_ones_own(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "def workload(cores, seed):\n    def program(core):\n        yield from core.put('x', seed)\n    return [program] * cores\n"
    )
    assert call("run", file, "--cores", 3, "--json").json["totals"]["writes"] == 3
    file.write_text("def workload(cores, seed):\n    return 1 / 0\n")
    assert call("run", file).err == f"coherence: {file}:2: ZeroDivisionError: division by zero\n"
    file.write_text(
        "def workload(cores, seed):\n    def p(core):\n        yield from core.get('x')\n        1 / 0\n    return [p]\n"
    )
    assert call("run", file).err == f"coherence: {file}:4: ZeroDivisionError: division by zero\n"
    file.write_text("import sys\nsys.exit(0)\n")
    assert call("run", file) == Said(2, "", f"coherence: {file}:2: SystemExit: 0\n")
    file.write_text("def workload(\n")
    assert call("run", file).err.startswith(f"coherence: {file}:1: SyntaxError")
    file.write_text("x = 1\n")
    assert "expected a function workload(cores, seed)" in call("run", file).err


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_plot_is_written_whole_and_the_same_each_time(call: Call, tmp_path: Path, suffix: str) -> None:
    files = [tmp_path / f"{n}.{suffix}" for n in "ab"]
    for file in files:
        assert call("run", "random", "--plot", file).code == 0
    assert files[0].read_bytes() == files[1].read_bytes() != b""
    assert sorted(os.listdir(tmp_path)) == [f.name for f in files]
    assert call("compare", "random", "--protocols", "MESI,Dragon", "--plot", tmp_path / f"c.{suffix}").code == 0


def test_false_sharing_hints_at_lines_of_several_keys(call: Call) -> None:
    assert "try --keys-per-line 64" in call("run", "false_sharing", "--keys-per-line", 1).err


def test_a_workload_brings_its_line_size_and_a_trace_has_lines_of_one_key(call: Call, tmp_path: Path) -> None:
    said = call("run", "false_sharing", "--json")
    assert said.err == ""
    assert said.json["totals"]["false_sharing"] > 0
    assert said.json == call("run", "false_sharing", "--keys-per-line", 64, "--json").json
    assert call("run", "false_sharing_padded", "--json").json["totals"]["invalidations"] == 0
    assert call("misses", "false_sharing", "--json").json["totals"]["false_sharing"] > 0
    (tmp_path / "t.ncsu").write_text("0 w a0\n1 w a4\n")
    trace = call("run", tmp_path / "t.ncsu", "--format", "ncsu", "--json")
    assert trace.json["totals"]["invalidations"] == 0 and "try --keys-per-line 64" in trace.err
    # a curve of one core: its accesses all fall on one line of 64 keys
    assert call("curve", "false_sharing_padded", "--core", 3, "--json").json["curves"][0]["misses"][0] == 1
    # in Python the machine's own cache decides
    assert co.Machine().run(co.workloads.false_sharing()).totals["invalidations"] == 0


def test_a_policy_that_changes_nothing_is_told_in_one_line(call: Call) -> None:
    said = call("run", "random", "--policy", "FIFO", "--json")
    assert said.code == 0 and said.err == (
        "hint: policy FIFO changes nothing: an unbounded cache evicts nothing; give it ways, as --ways 8\n"
    )
    for flags in (["--policy", "FIFO", "--ways", "8"], ["--policy", "lru"], ["--machine", "skylake"]):
        assert call("run", "random", "--json", *flags).err == ""
    assert "policy LFU" in call("run", "random", "--ways", 4, "--level", "policy=LFU", "--json").err


def test_a_breach_exits_1_with_the_story(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "broken.txt"
    file.write_text(str(protocols["MESI"].but("broken", S={"BusUpgr": "S"})))
    said = call("run", "--ops", "0 r x; 1 r x; 0 w x", "--protocol", file, "--json")
    assert (said.code, said.out) == (1, "")
    assert "SWMR is broken" in said.err
    assert call("run", "random", "--max-cycles", 5).code == 1


PYTHON = [sys.executable, "-m", "coherence"]
NAMES = "run compare sweep play export worksheet verify misses curve trace list table diagram"
COMMANDS = [*([name] for name in NAMES.split()), ["trace", "info"], ["trace", "convert"]]


def test_version_and_help_answer() -> None:
    done = subprocess.run([*PYTHON, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"coherence {co.__version__}\n"
    for command in ([], *COMMANDS):
        done = subprocess.run([*PYTHON, *command, "--help"], capture_output=True, text=True, check=True)
        assert "example: coherence" in done.stdout
        assert len(done.stdout.splitlines()) <= 45


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_example_of_each_help_stands_on_one_line_and_runs_from_the_checkout(
    command: list[str], tmp_path: Path
) -> None:
    eighty = {**os.environ, "COLUMNS": "80"}
    told = subprocess.run([*PYTHON, *command, "--help"], capture_output=True, text=True, check=True, env=eighty)
    example = re.search(r"^example: coherence (.*)\Z", told.stdout.rstrip(), flags=re.M)
    assert example
    (tmp_path / "scenarios").symlink_to(Path(__file__).parents[2] / "scenarios")
    done = subprocess.run([*PYTHON, *example[1].split()], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", [["list"], ["run", "random", "--steps", "--json"], ["run", "random"]])
def test_a_closed_pipe_ends_quietly(command: list[str]) -> None:
    process = subprocess.Popen([*PYTHON, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 141
    process.stderr.close()


@pytest.mark.parametrize("command", ["list", "list --json", "run random --json", "table MESI", "run nosuch"])
def test_streams_that_take_nothing_are_no_traceback(command: str) -> None:
    """A full disk is told and is 2, a closed stream is asked for; what could not be said changes no exit code."""
    wrong = 2 * (command == "run nosuch")

    def code(redirected: str) -> tuple[int, str]:
        line = ["sh", "-c", f'"$0" -m coherence {command} {redirected}', sys.executable]
        done = subprocess.run(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        return done.returncode, done.stderr

    said = "coherence: unknown workload" if wrong else "coherence: standard output: No space left on device\n"
    full = code("> /dev/full")
    assert full[0] == 2 and full[1].startswith(said)
    assert code(">&-")[0] == code("2>&-")[0] == code("2> /dev/full")[0] == wrong


def test_a_name_that_is_no_text_is_shown_by_its_codes(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/\xff.trace", "w") as file:
        file.write("0 r x\n")
    done = subprocess.run([*PYTHON, "run", b"\xff.trace"], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.startswith("\\udcff.trace under MESI")


def test_what_would_steer_a_terminal_is_shown_by_its_code(call: Call, tmp_path: Path) -> None:
    """Whoever grades a table, or looks at a trace from somewhere, sees what is in it and nothing else."""
    table, trace = tmp_path / "t.txt", tmp_path / "x.trace"
    table.write_text(str(protocols["MESI"].but("e\x1b[2Jvil", S={"BusUpgr": "S"})))
    trace.write_text("0 r k\x1b[2J\n1 r k\x1b[2J\n0 w k\x1b[2J\n")
    for command in (
        ["run", trace, "--steps"],
        ["run", trace, "--protocol", table],
        ["verify", table, "--like", "MESI"],
    ):
        said = call(*command)
        assert "\\x1b" in said.out + said.err and "\x1b" not in said.out + said.err


def test_standard_input_may_be_closed() -> None:
    done = subprocess.run(["sh", "-c", '"$0" -m coherence run - <&-', sys.executable], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "coherence: standard input: is closed, expected a trace in format native\n"


def test_ctrl_c_ends_quietly(tmp_path: Path) -> None:
    """The program tells through a file that it runs; then the interrupt comes."""
    flag, file = tmp_path / "runs", tmp_path / "endless.py"
    file.write_text(
        "from pathlib import Path\n\ndef workload(cores, seed):\n    def p(core):\n"
        f"        Path({str(flag)!r}).touch()\n        while True:\n            yield from core.get('x')\n    return [p]\n"
    )
    process = subprocess.Popen(
        [*PYTHON, "run", str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # else as the tests have it
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 30
        while not flag.exists() and time.monotonic() < deadline:
            os.sched_yield()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (130, b"", b"")


def test_json_is_the_python_api_s(call: Call) -> None:
    run = co.Machine("MOESI", 4, seed=3).run(co.workloads.random(cores=4, seed=3))
    assert call("run", "random", "--protocol", "MOESI", "--cores", 4, "--seed", 3, "--json").json == json.loads(
        json.dumps(run.to_json())
    )


def test_compare_gives_ratios_to_the_first(call: Call) -> None:
    said = call("compare", "random", "--protocols", "MESI,Dragon")
    first, second = (co.Machine(p).run(co.workloads.random()).totals for p in ("MESI", "Dragon"))
    assert "times that of MESI" in said.out
    row = [line for line in said.out.splitlines() if "Dragon" in line][-1].split()
    assert row[1] == f"×{second['cycles'] / first['cycles']:.2f}"  # type: ignore[operator]
    assert "times that" not in call("compare", "random", "--protocols", "MESI").out


FLAGS = """
--protocol --cores --sets --ways --keys-per-line --policy --level --shared --machine --arbitration --order --timing
--engine --format --seed --max-cycles --ops --plot --kind --first --count --line --steps --json --help
"""


def test_run_has_these_flags_and_no_others(call: Call) -> None:
    """A flag that goes, or comes by itself, changes what scripts can say."""
    said = call("run", "--help")
    assert set(re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", said.out, re.MULTILINE)) == set(FLAGS.split())
