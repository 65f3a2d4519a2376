"""The second method: no machine and no steps, but candidate executions judged by axioms.

A candidate says from which write each read reads (rf) and in which order the writes of each location come (co). It is
an execution if the relations are acyclic as the model's axioms demand:

SC   po, rf, co and fr together (Lamport; Alglave et al., "Herding cats", TOPLAS 2014, section 4)
TSO  for each location po, rf, co and fr; and over all locations what program order keeps (all but a write before a
     read), fences and locked instructions, rf between cores, co and fr (Owens, Sarkar & Sewell, "A better x86 memory
     model: x86-TSO", TPHOLs 2009)

and if nothing comes between the read and the write of an exchange.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations, product

from coherence.consistency.program import Copy, Exchange, Fence, Litmus, Load, Source, Store

INITIAL = -1  # the thread of the writes that were there before
Edge = tuple[int, int]


@dataclass(frozen=True)
class Event:
    thread: int
    place: int  # of its instruction in the program
    kind: str  # R or W
    location: str
    locked: bool = False


def outcomes(test: Litmus, model: str) -> set[tuple[int, ...]]:
    """The values of all names of *test* in every execution."""
    events = [Event(INITIAL, i, "W", x) for i, x in enumerate(test.memory)]
    fences: list[tuple[int, int]] = []
    for thread, program in enumerate(test.programs):
        for place, step in enumerate(program):
            match step:
                case Load(_, location):
                    events.append(Event(thread, place, "R", location))
                case Store(location, _):
                    events.append(Event(thread, place, "W", location))
                case Exchange(_, location):
                    events += [Event(thread, place, kind, location, locked=True) for kind in "RW"]
                case Fence():
                    fences.append((thread, place))
    found = set()
    for rf, co in candidates(events):
        if holds(events, fences, rf, co, model):
            values = evaluate(test, events, rf)
            if values is not None:
                last = {events[chain[-1]].location: values[1][chain[-1]] for chain in co}
                found.add((*values[0], *(last[x] for x in test.memory)))
    return found


def candidates(events: list[Event]) -> Iterator[tuple[dict[int, int], list[tuple[int, ...]]]]:
    """Every choice of a write for each read, and of an order of writes for each location."""
    writes: dict[str, list[int]] = {}
    for i, e in enumerate(events):
        if e.kind == "W":
            writes.setdefault(e.location, []).append(i)
    reads = [i for i, e in enumerate(events) if e.kind == "R"]
    orders = [[(first, *rest) for rest in permutations(others)] for first, *others in writes.values()]
    for chosen in product(*(writes[events[r].location] for r in reads)):
        for co in product(*orders):
            yield dict(zip(reads, chosen)), list(co)


def holds(
    events: list[Event], fences: list[tuple[int, int]], rf: dict[int, int], co: list[tuple[int, ...]], model: str
) -> bool:
    rank = {w: n for chain in co for n, w in enumerate(chain)}
    order = {(a, b) for chain in co for a, b in zip(chain, chain[1:])}
    after = dict(order)
    from_read = {(r, after[w]) for r, w in rf.items() if w in after}
    numbers = range(len(events))
    same = [(a, b) for a in numbers for b in numbers if events[a].thread == events[b].thread != INITIAL and a < b]
    for a, b in same:
        if events[a].locked and events[a].place == events[b].place and rank[b] != rank[rf[a]] + 1:
            return False
    reads_from = {(w, r) for r, w in rf.items()}
    if model == "sc":
        return acyclic(len(events), {*same, *reads_from, *order, *from_read})
    local = {(a, b) for a, b in same if events[a].location == events[b].location}
    if not acyclic(len(events), {*local, *reads_from, *order, *from_read}):
        return False

    def kept(a: int, b: int) -> bool:
        first, second = events[a], events[b]
        fenced = any(t == first.thread and first.place < place < second.place for t, place in fences)
        return (first.kind, second.kind) != ("W", "R") or fenced or first.locked or second.locked

    outside = {(w, r) for w, r in reads_from if events[w].thread != events[r].thread}
    return acyclic(len(events), {*(e for e in same if kept(*e)), *outside, *order, *from_read})


def acyclic(count: int, edges: set[Edge]) -> bool:
    """Whether nodes without a predecessor can be taken away until none is left."""
    targets: list[list[int]] = [[] for _ in range(count)]
    waits = [0] * count
    for a, b in edges:
        targets[a].append(b)
        waits[b] += 1
    free = [n for n in range(count) if not waits[n]]
    for n in free:
        for b in targets[n]:
            waits[b] -= 1
            if not waits[b]:
                free.append(b)
    return len(free) == count


def evaluate(test: Litmus, events: list[Event], rf: dict[int, int]) -> tuple[list[int], dict[int, int]] | None:
    """The last values of the registers and the values of all writes; None if values would come from nowhere."""
    at = {(e.thread, e.place, e.kind): i for i, e in enumerate(events)}
    written = {i: test.memory[e.location] for i, e in enumerate(events) if e.thread == INITIAL}
    held = [dict(registers) for registers in test.registers]
    places = [0] * len(held)
    moved = True
    while moved:
        moved = False
        for t, program in enumerate(test.programs):
            registers = held[t]

            def value(source: Source, registers: dict[str, int] = registers) -> int:
                return source if isinstance(source, int) else registers.get(source, 0)

            while places[t] < len(program):
                place, step = places[t], program[places[t]]
                if isinstance(step, Load | Exchange):
                    source = rf[at[t, place, "R"]]
                    if source not in written:
                        break
                    if isinstance(step, Exchange):
                        written[at[t, place, "W"]] = value(step.register)
                    registers[step.register] = written[source]
                elif isinstance(step, Store):
                    written[at[t, place, "W"]] = value(step.source)
                elif isinstance(step, Copy):
                    registers[step.register] = value(step.source)
                places[t] += 1
                moved = True
    if any(place < len(p) for place, p in zip(places, test.programs)):
        return None
    return [v for registers in held for v in registers.values()], written
