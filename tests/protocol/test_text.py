"""Tables as text: what parses, what is refused and how it is said, and that printing round-trips."""

from __future__ import annotations

from pathlib import Path

import pytest

from coherence.errors import InputError
from coherence.protocol.find import find_protocol, protocols
from coherence.protocol.model import NEVER, Action, Cell, Protocol, State
from coherence.protocol.rules import ProtocolError

GOOD = """
# a comment
TEST: a table to break
M Modified exclusive dirty
S Shared
I Invalid  invalid

  | PrRd      | PrWr        | Evict     | BusRd     | BusRdX    | BusUpgr
M | M         | M           | BusWB > I | Flush > S | Flush > I | never
S | S         | BusUpgr > M | I         | S         | I         | I
I | BusRd > S | BusRdX > M  | never     | I         | I         | I
"""


@pytest.mark.parametrize("protocol", protocols.values(), ids=lambda p: p.name)
def test_printed_table_parses_to_the_same_protocol(protocol: Protocol) -> None:
    assert Protocol.parse(str(protocol)) == protocol
    assert str(Protocol.parse(str(protocol))) == str(protocol)


@pytest.mark.parametrize("protocol", protocols.values(), ids=lambda p: p.name)
def test_printed_rows_begin_with_their_state(protocol: Protocol) -> None:
    rows = [line for line in str(protocol).splitlines() if "|" in line][1:]
    assert [row.split()[0] for row in rows] == [s.name for s in protocol.states]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.replace("BusRd > S", "BusRd>S"),
        "\n".join(line + " |" if "|" in line else line for line in GOOD.splitlines()),
        GOOD.replace("M | M         | M ", "M | never     | M "),
        GOOD.replace("BusWB > I", "never"),
    ],
    ids=["bom", "crlf", "cr", "no blanks", "closing bars", "never read", "never evicted"],
)
def test_harmless_spellings_parse(text: str) -> None:
    assert [s.name for s in Protocol.parse(text).states] == ["M", "S", "I"]


def test_columns_and_states_that_nothing_uses_are_legal() -> None:
    text = GOOD.replace("| BusUpgr\n", "| BusUpgr | BusUpd\n")
    for row in ("never\n", "S         | I         | I\n", "I         | I         | I\n"):
        text = text.replace(row, row[:-1] + " | never\n")
    assert "BusUpd" in Protocol.parse(text).columns


