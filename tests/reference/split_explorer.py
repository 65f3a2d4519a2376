"""A brute-force verifier of the split-transaction bus, written from the rules alone: lists, copied before each step.

A cache is the list [state, event, turn, found in, data, debts, updates, through]: its logical state; the event under
way or None; whose turn "queued" or "ordered" it is or None; the state in which its cell was looked up; its data 1
(fresh), 0 (stale), None (none) or "of 2" (to be paid by cache 2); whom it must pay; for an ordered write the caches that
said Update, and whether memory takes the word. Memory is [data, waits]."""

from copy import deepcopy

from tests.reference.table import parse

STATE, EVENT, TURN, FOUND, DATA, DEBTS, UPDATES, THROUGH = range(8)
BLANK = [None, None, [], [], False]


class Broken(Exception):
    pass


def verify(table_text, caches, overlap):
    t = parse(table_text)
    first = [[[t.invalid, None, None, *deepcopy(BLANK)] for _ in range(caches)], [1, False]]
    distance = {repr(first): 0}
    leads_to = {}
    frontier, fired, depth = [first], 0, 0
    while frontier:
        following = []
        for g in frontier:
            name = repr(g)
            leads_to[name] = []
            length = distance[name] + 1
            for choice in choices(t, g, overlap):
                fired += 1
                after = deepcopy(g)
                try:
                    take(t, after, choice, overlap)
                    wrong = wrong_state(t, after)
                except Broken as error:
                    wrong = str(error)
                if wrong:
                    return dict(holds=False, property=wrong, length=length)
                leads_to[name].append(repr(after))
                if repr(after) not in distance:
                    distance[repr(after)] = length
                    depth = max(depth, length)
                    following.append(after)
            if not leads_to[name] and busy(g):
                return dict(holds=False, property="DEADLOCK", length=length - 1)
        frontier = following
    assert not stuck(distance, leads_to)
    return dict(holds=True, states=len(distance), fired=fired, depth=depth)


def busy(g):
    return g[1][1] or any(c[EVENT] for c in g[0])


def stuck(distance, leads_to):
    """The states from which no quiet one is reached, by going round until nothing changes."""
    saved = {name for name in distance if "queued" not in name and "ordered" not in name and "True]]" not in name}
    while True:
        more = {n for n, to in leads_to.items() if n not in saved and any(x in saved for x in to)}
        if not more:
            return set(distance) - saved
        saved |= more


def choices(t, g, overlap):
    flying = any(c[TURN] == "ordered" for c in g[0])
    for i, c in enumerate(g[0]):
        if c[TURN] is None:
            for event in ("PrRd", "PrWr", "Evict"):
                if event == "Evict" and c[STATE] == t.invalid:
                    continue
                cell = t.cells.get((c[STATE], event))
                if event == "PrRd" and cell and not cell.actions and cell.if_alone == c[STATE]:
                    continue
                yield "wish", i, event
        elif c[TURN] == "queued":
            dropped = c[EVENT] == "Evict" and c[STATE] == t.invalid
            if (overlap and (dropped or not g[1][1])) or (not overlap and not flying):
                yield "order", i, c[EVENT]
        elif not isinstance(c[DATA], str):
            yield "data", i, c[EVENT]
    if g[1][1] and not isinstance(g[1][0], str):
        yield "memory", None, None


def take(t, g, choice, overlap):
    kind, i, event = choice
    if kind == "memory":
        g[1][1] = False
        return
    c = g[0][i]
    if kind == "wish":
        cell = t.cells.get((c[STATE], event))
        if cell is None:
            raise Broken("UNDEF")
        if cell.actions:
            c[EVENT], c[TURN] = event, "queued"
        else:
            c[STATE] = cell.if_alone
            access(t, g, i, event)
    elif kind == "order":
        if event == "Evict" and c[STATE] == t.invalid:
            g[0][i] = [c[STATE], None, None, *deepcopy(BLANK)]
        else:
            put_on_the_bus(t, g, i, event, overlap)
    else:
        access(t, g, i, event)


