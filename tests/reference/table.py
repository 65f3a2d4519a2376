"""A plain parser of a protocol table, for the reference implementations: it knows no faults."""

REQUESTS = ("BusRd", "BusRdX", "BusUpgr", "BusUpd", "BusWr", "BusWB")
RESPONSES = ("Flush", "Supply", "Update")


class Cell:
    """actions: list of (word, if_shared); if_alone and otherwise: state names (equal without `if alone else`)."""

    def __init__(self, actions, if_alone, otherwise):
        self.actions = actions
        self.if_alone = if_alone
        self.otherwise = otherwise


class Table:
    def __init__(self):
        self.name = ""
        self.description = ""
        self.states = []  # in the order declared
        self.properties = {}  # state -> set of words
        self.events = []  # the header
        self.cells = {}  # (state, event) -> Cell, or None for `never`
        self.invalid = None

    def is_exclusive(self, state):
        return "exclusive" in self.properties[state]

    def is_dirty(self, state):
        return "dirty" in self.properties[state]

    def is_owner(self, state):
        return bool(self.properties[state] & {"owner", "exclusive", "dirty"})


def parse_cell(text, event):
    if text == "never":
        return None
    actions = []
    if ">" in text:
        left, right = text.split(">")
        for part in left.split(","):
            words = part.split()
            if len(words) == 1:
                actions.append((words[0], False))
            elif len(words) == 3 and words[1:] == ["if", "shared"]:
                actions.append((words[0], True))
            else:
                raise ValueError(f"what is {part!r}?")
    else:
        right = text
    words = right.split()
    if len(words) == 1:
        cell = Cell(actions, words[0], words[0])
    elif len(words) == 5 and words[1:4] == ["if", "alone", "else"]:
        cell = Cell(actions, words[0], words[4])
    else:
        raise ValueError(f"what is {right!r}?")
    for word, if_shared in actions:
        if event == "Evict":
            allowed = ("BusWB",)
        elif event in ("PrRd", "PrWr"):
            allowed = ("BusRd", "BusRdX", "BusUpgr", "BusUpd", "BusWr")
        else:
            allowed = RESPONSES
        if word not in allowed:
            raise ValueError(f"{word} in a cell of {event}")
    return cell


def parse(text):
    table = Table()
    lines = []
    for line in text.lstrip("\ufeff").splitlines():
        if line.strip() == "" or line.lstrip().startswith("#"):
            continue
        lines.append(line)
    name, description = lines[0].split(":", 1)
    table.name = name.strip()
    table.description = description.strip()
    header_seen = False
    for line in lines[1:]:
        if "|" not in line:
            words = line.split()
            table.states.append(words[0])
            table.properties[words[0]] = set(words[2:])
        elif not header_seen:
            header_seen = True
            table.events = [word.strip() for word in line.split("|")][1:]
        else:
            parts = [part.strip() for part in line.split("|")]
            state = parts[0]
            if state not in table.states:
                raise ValueError(f"row of an undeclared state {state}")
            if len(parts) - 1 != len(table.events):
                raise ValueError(f"row {state} has {len(parts) - 1} cells, the header {len(table.events)}")
            for event, cell in zip(table.events, parts[1:]):
                table.cells[state, event] = parse_cell(cell, event)
    invalid = [s for s in table.states if "invalid" in table.properties[s]]
    if len(invalid) != 1:
        raise ValueError(f"{len(invalid)} invalid states")
    table.invalid = invalid[0]
    for state in table.states:
        for event in table.events:
            cell = table.cells[state, event]
            if cell is not None:
                for target in (cell.if_alone, cell.otherwise):
                    if target not in table.states:
                        raise ValueError(f"{state} on {event}: no state {target}")
    return table
