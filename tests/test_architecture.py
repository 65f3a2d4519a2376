"""The house: imports go one way, and importing the package is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import networkx as nx

import coherence

PACKAGE = Path(coherence.__file__).parent

# Each folder, or file of the top, may import from those above it only; the first line is the ground.
LAYERS = """
version errors random display
jit files columns
protocol
cache
transaction
accesses
config
words
run
verifier
consistency
traces
simulation
kernel
kv
workloads
machine
analysis
sweeps
show
exports
cli
__main__
"""
DEPTH = {name: depth for depth, line in enumerate(LAYERS.split("\n")) for name in line.split()}


def imports(file: Path) -> Iterator[str]:
    """The package's files that *file* imports, those for type checkers included."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "coherence":
            for a in node.names:
                deeper = PACKAGE.parent / node.module.replace(".", "/") / a.name  # type: ignore[union-attr]
                found = deeper.with_suffix(".py").exists() or deeper.is_dir()
                yield f"{node.module}.{a.name}" if found else str(node.module)
        elif isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.startswith("coherence."))


def modules() -> dict[str, Path]:
    """Every file of the package but its front page, by the name it is imported by."""
    names = {".".join(f.relative_to(PACKAGE.parent).with_suffix("").parts): f for f in sorted(PACKAGE.rglob("*.py"))}
    return {name.removesuffix(".__init__"): f for name, f in names.items() if name != "coherence.__init__"}


def folder(module: str) -> str:
    return module.split(".")[1]


def test_imports_between_folders_go_one_way() -> None:
    """A folder that imports from a later line makes the architecture a circle."""
    wrong = [
        f"{module} imports {other}"
        for module, file in modules().items()
        for other in imports(file)
        if folder(other) != folder(module) and DEPTH[folder(other)] >= DEPTH[folder(module)]
    ]
    assert wrong == []


def test_files_of_a_folder_import_in_no_circle() -> None:
    """Only a table is made of its own parts: `protocol/` may go in circles, so that a Protocol can parse itself."""
    graph = nx.DiGraph()
    for module, file in modules().items():
        graph.add_edges_from((module, other) for other in imports(file) if folder(module) != "protocol")
    assert [circle for circle in nx.strongly_connected_components(graph) if len(circle) > 1] == []


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = ("numpy", "networkx", "matplotlib", "pandas", "numba", "rich")
    code = f"import coherence, sys; print(*[m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


def test_running_a_machine_loads_nothing_heavy() -> None:
    code = (
        "import coherence as co, sys; co.Machine().run(co.workloads.false_sharing());"
        "print(*[m for m in ('numpy', 'networkx', 'matplotlib', 'pandas', 'numba', 'rich') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


def test_public_names_are_those_listed_and_all_load() -> None:
    assert sorted(coherence.__all__) == coherence.__all__
    for name in coherence.__all__:
        assert getattr(coherence, name) is not None
    assert set(coherence.__all__) < set(dir(coherence))
    assert {*coherence._HOMES, *coherence._MODULES} == set(coherence.__all__)


def test_no_file_of_the_package_is_long() -> None:
    assert [f.name for f in PACKAGE.rglob("*.py") if len(f.read_text().splitlines()) > 400] == []
