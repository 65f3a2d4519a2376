"""`coherence litmus`: every outcome of a litmus test, or of a folder of them, on a protocol's table."""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from coherence.cli.output import print_json, print_table, printable
from coherence.cli.parser import Parser, add_command
from coherence.consistency.catalog import TESTS
from coherence.consistency.find import find_tests
from coherence.consistency.line import Caches, Flat
from coherence.consistency.program import Litmus
from coherence.consistency.report import FLAT, INTERCONNECTS, MODELS, LitmusResult, choices, judge
from coherence.errors import Breach, InputError, known
from coherence.protocol.catalog import DEFAULT
from coherence.protocol.model import Protocol

VERDICTS = {"1": True, "0": False, "true": True, "false": False}


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the sub-command."""
    parser = add_command(
        commands, "litmus", "find every outcome of a litmus test, on any protocol's table",
        "coherence litmus SB --model tso",
    )  # fmt: skip
    parser.add_argument(
        "test", metavar="FILE|FOLDER|NAME", help=f"a test for x86 in herd's format, or one of {known(TESTS)}"
    )
    parser.add_argument(
        "--model", default="sc", metavar="NAME", help="sc, or tso with a store buffer in each core (sc)"
    )
    parser.add_argument(
        "--protocol", default=DEFAULT, metavar="NAME|FILE",
        help=f"a catalogue name, a table, or {FLAT} for memory without caches ({DEFAULT})",
    )  # fmt: skip
    parser.add_argument("--interconnect", default="bus", metavar="NAME", help=f"{known(INTERCONNECTS)} (bus)")
    parser.add_argument(
        "--start", default="cold", metavar="HOW",
        help="cold: nobody holds a line; touched: every core has read every line; owned: core 0 has (cold)",
    )  # fmt: skip
    parser.add_argument("--evict", action="store_true", help="also: any core may evict any copy at any time")
    parser.add_argument(
        "--expect", type=Path, metavar="CSV",
        help=f"compare with this table: a column file, and a column {' or '.join(MODELS)} with 1 or 0",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Search every test, compare if asked, and show."""
    protocol, tests = _asked(args)
    expected = None if args.expect is None else _verdicts(args.expect, args.model.lower(), tests)
    found = _results(tests, protocol, args)
    wrong = [r for r in found if expected is not None and r.holds != expected[_file(r.test)]]
    if args.json:
        folder = os.path.isdir(args.test)
        print_json({"tests": [r.to_json() for r in found]} if folder else found[0].to_json())
    elif len(found) == 1:
        print(printable(found[0].text()), end="")
    else:
        _table(found, expected)
    if expected is None:
        return 0 if all(r.holds for r in found) else 1
    if not args.json:
        for r in wrong:
            print(
                printable(
                    f"{r.test.file or r.test.name}: expected that it {_words(not r.holds)}, but it {_words(r.holds)}"
                )
            )
        print(f"{len(found) - len(wrong)} agree, {len(wrong)} differ")
    return 1 if wrong else 0


def _asked(args: argparse.Namespace) -> tuple[Protocol | None, list[Litmus]]:
    """The protocol and the tests; raises `InputError` with the faults of both."""
    faults, protocol, tests = [], None, []
    try:
        protocol = choices(args.model, args.protocol, args.start, args.interconnect)
    except InputError as error:
        faults.append(str(error))
    try:
        tests = find_tests(args.test)
    except InputError as error:
        faults.append(str(error))
    if faults:
        raise InputError("\n".join(faults))
    return protocol, tests


def _results(tests: Sequence[Litmus], protocol: Protocol | None, args: argparse.Namespace) -> list[LitmusResult]:
    """Every test on one shared memory; raises `Breach` with all that reached a `never` cell."""
    shared = Caches(protocol) if protocol else Flat()
    found, breaches = [], []
    for test in tests:
        try:
            found.append(judge(test, shared, protocol, model=args.model.lower(), start=args.start, evict=args.evict))
        except Breach as breach:
            breaches.append(str(breach) if len(tests) == 1 else str(breach).split("\n")[0])
    if breaches:
        raise Breach("\n".join(breaches))
    return found


def _file(test: Litmus) -> str:
    """The name by which a table of verdicts knows a test."""
    return Path(test.file).name if test.file else test.name


def _verdicts(path: Path, model: str, tests: Sequence[Litmus]) -> Mapping[str, bool]:
    """The expected verdicts of *tests*, by the name of their files; raises `InputError` with every fault."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            table = csv.DictReader(file)
            head = list(table.fieldnames or [])
            rows = [(table.line_num, row) for row in table]
    except (UnicodeDecodeError, csv.Error):
        raise InputError(f"{path}: not a table in CSV, expected columns file and {model}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}), expected a table of verdicts") from None
    if missing := [column for column in ("file", model) if column not in head]:
        raise InputError(f"{path}: has no column {known(missing)} (it has: {known(head)})")
    found, faults = {}, []
    for line, row in rows:
        word = str(row[model]).strip().lower()
        if word in VERDICTS:
            found[str(row["file"])] = VERDICTS[word]
        else:
            faults.append(f"{path}, line {line}: {model} is {word!r} (known: {known(VERDICTS)})")
    faults += [f"{path}: has no row for {_file(test)}" for test in tests if not faults and _file(test) not in found]
    if faults:
        raise InputError("\n".join(faults))
    return found


def _words(holds: bool) -> str:
    return "holds" if holds else "does not hold"


def _table(found: Sequence[LitmusResult], expected: Mapping[str, bool] | None) -> None:
    """One row for each test of a folder."""
    extra = [] if expected is None else ["expected"]
    rows = [
        [r.test.name, r.test.quantifier, _words(r.holds), *([_words(expected[_file(r.test)])] if expected else []),
         len(r.outcomes), r.states]
        for r in found
    ]  # fmt: skip
    title = f"{len(found)} tests under {MODELS[found[0].model]} on {found[0].memory}"
    print_table(title, ["test", "asks", "verdict", *extra, "outcomes", "states"], rows, words=3 + len(extra))
