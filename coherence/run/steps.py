"""A run in trace order, step by step: what `--steps` shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from coherence.cache.config import Key, Line
from coherence.protocol.model import OPS
from coherence.run.run import Run
from coherence.run.timeline import states_after

MOST = 10_000  # accesses that `--steps` shows at the most


def steps(run: Run, written: Callable[[Key], str] = str) -> Iterator[dict[str, object]]:
    """One plain object an access, in order, from a run that recorded.

    `core op key` · `states`: key → state of each core, for every key touched so far · `bus`: requests in order, a
    victim's BusWB last · `supplier`: "memory", a core, or None · `memory_written` · `miss`: its cause or None.
    *written* gives each key as the trace wrote it. The objects share their lists of states: do not change them.

    >>> import coherence as co
    >>> run = co.Machine().run(co.Workload.from_ops("0 w x; 1 r x"), order="trace", record=True)
    >>> [step["states"]["x"] for step in steps(run)]
    [['M', 'I'], ['S', 'S']]
    """
    states: dict[Line, list[str]] = {}
    touched: dict[Key, tuple[str, Line]] = {}
    for access in run.recorded():
        states.setdefault(access.line, [run.protocol.invalid] * run.cores)
        touched.setdefault(access.key, (written(access.key), access.line))
        for line, core, to in states_after(access):
            states[line] = [*states[line][:core], to, *states[line][core + 1 :]]
        outcome = access.outcome
        yield {
            "core": access.core,
            "op": OPS[access.event],
            "key": touched[access.key][0],
            "states": {name: states[line] for name, line in touched.values()},
            "bus": list(outcome.bus) if outcome else [],
            "supplier": outcome.supplier if outcome else None,
            "memory_written": outcome.memory_written if outcome else False,
            "miss": access.miss,
        }
