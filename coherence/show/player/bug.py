"""Find the bug: a run of a table in which one cell is wrong, to be caught at its first wrong step."""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence

from coherence.accesses.workload import Workload
from coherence.errors import InputError, whole
from coherence.machine import Machine
from coherence.protocol.model import Cell, Protocol
from coherence.protocol.rules import ProtocolError
from coherence.random import SplitMix64
from coherence.show.player.data import player_data
from coherence.show.player.play import HEIGHT, Player
from coherence.show.player.table import table_data
from coherence.verifier.model import STALEREAD, Model, Move
from coherence.verifier.story import Told, ending, replay

OPS = "rrrwwe"  # drawn evenly: what a sequence is made of
LENGTH, EARLIEST, AFTER = 16, 4, 3  # steps tried; the first wrong one at the earliest; steps shown after it
TRIES = 5000


def find_the_bug(protocol: Protocol, cores: int = 3, seed: int = 0, height: int = HEIGHT) -> Player:
    """A player of *protocol* with one cell changed, on one line; it tells which cell once the step is marked.

    Another seed, another bug. Raises `InputError` where no change of one cell shows in a short run.
    """
    if faults := whole("cores", cores, 2, 8):
        raise InputError(faults[0])
    random = SplitMix64(seed)
    at = [place for place, cell in protocol.cells.items() if place[0] != protocol.invalid and not cell.never]
    for _ in range(TRIES):
        place = random.choose(at)
        mutant = _changed(protocol, place, random)
        if mutant is None:
            continue
        path = [(random.below(cores), Move(OPS[random.below(len(OPS))], 0)) for _ in range(LENGTH)]
        found = _first_wrong(mutant, path, cores)
        if found is not None and found[0] >= EARLIEST:
            return _player(protocol, mutant, place, path[: found[0] + AFTER], found, cores, height)
    raise InputError(f"{protocol.name}: found no change of one cell that shows within {LENGTH} steps")


def _changed(protocol: Protocol, place: tuple[str, str], random: SplitMix64) -> Protocol | None:
    """The table with one cell changed: another next state, or its first action forgotten."""
    cell = protocol.cells[place]
    names = [s.name for s in protocol.states]
    if cell.actions and random.below(2):
        to = random.choose(cell.targets)
        new = Cell(cell.actions[1:], to, to)
    else:
        to = random.choose(names)
        new = Cell(cell.actions, to, to)
    if new == cell:
        return None
    try:
        return protocol.but(protocol.name, "", **{place[0]: {place[1]: str(new)}})
    except ProtocolError:
        return None


def _first_wrong(mutant: Protocol, path: Sequence[tuple[int, Move]], cores: int) -> tuple[int, str, Told] | None:
    """The number of the first step that breaks a property, which one, and the step; None where it cannot be shown."""
    found = None
    model = Model(mutant, words=1)
    for number, told in enumerate(replay(mutant, path, cores, words=1), start=1):
        if told.undefined or (told.op == "e" and told.before[told.core] == mutant.invalid):
            return None
        broken = _broken(model, told) if found is None else None
        if broken:
            found = (number, broken, told)
        if found is not None and number == found[0] + AFTER:
            return found
    return None


def _broken(model: Model, t: Told) -> str | None:
    """The first property that does not hold at the end of a step: the verifier's own, on values made fresh or not."""
    if t.op == "r" and t.seen != t.newest:
        return STALEREAD
    copies = Counter(model.code[s, (int(v == t.newest),)] for s, v in zip(t.states, t.values, strict=True) if v)
    return model.broken(copies, model.values.index((int(t.memory == t.newest),)))


def _player(
    protocol: Protocol, mutant: Protocol, place: tuple[str, str], path: Sequence[tuple[int, Move]],
    found: tuple[int, str, Told], cores: int, height: int,
) -> Player:  # fmt: skip
    step, broken, told = found
    work = Workload.from_accesses("find the bug", lambda: iter([(core, move.op, "x", 0) for core, move in path]), cores)
    run = Machine(mutant, cores, watch=False).run(work, order="trace", record=True)
    data = player_data(run)
    data["protocol"] = table_data(protocol)  # the right one: the wrong cell stands nowhere
    at = f"{place[0]} on {place[1]}"
    secret = {
        "step": step,
        "ending": ending(mutant, broken, told),
        "cell": f"The cell {at} said {mutant.cells[place]}; the right table says {protocol.cells[place]}.",
    }
    data["bug"] = b64encode(json.dumps(secret).encode()).decode()
    return Player(f"Find the bug: {protocol.name}", (data,), height)
