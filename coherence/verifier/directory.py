"""Every state of one line, n caches and one home that speak by messages: a directory over a network, without time.

Nothing but the stable table says what a cache does: a probed copy answers by its ordinary snoop cells. The home lists
who holds the line and serves one transaction at a time, so a cache needs no more than its state and the event that it
has queued.

The finer points: a listed copy in an exclusive state may have moved silently, so it is probed if any exclusive state
must answer. An answer is known by its sender; a flush on its way to the home by its value alone. A cache that may
supply always sends the line, and the first that arrives is taken. With silent evictions, a copy whose eviction is
queued and needs no write-back any more leaves at once when it is probed; its put still travels, and is dropped. A
request `if shared` is put if the home lists another holder at the serve.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from coherence.errors import InputError, known
from coherence.protocol.model import FILLS, PROCESSOR, SUPPLIES, Protocol, Undefined
from coherence.transaction.order import snoop
from coherence.verifier.model import DATA, MEM, OWNER, STALEREAD, SWMR, UNDEF, unused
from coherence.verifier.search import Found, Step, search

LIST = "LIST"  # a valid copy is not listed
NOT_CARRIED = frozenset({"BusUpd", "BusWr"})


class Act(NamedTuple):
    """One step: its kind, the core that wishes, is served, is probed, answers or is done, and the event wished.

    Of a flush, `core` is its place among those on their way: nothing else tells them apart.
    """

    kind: str
    core: int
    event: str = ""


class Copy(NamedTuple):
    """One cache: its state, whether its copy is the newest value (False without a copy), and the event queued."""

    state: str
    fresh: bool = False
    queued: str | None = None


class Service(NamedTuple):
    """The transaction that the home serves.

    `core`: the requester. `requests`: what it asks. `targets`: whom a probe has not reached yet. `answers`: those on
    their way, as (core, whether its line is fresh, None without a line). `line`: the first line answered.
    `completed`: the requester has its line, and only flushes are waited for.
    """

    core: int
    requests: tuple[str, ...] = ()
    targets: tuple[int, ...] = ()
    answers: tuple[tuple[int, bool | None], ...] = ()
    line: bool | None = None
    completed: bool = False


class World(NamedTuple):
    """All that there is: the caches, whether memory is fresh, whom the home lists and serves, flushes on their way."""

    copies: tuple[Copy, ...]
    memory: bool = True
    listed: tuple[int, ...] = ()
    service: Service | None = None
    flushes: tuple[bool, ...] = ()

    def having(self, core: int, copy: Copy) -> World:
        """The same, but for the copy of *core*."""
        return self._replace(copies=(*self.copies[:core], copy, *self.copies[core + 1 :]))

    def unlisted(self, core: int) -> World:
        """The same, but the home does not list *core*."""
        return self._replace(listed=tuple(c for c in self.listed if c != core))


@dataclass(frozen=True, eq=False)
class Directory:
    """The space of *count* caches and their home; *silent*: clean evictions do not tell the home."""

    protocol: Protocol
    count: int
    silent: bool = False
    reached: set[tuple[str, str]] = field(default_factory=set)  # the cells that any step has used

    def start(self) -> World:
        """No copy anywhere, memory fresh."""
        return World((Copy(self.protocol.invalid),) * self.count)

    def quiet(self, world: World) -> bool:
        """Whether nothing is queued, served or on its way."""
        return world.service is None and not world.flushes and all(c.queued is None for c in world.copies)

    def freed(self, world: World, service: Service) -> bool:
        """Whether the home may be freed: the requester is done, and every flush has come."""
        return service.completed and not world.flushes

    def steps(self, world: World) -> Iterator[Step[Act, World]]:
        """Every enabled step: wishes and serves by core, then what arrives, then the requester's end."""
        for act in self._enabled(world):
            try:
                after, broken = self.take(world, act)
            except Undefined:
                after, broken = world, UNDEF
            yield act, after, broken, 1

    def _enabled(self, world: World) -> Iterator[Act]:
        invalid, local, service = self.protocol.invalid, self.protocol.local, world.service
        for core, copy in enumerate(world.copies):
            if copy.queued is None:
                for event in PROCESSOR:
                    nothing = event == "Evict" and copy.state == invalid
                    hit = event == "PrRd" and local.get((copy.state, event)) == copy.state
                    if hit:  # it changes nothing, so it is no step
                        self.reached.add((copy.state, event))
                    elif not nothing:
                        yield Act("wish", core, event)
            elif service is None:
                yield Act("serve", core, copy.queued)
        yield from (Act("flush", place) for place in range(len(world.flushes)))
        if service is None:
            return
        yield from (Act("probe", core) for core in service.targets)
        yield from (Act("answer", core) for core, _ in service.answers)
        if not service.completed and not service.targets and not service.answers:
            yield Act("complete", service.core)
        if self.freed(world, service):
            yield Act("done", service.core)

    def take(self, world: World, act: Act) -> tuple[World, str | None]:
        """What an enabled step leads to, and the property that it breaks; raises `Undefined` at a `never` cell."""
        service = world.service
        match act.kind:
            case "wish":
                return self._wish(world, act)
            case "serve":
                return self._serve(world, act)
            case "flush":
                left = world.flushes[: act.core] + world.flushes[act.core + 1 :]
                return world._replace(memory=world.flushes[act.core], flushes=left), None
            case "done":
                return world._replace(service=None), None
        assert service is not None
        match act.kind:
            case "probe":
                return self._probe(world, service, act.core), None
            case "answer":
                return _answer(world, service, act.core)
        return self._complete(world, service)

    def _wish(self, world: World, act: Act) -> tuple[World, str | None]:
        copy = world.copies[act.core]
        self.reached.add((copy.state, act.event))
        cell = self.protocol.cell(copy.state, act.event, act.core)
        if cell.actions or (act.event == "Evict" and not self.silent):
            return world.having(act.core, copy._replace(queued=act.event)), None
        return self._access(world, act.core, act.event, cell.alone, copy.fresh)

    def _access(self, world: World, core: int, event: str, to: str, fresh: bool) -> tuple[World, str | None]:
        """The load, store or drop itself, by a cache that takes state *to* with a line that is *fresh* or not."""
        if event == "PrRd" and not fresh:
            return world, STALEREAD
        valid = to != self.protocol.invalid
        if event == "PrWr":  # every other value grows old
            copies = tuple(c._replace(fresh=False) for c in world.copies)
            world = world._replace(copies=copies, memory=False, flushes=(False,) * len(world.flushes))
            fresh = True
        return world.having(core, Copy(to, fresh and valid)), None

    def _serve(self, world: World, act: Act) -> tuple[World, str | None]:
        core, event = act.core, act.event
        copy = world.copies[core]
        if event == "Evict" and copy.state == self.protocol.invalid:  # it was lost meanwhile
            return world.having(core, Copy(copy.state)), None
        self.reached.add((copy.state, event))
        cell = self.protocol.cell(copy.state, event, core)
        if event == "Evict":
            memory = copy.fresh if cell.actions else world.memory
            return world.having(core, Copy(cell.alone))._replace(memory=memory).unlisted(core), None
        if not cell.actions:
            return self._access(world, core, event, cell.alone, copy.fresh)
        others = world.unlisted(core).listed
        requests = tuple(a.word for a in cell.actions if others or not a.if_shared)
        targets = tuple(other for other in others if self._must_answer(world.copies[other].state, requests))
        own = any(not SUPPLIES.isdisjoint(self.protocol.snoops.get((copy.state, r), ((),))[0]) for r in fills(requests))
        return world._replace(service=Service(core, requests, targets, line=copy.fresh if own else None)), None

    def _must_answer(self, state: str, requests: Sequence[str]) -> bool:
        """Whether a listed cache is probed: it has no copy any more, or a cell that does something (or is `never`)."""
        states = self.protocol.by_name
        if states[state].invalid:
            return True
        view = [s.name for s in states.values() if s.exclusive] if states[state].exclusive else [state]
        cells = self.protocol.snoops
        if any((state, request) not in cells for request in requests):
            return True
        return any(cells.get((seen, request), ((), seen)) != ((), seen) for seen in view for request in requests)

    def _probe(self, world: World, service: Service, core: int) -> World:
        """The cache answers all requests, as long as it has a copy."""
        invalid = self.protocol.invalid
        copy = world.copies[core]
        state, line, flushes = copy.state, None, world.flushes
        for request in service.requests:
            if state != invalid:
                self.reached.add((state, request))
                responses, state = snoop(self.protocol, state, request, core)
                if request in FILLS and not SUPPLIES.isdisjoint(responses):
                    line = copy.fresh
                if "Flush" in responses:
                    flushes = tuple(sorted((*flushes, copy.fresh)))
        if self.silent and copy.queued == "Evict" and (state, "Evict") in self.protocol.local:
            state = invalid
        after = world.having(core, Copy(state, copy.fresh and state != invalid, copy.queued))
        if state == invalid:
            after = after.unlisted(core)
        targets = tuple(c for c in service.targets if c != core)
        answers = tuple(sorted((*service.answers, (core, line)), key=lambda sent: sent[0]))
        return after._replace(service=service._replace(targets=targets, answers=answers), flushes=flushes)

    def _complete(self, world: World, service: Service) -> tuple[World, str | None]:
        """The requester takes its line and its state, does its load or store, and is listed."""
        core = service.core
        copy = world.copies[core]
        assert copy.queued is not None
        cell = self.protocol.cell(copy.state, copy.queued, core)
        others = world.unlisted(core).listed
        to = cell.shared if others else cell.alone
        fresh = copy.fresh
        if fills(service.requests):
            fresh = world.memory if service.line is None else service.line
        listed = others if to == self.protocol.invalid else tuple(sorted((*others, core)))
        world = world._replace(listed=listed, service=Service(core, completed=True))
        return self._access(world, core, copy.queued, to, fresh)

    def broken(self, world: World) -> str | None:
        """The first property that *world* breaks; memory is looked at only while the home serves nobody."""
        states = self.protocol.by_name
        held = [states[c.state] for c in world.copies if c.state != self.protocol.invalid]
        if len(held) > 1 and any(s.exclusive for s in held):
            return SWMR
        if sum(s.owner for s in held) > 1:
            return OWNER
        if any(not c.fresh and c.state != self.protocol.invalid for c in world.copies):
            return DATA
        if world.service is None and not world.memory and not any(s.dirty for s in held):
            return MEM
        if any(c.state != self.protocol.invalid and i not in world.listed for i, c in enumerate(world.copies)):
            return LIST
        return None


