"""The protocols that come with the package: tables and nothing else.

A protocol is one block of text. A variant lists only its differences from its parent. Sources: Culler & Singh,
*Parallel Computer Architecture* (1999); Nagarajan, Sorin, Hill & Wood, *A Primer on Memory Consistency and Cache
Coherence* (2nd ed., 2020); Archibald & Baer, *Cache Coherence Protocols* (ACM TOCS 1986), and the papers named below.
"""

from __future__ import annotations

from coherence.protocol.model import Protocol

MI = Protocol.parse("""
MI: one copy only, read or write
M Modified exclusive dirty
I Invalid  invalid

  | PrRd       | PrWr       | Evict     | BusRdX
M | M          | M          | BusWB > I | Flush > I
I | BusRdX > M | BusRdX > M | never     | I
""")

MSI = Protocol.parse("""
MSI: write-invalidate, the textbook's first
M Modified exclusive dirty
S Shared
I Invalid  invalid

  | PrRd      | PrWr        | Evict     | BusRd     | BusRdX    | BusUpgr
M | M         | M           | BusWB > I | Flush > S | Flush > I | never
S | S         | BusUpgr > M | I         | S         | I         | I
I | BusRd > S | BusRdX > M  | never     | I         | I         | I
""")

MESI = Protocol.parse("""
MESI: write-invalidate with a silent upgrade
M Modified  exclusive dirty
E Exclusive exclusive
S Shared
I Invalid   invalid

  | PrRd                      | PrWr        | Evict     | BusRd     | BusRdX    | BusUpgr
M | M                         | M           | BusWB > I | Flush > S | Flush > I | never
E | E                         | M           | I         | S         | I         | never
S | S                         | BusUpgr > M | I         | S         | I         | I
I | BusRd > E if alone else S | BusRdX > M  | never     | I         | I         | I
""")

# Papamarcos & Patel, ISCA 1984.
ILLINOIS = MESI.but(
    "Illinois",
    "MESI in which any valid copy supplies the line",
    E={"BusRd": "Supply > S", "BusRdX": "Supply > I"},
    S={"BusRd": "Supply > S", "BusRdX": "Supply > I"},
)

MOSI = Protocol.parse("""
MOSI: write-invalidate, the owner shares a dirty line
M Modified exclusive dirty
O Owned    dirty
S Shared
I Invalid  invalid

  | PrRd      | PrWr        | Evict     | BusRd      | BusRdX     | BusUpgr
M | M         | M           | BusWB > I | Supply > O | Supply > I | never
O | O         | BusUpgr > M | BusWB > I | Supply > O | Supply > I | I
S | S         | BusUpgr > M | I         | S          | I          | I
I | BusRd > S | BusRdX > M  | never     | I          | I          | I
""")

# Sweazey & Smith, ISCA 1986.
MOESI = Protocol.parse("""
MOESI: write-invalidate, dirty sharing and a silent upgrade
M Modified  exclusive dirty
O Owned     dirty
E Exclusive exclusive
S Shared
I Invalid   invalid

  | PrRd                      | PrWr        | Evict     | BusRd      | BusRdX     | BusUpgr
M | M                         | M           | BusWB > I | Supply > O | Supply > I | never
O | O                         | BusUpgr > M | BusWB > I | Supply > O | Supply > I | I
E | E                         | M           | I         | S          | I          | never
S | S                         | BusUpgr > M | I         | S          | I          | I
I | BusRd > E if alone else S | BusRdX > M  | never     | I          | I          | I
""")

# Goodman & Hum, 2004 and 2009.
MESIF = Protocol.parse("""
MESIF: MESI in which the newest reader forwards the line
M Modified  exclusive dirty
E Exclusive exclusive
F Forward   owner
S Shared
I Invalid   invalid

  | PrRd                      | PrWr        | Evict     | BusRd      | BusRdX     | BusUpgr
M | M                         | M           | BusWB > I | Flush > S  | Flush > I  | never
E | E                         | M           | I         | Supply > S | Supply > I | never
F | F                         | BusUpgr > M | I         | Supply > S | Supply > I | I
S | S                         | BusUpgr > M | I         | S          | I          | I
I | BusRd > E if alone else F | BusRdX > M  | never     | I          | I          | I
""")

# McCreight, 1984.
DRAGON = Protocol.parse("""
Dragon: write-update, memory learns on eviction
M  Modified       exclusive dirty
Sm SharedModified dirty
E  Exclusive      exclusive
Sc SharedClean
I  Invalid        invalid

   | PrRd                       | PrWr                                       | Evict     | BusRd       | BusUpd
M  | M                          | M                                          | BusWB > I | Supply > Sm | never
Sm | Sm                         | BusUpd > M if alone else Sm                | BusWB > I | Supply > Sm | Update > Sc
E  | E                          | M                                          | I         | Sc          | never
Sc | Sc                         | BusUpd > M if alone else Sm                | I         | Sc          | Update > Sc
I  | BusRd > E if alone else Sc | BusRd, BusUpd if shared > M if alone else Sm | never   | I           | I
""")

# Thacker, Stewart & Satterthwaite, IEEE TC 1988.
FIREFLY = Protocol.parse("""
Firefly: write-update, shared writes go through to memory
D Dirty   exclusive dirty
V Valid   exclusive
S Shared
I Invalid invalid

  | PrRd                      | PrWr                                       | Evict     | BusRd      | BusWr
D | D                         | D                                          | BusWB > I | Flush > S  | never
V | V                         | D                                          | I         | Supply > S | never
S | S                         | BusWr > V if alone else S                  | I         | Supply > S | Update > S
I | BusRd > V if alone else S | BusRd, BusWr if shared > D if alone else S | never     | I          | I
""")

# Goodman, ISCA 1983.
WRITE_ONCE = Protocol.parse("""
WriteOnce: the first write goes through, the next ones stay
D Dirty    exclusive dirty
R Reserved exclusive
V Valid
I Invalid  invalid

  | PrRd      | PrWr       | Evict     | BusRd     | BusRdX    | BusWr
D | D         | D          | BusWB > I | Flush > V | Flush > I | never
R | R         | D          | I         | V         | I         | never
V | V         | BusWr > R  | I         | V         | I         | I
I | BusRd > V | BusRdX > D | never     | I         | I         | I
""")

# Katz, Eggers, Wood, Perkins & Sheldon, ISCA 1985.
BERKELEY = MOSI.renamed("Berkeley", "MOSI in its own words", M="D Dirty", O="SD SharedDirty", S="V Valid")

# Frank, Electronics 1984.
SYNAPSE = Protocol.parse("""
Synapse: a dirty line leaves on any request, and a write always fetches
D Dirty   exclusive dirty
V Valid
I Invalid invalid

  | PrRd      | PrWr       | Evict     | BusRd     | BusRdX
D | D         | D          | BusWB > I | Flush > I | Flush > I
V | V         | BusRdX > D | I         | V         | I
I | BusRd > V | BusRdX > D | never     | I         | I
""")

WRITE_THROUGH = Protocol.parse("""
WriteThrough: every write goes to memory, and none allocates
V Valid
I Invalid invalid

  | PrRd      | PrWr      | Evict | BusRd | BusWr
V | V         | BusWr > V | I     | V     | I
I | BusRd > V | BusWr > I | never | I     | I
""")

ALL = (
    MI, MSI, MESI, ILLINOIS, MOSI, MOESI, MESIF, DRAGON, FIREFLY, WRITE_ONCE, BERKELEY, SYNAPSE, WRITE_THROUGH,
)  # fmt: skip

DEFAULT = MESI.name
