"""The version, where all can read it without loading the rest."""

__version__ = "0.1.0"
