"""Replacement policies once more, with plain lists, from their publications: slow, and sharing nothing with the package.

Each takes the lines that are accessed and the number of ways, and gives the lines evicted, in order.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from coherence.random import SplitMix64


def lfu(lines: list[int], ways: int) -> list[int]:
    held: list[list[int]] = []  # [line, uses], in order of fill
    out = []
    for line in lines:
        own = [entry for entry in held if entry[0] == line]
        if own:
            own[0][1] += 1
            continue
        if len(held) == ways:
            worst = min(held, key=lambda entry: entry[1])
            held.remove(worst)
            out.append(worst[0])
        held.append([line, 1])
    return out


def clock(lines: list[int], ways: int) -> list[int]:
    """The textbook's: fixed frames, a hand that goes round them."""
    frames: list[list[int]] = []
    hand = 0
    out = []
    for line in lines:
        own = [f for f in frames if f[0] == line]
        if own:
            own[0][1] = 1
        elif len(frames) < ways:
            frames.append([line, 0])
        else:
            while frames[hand][1]:
                frames[hand][1] = 0
                hand = (hand + 1) % ways
            out.append(frames[hand][0])
            frames[hand] = [line, 0]
            hand = (hand + 1) % ways
    return out


def sieve(lines: list[int], ways: int) -> list[int]:
    queue: list[list[int]] = []  # newest first, as in the paper's figure
    hand = -1  # from the end
    out = []
    for line in lines:
        own = [entry for entry in queue if entry[0] == line]
        if own:
            own[0][1] = 1
            continue
        if len(queue) == ways:
            at = len(queue) + hand
            while queue[at][1]:
                queue[at][1] = 0
                at = at - 1 if at else len(queue) - 1
            hand = at - len(queue)  # the one before it now ends at the same distance from the tail
            out.append(queue.pop(at)[0])
            if hand == -len(queue) - 1:
                hand = -1
        queue.insert(0, [line, 0])
    return out


def s3fifo(lines: list[int], ways: int) -> list[int]:
    share = max(1, ways // 10)
    small: list[list[int]] = []
    main: list[list[int]] = []
    ghosts: list[int] = []
    sieved = False
    out = []
    for line in lines:
        own = [entry for entry in small + main if entry[0] == line]
        if own:
            own[0][1] = min(3, own[0][1] + 1)
            continue
        remembered = line in ghosts
        ghosts = [g for g in ghosts if g != line]
        done = len(small) + len(main) < ways
        while not done:
            if len(main) > ways - share or not small:
                entry = main.pop(0)
                done = entry[1] == 0
                if done:
                    out.append(entry[0])
                else:
                    main.append([entry[0], entry[1] - 1])
            else:
                entry = small.pop(0)
                done = entry[1] <= 1
                if done:
                    out.append(entry[0])
                    ghosts = [*ghosts, entry[0]][-(ways - share) :] if ways > share else []
                    sieved = True
                else:
                    main.append([entry[0], 0])
        (main if remembered or (not sieved and len(small) >= share) else small).append([line, 0])
    return out


def arc(lines: list[int], ways: int) -> list[int]:
    """The four cases of Megiddo & Modha's figure, one by one."""
    t1: list[int] = []
    t2: list[int] = []
    b1: list[int] = []
    b2: list[int] = []
    p: float = 0
    out = []

    def replace(x: int) -> None:
        if t1 and ((x in b2 and len(t1) == p) or len(t1) > p):
            b1.append(t1.pop(0))
            out.append(b1[-1])
        else:
            b2.append(t2.pop(0))
            out.append(b2[-1])

    for x in lines:
        if x in t1 + t2:
            (t1 if x in t1 else t2).remove(x)
            t2.append(x)
        elif x in b1:
            p = min(ways, p + max(1, len(b2) / len(b1)))
            replace(x)
            b1.remove(x)
            t2.append(x)
        elif x in b2:
            p = max(0, p - max(1, len(b1) / len(b2)))
            replace(x)
            b2.remove(x)
            t2.append(x)
        else:
            if len(t1) + len(b1) == ways:
                if len(t1) < ways:
                    b1.pop(0)
                    replace(x)
                else:
                    out.append(t1.pop(0))
            elif len(t1) + len(t2) + len(b1) + len(b2) >= ways:
                if len(t1) + len(t2) + len(b1) + len(b2) == 2 * ways:
                    b2.pop(0)
                replace(x)
            t1.append(x)
    return out


def plru(lines: list[int], ways: int) -> list[int]:
    frames: list[int] = []
    bits: dict[tuple[int, int], int] = {}

    def use(way: int, low: int, high: int) -> None:
        if high - low > 1:
            middle = (low + high) // 2
            bits[low, high] = int(way < middle)
            use(way, *((low, middle) if way < middle else (middle, high)))

    def pointed(low: int, high: int) -> int:
        if high - low == 1:
            return low
        middle = (low + high) // 2
        return pointed(middle, high) if bits.get((low, high)) else pointed(low, middle)

    out = []
    for line in lines:
        if line not in frames:
            if len(frames) < ways:
                frames.append(line)
            else:
                way = pointed(0, ways)
                out.append(frames[way])
                frames[way] = line
        use(frames.index(line), 0, ways)
    return out


def lecar(lines: list[int], ways: int, seed: int) -> list[int]:
    random = SplitMix64(seed + 1)
    held: dict[int, tuple[int, int]] = {}  # line: (uses, time of the last)
    past: dict[str, dict[int, tuple[int, int]]] = {"lru": {}, "lfu": {}}
    weight = {"lru": 0.5, "lfu": 0.5}
    out = []
    for time, line in enumerate(lines):
        if line in held:
            held[line] = held[line][0] + 1, time
            continue
        if len(held) == ways:
            choice = {"lru": min(held, key=lambda k: held[k][1]), "lfu": min(held, key=lambda k: held[k])}
            if choice["lru"] != choice["lfu"]:
                by = "lru" if (random.next() >> 11) / 2**53 < weight["lru"] else "lfu"
                if len(past[by]) == max(1, ways // 2):
                    del past[by][next(iter(past[by]))]
                past[by][choice[by]] = time, held[choice[by]][0]
                out.append(choice[by])
            else:
                out.append(choice["lru"])
            del held[out[-1]]
        uses = 0
        for by, other in (("lru", "lfu"), ("lfu", "lru")):
            if line in past[by]:
                left, uses = past[by].pop(line)
                weight[other] *= math.exp(0.45 * 0.005 ** ((time - left) / ways))
                total = weight["lru"] + weight["lfu"]
                weight = {k: w / total for k, w in weight.items()}
        held[line] = uses + 1, time
    return out


def fewest_misses(lines: list[int], ways: int) -> int:
    """The minimum over all ways to choose victims, by trying them all."""

    @cache
    def rest(at: int, held: frozenset[int]) -> int:
        if at == len(lines):
            return 0
        line = lines[at]
        if line in held:
            return rest(at + 1, held)
        if len(held) < ways:
            return 1 + rest(at + 1, held | {line})
        return 1 + min(rest(at + 1, held - {victim} | {line}) for victim in held)

    return rest(0, frozenset())


NAIVE: dict[str, Any] = {
    "LFU": lfu, "Clock": clock, "SIEVE": sieve, "S3FIFO": s3fifo, "ARC": arc, "PLRU": plru,
}  # fmt: skip
