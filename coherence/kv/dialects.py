"""Traces of requests that others publish: a line of each as a Request."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from coherence.accesses import text
from coherence.errors import whole
from coherence.kv.requests import Name, Request

# A line of a file: a request, the time of an update of the weights, or None for nothing. Raises ValueError.
Parse = Callable[[str], "Request | int | None"]
Notes = Counter[str]  # what the file cannot tell, and of how many requests

AZURE = ("TIMESTAMP", "ContextTokens", "GeneratedTokens")
BURSTGPT = ("Timestamp", "Request tokens", "Response tokens")
SESSION = "Session ID"  # newer files of BurstGPT's have it
NO_HASHES = "no hashes, so which blocks requests share cannot be told, and none is shared here"


def json_object(line: str) -> dict[str, Any]:
    """The object that *line* is; raises `ValueError` for anything else."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError(f"expected a JSON object, not {text.shown(line)}")
    return found


def is_name(name: object) -> bool:
    """Whether *name* is a whole number or a string."""
    return isinstance(name, str) or type(name) is int


def mooncake(tokens: int, notes: Notes) -> Parse:
    """Mooncake's: `timestamp` in ms; every hash id is a block, the last too, which may be a part of one."""

    def parse(line: str) -> Request:
        item = json_object(line)
        time = item.get("timestamp")
        if isinstance(time, float) and time.is_integer():
            time = int(time)
        faults = whole("timestamp", time, 0) + _of_hashes(item)
        if "session_id" in item and not is_name(item["session_id"]):
            faults.append(f"session_id {item['session_id']!r:.60} is not a name")
        if faults:
            raise ValueError("\n".join(faults))
        return _hashed(item, 1000 * item["timestamp"], item.get("session_id"), tokens, notes)

    return parse


def bailian(tokens: int, notes: Notes) -> Parse:
    """Qwen-Bailian's: `timestamp` in s; a session is a chat and all that continue it, by `parent_chat_id`."""
    sessions: dict[Name, Name] = {}

    def parse(line: str) -> Request:
        item = json_object(line)
        time, chat, parent = item.get("timestamp"), item.get("chat_id"), item.get("parent_chat_id", -1)
        faults = [] if _is_time(time) else [f"timestamp must be a number of seconds >= 0, not {time!r:.60}"]
        faults += [] if is_name(chat) else [f"chat_id {chat!r:.60} is not a name"]
        faults += [] if parent is None or is_name(parent) else [f"parent_chat_id {parent!r:.60} is not a name"]
        faults += _of_hashes(item)
        if faults:
            raise ValueError("\n".join(faults))
        begins = parent is None or parent == -1
        sessions[chat] = chat if begins else sessions.get(parent, parent)  # type: ignore[index,assignment]
        return _hashed(item, round(item["timestamp"] * 1_000_000), sessions[chat], tokens, notes)  # type: ignore[index]

    return parse


def _is_time(value: object) -> bool:
    """A number from 0 that is finite."""
    return type(value) in (int, float) and 0 <= value < math.inf  # type: ignore[operator]


def _of_hashes(item: dict[str, Any]) -> list[str]:
    """The faults of the fields that files with hashes share."""
    faults = [
        fault for name in ("input_length", "output_length") if name in item for fault in whole(name, item[name], 0)
    ]
    ids = item.get("hash_ids")
    if not isinstance(ids, list) or not all(type(name) is int for name in ids):
        faults.append(f"hash_ids must be a list of whole numbers, not {ids!r:.60}")
    return faults


def _hashed(item: dict[str, Any], arrival: float, session: Name | None, tokens: int, notes: Notes) -> Request:
    """The request; `input_length` says how many tokens the last block has, or how many are behind it."""
    ids = item["hash_ids"]
    beyond = item.get("input_length", len(ids) * tokens) - len(ids) * tokens
    partial = bool(ids) and -tokens < beyond < 0
    if not partial and not 0 <= beyond < tokens:
        notes[f"input_length does not fit blocks of {tokens} tokens, so all their blocks count as full"] += 1
    return Request(
        int(arrival), tuple(ids), decode=max(1, item.get("output_length", 1)), session=session,
        tail=beyond if 0 <= beyond < tokens else 0, last=tokens + beyond if partial else None,
    )  # fmt: skip


def azure(tokens: int, notes: Notes) -> Parse:
    """Azure's of 2023 and 2024: the blocks of each request are its own."""
    begin: datetime | None = None

    def arrival(cell: str) -> int:
        nonlocal begin
        try:
            now = datetime.fromisoformat(cell)
            begin = begin or now
            return (now - begin) // timedelta(microseconds=1)
        except (ValueError, TypeError):
            raise ValueError(f"{text.shown(cell)} is no time as 2023-11-16 18:15:46.6805900") from None

    return _table(AZURE, arrival, tokens, notes)


def burstgpt(tokens: int, notes: Notes) -> Parse:
    """BurstGPT's: `Timestamp` in s; the blocks of each request are its own."""

    def arrival(cell: str) -> int:
        try:
            seconds = float(cell)
        except ValueError:
            seconds = math.nan
        if not _is_time(seconds):
            raise ValueError(f"{text.shown(cell)} is not a number of seconds >= 0")
        return round(seconds * 1_000_000)

    return _table(BURSTGPT, arrival, tokens, notes)


def _table(columns: tuple[str, ...], arrival: Callable[[str], int], tokens: int, notes: Notes) -> Parse:
    """Rows of a time and two numbers of tokens, where the heading says they are; the first three if there is none."""
    heading = list(columns)
    rows = 0

    def parse(line: str) -> Request | None:
        nonlocal heading, rows
        rows += 1
        row = cells(line)
        if set(columns) <= set(row):
            heading = row
            return None
        found = dict(zip(heading, row, strict=False))
        time, prompt, answer = (found.get(name, "") for name in columns)
        if len(row) != len(heading) or not all(cell.isascii() and cell.isdecimal() for cell in (prompt, answer)):
            raise ValueError(f"expected {','.join(columns)}, a time and two whole numbers, not {text.shown(line)}")
        full, tail = divmod(int(prompt), tokens)
        notes[NO_HASHES] += 1
        blocks = tuple((rows, n) for n in range(full))
        session = found.get(SESSION) or None
        return Request(arrival(time), blocks, decode=max(1, int(answer)), tail=tail, session=session)

    return parse


def cells(line: str) -> list[str]:
    """The cells of one line of CSV; raises `ValueError` where it is none.

    >>> cells('5,"a, b", 7')
    ['5', 'a, b', '7']
    """
    try:
        return [cell.strip() for cell in next(csv.reader([line.strip()]))]
    except csv.Error as error:
        raise ValueError(f"not a line of CSV ({error}): {text.shown(line)}") from None
