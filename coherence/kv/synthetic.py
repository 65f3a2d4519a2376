"""Made-up traffic: chats of several turns behind a few system prompts."""

from __future__ import annotations

from coherence.errors import InputError, whole
from coherence.kv.requests import TOKENS, Request, Traffic
from coherence.random import SplitMix64


def synthetic(
    chats: int = 12, turns: int = 3, systems: int = 2, system_blocks: int = 4, question: int = 500, answer: int = 300,
    every: int = 4000, think: int = 20_000, updates: int = 0, tokens: int = TOKENS, seed: int = 0,
) -> Traffic:  # fmt: skip
    """Chats that begin one after another, each with one of the system prompts, and go on turn by turn.

    A turn's prompt is all that was said before and a new question, so its first blocks are those of the turn before.
    *systems*: how many system prompts, of *system_blocks* blocks each · *question*, *answer*: mean tokens ·
    *every*: mean cycles from one chat's beginning to the next one's · *think*: mean cycles from turn to turn ·
    *updates*: how often the weights change, evenly over the time · *tokens*: of a block. Raises `InputError`.

    >>> [request.blocks for request in synthetic(1, 2, systems=1, system_blocks=1, question=300, answer=100).requests]
    [(('system', 0, 0),), (('system', 0, 0), ('chat', 0, 1))]
    """
    faults = [
        fault
        for name, value, least in (
            ("chats", chats, 1), ("turns", turns, 1), ("systems", systems, 1), ("system_blocks", system_blocks, 0),
            ("question", question, 1), ("answer", answer, 1), ("every", every, 0), ("think", think, 0),
            ("updates", updates, 0), ("tokens", tokens, 1),
        )
        for fault in whole(name, value, least)
    ]  # fmt: skip
    if faults:
        raise InputError("\n".join(faults))
    numbers = SplitMix64(seed)

    def about(mean: int) -> int:
        """From 1 to twice the mean."""
        return 1 + numbers.below(2 * mean)

    requests = []
    begin = 0
    for chat in range(chats):
        system = numbers.below(systems)
        said = system_blocks * tokens
        now = begin
        for _ in range(turns):
            said += about(question)
            told = about(answer)
            full, after = said // tokens, (said + told) // tokens
            requests.append(
                Request(
                    arrival=now,
                    blocks=tuple(
                        ("system", system, n) if n < system_blocks else ("chat", chat, n) for n in range(full)
                    ),
                    decode=told,
                    tail=said % tokens,
                    grows=tuple(("chat", chat, n) for n in range(full, after)),
                    session=chat,
                )
            )
            said += told
            now += about(think)
        begin += about(every)
    end = max(request.arrival for request in requests)
    return Traffic(tuple(requests), tuple(end * (n + 1) // (updates + 1) for n in range(updates)), tokens)
