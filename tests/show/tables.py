"""Tables that users might write: of two, five, six and eight states, and one whose names are hostile."""

from __future__ import annotations

from random import Random

from coherence.protocol.find import protocols
from coherence.protocol.model import Protocol

TWO = Protocol.parse("""
Held: two states, one word each
Held Held  exclusive dirty
Free Empty invalid

     | PrRd          | PrWr          | Evict        | BusRdX
Held | Held          | Held          | BusWB > Free | Flush > Free
Free | BusRdX > Held | BusRdX > Held | never        | Free
""")

FIVE = Protocol.parse("""
Lab: a student's, with two kinds of shared
W Written   exclusive dirty
C Clean     exclusive
N Newest
R Read
- Nothing   invalid

  | PrRd                      | PrWr        | Evict     | BusRd     | BusRdX    | BusUpgr
W | W                         | W           | BusWB > - | Flush > R | Flush > - | never
C | C                         | W           | -         | R         | -         | never
N | N                         | BusUpgr > W | -         | R         | -         | -
R | R                         | BusUpgr > W | -         | R         | -         | -
- | BusRd > C if alone else N | BusRdX > W  | never     | -         | -         | -
""")

SIX = Protocol.parse("""
MOESIF: dirty sharing and a forwarder
M Modified  exclusive dirty
O Owned     dirty
E Exclusive exclusive
S Shared
I Invalid   invalid
F Forward   owner

  | PrRd                      | PrWr        | Evict     | BusRd      | BusRdX     | BusUpgr
M | M                         | M           | BusWB > I | Supply > O | Supply > I | never
O | O                         | BusUpgr > M | BusWB > I | Supply > O | Supply > I | I
E | E                         | M           | I         | Supply > S | Supply > I | never
S | S                         | BusUpgr > M | I         | S          | I          | I
I | BusRd > E if alone else F | BusRdX > M  | never     | I          | I          | I
F | F                         | BusUpgr > M | I         | Supply > S | Supply > I | I
""")

EIGHT = Protocol.parse("""
Eight: more states than any machine has
M  Modified     exclusive dirty
Mo ModifiedOnce exclusive dirty
O  Owned        dirty
Sm SharedDirty  dirty
E  Exclusive    exclusive
S  Shared
Sc SharedClean
I  Invalid      invalid

   | PrRd                       | PrWr                        | Evict     | BusRd       | BusRdX     | BusUpgr | BusUpd
M  | M                          | M                           | BusWB > I | Supply > O  | Supply > I | never   | never
Mo | Mo                         | M                           | BusWB > I | Supply > Sm | Supply > I | never   | never
O  | O                          | BusUpgr > M                 | BusWB > I | Supply > O  | Supply > I | I       | Update > Sc
Sm | Sm                         | BusUpd > M if alone else Sm | BusWB > I | Supply > Sm | Supply > I | I       | Update > Sc
E  | E                          | Mo                          | I         | S           | I          | never   | never
S  | S                          | BusUpgr > M                 | I         | S           | I          | I       | Update > Sc
Sc | Sc                         | BusUpd > M if alone else Sm | I         | Sc          | I          | I       | Update > Sc
I  | BusRd > E if alone else S  | BusRdX > M                  | never     | I           | I          | I       | I
""")

HOSTILE = protocols["MESI"].renamed(
    "<script>alert(1)</script>$\\input{x}$",
    "\"quoted\" & 'quoted' \\\\ \u202egnirts",
    M="<b>M</b> Modi$_fied$",
    E="$\\input{x}$ \"E'&",
    S="\\\\S \\textbf{x}",
    I="\u202e\u05d0\u05d1 Inv_%#alid",
)

OWN = (TWO, FIVE, SIX, EIGHT)


def any_table(seed: int) -> Protocol:
    """A table that parses and makes no sense: two to seven states, any transition that the grammar allows."""
    draw = Random(seed)
    some = "ABCDEF"[: draw.choice([1, 2, 3, 3, 4, 4, 5, 6])]
    valid = [letter + draw.choice(["", "", "m", "xy"]) for letter in some]
    kinds = {s: draw.choice(["", "", "dirty", "exclusive", "exclusive dirty", "owner"]) for s in valid}
    snooped = ["BusRd", "BusRdX", *(r for r in ("BusUpgr", "BusUpd", "BusWr") if draw.random() < 0.6)]
    rows = []
    for state in [*valid, "I"]:
        cells = []
        for event in ("PrRd", "PrWr", "Evict", *snooped):
            to = draw.choice(valid)
            if draw.random() < 0.2:
                to += f" if alone else {draw.choice(valid)}"
            if event == "Evict":
                cells.append("never" if state == "I" else "BusWB > I" if "dirty" in kinds[state] else "I")
            elif state == "I":
                cells.append(f"BusRd > {to}" if event == "PrRd" else f"BusRdX > {to}" if event == "PrWr" else "I")
            elif event == "PrRd":
                cells.append(state)
            elif event == "PrWr":
                cells.append(draw.choice([state, to.split()[0], f"{draw.choice(snooped[1:])} > {to}"]))
            else:
                answers = ["", "Supply > ", "Flush > ", *["Update > "] * (event in ("BusUpd", "BusWr"))]
                cells.append(draw.choice(answers) + draw.choice([*valid, "I", "I"]))
        rows.append(f"{state} | {' | '.join(cells)}")
    states = "\n".join(f"{s} State{s} {kinds[s]}" for s in valid)
    heads = " | ".join(("PrRd", "PrWr", "Evict", *snooped))
    return Protocol.parse(f"Any{seed}: drawn at random\n{states}\nI Invalid invalid\n\n | {heads}\n" + "\n".join(rows))
