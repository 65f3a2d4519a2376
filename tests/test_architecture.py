"""The house: imports go one way, and importing the package is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import coherence

PACKAGE = Path(coherence.__file__).parent

# Each layer may import from those above it only. A module belongs to the longest name that fits.
LAYERS = [
    ["errors", "splitmix"],
    ["atomic", "kernel.compiled"],
    # What of the pictures needs nothing but a table stands with the table, so that a table can show itself.
    [
        "protocol",
        *("show.words", "show.scene", "show.svg", "show.colours", "show.layout", "show.routes", "show.labels"),
        *("show.states", "show.cards", "show.verdict_card"),
    ],
    ["step"],
    ["cache"],
    ["tell"],
    ["verifier"],
    ["count"],
    ["metrics", "records"],
    ["explain"],
    # likewise what needs nothing but a run
    ["run", "history", "window", "show.run_card", "show.reason", "show.player"],
    ["steps"],
    ["machine.timing", "machine.arbiter", "machine.watch"],
    ["machine.system"],
    ["machine.bus"],
    ["workloads.base", "workloads.frame", "traces.native", "traces.grammar"],
    ["curves"],
    ["traces"],
    ["workloads"],
    ["kernel"],
    ["machine"],
    ["amat", "misses"],
    ["sweeps"],
    ["exports"],
    ["show", "show.player.bug"],
    ["cli"],
    ["__main__"],
]
DEPTH = {name: depth for depth, names in enumerate(LAYERS) for name in names}


def layer(module: str) -> str:
    parts = module.split(".")[1:]
    for size in range(len(parts), 0, -1):
        if ".".join(parts[:size]) in DEPTH:
            return ".".join(parts[:size])
    raise AssertionError(f"{module} stands in no layer: add it to LAYERS")


def imports(file: Path) -> list[str]:
    """The package's modules that *file* imports, those for type checkers only aside."""
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            node.body = []
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("coherence"):
            deeper = [
                f"{node.module}.{a.name}"
                for a in node.names
                if (PACKAGE.parent / node.module.replace(".", "/") / f"{a.name}.py").exists()
            ]
            found += deeper or [node.module]
        elif isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.startswith("coherence")]
    return [m for m in found if m != "coherence"]


def test_imports_go_one_way() -> None:
    wrong = []
    for file in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        if module == "coherence":
            continue
        own = layer(module)
        for other in imports(file):
            if layer(other) != own and DEPTH[layer(other)] > DEPTH[own]:
                wrong.append(f"{module} imports {other}")
    assert wrong == []


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
