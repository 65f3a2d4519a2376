"""What the README prints runs as printed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import coherence as co

README = (Path(__file__).parents[1] / "README.md").read_text()


def blocks(kind: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.S | re.M)
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


def test_every_protocol_is_in_the_table_of_protocols() -> None:
    shown = re.findall(r"^\| ([A-Z][\w, ]+) \|", README, flags=re.M)
    assert {name for row in shown for name in row.split(", ")} == set(co.protocols)


COMMANDS = re.findall(
    r"(coherence (?:run|compare|verify|play|worksheet|diagram|curve|misses|trace info|list|table)[^`|\n#]*?)(?:`| > |\s+#|\n)",
    README,
)


@pytest.mark.parametrize("command", dict.fromkeys(COMMANDS))
def test_the_commands_shown_run(command: str, tmp_path: Path) -> None:
    for name in ("mine.txt", "submitted.txt"):
        (tmp_path / name).write_text(str(co.protocols["MESI"]))
    (tmp_path / "my.lackey").write_text("--7--   SCHED[1]:  acquired lock (here)\n L 1ffe,8\n S 2000,4\n")
    target = "my.lackey" if "trace" in command else "random"
    words = command.replace("TARGET", target).replace("--caches N", "--caches 2").replace(" P", " MESI")
    done = subprocess.run(f"{sys.executable} -m {words}", shell=True, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    written = re.search(r" -o (\S+)", words)
    assert (tmp_path / written[1]).stat().st_size > 0 if written else done.stdout
