"""Machines that are known, as machine files: nothing but data.

Sizes and load-to-use latencies of the data caches are those published by the source named; a level's `lookup` is what
it adds to the levels before. The sources give no latency of memory, of a transfer between cores or of an upgrade:
memory is 200 cycles, the other two cost what the shared level does. The real last levels are sliced and hashed, and
the second's is a victim cache; here each stands on memory's side of one bus.
"""

from __future__ import annotations

MACHINES = {
    # I. Cutress, "The Intel Skylake-X Review", AnandTech 11550 (2017), column Skylake-S: 32 KB 8-way 4 cycles, 256 KB
    # 4-way 11 cycles, 2 MB a core 16-way 44 cycles, and four such cores.
    "skylake": """
        keys_per_line = 64
        [timing]
        hit = 4
        issue = 4
        arbitrate = 0
        transfer = 33
        upgrade = 33
        memory = 200
        [[level]]
        sets = 64
        ways = 8
        [[level]]
        sets = 1024
        ways = 4
        lookup = 7
        [shared]
        sets = 8192
        ways = 16
        lookup = 33
    """,
    # I. Cutress, "AMD Zen 2 Microarchitecture Analysis", AnandTech 14525 (2019): 32 KB 8-way 4 cycles, 512 KB 8-way
    # 12 cycles, 16 MB (16-way) for a complex of four cores, about 40 cycles.
    "zen2": """
        keys_per_line = 64
        [timing]
        hit = 4
        issue = 4
        arbitrate = 0
        transfer = 28
        upgrade = 28
        memory = 200
        [[level]]
        sets = 64
        ways = 8
        [[level]]
        sets = 1024
        ways = 8
        lookup = 8
        [shared]
        sets = 16384
        ways = 16
        lookup = 28
    """,
}
