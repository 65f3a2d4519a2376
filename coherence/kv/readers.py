"""Traffic from files: Mooncake's traces, Azure's, and block events of one's own as JSON lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from os import PathLike
from pathlib import Path
from typing import Any

from coherence.accesses import text
from coherence.errors import InputError, known, unknown, whole
from coherence.kv.requests import TOKENS, TOLD, Request, Traffic, misfits

FIELDS = ("arrival", "blocks", "decode", "tail", "grows", "session", "worker")
AZURE = ["TIMESTAMP", "ContextTokens", "GeneratedTokens"]
# A line of a file: a request, the time of an update of the weights, or None for nothing. Raises ValueError.
Parse = Callable[[str], "Request | int | None"]


def read_requests(path: str | PathLike[str], format: str = "auto", tokens: int = TOKENS) -> Traffic:
    """The traffic that a file describes; times become µs from the start of the trace. Plain or gzip.

    *format*: "mooncake" (JSON lines with `timestamp` in ms, `hash_ids` of 512 tokens each, `output_length`), "azure"
    (CSV with the columns TIMESTAMP, ContextTokens, GeneratedTokens: it has no hashes, so no two requests share a
    block), "events" (one's own, below), or "auto" to decide by the first line. *tokens*: of a block, where the format
    leaves it open.

    "events": one JSON object a line. A request has `arrival` (µs, a whole number from 0) and `blocks` (a list of names,
    whole numbers or strings), and may have `decode` (tokens of the answer, 1), `tail` (tokens of the prompt behind its
    last block, 0), `grows` (names of the blocks that tail and answer fill), `session` (a name) and `worker` (who must
    serve it). An update of the weights is `{"arrival": µs, "update": "weights"}`. Blank lines are skipped.

        {"arrival": 0, "blocks": ["sys", "a1"], "decode": 40}
        {"arrival": 9000, "update": "weights"}

    Raises `TraceError`, an `InputError`, that lists the faults with file and line.
    """
    from coherence.traces.source import check_there, file_source

    where = Path(path)
    check_there(where)
    faults = whole("tokens", tokens, 1)
    faults += [] if format in ("auto", *FORMATS) else [unknown("format", format, ["auto", *FORMATS])]
    if faults:
        raise InputError("\n".join(faults))
    lines = file_source(where).lines()
    first = next((line for line in lines if line.strip()), "")
    chosen = detect(first) if format == "auto" else format
    found: list[Request] = []
    updates: list[int] = []
    parse = FORMATS[chosen](tokens)
    for line in lines:
        try:
            item = parse(line) if line.strip() else None
        except (ValueError, RecursionError) as error:
            faults += [f"{where}:{lines.number}: {said}" for said in str(error).splitlines()]
            if len(faults) >= TOLD:
                break
            continue
        if isinstance(item, Request):
            found.append(item)
        elif item is not None:
            updates.append(item)
    if not found and not faults:
        faults.append(f"{where}: no request in it")
    if faults:
        raise text.TraceError("\n".join(faults[:TOLD]))
    return Traffic(tuple(found), tuple(updates), TOKENS if chosen == "mooncake" else tokens)


def detect(first: str) -> str:
    """The format of a file that begins with the line *first*.

    >>> detect("TIMESTAMP,ContextTokens,GeneratedTokens"), detect('{"timestamp": 0, "hash_ids": [1]}'), detect("{}")
    ('azure', 'mooncake', 'events')
    """
    if first.startswith(AZURE[0]):
        return "azure"
    return "mooncake" if '"hash_ids"' in first else "events"


def _object(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError(f"expected a JSON object, not {text.shown(line)}")
    return found


def mooncake(tokens: int) -> Parse:
    """Mooncake's: every hash id is a block, the last too, which may be a part of one."""

    def parse(line: str) -> Request:
        item = _object(line)
        wanted = {"timestamp": 0, "output_length": 0}
        faults = [fault for name, least in wanted.items() for fault in whole(name, item.get(name), least)]
        ids = item.get("hash_ids")
        if not isinstance(ids, list) or not all(type(name) is int for name in ids):
            faults.append(f"hash_ids must be a list of whole numbers, not {ids!r:.60}")
        if faults:
            raise ValueError("\n".join(faults))
        return Request(1000 * item["timestamp"], tuple(item["hash_ids"]), decode=max(1, item["output_length"]))

    return parse


def azure(tokens: int) -> Parse:
    """Azure's: the blocks of each request are its own."""
    rows = 0
    begin: datetime | None = None

    def parse(line: str) -> Request | None:
        nonlocal rows, begin
        row = next(csv.reader([line.strip()]))
        rows += 1
        if row == AZURE:
            return None
        if len(row) != len(AZURE) or not all(cell.isascii() and cell.isdecimal() for cell in row[1:]):
            raise ValueError(f"expected {','.join(AZURE)}, a time and two whole numbers, not {text.shown(line)}")
        try:
            now = datetime.fromisoformat(row[0])
            begin = begin or now
            arrival = (now - begin) // timedelta(microseconds=1)
        except (ValueError, TypeError):
            raise ValueError(f"{text.shown(row[0])} is no time as 2023-11-16 18:15:46.6805900") from None
        full, tail = divmod(int(row[1]), tokens)
        return Request(arrival, tuple((rows, n) for n in range(full)), decode=max(1, int(row[2])), tail=tail)

    return parse


def events(tokens: int) -> Parse:
    """One's own; `read_requests` has the schema."""

    def parse(line: str) -> Request | int:
        item = _object(line)
        if "update" in item:
            faults = whole("arrival", item.get("arrival"), 0)
            faults += [] if item["update"] == "weights" else [unknown("update", item["update"], ["weights"])]
            faults += [f"unknown field {name!r} of an update" for name in item if name not in ("arrival", "update")]
            if faults:
                raise ValueError("\n".join(faults))
            return int(item["arrival"])
        faults = [f"unknown field {name!r} (known: {known(FIELDS)}, update)" for name in item if name not in FIELDS]
        faults += [f"a request needs {name}" for name in FIELDS[:2] if name not in item]
        faults += list(_not_names(item))
        if faults:
            raise ValueError("\n".join(faults))
        lists: dict[str, Any] = {name: tuple(item[name]) for name in ("blocks", "grows") if name in item}
        request = Request(**{**item, **lists})
        faults = misfits(request, tokens)
        if faults:
            raise ValueError("\n".join(faults))
        return request

    return parse


def _not_names(item: dict[str, Any]) -> Iterator[str]:
    """What of the fields that hold names does not."""
    for field in ("blocks", "grows"):
        if not isinstance(item.get(field, []), list):
            yield f"{field} must be a list of names, not {item[field]!r:.60}"
        else:
            yield from (f"{field}: {name!r:.60} is no name" for name in item.get(field, []) if not _is_name(name))
    if "session" in item and not _is_name(item["session"]):
        yield f"session {item['session']!r:.60} is no name"


def _is_name(name: object) -> bool:
    """A whole number or a string."""
    return isinstance(name, str) or type(name) is int


FORMATS: dict[str, Callable[[int], Parse]] = {f.__name__: f for f in (mooncake, azure, events)}
