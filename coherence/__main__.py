"""`python -m coherence`."""

import sys


def entry() -> None:
    """The console script: quiet on Ctrl-C from the first import on."""
    try:
        from coherence.cli.main import main

        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    entry()
