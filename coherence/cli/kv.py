"""`coherence kv`: how many KV blocks of a trace of LLM requests are hit, by capacity, workers, router and policy."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

from coherence.cache.replacement import POLICIES
from coherence.cli.output import print_json, print_table, say
from coherence.cli.parser import Parser, add_command
from coherence.errors import InputError
from coherence.kv.curve import hit_curve
from coherence.kv.hits import BY_PLACE, CAUSES, ROUTER, Watch, check
from coherence.kv.readers import FORMATS, read_requests
from coherence.kv.requests import Traffic
from coherence.kv.routers import ROUTERS

ENDLESS = "endless"
EVERY = 64  # requests between two looks at the progress bar


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Add the sub-command."""
    parser = add_command(
        commands, "kv", "tell how many KV blocks of a trace of LLM requests are hit, and why the others are not",
        "coherence kv conversation_trace.jsonl --capacity 25%,50%,100%",
    )  # fmt: skip
    fit = ", ".join(name for name in POLICIES if name not in BY_PLACE)
    add = parser.add_argument
    add("trace", metavar="TRACE", help="a file of requests")
    add("--format", default="auto", metavar="NAME", help=f"auto, {', '.join(FORMATS)} (auto)")
    add("--tokens", type=int, metavar="N", help="tokens of a block (the format's own: 512, or 16 for bailian)")
    add("--capacity", default=ENDLESS, metavar="N|P%,…",
        help=f"what each worker holds: blocks, or percent of the trace's distinct ones ({ENDLESS})")  # fmt: skip
    add("--workers", type=int, default=1, metavar="N", help="workers, each with a cache of its own; 1 is one pool (1)")
    add("--router", default=ROUTER, metavar="NAME", help=f"of several workers: {', '.join(ROUTERS)} ({ROUTER})")
    add("--policy", default="LRU", metavar="NAME", help=f"what is evicted: {fit} (LRU)")
    add("--seed", type=int, default=0, metavar="N", help="of a policy that chooses by chance (0)")
    add("--json", action="store_true", help="one JSON object on standard output")
    parser.set_defaults(command=command)


def command(args: argparse.Namespace) -> int:
    """Count and show."""
    words = [word.strip() for word in args.capacity.split(",")]
    faults = [
        f"--capacity: expected blocks as 4000, a percentage as 25%, or {ENDLESS}, each more than 0, not {word!r}"
        for word in words
        if _amount(word) == 0
    ]
    if faults:
        raise InputError("\n".join(faults))
    with counting() as watch:
        traffic = read_requests(args.trace, args.format, args.tokens)
        policy = check(None, args.workers, args.router, args.policy, traffic)
        capacities = [_tokens(word, traffic) for word in words]
        found = hit_curve(
            traffic, capacities, workers=args.workers, router=args.router, policy=policy, seed=args.seed,
            watch=watch,
        )  # fmt: skip
    for note in traffic.notes:
        say(f"{args.trace}: {note}")
    if args.json:
        each = [one.to_json() for one in found]
        print_json(each[0] if len(each) == 1 else {"requests": len(traffic.requests), "capacities": each})
        return 0
    shown = [cause for cause in CAUSES if any(one.missing[cause] for one in found)]
    fleet = f"{args.workers} workers, router {args.router}, " if args.workers > 1 else ""
    print_table(
        f"{args.trace}: {len(traffic.requests):,} requests, {traffic.blocks:,} blocks of {traffic.tokens} tokens, "
        f"{traffic.distinct:,} distinct, {found[0].reused:.4f} reused; {fleet}{policy}\n"
        f"hits, as a share of blocks and of tokens; requests that hit whole; missing blocks: {', '.join(shown)}",
        ["capacity", "blocks", "tokens", "whole", *shown],
        [
            [word, one.blocks, one.tokens, one.whole, *(one.missing[cause] for cause in shown)]
            for word, one in zip(words, found, strict=True)
        ],
    )  # fmt: skip
    return 0


def _amount(word: str) -> Fraction | None:
    """The number of *word*, None if it is endless, 0 if it is not a number above 0."""
    if word == ENDLESS:
        return None
    digits = word.removesuffix("%")
    whole, _, part = digits.partition(".")
    fits = (whole + part).isascii() and (whole + part).isdecimal() and len(digits) < 19 and (not part or digits != word)
    return Fraction(digits) if fits and not digits.endswith(".") else Fraction(0)


def _tokens(word: str, traffic: Traffic) -> int | None:
    """The capacity of *word* in tokens, None for endless; raises `InputError` if no block would fit."""
    amount = _amount(word)
    if amount is None:
        return None
    blocks = int(traffic.distinct * amount / 100) if word.endswith("%") else int(amount)
    if not blocks:
        raise InputError(f"--capacity: {word} of {traffic.distinct:,} distinct blocks is not a block")
    return blocks * traffic.tokens


@contextmanager
def counting() -> Iterator[Watch]:
    """What shows on standard error how many requests are done, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed:,} requests"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")

        def watch(done: int) -> None:
            if done % EVERY == 0:
                bar.update(task, completed=done)

        yield watch
