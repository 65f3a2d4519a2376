r"""Litmus tests by name, each with the question that it asks: nothing but data.

The names are those of the literature (Alglave, Maranget & Tautschnig, "Herding cats", TOPLAS 2014; Owens, Sarkar &
Sewell, "A better x86 memory model: x86-TSO", TPHOLs 2009): what the cores do in turn, and after a `+` what stands
between it. Columns are cores, their instructions apart by `;`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Entry(NamedTuple):
    """One test: what it asks, the instructions of each core, and the condition."""

    asks: str
    cores: tuple[str, ...]
    condition: str


def as_text(name: str, entry: Entry) -> str:
    r"""The test in herd's format.

    >>> print(as_text("SB", TESTS["SB"]))
    X86 SB
    "Can two cores that each write one line and then read the other's both read the old value?"
    { }
     P0          | P1          ;
     MOV [x],$1  | MOV [y],$1  ;
     MOV EAX,[y] | MOV EAX,[x] ;
    exists (0:EAX=0 /\ 1:EAX=0)
    <BLANKLINE>
    """
    columns = [[f"P{i}", *(step.strip() for step in core.split(";"))] for i, core in enumerate(entry.cores)]
    height = max(map(len, columns))
    padded = [[f"{cell:{max(map(len, c))}}" for cell in c + [""] * (height - len(c))] for c in columns]
    rows = "".join(f" {' | '.join(cells)} ;\n" for cells in zip(*padded, strict=True))
    return f'X86 {name}\n"{entry.asks}"\n{{ }}\n{rows}{entry.condition}\n'


_X, _Y = "MOV [x],$1", "MOV [y],$1"
_READ_XY, _READ_YX = "MOV EAX,[x]; MOV EBX,[y]", "MOV EAX,[y]; MOV EBX,[x]"

TESTS: Mapping[str, Entry] = {
    "SB": Entry(
        "Can two cores that each write one line and then read the other's both read the old value?",
        (f"{_X}; MOV EAX,[y]", f"{_Y}; MOV EAX,[x]"),
        r"exists (0:EAX=0 /\ 1:EAX=0)",
    ),
    "SB+mfences": Entry(
        "Does a fence between the write and the read of each core keep both from reading the old value?",
        (f"{_X}; MFENCE; MOV EAX,[y]", f"{_Y}; MFENCE; MOV EAX,[x]"),
        r"~exists (0:EAX=0 /\ 1:EAX=0)",
    ),
    "SB+mfence+po": Entry(
        "Is a fence on one core alone enough?",
        (f"{_X}; MFENCE; MOV EAX,[y]", f"{_Y}; MOV EAX,[x]"),
        r"exists (0:EAX=0 /\ 1:EAX=0)",
    ),
    "SB+xchgs": Entry(
        "Does writing by an exchange do what a fence does?",
        ("MOV ECX,$1; XCHG [x],ECX; MOV EAX,[y]", "MOV ECX,$1; XCHG [y],ECX; MOV EAX,[x]"),
        r"~exists (0:EAX=0 /\ 1:EAX=0)",
    ),
    "SB+rfis": Entry(
        "Can each core read its own write before the other core can, and miss the other's?",
        (f"{_X}; {_READ_XY}", f"{_Y}; {_READ_YX}"),
        r"exists (0:EAX=1 /\ 0:EBX=0 /\ 1:EAX=1 /\ 1:EBX=0)",
    ),
    "3.SB": Entry(
        "Can three cores in a ring, each writing one line and reading the next one's, all read the old value?",
        (f"{_X}; MOV EAX,[y]", f"{_Y}; MOV EAX,[z]", "MOV [z],$1; MOV EAX,[x]"),
        r"exists (0:EAX=0 /\ 1:EAX=0 /\ 2:EAX=0)",
    ),
    "MP": Entry(
        "Can a core that sees the flag still miss the data written before it?",
        (f"{_X}; {_Y}", _READ_YX),
        r"~exists (1:EAX=1 /\ 1:EBX=0)",
    ),
    "MP+mfences": Entry(
        "The same with a fence between the two writes and between the two reads.",
        (f"{_X}; MFENCE; {_Y}", "MOV EAX,[y]; MFENCE; MOV EBX,[x]"),
        r"~exists (1:EAX=1 /\ 1:EBX=0)",
    ),
    "LB": Entry(
        "Can each of two cores read what the other writes only after its own read?",
        (f"MOV EAX,[x]; {_Y}", f"MOV EAX,[y]; {_X}"),
        r"~exists (0:EAX=1 /\ 1:EAX=1)",
    ),
    "S": Entry(
        "Can a write that was made before a flag come after one made by a core that saw the flag?",
        (f"MOV [x],$2; {_Y}", f"MOV EAX,[y]; {_X}"),
        r"~exists (1:EAX=1 /\ x=2)",
    ),
    "R": Entry(
        "Can a core overwrite what the other wrote last, and still miss what it wrote first?",
        (f"{_X}; {_Y}", "MOV [y],$2; MOV EAX,[x]"),
        r"exists (y=2 /\ 1:EAX=0)",
    ),
    "R+mfences": Entry(
        "Does a fence on each core rule that out?",
        (f"{_X}; MFENCE; {_Y}", "MOV [y],$2; MFENCE; MOV EAX,[x]"),
        r"~exists (y=2 /\ 1:EAX=0)",
    ),
    "2+2W": Entry(
        "Can two cores that write the same two lines in opposite orders each lose the line they wrote last?",
        (f"MOV [x],$2; {_Y}", f"MOV [y],$2; {_X}"),
        r"~exists (x=2 /\ y=2)",
    ),
    "CoRR": Entry(
        "Can a core read a new value and then the old one again?",
        (_X, "MOV EAX,[x]; MOV EBX,[x]"),
        r"~exists (1:EAX=1 /\ 1:EBX=0)",
    ),
    "CoWW": Entry(
        "Can two writes of one core to one line change their order?",
        ("MOV [x],$1; MOV [x],$2",),
        r"~exists (x=1)",
    ),
    "CoWR": Entry(
        "Can a core that has just written a line read something older from it?",
        (f"{_X}; MOV EAX,[x]", "MOV [x],$2"),
        r"~exists (0:EAX=2 /\ x=1)",
    ),
    "CoRW": Entry(
        "Can a core read another's write and then have its own write ordered before that one?",
        ("MOV EAX,[x]; MOV [x],$1", "MOV [x],$2"),
        r"~exists (0:EAX=2 /\ x=2)",
    ),
    "CoRR2": Entry(
        "Can two cores see two writes to one line in opposite orders?",
        ("MOV [x],$1", "MOV [x],$2", "MOV EAX,[x]; MOV EBX,[x]", "MOV EAX,[x]; MOV EBX,[x]"),
        r"~exists (2:EAX=1 /\ 2:EBX=2 /\ 3:EAX=2 /\ 3:EBX=1)",
    ),
    "IRIW": Entry(
        "Can two readers see two independent writes in opposite orders?",
        (_X, _Y, _READ_XY, _READ_YX),
        r"~exists (2:EAX=1 /\ 2:EBX=0 /\ 3:EAX=1 /\ 3:EBX=0)",
    ),
    "WRC": Entry(
        "Does a write that one core passes on by a flag reach a third core before the flag does?",
        (_X, f"MOV EAX,[x]; {_Y}", _READ_YX),
        r"~exists (1:EAX=1 /\ 2:EAX=1 /\ 2:EBX=0)",
    ),
    "RWC": Entry(
        "Can a core see one write and miss a second, while the writer of the second misses the first?",
        (_X, _READ_XY, f"{_Y}; MOV EAX,[x]"),
        r"exists (1:EAX=1 /\ 1:EBX=0 /\ 2:EAX=0)",
    ),
    "RWC+mfences": Entry(
        "Does a fence between the two steps of each core rule that out?",
        (_X, "MOV EAX,[x]; MFENCE; MOV EBX,[y]", f"{_Y}; MFENCE; MOV EAX,[x]"),
        r"~exists (1:EAX=1 /\ 1:EBX=0 /\ 2:EAX=0)",
    ),
    "ISA2": Entry(
        "Does data written before a flag reach a core that learns of it by a second flag?",
        (f"{_X}; {_Y}", "MOV EAX,[y]; MOV [z],$1", "MOV EAX,[z]; MOV EBX,[x]"),
        r"~exists (1:EAX=1 /\ 2:EAX=1 /\ 2:EBX=0)",
    ),
    "XCHG": Entry(
        "Can two cores that exchange a 1 for what a lock holds both get the 0?",
        ("MOV EAX,$1; XCHG [lock],EAX", "MOV EAX,$1; XCHG [lock],EAX"),
        r"~exists (0:EAX=0 /\ 1:EAX=0)",
    ),
}  # fmt: skip
