"""From arguments to an exit code: 0 done, 1 it does not hold, 2 wrong input; never a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from coherence.cli import (
    compare,
    curve,
    diagram,
    export,
    kv,
    lists,
    litmus,
    misses,
    play,
    run,
    sweep,
    table,
    trace,
    verify,
    worksheet,
)  # fmt: skip
from coherence.cli.output import say
from coherence.cli.parser import Parser
from coherence.errors import Breach, InputError
from coherence.version import __version__

INTERRUPTED = 130  # 128 + SIGINT
CLOSED_PIPE = 141  # 128 + SIGPIPE


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    try:
        parser = build()
        if not (sys.argv[1:] if argv is None else argv):
            say(parser.format_help())
            return 2
        args = parser.parse_args(argv)
        code: int = args.command(args)
        sys.stdout.flush()
        return code
    except InputError as error:
        say(f"coherence: {error}")
        return 2
    except Breach as error:
        say(f"coherence: {error}")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the last flush does not fail as well
        if isinstance(error, BrokenPipeError):
            return CLOSED_PIPE
        say(f"coherence: {error.filename or 'standard output'}: {error.strerror or error}")
        return 2


def build() -> Parser:
    """The whole parser; `args.command` is the chosen sub-command's function."""
    parser = Parser(
        prog="coherence",
        description="A MESI/MOESI cache-coherence simulator: run a protocol table, count and plot what it does.",
        epilog="example: coherence run false_sharing",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"coherence {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    for module in (
        run,
        compare,
        sweep,
        play,
        export,
        worksheet,
        verify,
        litmus,
        misses,
        curve,
        kv,
        trace,
        lists,
        table,
        diagram,
    ):
        module.add(commands)
    return parser
