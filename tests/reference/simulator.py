"""A naive simulator, written from the rules alone by somebody who had not seen the package. Slow and plain on purpose.

The package is checked against it on random input: two implementations that share nothing agree on every counter.
"""

import hashlib

from tests.reference.table import parse

BUS = ("BusRd", "BusRdX", "BusUpgr", "BusUpd", "BusWr", "BusWB")
DEFAULTS = dict(
    start=0,
    hit=1,
    issue=1,
    reply=0,
    arbitrate=1,
    memory=100,
    transfer=20,
    upgrade=2,
    update=2,
    write_word=10,
    flush=0,
    writeback=50,
)
GATECH = dict(
    start=1,
    hit=2,
    issue=1,
    reply=1,
    arbitrate=0,
    memory=102,
    transfer=2,
    upgrade=2,
    update=2,
    write_word=2,
    flush=0,
    writeback=0,
)
COUNTERS = (
    "reads",
    "writes",
    "read_misses",
    "write_misses",
    "upgrades",
    "silent_upgrades",
    "evictions",
    "writebacks",
    "flushes",
    "supplies",
    "memory_fills",
    "cache_fills",
    "interventions",
    "invalidations",
    "cold",
    "replacement",
    "true_sharing",
    "false_sharing",
    "bus_wait",
)
EVENT = {"r": "PrRd", "w": "PrWr", "e": "Evict"}


class Breach(Exception):
    def __init__(self, state, event, line, core):
        super().__init__(f"never: {state} on {event}, line {line!r}, core {core}")
        self.state, self.event, self.line, self.core = state, event, line, core


class SplitMix64:
    def __init__(self, seed):
        self.state = seed % 2**64

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % 2**64
        return z ^ (z >> 31)


class What:
    """What one access did (for the time and the steps)."""

    def __init__(self):
        self.local = True
        self.hold = 0
        self.bus = []
        self.supplier = None
        self.memory_written = False
        self.miss = None


