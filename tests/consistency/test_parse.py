"""Herd's format: what is read, and that what is not understood is refused with line, word and known words."""

from __future__ import annotations

from pathlib import Path

import pytest

from coherence.consistency.catalog import TESTS, as_text
from coherence.consistency.find import find_tests
from coherence.consistency.parse import LitmusError, parse
from coherence.consistency.program import Copy, Exchange, Fence, Is, Load, Not, Some, Store, true_in
from coherence.errors import InputError

INTEL = r"""X86 both (twoOrders) "What is asked?"
Cycle=Fre PodWR
{ x=0; int y = 0x2; 0:EBX=7; P1:ecx=-1; }
(* a comment; (* nested *) | with signs *)
 P0          | P1           ;
 MOV [x],$1  | mov [y], 2   ;
 MFENCE      | MOV EAX,$3   ;
 MOV EAX,[y] | XCHG EAX,[x] ;
             | MOV [y],ECX  ;
locations [x; 1:EAX; z;]
~ exists (P0:EAX = 0 /\ not (x=1 \/ [y]!=2));
<<
show 0
>>
"""

ATT = r"""X86_64 att
{ uint64_t x; }
 P0           | P1            ;
 movl $1,(x)  | movq (y),%rax ;
 mfence       | mov %rax,%r10 ;
 movl (y),%eax | xchgq %rbx,(x) ;
forall 0:rax=0 \/ 0:RAX=1 /\ true
"""


def test_everything_that_a_test_may_have() -> None:
    test = parse(INTEL, "f.litmus")
    assert (test.name, test.about, test.file, test.quantifier) == ("both", "What is asked?", "f.litmus", "~exists")
    assert test.programs == (
        (Store("x", 1), Fence(), Load("EAX", "y")),
        (Store("y", 2), Copy("EAX", 3), Exchange("EAX", "x"), Store("y", "ECX")),
    )
    assert test.registers == ({"EAX": 0, "EBX": 7}, {"EAX": 0, "ECX": -1})
    assert test.memory == {"x": 0, "y": 2, "z": 0}
    assert test.names == ["0:EAX", "0:EBX", "1:EAX", "1:ECX", "x", "y", "z"]
    assert test.asked == r"(P0:EAX = 0 /\ not (x=1 \/ [y]!=2))"
    assert true_in(test.condition, {"0:EAX": 0, "x": 0, "y": 2})
    assert not true_in(test.condition, {"0:EAX": 0, "x": 1, "y": 2})


def test_the_other_order_of_operands() -> None:
    """x86-64 has the source first; one register has one name whatever its width."""
    test = parse(ATT)
    assert test.programs == (
        (Store("x", 1), Fence(), Load("rax", "y")),
        (Load("rax", "y"), Copy("r10", "rax"), Exchange("rbx", "x")),
    )
    assert test.condition.parts[0] == Is("0:rax", 0)  # type: ignore[union-attr]
    assert isinstance(test.condition, Some), "/\\ binds tighter than \\/"


@pytest.mark.parametrize(
    ("rows", "first"),
    [
        ("X86 a\n{}\nP0;\nmovl $1,(x);\nmovl (x),EAX;", (Store("x", 1), Load("EAX", "x"))),
        ("X86 a\n{}\nP0;\nMOV EAX,[x];", (Load("EAX", "x"),)),
        ("X86 a\n{}\nP0;\nMOV (x),%eax;", (Load("EAX", "x"),)),
        ("X86_64 a\n{}\nP0;\nMOV [x],1;\nMOV RAX,[x];", (Store("x", 1), Load("rax", "x"))),
        ("X86_64 a\n{}\nP0;\nmov (x),rax;", (Load("rax", "x"),)),
    ],
)
def test_the_order_is_what_the_test_shows_or_the_architectures(rows: str, first: tuple[object, ...]) -> None:
    assert parse(f"{rows}\nexists (x=1)").programs[0] == first