def put_on_the_bus(t, g, i, event, overlap):
    c, memory = g[0][i], g[1]
    cell = t.cells.get((c[STATE], event))
    if cell is None:
        raise Broken("UNDEF")
    c[FOUND] = c[STATE]
    mine = c[DATA]
    fetched, clash = False, False
    has = {j: f"of {j}" if x[TURN] == "ordered" else x[DATA] for j, x in enumerate(g[0])}

    def others():
        return [j for j, x in enumerate(g[0]) if j != i and x[STATE] != t.invalid]

    for request, if_shared in cell.actions:
        if if_shared and not others():
            continue
        if request == "BusWB":
            memory[0] = mine
            continue
        fill = request in ("BusRd", "BusRdX")
        offers = []
        own = t.cells.get((c[STATE], request))
        if fill and c[STATE] != t.invalid and own and {w for w, _ in own.actions} & {"Flush", "Supply"}:
            offers.append(mine)
        flushed = []
        for j in others():
            x = g[0][j]
            theirs = t.cells.get((x[STATE], request))
            if theirs is None:
                raise Broken("UNDEF")
            said = [w for w, _ in theirs.actions]
            if fill and ("Flush" in said or "Supply" in said):
                offers.append(has[j])
            if "Flush" in said:
                flushed.append(has[j])
            if "Update" in said:
                c[UPDATES].append(j)
            x[STATE] = theirs.otherwise
            if x[EVENT] == "Evict":
                evict = t.cells.get((x[STATE], "Evict"))
                if evict and not evict.actions:
                    x[STATE] = evict.if_alone
        if fill:
            fetched = True
            known = {o for o in offers if not isinstance(o, str)}
            clash = clash or len(known) > 1
            mine = offers[0] if offers else memory[0]
        if flushed:
            memory[0] = flushed[0]
            memory[1] = overlap
        if request == "BusWr":
            c[THROUGH] = True
    if clash:
        raise Broken("DATA")
    c[STATE] = cell.otherwise if cell.actions and others() else cell.if_alone
    c[TURN], c[DATA] = "ordered", mine
    for j, x in enumerate(g[0]):
        if x[STATE] == t.invalid and x[TURN] != "ordered":
            x[DATA] = None
    if isinstance(mine, str):
        g[0][int(mine.split()[1])][DEBTS].append(i)
    if event == "Evict" or not cell.actions or (overlap and not fetched):
        access(t, g, i, event)


def access(t, g, i, event):
    """Load or store with the data that are there, pay, and be at rest."""
    c, memory = g[0][i], g[1]
    invalidated = c[TURN] == "ordered" and c[STATE] == t.invalid
    if event == "PrRd" and (c[DATA] is None or (c[DATA] == 0 and not invalidated)):
        raise Broken("STALEREAD")
    if event == "PrWr":
        for j, x in enumerate(g[0]):
            if x[DATA] == 1:
                x[DATA] = 0
            if j in c[UPDATES] and x[STATE] != t.invalid:
                x[DATA] = 1
        if memory[0] == 1:
            memory[0] = 0
        if c[THROUGH]:
            memory[0] = 1
        c[DATA] = 1
    for j in c[DEBTS]:
        g[0][j][DATA] = c[DATA]
    if memory[1] and memory[0] == f"of {i}":
        memory[0] = c[DATA]
    data = None if c[STATE] == t.invalid else c[DATA]
    g[0][i] = [c[STATE], None, None, None, data, [], [], False]


def wrong_state(t, g):
    copies, (memory, waits) = g
    held = [c for c in copies if c[STATE] != t.invalid]
    if any("exclusive" in t.properties[c[STATE]] for c in held) and len(held) > 1:
        return "SWMR"
    if len([1 for c in held if t.properties[c[STATE]] & {"exclusive", "dirty", "owner"}]) > 1:
        return "OWNER"
    if any(c[TURN] != "ordered" and c[DATA] != 1 for c in held):
        return "DATA"
    if waits or any(c[TURN] == "ordered" for c in copies):
        return None
    if not any("dirty" in t.properties[c[STATE]] for c in held) and memory != 1:
        return "MEM"
    return None
