"""A brute-force verifier of the directory by messages, written from the rules alone: dicts that are copied whole.

The home lists cores; a message is a tuple in one bag, a list that is kept sorted:
("probe", to), ("answer", by, line) and ("flush", line), with line 1 (newest), 0 (old) or None (no line)."""

import copy

from tests.reference.table import parse


def verify_directory(table_text, caches, silent):
    """holds, states, fired, depth; or holds=False and the length of the shortest way to a breach or a dead end."""
    t = parse(table_text)
    first = {
        "state": [t.invalid] * caches, "line": [None] * caches, "queued": [None] * caches,
        "memory": 1, "list": [], "bag": [], "who": None, "asked": None, "got": None, "over": False,
    }  # fmt: skip
    distance = {freeze(first): 0}
    leads_to = {}
    calm = set()
    frontier = [first]
    fired = 0
    dead_end = None
    while frontier:
        following = []
        for g in frontier:
            here = freeze(g)
            if g["who"] is None and not g["bag"] and not any(g["queued"]):
                calm.add(here)
            successors = list(moves(t, g, silent))
            if not successors and here not in calm and dead_end is None:
                return dict(holds=False, length=distance[here])
            for wrong, after in successors:
                fired += 1
                if wrong or wrong_state(t, after):
                    return dict(holds=False, length=distance[here] + 1)
                there = freeze(after)
                leads_to.setdefault(there, []).append(here)
                if there not in distance:
                    distance[there] = distance[here] + 1
                    following.append(after)
        frontier = following
    todo = list(calm)
    while todo:
        for before in leads_to.get(todo.pop(), []):
            if before not in calm:
                calm.add(before)
                todo.append(before)
    if len(calm) < len(distance):
        return dict(holds=False, length=min(d for w, d in distance.items() if w not in calm))
    return dict(holds=True, states=len(distance), fired=fired, depth=max(distance.values()))


def freeze(g):
    return repr(sorted(g.items()))


def order(message):
    return repr(message)


def moves(t, g, silent):
    """(whether the step itself is wrong, the world afterwards) for each enabled step."""
    for core, state in enumerate(g["state"]):
        if g["queued"][core] is None:
            for event in ("PrRd", "PrWr", "Evict"):
                if event == "Evict" and state == t.invalid:
                    continue
                cell = t.cells.get((state, event))
                if cell is None:
                    yield True, None
                    continue
                h = copy.deepcopy(g)
                if cell.actions or (event == "Evict" and not silent):
                    h["queued"][core] = event
                elif event == "PrRd" and cell.if_alone == state:
                    continue
                elif access(t, h, core, event, cell.if_alone):
                    yield True, None
                    continue
                yield False, h
        elif g["who"] is None:
            yield serve(t, copy.deepcopy(g), core)
    for number, message in enumerate(g["bag"]):
        h = copy.deepcopy(g)
        del h["bag"][number]
        yield arrive(t, h, message, silent)
    if g["who"] is not None and not g["over"] and not any(m[0] in ("probe", "answer") for m in g["bag"]):
        yield complete(t, copy.deepcopy(g))
    if g["over"] and not g["bag"]:
        h = copy.deepcopy(g)
        h["who"], h["over"] = None, False
        yield False, h


def access(t, g, core, event, to):
    """The load, store or drop; true if a load sees an old line."""
    stale = event == "PrRd" and g["line"][core] != 1
    if event == "PrWr":
        g["line"] = [None if line is None else 0 for line in g["line"]]
        g["memory"] = 0
        g["bag"] = sorted([("flush", 0) if m[0] == "flush" else m for m in g["bag"]], key=order)
        g["line"][core] = 1
    g["state"][core] = to
    if to == t.invalid:
        g["line"][core] = None
    return stale


def serve(t, g, core):
    event = g["queued"][core]
    state = g["state"][core]
    if event == "Evict" and state == t.invalid:
        g["queued"][core] = None
        return False, g
    cell = t.cells.get((state, event))
    if cell is None:
        return True, None
    if event == "Evict":
        if cell.actions:
            g["memory"] = g["line"][core]
        g["state"][core], g["line"][core], g["queued"][core] = t.invalid, None, None
        g["list"].remove(core)
        return False, g
    if not cell.actions:
        g["queued"][core] = None
        return access(t, g, core, event, cell.if_alone), g
    others = [c for c in g["list"] if c != core]
    g["who"] = core
    g["asked"] = [word for word, if_shared in cell.actions if others or not if_shared]
    for word in g["asked"]:
        own = t.cells.get((state, word))
        if word in ("BusRd", "BusRdX") and state != t.invalid and own is not None:
            if any(w in ("Flush", "Supply") for w, _ in own.actions):
                g["got"] = g["line"][core]
    for other in others:
        theirs = g["state"][other]
        seen = [s for s in t.states if t.is_exclusive(s)] if t.is_exclusive(theirs) else [theirs]
        for word in g["asked"]:
            never = t.cells.get((theirs, word)) is None
            cells = [(s, t.cells.get((s, word))) for s in seen]
            if theirs == t.invalid or never or any(c and (c.actions or c.otherwise != s) for s, c in cells):
                g["bag"].append(("probe", other))
                break
    g["bag"].sort(key=order)
    return False, g


def arrive(t, g, message, silent):
    if message[0] == "flush":
        g["memory"] = message[1]
        return False, g
    core = message[1]
    if message[0] == "answer":
        if message[2] is not None:
            if g["got"] not in (None, message[2]):
                return True, None
            g["got"] = message[2]
        return False, g
    offered = None
    line = g["line"][core]
    for word in g["asked"]:
        state = g["state"][core]
        if state == t.invalid:
            break
        cell = t.cells.get((state, word))
        if cell is None:
            return True, None
        said = [w for w, _ in cell.actions]
        if word in ("BusRd", "BusRdX") and ("Flush" in said or "Supply" in said):
            offered = line
        if "Flush" in said:
            g["bag"].append(("flush", line))
        g["state"][core] = cell.otherwise
    if silent and g["queued"][core] == "Evict" and g["state"][core] != t.invalid:
        evict = t.cells.get((g["state"][core], "Evict"))
        if evict is not None and not evict.actions:
            g["state"][core] = t.invalid
    if g["state"][core] == t.invalid:
        g["line"][core] = None
        if core in g["list"]:
            g["list"].remove(core)
    g["bag"].append(("answer", core, offered))
    g["bag"].sort(key=order)
    return False, g


def complete(t, g):
    core = g["who"]
    event = g["queued"][core]
    cell = t.cells[g["state"][core], event]
    if "BusRd" in g["asked"] or "BusRdX" in g["asked"]:
        g["line"][core] = g["memory"] if g["got"] is None else g["got"]
    others = [c for c in g["list"] if c != core]
    to = cell.otherwise if others else cell.if_alone
    g["list"] = sorted(others if to == t.invalid else [*others, core])
    g["queued"][core], g["asked"], g["got"], g["over"] = None, None, None, True
    return access(t, g, core, event, to), g


def wrong_state(t, g):
    held = [c for c, s in enumerate(g["state"]) if s != t.invalid]
    states = [g["state"][c] for c in held]
    if len(held) > 1 and any(t.is_exclusive(s) for s in states):
        return "SWMR"
    if len([s for s in states if t.properties[s] & {"exclusive", "dirty", "owner"}]) > 1:
        return "OWNER"
    if any(g["line"][c] != 1 for c in held):
        return "DATA"
    if g["who"] is None and g["memory"] != 1 and not any(t.is_dirty(s) for s in states):
        return "MEM"
    return "LIST" if any(c not in g["list"] for c in held) else None
