"""The command line: `coherence` and `python -m coherence`, one file a sub-command."""
