"""The instructions of x86 and x86-64 that litmus tests are made of, in either order of operands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from coherence.consistency.program import Copy, Exchange, Fence, Instruction, Load, Store
from coherence.errors import InputError, known, unknown

ORDER = Literal["destination first", "source first"]
INTEL: ORDER = "destination first"
ATT: ORDER = "source first"
CLASSIC = ("AX", "BX", "CX", "DX", "SI", "DI", "BP", "SP")
# Architecture → the word by which any way of writing a register is known; herd prints them so.
REGISTERS = {
    "X86": {f"E{name}": f"E{name}" for name in CLASSIC},
    "X86_64": {f"{width}{name}": f"r{name.lower()}" for name in CLASSIC for width in "RE"}
    | {f"R{n}{width}": f"r{n}" for n in range(8, 16) for width in ("", "D")},
}
ORDERS: dict[str, ORDER] = {"X86": INTEL, "X86_64": ATT}  # where the test itself does not show it
MNEMONICS = ("MOV", "MOVL", "MOVQ", "XCHG", "XCHGL", "XCHGQ", "MFENCE")
NUMBER = re.compile(r"-?(?:0[xX][0-9a-fA-F]{1,16}|[0-9]{1,18})")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
OPERANDS = "a register, [location], (location), a number or $number"


def number(word: str) -> int | None:
    """The number that *word* writes, if it does.

    >>> number("0x10"), number("-1"), number("x")
    (16, -1, None)
    """
    return int(word, 0 if "x" in word.lower() else 10) if NUMBER.fullmatch(word) else None


def register(arch: str, word: str) -> str | None:
    """The register that *word* names, if it does.

    >>> register("X86", "%eax"), register("X86_64", "EAX"), register("X86", "RAX")
    ('EAX', 'rax', None)
    """
    return REGISTERS[arch].get(word.removeprefix("%").upper())


@dataclass(frozen=True, slots=True)
class Operand:
    """One operand: a number, a register or a location."""

    kind: Literal["number", "register", "location"]
    value: int | str


def _operand(arch: str, text: str) -> Operand:
    word = text.strip()
    if inside := re.fullmatch(r"\[(.*)\]|\((.*)\)", word, re.DOTALL):
        name = (inside[1] or inside[2] or "").strip()
        if NAME.fullmatch(name) and register(arch, name) is None:
            return Operand("location", name)
        raise InputError(f"{word!r} is not a location: expected a name in brackets")
    value = number(word.removeprefix("$"))
    if value is not None:
        return Operand("number", value)
    found = register(arch, word)
    if found is None:
        raise InputError(f"unknown operand {word!r} (known: {OPERANDS}; registers: {known(REGISTERS[arch])})")
    return Operand("register", found)


@dataclass(frozen=True, slots=True)
class Written:
    """One instruction as it is written: the mnemonic without its width, and the operands in their order."""

    mnemonic: str
    operands: tuple[Operand, ...]
    percent: bool = False

    @property
    def order(self) -> ORDER | None:
        """What it shows of the order of operands: a number is never the destination."""
        if self.mnemonic == "MOV" and len(self.operands) == 2:
            if self.operands[0].kind == "number":
                return ATT
            if self.operands[1].kind == "number":
                return INTEL
        return None


def read(arch: str, text: str) -> Written:
    """One instruction from its text; raises `InputError` with what is not understood."""
    word, _, rest = text.strip().partition(" ")
    mnemonic = word.upper()
    if mnemonic not in MNEMONICS:
        raise InputError(unknown("instruction", word, MNEMONICS))
    mnemonic = mnemonic.rstrip("LQ") if mnemonic != "MFENCE" else mnemonic
    operands = tuple(_operand(arch, part) for part in rest.split(",")) if rest.strip() else ()
    expected = 0 if mnemonic == "MFENCE" else 2
    if len(operands) != expected:
        raise InputError(f"{text.strip()!r} has {len(operands)} operands, expected {expected}")
    return Written(mnemonic, operands, "%" in rest)


def meaning(written: Written, order: ORDER) -> Instruction:
    """What *written* does when operands stand in that *order*; raises `InputError` if it does nothing known."""
    if written.mnemonic == "MFENCE":
        return Fence()
    target, source = written.operands if order == INTEL else reversed(written.operands)
    match written.mnemonic, target.kind, source.kind:
        case "XCHG", "register", "location":
            return Exchange(str(target.value), str(source.value))
        case "XCHG", "location", "register":
            return Exchange(str(source.value), str(target.value))
        case "XCHG", _, _:
            raise InputError("XCHG expects one register and one location")
        case "MOV", "register", "location":
            return Load(str(target.value), str(source.value))
        case "MOV", "register", _:
            return Copy(str(target.value), source.value)
        case "MOV", "location", "number" | "register":
            return Store(str(target.value), source.value)
    raise InputError(f"MOV cannot go from a {source.kind} to a {target.kind} ({order})")