@pytest.mark.parametrize(
    ("ending", "quantifier"),
    [("exists (x=1)", "exists"), ("~exists (x=1)", "~exists"), ("not exists x=1", "~exists"), ("forall x=1;", "forall"),
     ("final (x=1); with tso: ~exists; default: exists;", "exists"), ("exists x==1", "exists")],
)  # fmt: skip
def test_quantifiers(ending: str, quantifier: str) -> None:
    test = parse(f"X86 q\n{{ }}\nP0;\nMOV [x],1;\n{ending}")
    assert (test.quantifier, test.condition) == (quantifier, Is("x", 1))


def test_not_binds_to_what_follows() -> None:
    test = parse(r"X86 q {} P0; MFENCE; exists not x=1 \/ ~y<>2 \/ false")
    assert test.condition == Some((Not(Is("x", 1)), Not(Not(Is("y", 2))), Some()))


SOUND = "X86 t\n{ x=0; }\n P0 | P1 ;\n MOV [x],1 | MOV EAX,[x] ;\nexists (1:EAX=1)\n"


# what is put in place of what → the line, and what the message says
FAULTS: dict[str, tuple[str, str, int, str]] = {
    "architecture": ("X86", "ARM", 1, "unknown architecture 'ARM' (known: X86, X86_64)"),
    "name": ("X86 t", "X86", 1, "expected 'ARCHITECTURE NAME' in the first line"),
    "start": ("x=0", "x=1,y", 2, "'1,y' is not a number, in 'x=1,y'"),
    "start again": ("x=0", "*x=1", 2, "'*x=1' is not understood, expected 'x=1' or '0:REGISTER=1' between { and }"),
    "type": ("x=0", "float x=1", 2, "unknown type 'float' (known: int, long"),
    "pointer": ("x=0", "0:EAX=x", 2, "'x' is not a number, in '0:EAX=x'"),
    "register": ("x=0", "0:EAZ=1", 2, "unknown register 'EAZ'; did you mean EAX"),
    "width": ("x=0", "0:RAX=1", 2, "unknown register 'RAX'; did you mean EAX"),
    "core": ("x=0", "2:EAX=1", 2, "no core 2: the table has 2, from 0"),
    "no core": ("x=0", "EAX=1", 2, "register EAX needs its core before it, as in 0:EAX"),
    "head": ("P1 ;", "P2 ;", 3, "'P2' heads a column, expected P1"),
    "columns": ("EAX,[x] ;", "EAX,[x] | MFENCE ;", 4, "3 columns, expected 2"),
    "row": ("EAX,[x] ;", "EAX,[x]", 4, "this row does not end with ;"),
    "instruction": ("MOV EAX,[x]", "INC [x]", 4, "unknown instruction 'INC'"),
    "label": ("MOV EAX,[x]", "L0: MFENCE", 4, "unknown instruction 'L0:' (known: MOV, MOVL, MOVQ, XCHG"),
    "operands": ("MOV EAX,[x]", "MOV EAX", 4, "'MOV EAX' has 1 operands, expected 2"),
    "operand": ("MOV EAX,[x]", "MOV EAX,x", 4, "unknown operand 'x' (known: a register, [location]"),
    "address": ("MOV EAX,[x]", "MOV EAX,[EBX]", 4, "'[EBX]' is not a location: expected a name in brackets"),
    "two places": ("MOV EAX,[x]", "MOV [y],[x]", 4, "MOV cannot go from a location to a location (destination first)"),
    "exchange": ("MOV EAX,[x]", "XCHG EAX,EBX", 4, "XCHG expects one register and one location"),
    "orders": ("MOV EAX,[x]", "MOV $1,[x]", 4, "operands stand source first, but in line 4 destination first"),
    "filter": ("exists", "filter", 5, "'filter' is not understood, expected one of exists, ~exists, forall, final"),
    "value": ("1:EAX=1", "1:EAX=x", 5, "expected a number, not 'x' (known: 0:REGISTER=number"),
    "bracket": ("EAX=1)", "EAX=1", 5, "expected ), not the end"),
    "sign": ("EAX=1", "EAX<1", 5, "expected = or != after 1:EAX, not '<'"),
    "asked register": ("1:EAX=1", "1:XAX=1", 5, "unknown register 'XAX'"),
    "asked core": ("1:EAX=1", "7:EAX=1", 5, "no core 7: the table has 2, from 0"),
    "rest": ("EAX=1)", "EAX=1) or x=1", 5, "'or' is not understood after the condition"),
    "implies": ("EAX=1)", "EAX=1) => x=1", 5, "'=>' is not understood after the condition"),
    "listed": ("exists", "locations [x; *y]\nexists", 5, "'*y' is not understood, expected x or 0:REGISTER"),
    "deep": ("1:EAX=1", "(" * 200 + "x=1" + ")" * 200, 5, "more than 100 brackets within each other"),
}  # fmt: skip


