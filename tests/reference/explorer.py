"""A brute-force verifier, written from the rules alone: breadth first over explicit tuples, no symmetry.

A global state is (((state, bits), ...one a cache), memory bits); bits = one 1 (fresh) or 0 (stale) a word;
an invalid copy has all bits 0. During a write step the word being written has the value 2."""

from tests.reference.table import parse


def verify(table_text, caches, words=1):
    t = parse(table_text)
    nothing = (0,) * words
    first = (((t.invalid, nothing),) * caches, (1,) * words)
    distance = {first: 0}
    frontier = [first]
    fired = 0
    depth = 0
    while frontier:
        following = []
        for g in frontier:
            for core in range(caches):
                moves = [("read", None)] + [("write", w) for w in range(words)]
                if g[0][core][0] != t.invalid:
                    moves.append(("evict", None))
                for kind, word in moves:
                    fired += 1
                    wrong, after = move(t, g, core, kind, word)
                    if wrong is None:
                        wrong = wrong_state(t, after)
                    if wrong is not None:
                        return dict(
                            holds=False,
                            states=len(distance),
                            fired=fired,
                            depth=depth,
                            property=wrong,
                            length_of_shortest_counterexample=distance[g] + 1,
                        )
                    if after not in distance:
                        distance[after] = distance[g] + 1
                        depth = max(depth, distance[after])
                        following.append(after)
        frontier = following
    return dict(
        holds=True,
        states=len(distance),
        fired=fired,
        depth=depth,
        property=None,
        length_of_shortest_counterexample=None,
    )


def wrong_state(t, g):
    copies, memory = g
    held = [(s, bits) for s, bits in copies if s != t.invalid]
    if any("exclusive" in t.properties[s] for s, _ in held) and len(held) > 1:
        return "SWMR"
    if len([1 for s, _ in held if t.properties[s] & {"exclusive", "dirty", "owner"}]) > 1:
        return "OWNER"
    if any(0 in bits for _, bits in held):
        return "DATA"
    if not any("dirty" in t.properties[s] for s, _ in held) and 0 in memory:
        return "MEM"
    return None


def move(t, g, core, kind, word):
    """(property broken by the step itself or None, state reached)."""
    state = [s for s, _ in g[0]]
    data = [list(bits) for _, bits in g[0]]
    memory = list(g[1])
    n = len(state)

    def shared():
        return any(state[j] != t.invalid for j in range(n) if j != core)

    mine = t.cells.get((state[core], {"read": "PrRd", "write": "PrWr", "evict": "Evict"}[kind]))
    if mine is None:
        return "UNDEF", None
    have = state[core] != t.invalid  # does the requester hold a line of data?
    line = list(data[core])  # the data the requester works with
    disagree = False

    for request, if_shared in mine.actions:
        if if_shared and not shared():
            continue
        if request == "BusWB":
            memory = list(data[core])
            continue
        answers = []
        if request in ("BusRd", "BusRdX") and state[core] != t.invalid:
            own = t.cells.get((state[core], request))
            if own is not None and {w for w, _ in own.actions} & {"Flush", "Supply"}:
                answers.append(list(data[core]))
        memory_before = list(memory)
        if kind == "write" and request in ("BusUpd", "BusWr") and have:
            line[word] = data[core][word] = 2  # the writer has the word that it broadcasts
        for j in range(n):
            if j == core or state[j] == t.invalid:
                continue
            theirs = t.cells.get((state[j], request))
            if theirs is None:
                return "UNDEF", None
            said = [w for w, _ in theirs.actions]
            if request in ("BusRd", "BusRdX") and ("Flush" in said or "Supply" in said):
                answers.append(list(data[j]))
            for w in said:
                if w == "Flush":
                    memory = list(data[j])
                if w == "Update" and request in ("BusUpd", "BusWr") and kind == "write":
                    data[j][word] = 2
            state[j] = theirs.otherwise
        if request in ("BusRd", "BusRdX"):
            if any(a != answers[0] for a in answers):
                disagree = True
            line = list(answers[0]) if answers else memory_before
            data[core] = list(line)  # a fill replaces the requester's copy, also for a second fill in the same cell
            have = True
        if request == "BusWr" and kind == "write":
            memory[word] = 2

    if disagree:
        return "DATA", None
    if kind == "read" and (not have or 0 in line):
        return "STALEREAD", None
    state[core] = mine.otherwise if (mine.actions and shared()) else mine.if_alone
    data[core] = line
    if kind == "write":
        data[core][word] = 2
        for bits in [*data, memory]:
            bits[word] = 1 if bits[word] == 2 else 0
    nothing = (0,) * len(memory)
    copies = tuple((s, nothing if s == t.invalid else tuple(bits)) for s, bits in zip(state, data))
    return None, (copies, tuple(memory))
