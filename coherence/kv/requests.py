"""What is asked of the workers: requests whose prompts are chains of KV blocks, and when the weights change."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace

from coherence.cache.config import Key, check_key
from coherence.errors import InputError, whole

TOKENS = 512  # of a block, where nobody says otherwise: Mooncake's
TOLD = 20  # faults that a message names

Name = Key  # of a KV block: the hash of all tokens up to its end


@dataclass(frozen=True, slots=True)
class Request:
    """One prompt and the answer to it.

    `arrival`: cycles (µs with `Cluster`) from the start of the run · `blocks`: the names of the prompt's KV blocks in
    order, each a hash of all the tokens up to its end, so that equal names are equal contents · `tail`: tokens of the
    prompt behind the last of them · `decode`: tokens of the answer, at least 1 · `grows`: the names of the blocks that
    the tail and the answer fill up, which others may ask for later · `session`: what a chat's requests have in
    common, or None · `worker`: who must serve it, or None to let the router choose · `last`: tokens of the last of
    `blocks` if it is not full, which counts for hits by tokens; to serve, it is a block like any other. Raises
    `InputError`.

    >>> Request(0, ("system", "chat 7"), decode=10).decode
    10
    """

    arrival: int
    blocks: tuple[Name, ...]
    decode: int = 1
    tail: int = 0
    grows: tuple[Name, ...] = ()
    session: Name | None = None
    worker: int | None = None
    last: int | None = None

    def __post_init__(self) -> None:
        faults = whole("arrival", self.arrival, 0) + whole("decode", self.decode, 1) + whole("tail", self.tail, 0)
        faults += [] if self.worker is None else whole("worker", self.worker, 0)
        faults += [] if self.last is None else whole("last", self.last, 1)
        names = [*self.blocks, *self.grows]
        if len(set(names)) < len(names):
            faults.append("a block occurs twice in one request")
        for name in names if self.session is None else [*names, self.session]:
            try:
                check_key(name)
            except InputError as error:
                faults.append(str(error))
        if faults:
            raise InputError("\n".join(faults))

    def sizes(self, tokens: int) -> list[int]:
        """The tokens of each of `blocks`, if a full block has *tokens*.

        >>> Request(0, ("a", "b"), last=3).sizes(16)
        [16, 3]
        """
        sizes = [tokens] * len(self.blocks)
        if self.last is not None:
            sizes[-1] = self.last
        return sizes


def misfits(request: Request, tokens: int) -> list[str]:
    """What of *request* does not fit blocks of *tokens*.

    >>> misfits(Request(0, (), decode=3, tail=9, grows=("a", "b")), 8)
    ['tail 9 is a block of 8 tokens or more', 'the tail and 3 tokens of the answer do not fill 2 blocks']
    """
    faults = []
    if request.last is not None and (request.last >= tokens or not request.blocks):
        faults.append(f"last {request.last} is not a part of a block of {tokens} tokens")
    if request.tail >= tokens:
        faults.append(f"tail {request.tail} is a block of {tokens} tokens or more")
    if len(request.grows) > (request.tail + request.decode) // tokens:
        faults.append(f"the tail and {request.decode} tokens of the answer do not fill {len(request.grows)} blocks")
    return faults


@dataclass(frozen=True)
class Traffic:
    """All requests in the order of their arrival; `updates`: when the weights change; `tokens`: of a block.

    `notes`: what the file that they come from cannot tell, a line each. Raises `InputError` where requests do not fit
    blocks of that size.

    >>> Traffic((Request(5, ("b",)), Request(0, ("a",)))).requests[0].blocks
    ('a',)
    """

    requests: tuple[Request, ...]
    updates: tuple[int, ...] = ()
    tokens: int = TOKENS
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        faults = whole("tokens", self.tokens, 1)
        faults += [fault for at in self.updates for fault in whole("an update's time", at, 0)]
        if not self.requests:
            faults.append("no request")
        if faults:
            raise InputError("\n".join(faults))
        for number, request in enumerate(self.requests):
            faults += [f"request {number}: {fault}" for fault in misfits(request, self.tokens)]
        if faults:
            raise InputError("\n".join(faults[:TOLD]))
        object.__setattr__(self, "requests", tuple(sorted(self.requests, key=lambda request: request.arrival)))
        object.__setattr__(self, "updates", tuple(sorted(self.updates)))

    @property
    def blocks(self) -> int:
        """How many blocks all prompts have together."""
        return sum(len(request.blocks) for request in self.requests)

    @property
    def distinct(self) -> int:
        """How many different blocks prompts and answers have."""
        return len({name for request in self.requests for name in request.blocks + request.grows})

    @property
    def reuse(self) -> float:
        """The share of the prompts' blocks that an earlier request has named: what the best of caches could save."""
        seen: set[Name] = set()
        again = 0
        for request in self.requests:
            again += sum(name in seen for name in request.blocks)
            seen.update(request.blocks, request.grows)
        return again / self.blocks if self.blocks else 0.0

    @property
    def steady(self) -> bool:
        """Whether every block has the same tokens in all prompts and answers."""
        found: dict[Name, int] = {}
        return all(
            found.setdefault(name, size) == size
            for request in self.requests
            for names, sizes in (
                (request.blocks, request.sizes(self.tokens)),
                (request.grows, [self.tokens] * len(request.grows)),
            )
            for name, size in zip(names, sizes, strict=True)
        )

    def version(self, time: int) -> int:
        """How often the weights have changed up to *time*."""
        return bisect_right(self.updates, time)

    def first(self, count: int) -> Traffic:
        """Its first *count* requests, and the updates up to the last of them."""
        kept = self.requests[:count]
        end = kept[-1].arrival if kept else 0
        return replace(self, requests=kept, updates=tuple(at for at in self.updates if at <= end))

    def __repr__(self) -> str:
        rest = f", {len(self.updates)} updates of the weights" if self.updates else ""
        rest += "".join(f"; {note}" for note in self.notes)
        return (
            f"<Traffic: {len(self.requests)} requests, {self.blocks} blocks of {self.tokens} tokens, "
            f"{self.reuse:.1%} seen before{rest}>"
        )
