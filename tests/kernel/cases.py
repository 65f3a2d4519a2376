"""Random machines and traces, and whether two engines count the same on them."""

from __future__ import annotations

import random
from dataclasses import fields
from typing import Any

import coherence as co
from coherence.accesses.dense import encode, encoded, grouped
from coherence.accesses.pieces import encoded_feed, plain_feed
from coherence.errors import Breach, InputError
from coherence.kernel.front import LOG, NEAR
from coherence.kernel.simulate import simulate
from coherence.kernel.streamed import streamed
from coherence.protocol.find import protocols
from coherence.protocol.model import PROCESSOR, Protocol
from coherence.verifier.report import proved

TRIED = 600  # random tables
LATENCIES = tuple(f.name for f in fields(co.Timing) if f.name not in ("hit", "issue"))  # those may not be 0


def tables(draw: random.Random, right: bool = True) -> list[Protocol]:
    """The catalogue and mutants of it that are still proved correct for any number of caches, or those that are not."""
    found = list(protocols.values()) if right else []
    for number in range(TRIED):
        parent = draw.choice(list(protocols.values()))
        others = list(protocols.values())
        rows: dict[str, dict[str, str]] = {}
        for _ in range(draw.choice([1, 1, 1, 2, 3])):
            state, event = draw.choice([at for at, cell in parent.cells.items() if not cell.never])
            kind = PROCESSOR if event in PROCESSOR else tuple(e for e in parent.columns if e not in PROCESSOR)
            cells = [str(c) for p in (parent, *others) for (_, e), c in p.cells.items() if e in kind and not c.never]
            rows.setdefault(state, {})[event] = draw.choice(cells)
        try:
            table = parent.but(f"{parent.name} {number}", "", **rows)
        except InputError:
            continue
        if proved(table, 2) == right and all(table.cells != other.cells for other in found):
            found.append(table)
    return found


def case(draw: random.Random, known: list[Protocol], most: int = 60) -> dict[str, Any]:
    """One machine and one trace."""
    cores = draw.choice([1, 2, 2, 3, 3, 4, 5, 8, 16])
    timing = {name: draw.choice([0, 0, 1, 2, 5, 9, 30]) for name in LATENCIES if draw.random() < 0.5}
    timing |= {name: draw.randint(1, 3) for name in ("hit", "issue") if draw.random() < 0.5}
    keys = draw.choice([2, 4, 8, 16, 40])
    writes, evicts = draw.choice([0.1, 0.3, 0.6]), draw.choice([0, 0, 0.05, 0.2])
    gaps = draw.choice([[0], [0], [0, 0, 0, 1, 4], [0, 7, 40]])
    own = draw.random() < 0.4  # most keys are the core's own
    repeat = draw.choice([0, 0.5, 0.8])
    accesses: list[tuple[int, str, Any, int]] = []
    last: dict[int, int] = {}
    for _ in range(draw.randint(1, most)):
        core = draw.randrange(cores)
        key = draw.randrange(keys) - keys // 4
        if own and draw.random() < 0.8:
            key += 1000 * (core + 1)
        if draw.random() < repeat:
            key = last.get(core, key)
        last[core] = key
        kind = draw.random()
        op = "e" if kind < evicts else "w" if kind < evicts + writes else "r"
        accesses.append((core, "c" if draw.random() < 0.01 and gaps[-1] else op, key, draw.choice(gaps)))
    return {
        "protocol": draw.choice(known),
        "cores": cores,
        "cache": {
            "sets": draw.choice([1, 1, 2, 3, 8]),
            "ways": draw.choice([None, 1, 2, 3, 4, 16]),
            "keys_per_line": draw.choice([1, 1, 2, 4]),
            "policy": draw.choice(["LRU", "LRU", "FIFO", "Random"]),
        },
        "timing": timing,
        "arbitration": draw.choice(["fifo", "fifo", "round-robin", "priority", "random"]),
        "seed": draw.randrange(2**64),
        "order": draw.choice(["program", "program", "program", "trace"]),
        "accesses": accesses,
    }


def machine(case: dict[str, Any], **more: Any) -> co.Machine:
    return co.Machine(
        case["protocol"], case["cores"], co.Cache(**case["cache"]), co.Timing(**case["timing"]),
        case["arbitration"], case["seed"], **more,
    )  # fmt: skip


def workload(case: dict[str, Any]) -> co.Workload:
    return co.Workload.from_accesses("fuzz", lambda: iter(case["accesses"]), case["cores"])


def run(case: dict[str, Any], engine: str, **more: Any) -> co.Run:
    return machine(case, **more).run(workload(case), order=case["order"], engine=engine)


def compiled(case: dict[str, Any], loop: str, log: int = LOG, near: int = NEAR) -> dict[str, Any]:
    """All that a run counted on one of the two loops of program order; *log*, *near*: as `front` has them."""
    found = simulate(
        machine(case), workload(case), encoded(workload(case)), case["cores"], case["order"], loop, log, near
    )
    assert found is not None
    return numbers(found)


def in_parts(case: dict[str, Any], part: int, dense: bool) -> dict[str, Any]:
    """All that a run counted of which *part* accesses are in memory at a time; *dense*: fed from a whole trace."""
    apart = case["order"] == "program"
    feed = encoded_feed(grouped(encode(workload(case))), apart) if dense else plain_feed(workload(case), apart)
    found = streamed(machine(case), workload(case), feed, case["cores"], case["order"], part)
    assert found is not None
    return numbers(found)


def counted(case: dict[str, Any], engine: str) -> dict[str, Any]:
    """All that a run counted."""
    return numbers(run(case, engine))


def told(case: dict[str, Any], engine: str) -> dict[str, Any]:
    """All that an unwatched run counted, or why it was stopped."""
    try:
        return numbers(run(case, engine, watch=False))
    except Breach as error:
        return {"stopped": str(error)}


def numbers(run: co.Run) -> dict[str, Any]:
    """All that a run counted."""
    return {
        "totals": run.totals,
        "per_core": list(run.per_core),
        "lines": dict(run.lines),
        "invalidated_by": {a: dict(row) for a, row in run.invalidated_by.items()},
        "levels": [list(rows) for rows in run.levels],
        "shared": dict(run.shared),
        "cycles": run.cycles,
    }


def differences(wanted: dict[str, Any], got: dict[str, Any], where: str = "") -> list[str]:
    """Each number that differs, and where."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        keys = [*wanted, *(k for k in got if k not in wanted)]
        return [d for k in keys for d in differences(wanted.get(k), got.get(k), f"{where}.{k}")]  # type: ignore[arg-type]
    if isinstance(wanted, list) and len(wanted) == len(got):
        return [d for i, pair in enumerate(zip(wanted, got)) for d in differences(*pair, f"{where}[{i}]")]
    return [] if wanted == got else [f"{where}: {wanted} != {got}"]
