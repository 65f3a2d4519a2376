"""`coherence diagram`, `run --plot --kind`, `compare --plot`, `table --format`: written whole, the same each time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import coherence as co
from coherence.protocol.find import protocols
from coherence.show.diagram import to_dot
from coherence.show.plots import PICTURES, save_run
from tests.cli.conftest import Said
from tests.show.tables import FIVE

Call = Callable[..., Said]
STARTS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF", "dot": b"digraph"}


@pytest.mark.parametrize("suffix", STARTS)
def test_diagram_of_a_catalogue_protocol_and_of_a_file(call: Call, tmp_path: Path, suffix: str) -> None:
    (tmp_path / "lab.txt").write_text(str(FIVE))
    for protocol in ("MSI", tmp_path / "lab.txt"):
        for name in ("a", "b"):
            said = call("diagram", protocol, "-o", tmp_path / f"{name}.{suffix}")
            assert (said.code, said.out) == (0, "")
            assert said.err.startswith(f"{tmp_path / name}.{suffix}: state diagram of ")
        first, second = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in ("a", "b"))
        assert first == second and first.startswith(STARTS[suffix])


def test_diagram_as_dot_and_dark(call: Call, tmp_path: Path) -> None:
    call("diagram", "moesi", "--output", tmp_path / "m.dot")
    assert (tmp_path / "m.dot").read_text() == to_dot(protocols["MOESI"])
    call("diagram", "MSI", "-o", tmp_path / "light.svg")
    call("diagram", "MSI", "--dark", "-o", tmp_path / "dark.svg")
    assert "#14171a" in (tmp_path / "dark.svg").read_text()
    assert "#14171a" not in (tmp_path / "light.svg").read_text()


@pytest.mark.parametrize("kind", PICTURES)
def test_every_kind_of_plot_of_a_run(call: Call, tmp_path: Path, kind: str) -> None:
    said = call("run", "--ops", "0 w x; 1 r x; 1 w y; 0 r y", "--plot", tmp_path / "x.png", "--kind", kind)
    assert said.code == 0
    assert (tmp_path / "x.png").read_bytes().startswith(STARTS["png"])
    assert [p.name for p in tmp_path.iterdir()] == ["x.png"]


def test_what_cannot_be_drawn_leaves_nothing(call: Call, tmp_path: Path) -> None:
    (tmp_path / "idle.py").write_text(
        "def idle(core):\n    yield core.compute(1)\n\n\ndef workload(cores, seed):\n    return [idle]\n"
    )
    said = call("run", tmp_path / "idle.py", "--plot", tmp_path / "x.png", "--kind", "timeline")
    assert (said.code, said.err) == (2, "coherence: the run touched no line\n")
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".png"] == []


def test_compare_draws_all(call: Call, tmp_path: Path) -> None:
    said = call("compare", "random", "--protocols", "MSI,MESI,Dragon", "--plot", tmp_path / "x.svg")
    assert said.code == 0 and (tmp_path / "x.svg").read_bytes().startswith(STARTS["svg"])


def test_tables_for_slides(call: Call) -> None:
    mesi, illinois = protocols["MESI"], protocols["Illinois"]
    assert call("table", "MESI", "--format", "markdown").out == mesi.to_markdown()
    assert call("table", "MESI", "--format", "html").out == mesi.to_html()
    assert call("table", "MESI", "--format", "latex").out == mesi.to_latex()
    assert call("table", "Illinois", "--diff", "MESI", "--format", "latex").out == illinois.to_latex(mesi)
    assert call("table", "MESI", "--format", "text").out == call("table", "MESI").out == str(mesi)


def test_a_sequence_shows_the_accesses_that_are_asked_for(call: Call, tmp_path: Path) -> None:
    """Numbers begin with 1 as people count; a line is a number or a word, as in a trace."""
    ops = ("run", "--ops", "0 w 0; 1 r x; 1 w 0x1; 0 r x; 1 r 0", "--plot", tmp_path / "x.svg", "--kind", "sequence")
    run = co.Machine().run(co.Workload.from_ops(ops[2]), order="trace", record=True)
    asked = {
        ("--first", "2", "--count", "3"): {"start": 1, "count": 3},
        ("--line", "x"): {"line": "x"},
        ("--line", "0x0", "--first", "2"): {"line": 0, "start": 1},
    }
    for flags, keywords in asked.items():
        assert call(*ops, *flags).code == 0
        save_run(run, tmp_path / "y.svg", "sequence", **keywords)
        assert (tmp_path / "x.svg").read_bytes() == (tmp_path / "y.svg").read_bytes()
    assert "there are 2" in call(*ops, "--line", "x", "--first", 3).err