def fills(requests: Sequence[str]) -> list[str]:
    """Those of *requests* that bring the line."""
    return [r for r in requests if r in FILLS]


def _answer(world: World, service: Service, core: int) -> tuple[World, str | None]:
    """An answer arrives at the requester: the first line is taken, and any other must be as fresh."""
    line = dict(service.answers)[core]
    first = line if service.line is None else service.line
    answers = tuple(sent for sent in service.answers if sent[0] != core)
    after = world._replace(service=service._replace(answers=answers, line=first))
    return after, DATA if line not in (None, first) else None


def explore_directory(
    protocol: Protocol, caches: int, silent: bool = False, max_states: float = inf
) -> tuple[Found[World, Act], list[tuple[str, str]]]:
    """Search every state of one line, *caches* caches and their home: what was found, and the cells never used.

    Parameters
    ----------
    protocol
        A table whose reads and writes need neither BusUpd nor BusWr.
    caches
        How many, at least 1.
    silent
        Whether clean evictions do not tell the home.
    max_states
        Where to stop, with a partial result.

    Raises `InputError` for a table with updates.

    >>> import coherence as co
    >>> found, _ = explore_directory(co.protocols["MESI"], 2)
    >>> found.states, found.fired, found.depth, found.broken
    (294, 650, 18, None)
    """
    asked = {a.word for (_, event), cell in protocol.cells.items() if event in PROCESSOR for a in cell.actions}
    if updates := sorted(asked & NOT_CARRIED):
        raise InputError(
            f"{protocol.name} asks for {known(updates)}, which a directory does not carry: verify it on the bus, or "
            "give a table that reads and writes by BusRd, BusRdX and BusUpgr"
        )
    space = Directory(protocol, caches, silent)
    return search(space, max_states), unused(protocol, space.reached)
