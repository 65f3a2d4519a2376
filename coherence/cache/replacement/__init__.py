"""Which line leaves a full set: one class a policy, all behind one small interface, and their names."""

from __future__ import annotations

from coherence.cache.replacement.arc import ARC
from coherence.cache.replacement.clock import Clock
from coherence.cache.replacement.future import BLIND, Future
from coherence.cache.replacement.lecar import LeCaR
from coherence.cache.replacement.lfu import LFU
from coherence.cache.replacement.opt import OPT
from coherence.cache.replacement.orders import FIFO, LRU, Random
from coherence.cache.replacement.plru import PLRU
from coherence.cache.replacement.policy import Policy, Unbounded, Why
from coherence.cache.replacement.s3fifo import S3FIFO
from coherence.cache.replacement.sieve import SIEVE
from coherence.errors import InputError, unknown

__all__ = ["BLIND", "POLICIES", "Future", "Policy", "Unbounded", "Why", "find_policy"]

POLICIES: dict[str, type[Policy]] = {
    p.__name__: p for p in (LRU, FIFO, Random, LFU, Clock, SIEVE, S3FIFO, ARC, PLRU, LeCaR, OPT)
}


def find_policy(name: str) -> str:
    """The name of the policy as listed; case and hyphens ignored. Raises `InputError` for an unknown one.

    >>> find_policy("s3-fifo")
    'S3FIFO'
    """
    plain = {p.lower(): p for p in POLICIES}
    found = plain.get(str(name).replace("-", "").lower())
    if found is None:
        raise InputError(unknown("policy", name, POLICIES))
    return found