# Each fault of a table: what is replaced, and the words that must be said of it on one line.
FAULTS = {
    "missing cell": (("S         | I         | I\nI", "S         | I         |\nI"), "row S, column BusUpgr: the cell is missing"),
    "cell too few": (("S         | I         | I\nI", "S         | I\nI"), "row S, column BusUpgr: the cell is missing"),
    "missing row": (("S | S         | BusUpgr > M | I         | S         | I         | I\n", ""), "row S: the state has no row"),
    "cell too many": (("| Flush > I | never", "| Flush > I | never | S"), "row M: a cell too many: 'S'"),
    "row twice": (("I | BusRd > S", "S | S | S | I | S | I | I\nI | BusRd > S"), "row S: the row stands twice"),
    "state twice": (("S Shared\n", "S Shared\nS Shared\n"), "state 'S' is declared twice"),
    "row of an undeclared state": (("I | BusRd > S", "Q | Q | Q | I | Q | I | I\nI | BusRd > S"), "row Q: unknown state 'Q'"),
    "next state undeclared": (("Flush > S", "Flush > Z"), "row M, column BusRd: unknown state 'Z'"),
    "unknown action": (("BusUpgr > M", "BusUpgrade > M"), "row S, column PrWr: unknown bus request 'BusUpgrade'; did you mean BusUpgr"),
    "unknown response": (("Flush > S", "Fluhs > S"), "column BusRd: unknown response 'Fluhs'; did you mean Flush? (known: Flush, Supply, Update)"),
    "unknown property": (("exclusive dirty", "exclusive dirtyy"), "unknown property 'dirtyy'; did you mean dirty?"),
    "unknown column": (("| BusUpgr\n", "| BusUpgrX\n"), "column BusUpgrX: unknown column 'BusUpgrX'"),
    "request without column": (("BusUpgr > M", "BusUpd > M"), "row S, column PrWr: 'BusUpd' is requested, but no column answers it"),
    "response in a processor cell": (("BusUpgr > M", "Flush > M"), "row S, column PrWr: 'Flush' is no bus request"),
    "request in a snoop cell": (("Flush > S", "BusRd > S"), "row M, column BusRd: 'BusRd' is no response"),
    "BusWB in a processor cell": (("BusUpgr > M", "BusWB > M"), "'BusWB' is no bus request"),
    "request in an Evict cell": (("BusWB > I", "BusUpgr > I"), "row M, column Evict: 'BusUpgr' is no request of an Evict cell"),
    "if shared in a snoop cell": (("Flush > S", "Flush if shared > S"), "only a request of PrRd or PrWr can be 'if shared'"),
    "alone without a request": (("M | M         | M ", "M | M if alone else S | M "), "row M, column PrRd: 'M if alone else S': 'if alone else' needs a bus request"),
    "alone in a snoop cell": (("Flush > S", "Flush > S if alone else I"), "'if alone else' needs a bus request"),
    "evict to a valid state": (("BusWB > I", "BusWB > S"), "row M, column Evict: 'BusWB > S': an evicted line must end in I"),
    "fill without a fill": (("BusRdX > M", "BusUpgr > M"), "row I, column PrWr: 'BusUpgr > M': a copy cannot come from nowhere"),
    "fill if shared": (("BusRdX > M", "BusRdX if shared > M"), "a copy cannot come from nowhere"),
    "read without a request": (("I | BusRd > S", "I | I        "), "row I, column PrRd: 'I': a read without a copy needs a bus request"),
    "read loses the copy": (("S | S ", "S | I "), "row S, column PrRd: 'I': a read or write cannot lose the copy"),
    "write loses the copy": (("BusUpgr > M", "BusUpgr > I"), "row S, column PrWr: 'BusUpgr > I': a read or write cannot lose the copy"),
    "invalid snoop changes": (("never     | I         | I ", "never     | S         | I "), "row I, column BusRd: 'S': without a copy there is nothing to answer"),
    "invalid snoop answers": (("never     | I         | I ", "never     | Supply > I | I "), "row I, column BusRd: 'Supply > I'"),
    "no invalid state": (("I Invalid  invalid", "I Invalid"), "exactly one state must have the property 'invalid'; none is"),
    "two invalid states": (("S Shared", "S Shared invalid"), "exactly one state must have the property 'invalid'; S, I are"),
    "duplicate column": (("| BusRdX    | BusUpgr", "| BusRd     | BusUpgr"), "column BusRd: the column stands twice"),
    "missing column": (("| PrRd      | PrWr        | Evict ", "| PrRd      | PrWr        | BusWr "), "column Evict: the column is missing"),
    "BusWB column": (("| BusUpgr\n", "| BusWB\n"), "unknown column 'BusWB'"),
    "second header": (("I | BusRd > S", "  | PrRd | PrWr | Evict\nI | BusRd > S"), "a second header (the first is line 8)"),
    "no header": (("  | PrRd      | PrWr        | Evict     | BusRd     | BusRdX    | BusUpgr\n", ""), "row M: a row before the header"),
    "no title": (("S Shared", "S"), "expected a one-word title after the abbreviation, not nothing"),
    "no first line": (("TEST: a table to break", "TEST a table"), "expected a first line 'NAME: description', not 'TEST a table'"),
    "stray words after the header": (("I | BusRd > S", "hello world\nI | BusRd > S"), "expected a row 'STATE | cell | …', not 'hello world'"),
    "unreadable cell": (("BusUpgr > M", "BusUpgr > M if lonely"), "cannot read 'M if lonely'"),
    "never with an action": (("BusUpgr > M", "BusUpgr > never"), "unknown state 'never'"),
    "control character": (("S Shared", "S Sh\x1b[2Jared"), "the control character '\\x1b' is no text"),
    "state named like a word": (("S Shared", "never Shared"), "'never' cannot name a state"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=list(FAULTS))
def test_each_fault_is_said_on_one_line_with_its_place(fault: str) -> None:
    (old, new), said = FAULTS[fault]
    assert old in GOOD
    with pytest.raises(ProtocolError) as caught:
        Protocol.parse(GOOD.replace(old, new, 1), "my.txt")
    lines = str(caught.value).splitlines()
    assert [line for line in lines if said in line], lines
    assert all(line.startswith("my.txt:") for line in lines)
    assert len(lines) == len(caught.value.faults)


def test_all_faults_come_at_once_with_their_lines() -> None:
    bad = (
        GOOD.replace("Flush > S", "Fluhs > S")
        .replace("BusUpgr > M", "BusUpgr > Q")
        .replace("I Invalid", "I Invalid odd")
    )
    with pytest.raises(ProtocolError) as caught:
        Protocol.parse(bad, "my.txt")
    assert [line.split(":")[1] for line in str(caught.value).splitlines()] == ["6", "9", "10"]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_empty_table_is_one_clear_fault(text: str) -> None:
    with pytest.raises(ProtocolError, match="the table is empty"):
        Protocol.parse(text)


def test_a_name_and_a_description_of_several_lines_survive_the_round_trip() -> None:
    table = protocols["MSI"].but(" two  words", "of\n  two lines ")
    assert (table.name, table.description) == ("two words", "of two lines")
    assert Protocol.parse(str(table)) == table


def test_hostile_state_names_survive_the_round_trip() -> None:
    names = {"M": "<script>alert(1)</script>", "S": "$\\input{x}$", "I": "\u202eעברית"}
    hostile = protocols["MSI"].renamed("Hostile", "x", **{old: f"{new} Title" for old, new in names.items()})
    assert Protocol.parse(str(hostile)) == hostile


def test_but_changes_only_what_it_lists() -> None:
    parent = protocols["MESI"]
    child = parent.but("forgetful", S={"BusUpgr": "S"})
    changed = {at for at in parent.cells if parent.cells[at] != child.cells[at]}
    assert changed == {("S", "BusUpgr")}
    assert child.name == "forgetful"
    assert parent.cells["S", "BusUpgr"] == Cell((), "I", "I")


def test_but_adds_a_column_that_is_never_elsewhere() -> None:
    child = protocols["MSI"].but("updating", S={"PrWr": "BusUpd > S", "BusUpd": "Update > S"})
    assert child.columns[-1] == "BusUpd"
    assert child.cells["M", "BusUpd"] == NEVER


def test_but_and_renamed_report_every_fault() -> None:
    with pytest.raises(ProtocolError) as caught:
        protocols["MESI"].but("x", Q={"PrRd": "Q"}, S={"BusRd": "Flsh > S if", "PrWr": "BusUpgr > M"})
    assert len(caught.value.faults) == 2
    with pytest.raises(ProtocolError, match="unknown state 'X'"):
        protocols["MESI"].renamed("x", X="Y Why")


def test_a_protocol_made_in_python_is_checked_but_may_lack_cells() -> None:
    states = (State("V", "Valid"), State("I", "Invalid", ("invalid",)))
    cells = {("I", "PrRd"): Cell((Action("BusRd"),), "V", "V")}
    assert Protocol("P", "", states, ("PrRd", "PrWr", "Evict", "BusRd"), cells).invalid == "I"
    with pytest.raises(ProtocolError, match="no column answers it"):
        Protocol("P", "", states, ("PrRd", "PrWr", "Evict"), cells)
    with pytest.raises(ProtocolError, match="stands under no column"):
        Protocol("P", "", states, ("PrRd", "PrWr", "Evict", "BusRd"), cells | {("V", "BusUpd"): NEVER})


def test_a_name_is_looked_up_in_any_case_and_an_unknown_one_is_said() -> None:
    assert protocols["mesi"] is protocols["MESI"] and "mesi" not in protocols and protocols.get("mesi") is None
    with pytest.raises(InputError, match="unknown protocol 'MESSI'; did you mean MESI"):
        protocols["MESSI"]


def test_find_by_name_file_or_itself(tmp_path: Path) -> None:
    assert find_protocol("mesi") is protocols["MESI"]
    assert find_protocol(protocols["MSI"]) is protocols["MSI"]
    file = tmp_path / "mine.txt"
    file.write_text(GOOD)
    assert find_protocol(file).name == "TEST"
    with pytest.raises(InputError, match="did you mean MESI"):
        find_protocol("MESSI")
    with pytest.raises(InputError, match="no such file"):
        find_protocol("nowhere/mine.txt")
    for no_file in ("M" * 300, "M\0"):
        with pytest.raises(InputError, match="unknown protocol 'M"):
            find_protocol(no_file)
    file.write_bytes(b"\xff\xfe\x00rubbish")
    with pytest.raises(InputError, match="not text in UTF-8"):
        find_protocol(file)