class System:
    def __init__(self, table, cores, sets, ways, keys_per_line, policy, timing, seed):
        self.table, self.cores, self.sets, self.ways = table, cores, sets, ways
        self.keys_per_line, self.policy, self.timing = keys_per_line, policy.lower().replace("-", ""), timing
        if self.policy not in ("lru", "fifo", "random"):
            raise ValueError(policy)
        self.state = [{} for _ in range(cores)]  # per core: line -> valid state (no entry: invalid)
        # per core, per set: the valid lines. Python dicts keep the order of insertion:
        # order of fill for FIFO and Random, order of last use for LRU.
        self.places = [[{} for _ in range(sets)] for _ in range(cores)]
        # per core: line -> "held", "evicted", or the set of keys other cores wrote since a snoop took the line
        self.history = [{} for _ in range(cores)]
        self.random = [SplitMix64(seed + 1 + i) for i in range(cores)]
        self.per_core = []
        for _ in range(cores):
            counter = dict.fromkeys(COUNTERS, 0)
            counter["bus"] = dict.fromkeys(BUS, 0)
            counter["finish"] = 0
            self.per_core.append(counter)

    # ---- lines and cells
    def line_of(self, key):
        if isinstance(key, int):
            return ("int", key // self.keys_per_line)
        return ("other", key)

    def set_of(self, line):
        kind, value = line
        if kind == "int":
            return value % self.sets
        return int.from_bytes(hashlib.sha256(repr(value).encode("utf-8")).digest()[:8], "big") % self.sets

    def state_of(self, core, line):
        return self.state[core].get(line, self.table.invalid)

    def valid(self, core, line):
        return line in self.state[core]

    def cell(self, core, line, event):
        state = self.state_of(core, line)
        cell = self.table.cells.get((state, event))
        if cell is None:
            raise Breach(state, event, line, core)
        return cell

    def others_hold(self, core, line):
        for other in range(self.cores):
            if other != core and self.valid(other, line):
                return True
        return False

    def needs_bus(self, core, op, key):
        line = self.line_of(key)
        if op == "e" and not self.valid(core, line):
            return False
        return len(self.cell(core, line, EVENT[op]).actions) > 0

    # ---- an eviction, explicit or of a victim
    def evict(self, core, line, what):
        cell = self.cell(core, line, "Evict")
        count = self.per_core[core]
        for request, if_shared in cell.actions:
            if if_shared and not self.others_hold(core, line):
                continue
            what.bus.append(request)
            what.hold += self.timing["writeback"]
            what.memory_written = True
            count["bus"][request] += 1
            count["writebacks"] += 1
        count["evictions"] += 1
        del self.state[core][line]
        del self.places[core][self.set_of(line)][line]
        self.history[core][line] = "evicted"

    def choose_victim(self, core, place):
        lines = list(place)
        if self.policy == "random":
            if len(lines) == 1:
                return lines[0]
            return lines[self.random[core].next() % len(lines)]
        return lines[0]

    # ---- an access takes effect now
    def perform(self, core, op, key):
        what = What()
        line = self.line_of(key)
        count = self.per_core[core]
        had_copy = self.valid(core, line)
        if op == "e" and not had_copy:
            return what
        cell = self.cell(core, line, EVENT[op])
        if op == "e":
            what.local = len(cell.actions) == 0
            if not what.local:
                what.hold += self.timing["arbitrate"]
            self.evict(core, line, what)
            return what

        count["reads" if op == "r" else "writes"] += 1
        before = self.state_of(core, line)
        if len(cell.actions) == 0:
            after = cell.otherwise
            if op == "w" and not self.table.is_dirty(before) and self.table.is_dirty(after):
                count["silent_upgrades"] += 1
        else:
            what.local = False
            what.hold += self.timing["arbitrate"]
            for request, if_shared in cell.actions:
                if if_shared and not self.others_hold(core, line):
                    continue
                self.put_on_bus(core, line, request, what)
            if not self.others_hold(core, line):
                after = cell.if_alone
            else:
                after = cell.otherwise
            # miss, upgrade, or neither (a read that takes the bus with a valid copy)
            if not had_copy:
                count["read_misses" if op == "r" else "write_misses"] += 1
                what.miss = self.cause(core, line, key, op, after)
                count[what.miss] += 1
            elif op == "w":
                count["upgrades"] += 1

        # the new state, and the place in the cache
        place = self.places[core][self.set_of(line)]
        if after == self.table.invalid:
            if had_copy:  # a fault of the table: the parser of the project refuses it
                raise ValueError("valid -> invalid in PrRd or PrWr")
        elif had_copy:
            self.state[core][line] = after
            if self.policy == "lru":
                del place[line]
                place[line] = True
        else:
            if self.ways is not None and len(place) == self.ways:
                self.evict(core, self.choose_victim(core, place), what)
            self.state[core][line] = after
            place[line] = True
            self.history[core][line] = "held"

        # the write is seen by those that lost the line to a snoop
        if op == "w":
            for other in range(self.cores):
                if other != core and isinstance(self.history[other].get(line), set):
                    self.history[other][line].add(key)
        return what

    def cause(self, core, line, key, op, after):
        if op == "w" and after == self.table.invalid:
            return "cold"
        history = self.history[core].get(line)
        if history is None:
            return "cold"
        if history == "evicted":
            return "replacement"
        if key in history:
            return "true_sharing"
        return "false_sharing"

    def put_on_bus(self, core, line, request, what):
        table, count = self.table, self.per_core[core]
        what.bus.append(request)
        count["bus"][request] += 1
        moves_line = request in ("BusRd", "BusRdX")
        suppliers = []
        # the requester answers its own request too, before all others
        if moves_line and self.valid(core, line):
            own = table.cells.get((self.state_of(core, line), request))
            if own is not None:
                words = [word for word, _ in own.actions]
                if "Flush" in words or "Supply" in words:
                    suppliers.append(core)
        for other in range(self.cores):
            if other == core or not self.valid(other, line):
                continue
            before = self.state_of(other, line)
            cell = self.cell(other, line, request)
            words = [word for word, _ in cell.actions]
            if "Flush" in words:
                self.per_core[other]["flushes"] += 1
                what.hold += self.timing["flush"]
                what.memory_written = True
            if moves_line and ("Flush" in words or "Supply" in words):
                suppliers.append(other)
            after = cell.otherwise
            if after == table.invalid:
                del self.state[other][line]
                del self.places[other][self.set_of(line)][line]
                self.history[other][line] = set()
                self.per_core[other]["invalidations"] += 1
            else:
                self.state[other][line] = after
                if request == "BusRd" and table.is_exclusive(before) and not table.is_exclusive(after):
                    self.per_core[other]["interventions"] += 1
        if moves_line:
            if suppliers:
                what.supplier = suppliers[0]
                self.per_core[suppliers[0]]["supplies"] += 1
                count["cache_fills"] += 1
                what.hold += self.timing["transfer"]
            else:
                what.supplier = "memory"
                count["memory_fills"] += 1
                what.hold += self.timing["memory"]
        elif request == "BusUpgr":
            what.hold += self.timing["upgrade"]
        elif request == "BusUpd":
            what.hold += self.timing["update"]
        elif request == "BusWr":
            what.hold += self.timing["write_word"]
            what.memory_written = True


class Arbiter:
    def __init__(self, name, cores, seed):
        self.name, self.cores = name, cores
        self.random = SplitMix64(seed)
        self.last = None
        if name not in ("fifo", "round-robin", "priority", "random"):
            raise ValueError(name)

    def pick(self, waiting):
        """waiting: {core: time queued}, not empty."""
        candidates = sorted(waiting)
        if self.name == "fifo":
            best = candidates[0]
            for core in candidates:
                if waiting[core] < waiting[best]:
                    best = core
        elif self.name == "priority":
            best = candidates[0]
        elif self.name == "round-robin":
            core = 0 if self.last is None else (self.last + 1) % self.cores
            while core not in waiting:
                core = (core + 1) % self.cores
            best = core
        elif len(candidates) == 1:
            best = candidates[0]
        else:
            best = candidates[self.random.next() % len(candidates)]
        self.last = best
        return best


def simulate(
    table_text,
    accesses,
    *,
    cores,
    order="program",
    sets=1,
    ways=None,
    keys_per_line=1,
    policy="LRU",
    arbitration="fifo",
    timing=None,
    seed=0,
    steps=True,
):
    if timing == "gatech":
        timing = GATECH
    timing = {**DEFAULTS, **(timing or {})}
    assert timing["hit"] >= 1 and timing["issue"] >= 1
    table = parse(table_text)
    system = System(table, cores, sets, ways, keys_per_line, policy, timing, seed)
    arbiter = Arbiter(arbitration, cores, seed)
    tally = {"bus_busy": 0, "latency": 0}
    if order == "program":
        run_program(system, arbiter, accesses, timing, tally)
        log = None
    elif order == "trace":
        log = run_trace(system, accesses, timing, tally, steps)
    else:
        raise ValueError(order)
    result = report(system, tally)
    if log is not None:
        result["steps"] = log
    return result


def run_program(system, arbiter, accesses, timing, tally):
    cores = system.cores
    stream = [[] for _ in range(cores)]
    for core, op, key, gap in accesses:
        stream[core].append((op, key, gap))
    position = [0] * cores
    start = [None] * cores  # when the current access starts (or started); None: no more accesses
    starts_at = {}  # core -> time of a start that is still to come
    queues_at = {}  # core -> time its request joins the queue
    queue = {}  # core -> time its request joined the queue
    bus_free_at = 0
    for core in range(cores):
        if stream[core]:
            start[core] = timing["start"] + stream[core][0][2]
            starts_at[core] = start[core]

    def ended(core, time):
        op = stream[core][position[core]][0]
        if op != "e":
            tally["latency"] += time - start[core]
        system.per_core[core]["finish"] = time
        position[core] += 1
        if position[core] < len(stream[core]):
            start[core] = time + stream[core][position[core]][2]
            starts_at[core] = start[core]
        else:
            start[core] = None

    now = 0
    while starts_at or queues_at or queue:
        # 1. requests queue
        for core in range(cores):
            if core in queues_at and queues_at[core] == now:
                queue[core] = queues_at.pop(core)
        # 2. a grant
        while queue and bus_free_at <= now:
            core = arbiter.pick(queue)
            queued = queue.pop(core)
            system.per_core[core]["bus_wait"] += now - queued
            op, key, _ = stream[core][position[core]]
            what = system.perform(core, op, key)
            if what.local:
                ended(core, now + timing["hit"])
            else:
                bus_free_at = now + what.hold
                tally["bus_busy"] += what.hold
                ended(core, now + what.hold + timing["reply"])
        # 3. accesses start
        for core in range(cores):
            if core in starts_at and starts_at[core] == now:
                del starts_at[core]
                op, key, _ = stream[core][position[core]]
                if system.needs_bus(core, op, key):
                    queues_at[core] = now + timing["issue"]
                else:
                    system.perform(core, op, key)
                    ended(core, now + timing["hit"])
        # the next cycle in which something can happen
        times = list(starts_at.values()) + list(queues_at.values())
        if queue:
            times.append(bus_free_at)
        if not times:
            break
        assert min(times) > now
        now = min(times)


def run_trace(system, accesses, timing, tally, want_steps):
    log = [] if want_steps else None
    touched = []
    ended = timing["start"]
    for core, op, key, gap in accesses:
        start = ended + gap
        on_bus = system.needs_bus(core, op, key)
        what = system.perform(core, op, key)
        assert what.local == (not on_bus)
        if what.local:
            ended = start + timing["hit"]
        else:
            granted = start + timing["issue"]  # nobody else: the bus is free
            ended = granted + what.hold + timing["reply"]
            tally["bus_busy"] += what.hold
        if op != "e":
            tally["latency"] += ended - start
        system.per_core[core]["finish"] = ended
        if want_steps:
            if key not in touched:
                touched.append(key)
            states = {}
            for k in touched:
                states[str(k)] = [system.state_of(c, system.line_of(k)) for c in range(system.cores)]
            log.append(
                {
                    "core": core,
                    "op": op,
                    "key": str(key),
                    "states": states,
                    "bus": list(what.bus),
                    "supplier": what.supplier,
                    "memory_written": what.memory_written,
                    "miss": what.miss,
                }
            )
    return log


def ratio(a, b):
    return a / b if b else 0.0


def report(system, tally):
    per_core = system.per_core
    totals = {name: sum(counter[name] for counter in per_core) for name in COUNTERS}
    totals["bus"] = {name: sum(counter["bus"][name] for counter in per_core) for name in BUS}
    cycles = max([counter["finish"] for counter in per_core], default=0)
    accesses = totals["reads"] + totals["writes"]
    misses = totals["read_misses"] + totals["write_misses"]
    totals["cycles"] = cycles
    totals["memory_writes"] = totals["flushes"] + totals["writebacks"] + totals["bus"]["BusWr"]
    totals["bus_busy"] = tally["bus_busy"]
    totals["bus_utilization"] = ratio(tally["bus_busy"], cycles)
    totals["hit_rate"] = 1 - (misses + totals["upgrades"]) / accesses if accesses else 0.0
    totals["miss_rate"] = ratio(misses, accesses)
    totals["amat"] = ratio(tally["latency"], accesses)
    return {"cycles": cycles, "totals": totals, "per_core": per_core}
