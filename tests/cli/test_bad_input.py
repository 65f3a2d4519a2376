"""Wrong input: one clear message, exit 2, nothing on standard output, nothing half-written."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Said

Call = Callable[..., Said]

# the command line → what standard error must say
WRONG = {
    "run nosuch": "unknown workload 'nosuch' (known: private",
    "run false_sharign": "did you mean false_sharing",
    "run mesi": "coherence: MESI is a protocol: --protocol MESI; expected a workload, or a trace file",
    "worksheet MOESI -o x.html": "MOESI is a protocol: --protocol MOESI; expected a workload",
    "verify MESI --cores 3": "unrecognized arguments: --cores 3; did you mean --caches? (see coherence verify --help)",
    "run random --size 4": "unrecognized arguments: --size 4; did you mean --ways?",
    "run random --caches 3": "unrecognized arguments: --caches 3; did you mean --cores?",
    "run ./nosuch.trace": "./nosuch.trace: no such file or folder, expected a trace",
    "run": "expected either a TARGET or --ops",
    "run random --protocol MESSI": "unknown protocol 'MESSI'; did you mean MESI",
    "run random --protocol no/file.txt": "no/file.txt: no such file, expected a protocol table",
    "run random --policy LRUU": "unknown policy 'LRUU'; did you mean LRU or PLRU?",
    "run random --format natve": "unknown format 'natve'; did you mean native?",
    "run random --timing memroy=3": "unknown timing 'memroy'; did you mean memory?",
    "run random --timing issue=0": "timing issue must be a whole number >= 1, not 0",
    "run random --timing memory=-1": "timing memory must be a whole number >= 0, not -1",
    "run random --timing memory=1.5": "timing memory must be a whole number of cycles, not '1.5'",
    "run random --timing hit=1,hit=2": "timing hit is given twice",
    "run random --arbitration fiffo": "unknown arbitration 'fiffo'; did you mean fifo?",
    "run random --order sideways": "unknown order 'sideways' (known: program, trace)",
    "run random --engine turbo": "unknown engine 'turbo' (known: auto, simpy, fast)",
    "run random --cores 0": "cores must be a whole number from 1 to 65536, not 0",
    "run random --cores 4000000000": "cores must be a whole number from 1 to 65536, not 4000000000",
    "run random --cores x": "argument --cores: invalid int value: 'x'",
    "run random --sets 0": "sets must be a whole number >= 1, not 0",
    "run random --ways 0": "ways must be a whole number >= 1, not 0",
    "run random --keys-per-line -1": "keys_per_line must be a whole number >= 1, not -1",
    "run random --max-cycles 0": "max-cycles must be a whole number >= 1, not 0",
    "run random --steps --order program": "--steps needs --order trace",
    "run random --plot no/dir.png": "no/dir.png: the folder no does not exist",
    "run random --plot x.jpeg": "x.jpeg: expected a name that ends in .png, .svg, .pdf",
    "run random --plot folder.png": "folder.png: is a folder, expected a file to write",
    "run random --kind traffic": "--kind says what --plot FILE draws, but there is no --plot",
    "run random --plot x.png --kind trafic": "unknown kind 'trafic'; did you mean traffic?",
    "run random --plot x.png --kind traffic --first 1": "--first: only with --plot FILE --kind sequence",
    "run random --count 2 --line x": "--count, --line: only with --plot FILE --kind sequence",
    "run random --plot x.png --kind sequence --first 0 --count 0": "--count must be a whole number >= 1, not 0",
    "run random --plot x.png --kind sequence --first 9999": "no access from number 9998 on; there are 4000",
    "run random --plot x.dot": "x.dot: expected a name that ends in .png, .svg, .pdf",
    "compare random --protocols MSI --plot x.jpeg": "x.jpeg: expected a name that ends in .png, .svg, .pdf",
    "diagram MESSI -o x.svg": "unknown protocol 'MESSI'; did you mean MESI",
    "diagram MESI -o x.jpeg": "x.jpeg: expected a name that ends in .svg, .png, .pdf, .dot",
    "diagram MESI -o x": "x: expected a name that ends in .svg, .png, .pdf, .dot",
    "diagram MESI -o no/dir.svg": "no/dir.svg: the folder no does not exist",
    "diagram MESI -o folder.png": "folder.png: is a folder, expected a file to write",
    "table MESI --format word": "unknown format 'word' (known: text, markdown, html, latex)",
    "run bad.trace": "bad.trace:2: expected 'core op key [gap]' with op r, w or e, not op 'q'",
    "run gap.trace": "gap.trace:1: gap '-3' is no whole number of cycles from 0",
    "run empty.trace": "empty.trace: no accesses in it",
    "run comment.trace": "comment.trace: no accesses in it",
    "run truncated.gz": "truncated.gz: the compressed file is truncated or damaged",
    "run binary.trace": "binary.trace: binary, but neither compact nor oraclegeneral: 100 bytes are no multiple of 24",
    "run binary.trace --format native": "binary.trace:1: not text in UTF-8",
    "run bad.trace --format oraclegeneral": "the last record has 12 bytes, expected 24",
    "run absurd.trace": "absurd.trace:1: core 4000000000 is out of range; the highest is 65535",
    "run high.trace --cores 2": "high.trace:1: core 3 is out of range, the machine has 2 cores",
    "run hole": "hole: p1.trace is missing; expected p0.trace to p2.trace without holes",
    "run folder.png": "folder.png: no per-core traces; expected p0.trace, p1.trace",
    "run hole --format native": "hole: a folder, but format native is one file",
    "compare random --protocols MESI,,MSI": "--protocols: expected names separated by commas",
    "compare random": "the following arguments are required: --protocols",
    "table nosuch": "unknown protocol 'nosuch' (known: MI, MSI",
    "table bad.trace": "bad.trace:1: expected a first line 'NAME: description', not '0 r x'",
    "bogus": "invalid choice: 'bogus'",
    "run random --protocl MESI": "coherence run: unrecognized arguments: --protocl MESI; did you mean --protocol?",
    "run random --wayz=4": "unrecognized arguments: --wayz=4; did you mean --ways? (see coherence run --help)",
    "run random --bogus": "coherence run: unrecognized arguments: --bogus (see coherence run --help)",
    "list protocol": "unknown kind 'protocol'; did you mean protocols? (known: protocols, workloads",
    "trace info x --fromat din": "unrecognized arguments: --fromat din; did you mean --format?",
    "play --find-the-bug --beside MSI -o x.html": "--find-the-bug makes its own sequence, of one table; leave out --beside",
    "play random -o x.pdf": "x.pdf: expected a name that ends in .html, .htm",
    "worksheet -o x.pdf": "x.pdf: expected a name that ends in .html, .htm",
    "": "commands:\n  COMMAND\n    run ",
}  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bad.trace").write_text("0 r x\n1 q y\n")
    (tmp_path / "gap.trace").write_text("0 r x -3\n")
    (tmp_path / "empty.trace").touch()
    (tmp_path / "comment.trace").write_text("# nothing\n\n")
    (tmp_path / "truncated.gz").write_bytes(gzip.compress(b"0 r a1\n" * 50)[:30])
    (tmp_path / "binary.trace").write_bytes(bytes(range(156, 256)))
    (tmp_path / "absurd.trace").write_text("4000000000 r x\n")
    (tmp_path / "high.trace").write_text("3 r x\n")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "hole").mkdir()
    for name in ("p0.trace", "p2.trace"):
        (tmp_path / "hole" / name).write_text("r 0x1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("line", WRONG)
def test_wrong_input_is_told(call: Call, here: Path, line: str) -> None:
    before = sorted(os.listdir(here))
    said = call(*line.split())
    assert (said.code, said.out) == (2, "")
    assert WRONG[line] in said.err
    assert "Traceback" not in said.err
    assert sorted(os.listdir(here)) == before


@pytest.mark.parametrize(
    ("ops", "said"),
    [
        ("", "ops: no access"),
        (" ; ;", "ops: no access"),
        ("0 w x, 1 r x", "not '0 w x, 1 r x'; a ';' stands between two accesses"),
        (
            "0 w x; 0 q x; r x",
            "ops: access 2: expected 'core op key [gap]' with op r, w or e, not op 'q'\nops: access 3: ",
        ),
        ("-1 r x", "ops: access 1: core '-1' is no whole number from 0"),
        ("0 r x 1.5", "ops: access 1: gap '1.5' is no whole number of cycles from 0"),
        ("70000 r x", "ops: access 1: core 70000 is out of range; the highest is 65535"),
    ],
)
def test_wrong_ops_are_told_all_at_once(call: Call, ops: str, said: str) -> None:
    got = call("run", "--ops", ops)
    assert (got.code, got.out) == (2, "")
    assert said in got.err


def test_all_faults_of_the_flags_come_at_once(call: Call) -> None:
    said = call("run", "random", "--protocol", "X", "--sets", 0, "--timing", "hit=0", "--order", "no")
    assert len(said.err.splitlines()) == 4


def test_order_trace_with_programs(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("def workload(cores, seed):\n    def p(core):\n        yield from core.get('x')\n    return [p]\n")
    for flags in (["--order", "trace"], ["--steps"]):
        said = call("run", file, *flags)
        assert said.code == 2
        assert "order 'trace' needs accesses in an order" in said.err


def test_too_many_steps(call: Call) -> None:
    said = call("run", "random", "--cores", 11, "--steps")
    assert (said.code, said.out) == (2, "")
    assert "--steps shows at most 10,000 accesses; random has more" in said.err


def test_an_unwritable_output_leaves_nothing(call: Call) -> None:
    said = call("run", "random", "--plot", "/proc/nope.png")
    assert (said.code, said.out) == (2, "")
    assert "/proc/nope.png: cannot be written" in said.err
