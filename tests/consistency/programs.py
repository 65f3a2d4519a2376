"""Small random programs, each the same from the same seed; and the simplest search there is, to compare with."""

from __future__ import annotations

from random import Random

from coherence.consistency.core import Action, Core, Local
from coherence.consistency.line import at_the_end, step
from coherence.consistency.program import Copy, Every, Exchange, Fence, Instruction, Litmus, Load, Store
from coherence.protocol.model import Protocol
from coherence.transaction.line import Line

REGISTERS, LOCATIONS = ("EAX", "EBX", "ECX"), ("x", "y")


def random_test(seed: int) -> Litmus:
    """Two cores of two to four instructions, or three of two, on two locations; mostly stores and loads."""
    draw = Random(seed)
    cores = draw.choice((2, 2, 3))
    programs = []
    for _ in range(cores):
        program: list[Instruction] = []
        for _ in range(draw.randint(2, 4) if cores == 2 else 2):
            register, location, word = draw.choice(REGISTERS), draw.choice(LOCATIONS), draw.randint(1, 2)
            seldom = draw.choice([Store(location, register), Exchange(register, location), Copy(register, 3), Fence()])
            program.append(draw.choice([Load(register, location)] * 4 + [Store(location, word)] * 4 + [seldom]))
        programs.append(tuple(program))
    registers = tuple(dict.fromkeys(REGISTERS, 0) for _ in programs)
    return Litmus(f"random {seed}", "", tuple(programs), registers, {"x": 0, "y": 0}, "exists", Every(), "true")


Copies = tuple[tuple[int, str, int], ...]
State = tuple[tuple[Local, ...], tuple[tuple[Copies, int], ...]]


def plainly(test: Litmus, protocol: Protocol, model: str, touched: bool, evict: bool) -> dict[tuple[int, ...], int]:
    """Every outcome and the fewest steps to it: states as they are, evictions as steps of their own, no numbers."""
    cores = [Core(p, r, model == "tso") for p, r in zip(test.programs, test.registers)]
    places = list(test.memory)

    def thaw(frozen: tuple[Copies, int]) -> Line[int]:
        return Line({c: s for c, s, _ in frozen[0]}, {c: v for c, _, v in frozen[0]}, frozen[1])

    def freeze(line: Line[int]) -> tuple[Copies, int]:
        return tuple((c, s, line.values[c]) for c, s in sorted(line.states.items())), line.memory

    def apply(frozen: tuple[Copies, int], core: int, event: str, word: int) -> tuple[int, tuple[Copies, int]]:
        _, moved, line = step(protocol, thaw(frozen), core, event, word)
        return moved.memory if moved.seen is None else moved.seen, freeze(line)

    lines = []
    for value in test.memory.values():
        line: tuple[Copies, int] = ((), value)
        for core in range(len(cores) if touched else 0):
            _, line = apply(line, core, "PrRd", 0)
        lines.append(line)
    first: State = (tuple(c.locals.things[c.first] for c in cores), tuple(lines))
    found: dict[tuple[int, ...], int] = {}
    seen, level, depth = {first}, [first], 0
    while level:
        following = []
        for locals_, lines_ in level:
            if all(c.done(local) for c, local in zip(cores, locals_)):
                ends = [at_the_end(protocol, thaw(line)) for line in lines_]
                found.setdefault((*(v for local in locals_ for v in local.registers), *ends), depth)
            steps = [(i, a) for i, c in enumerate(cores) for a in c.actions(locals_[i])]
            if evict:
                steps += [(c, Action("evict", places[at])) for at, line in enumerate(lines_) for c, _, _ in line[0]]
            for core, action in steps:
                at = places.index(action.location)
                value, line = action.word, lines_[at]
                if action.event is not None:
                    value, line = apply(line, core, action.event, action.word)
                local = locals_[core] if action.kind == "evict" else cores[core].after(locals_[core], action, value)
                after: State = ((*locals_[:core], local, *locals_[core + 1 :]), (*lines_[:at], line, *lines_[at + 1 :]))
                if after not in seen:
                    seen.add(after)
                    following.append(after)
        level, depth = following, depth + 1
    return found
