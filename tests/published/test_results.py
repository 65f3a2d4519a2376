"""Other people's published results, reproduced through the command line to the last digit."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from coherence.cache.config import Key
from coherence.cache.replay import replay
from coherence.jit import available
from coherence.protocol.find import protocols
from coherence.traces.read import read_trace
from coherence.verifier.report import verify

ORACLES = Path(__file__).parents[3] / "shared" / "oracles"
LIBCACHESIM = {"SIEVE": "Sieve", "OPT": "Belady"}  # our name → theirs
pytestmark = pytest.mark.skipif(not ORACLES.is_dir(), reason="the published results are not beside this checkout")

FAST = pytest.mark.skipif(not available(), reason="needs numba")
ENGINES = pytest.mark.parametrize("engine", ["simpy", pytest.param("fast", marks=FAST)])


def oracle(engine: str = "auto") -> ModuleType:
    """The check script; what it runs, it runs on *engine*."""
    spec = importlib.util.spec_from_file_location("oracle_check", ORACLES / "check.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if engine != "auto":
        call = module.coherence
        module.coherence = lambda *args: call(*args, "--engine", engine)  # type: ignore[attr-defined]
    return module


def expected(group: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((ORACLES / group / "expected.json").read_text()) if ORACLES.is_dir() else {}
    return found


@cache
def cloud_physics() -> list[Key]:
    trace = read_trace(ORACLES / "libcachesim" / "cloudPhysicsIO.oracleGeneral.bin", format="oraclegeneral")
    return [key for _, _, key, _ in trace.sequence()]


def holds(check: ModuleType, count: int) -> None:
    assert (check.failed, check.passed) == (0, count)


@ENGINES
@pytest.mark.parametrize("protocol", ["MI", "MSI", "MESI", "MOSI", "MOESI", "MOESIF"])
def test_georgia_tech_validation_runs_to_the_cycle(protocol: str, engine: str) -> None:
    check = oracle(engine)
    check.gatech(protocol, protocol, 4, expected("gatech")["expected"][protocol])  # type: ignore[index]
    holds(check, 1)


@ENGINES
@pytest.mark.parametrize("protocol", ["MSI", "MESI", "Dragon"])
@pytest.mark.parametrize(
    ("name", "file"),
    [("debug", "canneal.04t.debug"), pytest.param("long", "canneal.04t.longTrace.gz", marks=pytest.mark.slow)],
)
def test_nc_state_canneal_every_counter(protocol: str, name: str, file: str, engine: str) -> None:
    check = oracle(engine)
    check.ncsu(f"{protocol} {name}", protocol, file, expected("ncsu")[f"{protocol}_{name}"])
    holds(check, 4)


@pytest.mark.parametrize(
    "policy", ["LRU", "FIFO", *(pytest.param(p, marks=pytest.mark.slow) for p in ("Clock", "SIEVE", "LFU"))]
)
@pytest.mark.parametrize("size", ["2000", "20000"])
def test_libcachesim_miss_counts(policy: str, size: str) -> None:
    check = oracle()
    name = LIBCACHESIM.get(policy, policy)
    check.libcachesim(f"{policy} {size}", policy, size, expected("libcachesim")["misses"][name][size])  # type: ignore[index]
    holds(check, 1)


@FAST
@pytest.mark.parametrize("policy", ["LRU", "FIFO"])
@pytest.mark.parametrize("size", ["2000", "20000"])
def test_libcachesim_miss_counts_on_the_compiled_engine(policy: str, size: str) -> None:
    check = oracle("fast")
    check.libcachesim(f"{policy} {size}", policy, size, expected("libcachesim")["misses"][policy][size])  # type: ignore[index]
    holds(check, 1)


@pytest.mark.parametrize("policy", ["LRU", "FIFO", "Clock", "SIEVE", "LFU", "S3FIFO", "ARC", "LeCaR", "OPT"])
@pytest.mark.parametrize("size", ["2000", "20000"])
def test_libcachesim_miss_counts_without_a_machine(policy: str, size: str) -> None:
    """Exact but for LeCaR, whose experts are drawn from another stream of random numbers."""
    misses: int = expected("libcachesim")["misses"][LIBCACHESIM.get(policy, policy)][size]  # type: ignore[index]
    share = 0.002 if policy == "LeCaR" else 0.0
    assert abs(replay(cloud_physics(), ways=int(size), policy=policy).misses - misses) <= share * misses


@pytest.mark.parametrize("protocol", ["MSI", "MESI"])
@pytest.mark.parametrize("caches", ["2", "3", "4"])
def test_counts_of_four_independent_explorers(protocol: str, caches: str) -> None:
    check = oracle()
    check.states(f"{protocol} {caches}", protocol, caches, expected("verify")["counts"][protocol][caches])  # type: ignore[index]
    holds(check, 2)


@pytest.mark.parametrize("mutant", expected("verify").get("mutants", []), ids=lambda m: m["id"])
def test_single_cell_bugs_have_the_published_shortest_length_and_property(mutant: dict[str, Any]) -> None:
    table = protocols[mutant["protocol"]].but(mutant["id"], **{mutant["state"]: {mutant["event"]: mutant["cell"]}})
    for caches, length in mutant["expect"].items():
        found = verify(table, int(caches))
        assert (len(found.path) or None, found.broken) == (length, mutant["property"][caches])
