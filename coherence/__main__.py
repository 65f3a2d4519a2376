"""`python -m coherence`."""

import os
import sys


def entry() -> None:
    """The console script: quiet on Ctrl-C from the first import on, whatever its standard streams are."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # the caller closed it: nobody listens
            setattr(sys, name, open(os.devnull, "w"))
        getattr(sys, name).reconfigure(errors="backslashreplace")  # for what its encoding lacks
    try:
        from coherence.cli.main import main

        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    entry()
