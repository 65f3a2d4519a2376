"""Traffic from files: the traces that others publish, and block events of one's own as JSON lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from coherence.accesses import text
from coherence.errors import InputError, known, unknown, whole
from coherence.kv.dialects import (
    AZURE,
    BURSTGPT,
    Notes,
    Parse,
    azure,
    bailian,
    burstgpt,
    is_name,
    json_object,
    mooncake,
)
from coherence.kv.requests import TOKENS, TOLD, Request, Traffic, misfits

FIELDS = ("arrival", "blocks", "decode", "tail", "grows", "session", "worker")


@dataclass(frozen=True)
class Format:
    """A format of requests: how its lines are read, and the tokens of a block if nobody says otherwise."""

    parser: Callable[[int, Notes], Parse]
    about: str
    tokens: int = TOKENS


def read_requests(path: str | PathLike[str], format: str = "auto", tokens: int | None = None) -> Traffic:
    """The traffic that a file describes; times become µs from the start of the trace. Plain or gzip.

    *format*, or "auto" to decide by the first line:

    - "mooncake": JSON lines with `timestamp` in ms, `hash_ids`, and maybe `input_length`, `output_length`, `session_id`
    - "bailian", Qwen-Bailian's: JSON lines with `timestamp` in s, `chat_id`, `parent_chat_id`, `hash_ids`, and maybe
      `input_length` and `output_length`; a chat and all that continue it are a session
    - "azure", of 2023 or 2024: CSV with the columns TIMESTAMP, ContextTokens, GeneratedTokens
    - "burstgpt": CSV with the columns Timestamp in s, Request tokens, Response tokens, and maybe Session ID
    - "events": one's own, below

    Azure's and BurstGPT's have no hashes, so no two requests share a block; `Traffic.notes` says so. *tokens*: of a
    block; 16 for Bailian's and 512 for the others if you do not say.

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
    faults = [] if tokens is None else whole("tokens", tokens, 1)
    faults += [] if format in ("auto", *FORMATS) else [unknown("format", format, ["auto", *FORMATS])]
    if faults:
        raise InputError("\n".join(faults))
    lines = file_source(where).lines()
    chosen = format
    if format == "auto":
        first = next((line for line in lines if line.strip()), "{}")
        try:
            chosen = detect(first)
        except ValueError as error:
            raise text.TraceError(f"{where}:{lines.number}: {error}") from None
    size = tokens or FORMATS[chosen].tokens
    found: list[Request] = []
    updates: list[int] = []
    notes = Notes()
    parse = FORMATS[chosen].parser(size, notes)
    for line in lines:
        try:
            item = parse(line) if line.strip() else None
        except ValueError as error:
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
    said = tuple(f"{count:,} requests: {note}" for note, count in notes.items())
    return Traffic(tuple(found), tuple(updates), size, said)


def detect(first: str) -> str:
    """The format of a file that begins with the line *first*; raises `ValueError` with the known ones if none fits.

    >>> detect("TIMESTAMP,ContextTokens,GeneratedTokens"), detect('{"timestamp": 0, "hash_ids": [1]}'), detect("{}")
    ('azure', 'mooncake', 'events')
    """
    try:
        item = json_object(first)
    except ValueError:
        heading = {cell.strip(' "') for cell in first.strip().split(",")}
        for name, columns in (("azure", AZURE), ("burstgpt", BURSTGPT)):
            if heading.issuperset(columns):
                return name
        formats = "; ".join(f"{name}: {format.about}" for name, format in FORMATS.items())
        said = f"expected a JSON object or a heading of known columns, not {text.shown(first)} (formats: {formats})"
        raise ValueError(said) from None
    if "hash_ids" not in item:
        return "events"
    return "bailian" if "chat_id" in item else "mooncake"


def events(tokens: int, notes: Notes) -> Parse:
    """One's own; `read_requests` has the schema."""

    def parse(line: str) -> Request | int:
        item = json_object(line)
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
            yield from (f"{field}: {name!r:.60} is no name" for name in item.get(field, []) if not is_name(name))
    if "session" in item and not is_name(item["session"]):
        yield f"session {item['session']!r:.60} is no name"


FORMATS: dict[str, Format] = {
    "mooncake": Format(mooncake, "JSON lines with timestamp in ms and hash_ids"),
    "bailian": Format(bailian, "JSON lines with timestamp in s, chat_id, parent_chat_id and hash_ids", tokens=16),
    "azure": Format(azure, f"CSV with {','.join(AZURE)}"),
    "burstgpt": Format(burstgpt, f"CSV with {','.join(BURSTGPT)}"),
    "events": Format(events, "JSON lines with arrival in µs and blocks"),
}
