"""The catalogue: textbook sequences for every protocol, and that nothing outside it knows one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import coherence
from coherence.accesses.workload import Workload
from coherence.machine import Machine
from coherence.protocol.catalog import ALL
from coherence.protocol.find import protocols
from coherence.run.steps import steps

# protocol → a sequence on one key and two to three cores, each step with: states of the cores, supplier, memory written.
TEXTBOOK = {
    "MI": "0 r x: M I memory -; 1 r x: I M 0 mem; 1 w x: I M - -; 0 w x: M I 1 mem; 0 e x: I I - mem",
    "MSI": "0 r x: S I memory -; 0 w x: M I - -; 1 r x: S S 0 mem; 1 w x: I M - -; 0 w x: M I 1 mem; 0 e x: I I - mem",
    "MESI": "0 r x: E I memory -; 1 r x: S S memory -; 0 w x: M I - -; 1 r x: S S 0 mem; 0 e x: I S - -; 1 w x: I M - -",
    "Illinois": "0 r x: E I I memory -; 1 r x: S S I 0 -; 2 r x: S S S 0 -; 1 w x: I M I - -; 0 r x: S S I 1 mem; 2 w x: I I M 0 -",
    "MOSI": "0 w x: M I I memory -; 1 r x: O S I 0 -; 2 r x: O S S 0 -; 0 w x: M I I - -; 1 w x: I M I 0 -; 1 e x: I I I - mem",
    "MOESI": "0 r x: E I I memory -; 0 w x: M I I - -; 1 r x: O S I 0 -; 0 e x: I S I - mem; 2 r x: I S S memory -; 1 w x: I M I - -; "
    "0 r x: S O I 1 -; 0 w x: M I I - -",
    "MESIF": "0 r x: E I I memory -; 1 r x: S F I 0 -; 2 r x: S S F 1 -; 2 e x: S S I - -; 2 r x: S S F memory -; 2 w x: I I M - -; 0 r x: F I S 2 mem",
    "Dragon": "0 w x: M I I memory -; 1 r x: Sm Sc I 0 -; 1 w x: Sc Sm I - -; 2 w x: Sc Sc Sm 1 -; 2 e x: Sc Sc I - mem; 0 e x: I Sc I - -; "
    "1 w x: I M I - -",
    "Firefly": "0 w x: D I I memory -; 1 r x: S S I 0 mem; 1 w x: S S I - mem; 2 w x: S S S 0 mem; 2 e x: S S I - -; 0 e x: I S I - -; "
    "1 w x: I V I - mem; 1 w x: I D I - -",
    "WriteOnce": "0 r x: V I memory -; 0 w x: R I - mem; 0 w x: D I - -; 1 r x: V V 0 mem; 1 w x: I R - mem; 0 r x: V V memory -; 0 e x: I V - -",
    "Berkeley": "0 w x: D I memory -; 1 r x: SD V 0 -; 1 w x: I D - -; 0 w x: D I 1 -",
    "Synapse": "0 r x: V I memory -; 0 w x: D I memory -; 1 r x: I V 0 mem; 0 r x: V V memory -; 1 w x: I D memory -; 1 e x: I I - mem",
    "WriteThrough": "0 w x: I I - mem; 0 r x: V I memory -; 1 r x: V V memory -; 0 w x: V I - mem; 1 w x: I I - mem; 1 r x: I V memory -",
}  # fmt: skip


def test_every_protocol_has_a_textbook_sequence() -> None:
    assert list(TEXTBOOK) == list(protocols)


@pytest.mark.parametrize("name", TEXTBOOK)
def test_textbook_sequence(name: str) -> None:
    wanted = [part.split(":") for part in TEXTBOOK[name].split(";")]
    workload = Workload.from_ops(";".join(op for op, _ in wanted))
    cores = len(wanted[0][1].split()) - 2
    run = Machine(name, cores).run(workload, order="trace", record=True)
    got = []
    for step in steps(run):
        states = step["states"]
        assert isinstance(states, dict)
        supplier = "-" if step["supplier"] is None else str(step["supplier"])
        got.append(" ".join([*states["x"], supplier, "mem" if step["memory_written"] else "-"]))
    assert got == [" ".join(result.split()) for _, result in wanted]


# Words of other languages that are states' names too.
# The phase of metadata in the trace-event format; parts of the names of x86 registers; reads in trace formats.
FOREIGN = {("chrome.py", "M"), *(("x86.py", part) for part in "ERD"), ("formats.py", "R"), ("proc.py", "R")}


def test_no_name_of_a_protocol_or_state_stands_outside_the_catalogue() -> None:
    """Whole string constants, docstrings aside: a name in code would be a rule outside the table."""
    words = {p.name for p in ALL} | {s.name for p in ALL for s in p.states}
    package = Path(coherence.__file__).parent
    found = []
    for file in sorted(package.rglob("*.py")):
        if file.name == "catalog.py":
            continue
        tree = ast.parse(file.read_text())
        docstrings = {
            id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)
        }
        found += [
            (file.name, node.lineno, node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and id(node) not in docstrings
            and node.value in words
            and (file.name, node.value) not in FOREIGN
        ]
    assert found == []


def test_variants_are_their_parents_but_for_what_they_list() -> None:
    mesi, illinois = protocols["MESI"], protocols["Illinois"]
    assert {at for at in mesi.cells if mesi.cells[at] != illinois.cells[at]} == {
        (s, e) for s in "ES" for e in ("BusRd", "BusRdX")
    }
    back = protocols["Berkeley"].renamed(
        "MOSI", protocols["MOSI"].description, D="M Modified", SD="O Owned", V="S Shared"
    )
    assert back == protocols["MOSI"]
