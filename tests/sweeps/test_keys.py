"""The keys of results: those that older sweeps have kept stay the keys of the same points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import coherence as co
from coherence.sweeps.plan import AXES, make_plan
from coherence.sweeps.point import describe, key_of

LEVELS = [co.Cache(ways=2), co.Cache(sets=4, ways=2, lookup=5)]
SLOW = co.Timing(
    start=3, hit=2, issue=2, reply=1, arbitrate=3, memory=90, transfer=19, upgrade=4, update=5, write_word=6, flush=7,
    writeback=8,
)  # fmt: skip

# key → the axes of its one point, as of version 0.1.0.
KEPT: dict[str, dict[str, Any]] = {
    "09b01d96b94020ec8abe4a7f72a3e199": {},
    "3a04a3cf2b3187713d5ff1ceadc7ad0e": {"protocol": "MOESI", "cores": 2},
    "96555ff53f44632dd45132a6776bcc05": {"protocol": "dragon", "seed": 7, "writes": 0.5, "accesses": 20},
    "10d78ba62ec93516f67968b6dd41f026": {"protocol": co.protocols["MESI"].but("other", S={"BusUpgr": "S"})},
    "8d2105c65276d91339b2581fb504ddd7": {"workload": "false_sharing", "keys_per_line": 64, "padded": True},
    "72230a27c5fc78b7d8b306f4fb53b0e8": {"workload": "zipf", "skew": 1.1, "cores": 8},
    "7ab3e151382b4de317145e2399c4c118": {"sets": 4, "ways": 2, "policy": "plru", "keys_per_line": 8},
    "ca6a825a022cee33d3aa8ab434693a97": {"ways": 2, "policy": "opt"},
    "bdc93f6e964e830fbac868deadab912a": {"cache": co.Cache(sets=2, ways=4), "policy": "ARC"},
    "48a73a1c69a6ef0a868457417a2fe8f4": {"cache": [LEVELS]},
    "e1dcac0d9414b54f322b5497b6f27900": {"cache": [LEVELS], "shared": co.Cache(ways=64, policy="ARC", lookup=20)},
    "25fafaf6b30c14f3ca3aaae73e5c3809": {"shared": co.Cache(ways=64)},
    "475b8de322c5c78c1c555313f718d716": {"timing": "gatech"},
    "8ac380f352f796f8bcaca550dedba1b2": {"timing": SLOW},
    "6ca9802f10a72408e4146e6b20906cb3": {"arbitration": "round-robin"},
    "76c2793b633537af3cda8e2fe8af31c6": {"arbitration": "random", "seed": 3},
    "fe872a56d4fc385646ebbb18f02398a6": {"order": "trace", "max_cycles": 10**9},
    "a23ae3026ba9506c9c8e77ff8e980e84": {
        "protocol": "MSI",
        "cores": 16,
        "cache": co.Cache(16, 8, 64, "S3-FIFO"),
        "timing": "gatech",
        "order": "trace",
    },
}


@pytest.mark.parametrize("key", KEPT)
def test_a_key_stays_what_it_was(key: str) -> None:
    (point,) = make_plan({"workload": "random", **KEPT[key]})
    assert key_of(describe(point)) == key


def test_the_key_of_a_trace_stays_what_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.trace").write_text("0 w x\n1 r x\n")
    (point,) = make_plan({"workload": tmp_path / "a.trace", "keys_per_line": 8})
    assert key_of(describe(point)) == "283d39b6550ee167f8d6a70a7d862e8d"


def test_the_axes_are_these() -> None:
    assert sorted(AXES) == [
        "arbitration", "cache", "cores", "keys_per_line", "max_cycles", "order", "policy", "protocol", "seed", "sets",
        "shared", "timing", "ways", "workload",
    ]  # fmt: skip
