"""A run of the directory's space in words: who wishes, whom the home serves and probes, what arrives, who is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from coherence.protocol.model import OPS, Protocol, Undefined
from coherence.verifier.directory import Act, Copy, Directory, World, fills
from coherence.verifier.story import Story, Told
from coherence.words.say import VERBS


class Said(NamedTuple):
    """One step of a run: what it was, the sentence that tells it, and what there is afterwards (None if it breaks)."""

    act: Act
    said: str
    world: World | None


def sentences(protocol: Protocol, caches: int, path: Sequence[Act], silent: bool = False) -> list[Said]:
    """Put a run found by `explore_directory` into words, one sentence per step.

    Parameters
    ----------
    protocol, caches, silent
        As they were explored.
    path
        The steps of the run, from the start.

    >>> import coherence as co
    >>> from coherence.verifier.directory import explore_directory
    >>> broken = co.protocols["MESI"].but("forgetful", S={"BusUpgr": "S"})
    >>> for told in sentences(broken, 2, explore_directory(broken, 2)[0].path)[-2:]:
    ...     print(told.said)
    the home serves core 0: S on PrWr puts BusUpgr; it probes nobody
    core 0 writes its own line: its S becomes M
    """
    space = Directory(protocol, caches, silent)
    world = space.start()
    story = []
    for act in path:
        try:
            after, broken = space.take(world, act)
        except Undefined as error:
            story.append(Said(act, f"{act.kind} of core {act.core}: {error}", None))
            break
        said = _sentence(protocol, world, act, after)
        story.append(Said(act, said, None if broken else after))
        world = after
    return story


def _verb(event: str) -> str:
    return VERBS[event].removesuffix("s")


def _sentence(protocol: Protocol, world: World, act: Act, after: World) -> str:
    """What one step does, in words."""
    if act.kind == "flush":
        return f"a flush arrives: memory takes a line that is {'the newest' if world.flushes[act.core] else 'old'}"
    core, service = act.core, world.service
    before, now = world.copies[core], after.copies[core]
    stays = before.state == now.state
    moved = f"it stays {now.state}" if stays else f"its {before.state} becomes {now.state}"
    match act.kind:
        case "wish" if now.queued:
            return f"core {core} in {before.state} wishes to {_verb(act.event)} and asks the home"
        case "wish":
            return f"core {core} {VERBS[act.event]} without the home: {moved}"
        case "serve" if after.service is not None:
            requests, targets = ", ".join(after.service.requests), after.service.targets
            probed = " and ".join(f"core {c}" for c in targets) if targets else "nobody"
            return f"the home serves core {core}: {before.state} on {act.event} puts {requests}; it probes {probed}"
        case "serve" if act.event == "Evict" and before.state == protocol.invalid:
            return f"the home drops the put of core {core}, whose copy was lost meanwhile"
        case "serve" if act.event == "Evict":
            written = ", and memory takes the line" if protocol.cells[before.state, "Evict"].actions else ""
            return f"the home takes the put of core {core}: {moved}{written}"
        case "serve":
            return f"core {core} {VERBS[act.event]} and needs the home no more: {moved}"
        case "done":
            return f"core {core} is done: the home is free"
    assert service is not None
    match act.kind:
        case "probe":
            answers = dict(after.service.answers) if after.service else {}
            sent = "without a line" if answers[core] is None else "with its line"
            flushed = ", and a flush sets out for the home" if len(after.flushes) > len(world.flushes) else ""
            asked = ", ".join(service.requests)
            if before.state == protocol.invalid:
                return (
                    f"{asked} arrives at core {core}: it has no copy any more, and answers core {service.core} {sent}"
                )
            return f"{asked} arrives at core {core}: {moved}, it answers core {service.core} {sent}{flushed}"
        case "answer":
            line = dict(service.answers)[core]
            what = "without a line" if line is None else "with the newest line" if line else "with an old line"
            return f"the answer of core {core} arrives at core {service.core}, {what}"
    source, fresh = "its own line", before.fresh
    if fills(service.requests):
        source, fresh = "memory's line", world.memory
        if service.line is not None:
            source, fresh = "the line answered", service.line
    age = "" if fresh else ", which is old"
    return f"core {core} {VERBS[before.queued or '']} {source}{age}: {moved}"


@dataclass(frozen=True, slots=True)
class DirectoryTold(Told):
    """One step by messages: its kind as `phase`, and the step, each cache and memory `shown` in words."""

    phase: str = ""
    shown: tuple[str, ...] = ()


class DirectoryStory(Story):
    """The shortest run that breaks a property of a directory; its steps are `DirectoryTold`."""

    def rows(self) -> list[list[str]]:
        """One row of words per step, under `columns()`."""
        found = []
        for number, t in enumerate(self.steps, start=1):
            assert isinstance(t, DirectoryTold)
            said, *copies, memory, listed = t.shown
            found.append([str(number), said, t.cell, listed, *(copies[c] for c in self.shown), memory])
        return found

    def columns(self) -> list[str]:
        """The head of `rows()`."""
        return ["", "step", "cell", "home lists", *(f"core {c}" for c in self.shown), "memory"]


def tell_directory(
    protocol: Protocol, found: tuple[str, Sequence[Act]], caches: int, silent: bool, title: str
) -> Story:
    """The story of the property and the path *found* in the space of *caches* caches and their home.

    Parameters
    ----------
    protocol, found
        The table; the property that breaks, and the shortest path to it.
    caches, silent
        The space in which it was found.
    title
        The verdict.
    """
    broken, path = found
    before = Directory(protocol, caches, silent).start()
    steps = []
    for said in sentences(protocol, caches, path, silent):
        after = said.world or before
        steps.append(_told(protocol, said, before, after))
        before = after
    last = steps[-1].shown[0] if steps else "nothing is possible"
    return DirectoryStory(title, tuple(steps), f"{broken}: {last}.", 1, protocol)


def _told(protocol: Protocol, said: Said, before: World, after: World) -> DirectoryTold:
    """One step with what every cache and memory hold after it; fresh values are 1, stale ones 0."""
    act, service = said.act, before.service
    core = act.core if act.kind != "flush" else service.core if service else 0
    event = act.event or before.copies[service.core if service else core].queued or "PrRd"
    cell = ""
    if act.kind in ("wish", "serve"):
        at = before.copies[core].state, act.event
        cell = f"{at[0]} on {at[1]}: {protocol.cells.get(at, 'missing')}"
    copies = [_show(protocol, c) for c in after.copies]
    listed = ", ".join(map(str, after.listed)) or "nobody"
    return DirectoryTold(
        core=core, op=OPS[event], word=0, cell=cell,
        before=tuple(c.state for c in before.copies), states=tuple(c.state for c in after.copies),
        values=tuple(None if c.state == protocol.invalid else (int(c.fresh),) for c in after.copies),
        memory=(int(after.memory),), newest=(1,), newest_by=(None,),
        phase=act.kind, shown=(said.said, *copies, "fresh" if after.memory else "stale", listed),
    )  # fmt: skip


def _show(protocol: Protocol, copy: Copy) -> str:
    """A cache: its state, whether its line is old, and what it has queued."""
    stale = " stale" if copy.state != protocol.invalid and not copy.fresh else ""
    return f"{copy.state}{stale}{f', {copy.queued} queued' if copy.queued else ''}"
