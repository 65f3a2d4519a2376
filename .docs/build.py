"""The documentation as a site, from what is there: README, lessons, docstrings. No text is kept here.

    .venv/bin/pip install -e '.[docs]' && .venv/bin/python .docs/build.py [--execute]

writes out/docs/html/index.html, without a network. With --execute the lessons are run with their solutions, so that
pages show what they print (some minutes).
"""

from __future__ import annotations

import argparse
import inspect
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import coherence as co

TOP = Path(__file__).parents[1]
OUT = TOP / "out" / "docs"

# What of the API stands together, in the order in which one meets it.
GROUPS = {
    "Run": ["Machine", "Cache", "Timing", "read_machine", "Core", "Run"],
    "Tables": ["Protocol"],
    "What to run": ["Workload", "read_trace"],
    "Prove": ["verify", "Verification", "compare_protocols", "Comparison", "state_graph", "litmus"],
    "Sweep and export": ["sweep", "read_sweep", "Sweep", "crossover", "Crossover", "export"],
    "Models": ["curve", "Curve", "access_time", "AccessTime", "miss_classes", "MissClasses"],
    "Show": ["play", "Player", "widget", "worksheet"],
    "What can go wrong": ["CoherenceError", "InputError", "Breach"],
}
MODULES = {"plot": co.plot, "workloads": co.workloads, "kv": co.kv}


def main(argv: list[str] | None = None) -> int:
    """Lay out the sources and run Sphinx; returns its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--execute", action="store_true", help="run the lessons, so that they show their output")
    parser.add_argument("--out", type=Path, default=OUT, help="the folder (out/docs)")
    args = parser.parse_args(argv)
    source = args.out / "source"
    shutil.rmtree(args.out, ignore_errors=True)
    lay_out(source, args.execute)

    from sphinx.cmd.build import main as sphinx

    mode = "force" if args.execute else "off"
    code = sphinx(
        ["-q", "-W", "--keep-going", "-c", str(Path(__file__).parent), "-D", f"nb_execution_mode={mode}",
         str(source), str(args.out / "html")]
    )  # fmt: skip
    if code == 0:
        print(f"{args.out.name}/html/index.html")
    return code


def lay_out(source: Path, execute: bool) -> None:
    """Copy and generate the pages."""
    (source / "notebooks").mkdir(parents=True)
    shutil.copytree(TOP / "scenarios", source / "scenarios", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("CONTRIBUTING.md", "CHANGELOG.md", "notebooks/LECTURERS.md"):
        shutil.copy(TOP / name, source / name)
    lessons = sorted((TOP / "notebooks").glob("*.ipynb"))
    for lesson in lessons:
        book = (solved if execute else folded)(json.loads(lesson.read_text()))
        (source / "notebooks" / lesson.name).write_text(json.dumps(book))
    pages = ["api", "notebooks/LECTURERS", "CONTRIBUTING", "CHANGELOG"]
    (source / "index.md").write_text(
        (TOP / "README.md").read_text()
        + toctree("Lessons", [f"notebooks/{lesson.stem}" for lesson in lessons])
        + toctree("More", pages)
    )
    (source / "api.md").write_text(api())


def tagged(cell: Any, tag: str) -> bool:
    """Whether a lesson's cell has that tag."""
    return tag in cell["metadata"].get("tags", [])


def folded(book: dict[str, Any]) -> dict[str, Any]:
    """The lesson with its solutions folded away."""
    for cell in book["cells"]:
        if tagged(cell, "solution"):
            cell["metadata"]["tags"].append("hide-cell")
    return book


def solved(book: dict[str, Any]) -> dict[str, Any]:
    """The lesson with each exercise's solution in its place, so that it runs from top to bottom."""
    solutions = iter([cell for cell in book["cells"] if tagged(cell, "solution")])
    kept = [next(solutions) if tagged(c, "exercise") else c for c in book["cells"] if not tagged(c, "solution")]
    return {**book, "cells": kept}


def toctree(caption: str, pages: list[str]) -> str:
    """A table of contents that stands in the margin."""
    return f"\n```{{toctree}}\n:caption: {caption}\n:hidden:\n\n" + "\n".join(pages) + "\n```\n"


def api() -> str:
    """A page of every public name, from its docstring."""
    missing = set(co.__all__) - {name for names in GROUPS.values() for name in names} - {*MODULES, "protocols"}
    if missing:
        raise SystemExit(f"not in GROUPS of {__file__}: {', '.join(sorted(missing))}")
    parts = ["# API\n"]
    for group, names in GROUPS.items():
        parts.append(f"## {group}\n")
        parts += [document(getattr(co, name)) for name in names]
    for name, module in MODULES.items():
        parts.append(f"## co.{name}\n")
        found = {
            n: getattr(module, n) for n in getattr(module, "__all__", None) or dir(module) if not n.startswith("_")
        }
        own = [thing for thing in found.items() if inspect.isfunction(thing[1]) or inspect.isclass(thing[1])]
        parts += [document(f) for n, f in own if n not in co.__all__ and (name, n) != ("kv", "llm")]  # a workload
    return "\n".join(parts)


def document(thing: object) -> str:
    """The directive that prints one docstring."""
    home = f"{inspect.getmodule(thing).__name__}.{thing.__qualname__}"  # type: ignore[union-attr, attr-defined]
    kind = "autoexception" if inspect.isclass(thing) and issubclass(thing, Exception) else "autoclass"
    if not inspect.isclass(thing):
        return f"```{{eval-rst}}\n.. autofunction:: {home}\n```\n"
    return f"```{{eval-rst}}\n.. {kind}:: {home}\n   :members:\n```\n"


if __name__ == "__main__":
    sys.exit(main())