@pytest.mark.parametrize("what", FAULTS)
def test_what_is_not_understood_is_refused(what: str) -> None:
    old, new, line, message = FAULTS[what]
    assert old in SOUND
    with pytest.raises(LitmusError) as met:
        parse(SOUND.replace(old, new, 1), "f.litmus")
    assert str(met.value).startswith(f"f.litmus, line {line}: {message}"), str(met.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected 'ARCHITECTURE NAME', then { start }, instructions and a condition"),
        ("X86 t\n{ }\nP0;\nMFENCE;\n", "line 4: expected a condition: exists, ~exists, forall, final"),
        ("X86 t\n{ }\nP0;\nMFENCE\n", "line 4: expected a row that ends with ;, or exists, ~exists, forall, final"),
        ("X86 t\n{ }\nexists (x=1)", None),
        ("X86 t { } " + "x" * 300_000, "line 1: 300,010 characters, expected a litmus test of at most 200,000"),
    ],
)
def test_a_text_without_its_parts(text: str, message: str | None) -> None:
    if message is None:  # no core at all: nothing happens, and the start is the end
        assert parse(text).programs == ((),)
        return
    with pytest.raises(LitmusError) as met:
        parse(text)
    assert str(met.value) == message


def test_every_fault_at_once_in_the_order_of_lines() -> None:
    text = "ARM t\n{ x=a; }\n P0 | P1 ;\n INC [x] | MOV EAX ;\nexists (9:EAX=1)\n"
    with pytest.raises(LitmusError) as met:
        parse(text, "f")
    assert [line.split(":")[0] for line in str(met.value).splitlines()] == [f"f, line {n}" for n in (1, 2, 4, 4, 5)]


@pytest.mark.parametrize("name", TESTS)
def test_the_catalogue_reads_and_says_what_it_asks(name: str) -> None:
    test = parse(as_text(name, TESTS[name]))
    assert (test.name, test.about) == (name, TESTS[name].asks)
    assert test.about.count(".") + test.about.count("?") == 1, "one sentence"
    assert set(test.names) >= {n for n in test.names if n in test.asked}


def test_a_name_a_text_a_file_a_folder(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("SB", "MP"):
        (tmp_path / "b" / f"{name}.litmus").write_text(as_text(name, TESTS[name]))
    (tmp_path / "readme.txt").write_text("not a test")
    assert [t.name for t in find_tests(tmp_path)] == ["MP", "SB"]
    assert find_tests(str(tmp_path / "b" / "SB.litmus"))[0].file == str(tmp_path / "b" / "SB.litmus")
    assert find_tests(SOUND)[0].name == "t"
    assert find_tests("iriw")[0].name == "IRIW"


def test_every_file_of_a_folder_that_fails_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.litmus").write_text("ARM a")
    (tmp_path / "b.litmus").write_text(SOUND)
    (tmp_path / "c.litmus").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "d.litmus").write_text(SOUND.replace("MOV EAX", "POP EAX"))
    with pytest.raises(InputError) as met:
        find_tests(tmp_path)
    lines = str(met.value).splitlines()
    assert [Path(line.split(",")[0].split(":")[0]).name for line in lines] == ["a.litmus", "c.litmus", "d.litmus"]


@pytest.mark.parametrize("what", ["SBB", "no/such", "a.litmus", "x" * 5000, "a\0b"])
def test_what_names_nothing(what: str) -> None:
    with pytest.raises(InputError, match="SB"):
        find_tests(what)


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no file in this folder ends with \.litmus"):
        find_tests(tmp_path)
