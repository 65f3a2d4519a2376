"""A MESI/MOESI cache-coherence simulator: one table a protocol, run, counted and drawn.

>>> import coherence as co
>>> machine = co.Machine(protocol="MESI", cache=co.Cache(keys_per_line=64))
>>> run = machine.run(co.workloads.false_sharing(cores=4))
>>> run.totals["true_sharing"], run.totals["false_sharing"] > 0
(0, True)

The public names, each loaded on first use: `Machine`, `Cache`, `Timing`, `read_machine`, `Core`, `Run` (to run);
`Protocol`, `protocols` (tables); `Workload`, `workloads`, `kv`, `read_trace` (what to run); `verify`,
`compare_protocols`, `state_graph` (and their results `Verification`, `Comparison`); `litmus` (memory
consistency); `curve`, `access_time` and `miss_classes` (models; `Curve`, `AccessTime`, `MissClasses`); `plot`
(pictures), `play` (a page to step through, a `Player`), `widget` (a machine to operate by hand), `worksheet` (an
exercise); `sweep`, `read_sweep`, `crossover` (many machines; `Sweep`, `Crossover`); `export` (a file for other tools);
`CoherenceError`, `InputError`, `Breach` (what can go wrong).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from coherence.version import __version__ as __version__

if TYPE_CHECKING:
    from coherence import kv, workloads
    from coherence.accesses.workload import Workload
    from coherence.analysis.access_time import AccessTime, access_time
    from coherence.analysis.curves import Curve, curve
    from coherence.analysis.misses import MissClasses, miss_classes
    from coherence.cache.config import Cache
    from coherence.config.timing import Timing
    from coherence.consistency.report import litmus
    from coherence.errors import Breach, CoherenceError, InputError
    from coherence.exports.files import export
    from coherence.machine import Machine, read_machine
    from coherence.protocol.find import protocols
    from coherence.protocol.model import Protocol
    from coherence.run.run import Run
    from coherence.show import plots as plot
    from coherence.show.player.play import Player, play
    from coherence.show.widget import widget
    from coherence.show.worksheet import worksheet
    from coherence.simulation.core import Core
    from coherence.sweeps.means import Crossover, crossover
    from coherence.sweeps.results import Sweep
    from coherence.sweeps.sweep import read_sweep, sweep
    from coherence.traces.read import read_trace
    from coherence.verifier.compare import Comparison, compare_protocols
    from coherence.verifier.graph import state_graph
    from coherence.verifier.report import Verification, verify

# Public name → where it lives; "" for the module itself.
_HOMES = {
    "Machine": "machine",
    "Cache": "cache.config",
    "Timing": "config.timing",
    "Core": "simulation.core",
    "Run": "run.run",
    "Protocol": "protocol.model",
    "protocols": "protocol.find",
    "Workload": "accesses.workload",
    "read_trace": "traces.read",
    "read_machine": "machine",
    "verify": "verifier.report",
    "Verification": "verifier.report",
    "compare_protocols": "verifier.compare",
    "Comparison": "verifier.compare",
    "state_graph": "verifier.graph",
    "litmus": "consistency.report",
    "access_time": "analysis.access_time",
    "AccessTime": "analysis.access_time",
    "miss_classes": "analysis.misses",
    "MissClasses": "analysis.misses",
    "curve": "analysis.curves",
    "Curve": "analysis.curves",
    "export": "exports.files",
    "play": "show.player.play",
    "Player": "show.player.play",
    "widget": "show.widget",
    "worksheet": "show.worksheet",
    "sweep": "sweeps.sweep",
    "read_sweep": "sweeps.sweep",
    "Sweep": "sweeps.results",
    "crossover": "sweeps.means",
    "Crossover": "sweeps.means",
    "CoherenceError": "errors",
    "InputError": "errors",
    "Breach": "errors",
}
_MODULES = {"kv": "kv", "plot": "show.plots", "workloads": "workloads"}

__all__ = [
    "AccessTime",
    "Breach",
    "Cache",
    "CoherenceError",
    "Comparison",
    "Core",
    "Crossover",
    "Curve",
    "InputError",
    "Machine",
    "MissClasses",
    "Player",
    "Protocol",
    "Run",
    "Sweep",
    "Timing",
    "Verification",
    "Workload",
    "access_time",
    "compare_protocols",
    "crossover",
    "curve",
    "export",
    "kv",
    "litmus",
    "miss_classes",
    "play",
    "plot",
    "protocols",
    "read_machine",
    "read_sweep",
    "read_trace",
    "state_graph",
    "sweep",
    "verify",
    "widget",
    "workloads",
    "worksheet",
]


def __getattr__(name: str) -> object:
    """Load a public name on first use (PEP 562)."""
    if name in _MODULES:
        found: object = import_module(f"coherence.{_MODULES[name]}")
    elif name in _HOMES:
        found = getattr(import_module(f"coherence.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module 'coherence' has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
