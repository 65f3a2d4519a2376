"""Differential fuzzing: the compiled engine against the SimPy machine, every counter of every core.

python -m tests.kernel.fuzz 50000 SEED
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from time import process_time

from tests.kernel.cases import case, compiled, counted, differences, in_parts, tables, told


def main(count: int, seed: int) -> int:
    draw = random.Random(seed)
    known, wrong = tables(draw), tables(draw, right=False)
    print(f"seed {seed}: {len(known)} tables, and {len(wrong)} that are not proved", flush=True)
    different = 0
    began = process_time()
    seen: Counter[str] = Counter()
    for number in range(count):
        unproved = number % 5 == 4
        one = case(draw, wrong if unproved else known)
        seen[one["order"] + ", not proved" * unproved] += 1
        either = told if unproved else counted
        wanted = either(one, "simpy")
        found = differences(wanted, either(one, "fast"))
        if one["order"] == "program" and not unproved:
            log, near = draw.choice([1, 1, 2, 3, 5, 8, 100]), draw.choice([1, 1, 2, 4, 64])
            found += differences(wanted, compiled(one, "ahead", log, near)) + differences(
                wanted, compiled(one, "plain")
            )
        if not unproved:
            found += differences(wanted, in_parts(one, draw.choice([1, 3, 10, 40]), draw.random() < 0.5))
        if found:
            different += 1
            print(f"case {number} differs: {found[:6]}\n  {one | {'protocol': str(one['protocol'])}}", flush=True)
            if different == 5:
                break
        if number % 5000 == 4999:
            print(f"{number + 1} cases, {different} different, {process_time() - began:.0f} s", flush=True)
    print(f"{number + 1} cases ({dict(seen)}), {different} different, {process_time() - began:.0f} s")
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]), int(sys.argv[2])))
