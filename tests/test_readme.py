"""What the README prints runs as printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import coherence as co

TOP = Path(__file__).parents[1]
README = (TOP / "README.md").read_text()
LECTURERS = (TOP / "notebooks" / "LECTURERS.md").read_text()


def blocks(kind: str, text: str = README) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.S | re.M)
    return [body for name, body in found if name == kind]


def test_the_python_block_runs_and_says_what_its_comments_say() -> None:
    done = subprocess.run([sys.executable, "-c", "\n".join(blocks("python"))], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "(None, 42)" in done.stdout
    assert "SWMR is broken" in done.stdout
    assert "True\nSWMR: core 1 still reads 0 after core 0 wrote 1: S on BusUpgr stayed S." in done.stdout


def test_the_table_shown_is_the_catalogue_s() -> None:
    assert co.Protocol.parse(blocks("")[0]) == co.protocols["MESI"]


def test_the_story_shown_is_the_verifier_s() -> None:
    story = co.verify(co.protocols["MESI"].but("forgetful", S={"BusUpgr": "S"}), caches=2).story
    assert story is not None
    assert story.text() in blocks("")


def differences(p: co.Protocol) -> str:
    """A protocol's row of the README's table, from its cells: all but the idea behind it."""
    read = p.cell(p.invalid, "PrRd").actions[0].word
    valid = [s for s in p.states if not s.invalid]
    writes = [str(p.cell(s.name, "PrWr")).split(" > ")[0] for s in valid if not (s.exclusive or s.dirty)]
    taken = [str(p.cell(s.name, read)) for s in valid if s.exclusive and s.dirty]
    clean = [s.name for s in valid if not s.dirty]
    give = [name for name in clean if "Supply" in str(p.cell(name, read))]
    source = "–" if not clean else "memory" if not give else "any copy" if give == clean else " or ".join(give)
    words = [", ".join(f"`{word}`" for word in dict.fromkeys(found)) or "–" for found in (writes, taken)]
    return f"| {p.name} | {' '.join(s.name for s in p.states)} | {' | '.join(words)} | {source} |"


def test_the_table_of_protocols_says_how_they_differ() -> None:
    shown = [row.rsplit("|", 2)[0] + "|" for row in README.splitlines() if row.endswith(" |") and row.count("|") == 7]
    assert shown[1:] == [differences(p) for p in co.protocols.values()]


COMMANDS = re.findall(
    r"(coherence (?:run|compare|verify|sweep|export|play|worksheet|diagram|curve|misses|kv|trace info|trace convert|list|table)[^`|\n#]*?)(?:`| > |\s+#|\n)",
    README,
)


@pytest.mark.parametrize("command", dict.fromkeys(COMMANDS))
def test_the_commands_shown_run(command: str, tmp_path: Path) -> None:
    for name in ("mine.txt", "submitted.txt"):
        (tmp_path / name).write_text(str(co.protocols["MESI"]))
    (tmp_path / "my.lackey").write_text("--7--   SCHED[1]:  acquired lock (here)\n L 1ffe,8\n S 2000,4\n")
    (tmp_path / "my.csv").write_text("time,cpu,op,address,wait\n09:00,P0,load,7ff0,0\n09:01,P1,store,7ff8,3\n")
    (tmp_path / "requests.jsonl").write_text('{"arrival": 0, "blocks": ["s", "a", "b", "c"]}\n' * 2)
    (tmp_path / "scenarios").mkdir()
    small = 'workload = "random"\nprotocol = ["MSI", "MESI"]\ncores = [2, 4]\n'
    (tmp_path / "scenarios" / "14_archibald_baer.toml").write_text(small)
    if "big.ctrace --" in command:
        prepared = [sys.executable, "-m", "coherence", "trace", "convert", "my.lackey", "-o", "big.ctrace"]
        subprocess.run(prepared, cwd=tmp_path, check=True, capture_output=True)
    words = (
        command.replace("TARGET", "random")
        .replace("TRACE", "my.lackey")
        .replace("--caches N", "--caches 2")
        .replace(" P", " MESI")
    )
    done = subprocess.run(f"{sys.executable} -m {words}", shell=True, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    written = re.search(r" -o (\S+)", words)
    assert (tmp_path / written[1]).stat().st_size > 0 if written else done.stdout


def lectern(tmp_path: Path, lines: list[str]) -> str:
    """Run what the lecturers' page prints as a shell would, with this Python in the place of the page's."""
    python = f'"{sys.executable}"'
    head = f'set -e\ncoherence() {{ {python} -m coherence "$@"; }}\npython() {{ {python} "$@"; }}\n'
    done = subprocess.run(
        ["bash", "-c", head + "\n".join(lines)], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "MPLBACKEND": "Agg"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_lecturers_commands_run_as_printed(tmp_path: Path) -> None:
    shown = blocks("sh", LECTURERS)
    said = lectern(tmp_path, [block for block in shown if "venv" not in block and "nbconvert" not in block])
    assert "MESI holds for any number of caches" in said and "mine.txt right" in said
    written = {p.name for p in tmp_path.iterdir()}
    pages = set(re.findall(r"-o (\S+)", "".join(shown)))
    assert written == pages | {"mine.txt", "answers7.json"}
    assert set(re.findall(r"`(\d_\w+\.html)`", LECTURERS)) <= pages


def test_the_lecturers_page_names_every_scenario() -> None:
    named = re.findall(r"`python (scenarios/\d\d_\w+\.py)`", LECTURERS)
    assert named == [f"scenarios/{p.name}" for p in sorted((TOP / "scenarios").glob("[0-9]*.py"))]


@pytest.mark.notebook
def test_a_lesson_can_be_handed_out_without_its_solutions(tmp_path: Path) -> None:
    (tmp_path / "notebooks").symlink_to(TOP / "notebooks")
    lectern(tmp_path, [block for block in blocks("sh", LECTURERS) if "nbconvert" in block])
    (copy,) = (tmp_path / "out" / "handout").iterdir()
    assert "solution" not in copy.read_text() and "exercise" in copy.read_text()


def test_the_extra_for_lessons_has_what_lessons_need() -> None:
    extras = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    lessons = "".join(lesson.read_text() for lesson in (TOP / "notebooks").glob("*.ipynb"))
    assert "to_pandas(" in lessons and "coherence[data]" in extras["notebook"]
    assert "install '.[notebook]'" in README and "install -q '.[notebook]'" in LECTURERS
