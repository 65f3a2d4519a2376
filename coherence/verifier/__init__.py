"""Proving a protocol's table: every state of n caches, every number of caches, and the shortest story of a bug."""
