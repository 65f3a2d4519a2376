"""Tables that users might write: of two, five, six and eight states, and one whose names are hostile."""

from __future__ import annotations

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
