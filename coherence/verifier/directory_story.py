"""A run of the directory's space in words: who wishes, whom the home serves and probes, what arrives, who is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from coherence.protocol.model import Protocol, Undefined
from coherence.verifier.directory import Act, Directory, World, fills
from coherence.words.say import VERBS


class Told(NamedTuple):
    """One step of a run: what it was, the sentence that tells it, and what there is afterwards (None if it breaks)."""

    act: Act
    said: str
    world: World | None


def tell_directory(protocol: Protocol, caches: int, path: Sequence[Act], silent: bool = False) -> list[Told]:
    """Put a run found by `explore_directory` into words.

    Parameters
    ----------
    protocol, caches, silent
        As they were explored.
    path
        The steps of the run, from the start.

    >>> import coherence as co
    >>> from coherence.verifier.directory import explore_directory
    >>> broken = co.protocols["MESI"].but("forgetful", S={"BusUpgr": "S"})
    >>> for told in tell_directory(broken, 2, explore_directory(broken, 2).path)[-2:]:
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
            story.append(Told(act, f"{act.kind} of core {act.core}: {error}", None))
            break
        said = _sentence(protocol, world, act, after)
        story.append(Told(act, said, None if broken else after))
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
