"""From what a user names to a workload: a built-in one in any spelling."""

from __future__ import annotations

from coherence.accesses.workload import Workload
from coherence.errors import InputError, unknown
from coherence.protocol.find import protocols
from coherence.workloads import BUILT_IN

HYPHENS = str.maketrans("", "", "-_ ")


def built_in(name: object) -> str | None:
    """The name of a built-in workload as it is listed, if there is one; case, hyphens and underscores are ignored.

    >>> built_in("False-Sharing")
    'false_sharing'
    """
    plain = {listed.translate(HYPHENS): listed for listed in BUILT_IN}
    return plain.get(str(name).lower().translate(HYPHENS))


def unknown_workload(name: object) -> str:
    """Say that there is no workload of that name, and that a protocol's is one.

    >>> unknown_workload("MESI")
    'MESI is a protocol: --protocol MESI; expected a workload'
    """
    protocol = protocols.named(str(name))
    if protocol is not None:
        return f"{protocol.name} is a protocol: --protocol {protocol.name}; expected a workload"
    return unknown("workload", name, BUILT_IN)


def from_text(text: str, cores: int | None, seed: int) -> Workload:
    """The built-in workload of that name, for *cores* cores (None: its own), or the accesses that *text* lists.

    Raises `InputError` if it is neither.

    >>> from_text("false-sharing", 2, 0).cores, from_text("0 w x; 1 r x", None, 0).cores
    (2, 2)
    """
    listed = built_in(text)
    if listed:
        return BUILT_IN[listed](seed=seed, **({} if cores is None else {"cores": cores}))
    if len(text.split()) > 1:
        return Workload.from_ops(text)
    raise InputError(f"{unknown_workload(text)}, accesses as '0 w x; 1 r x', or co.read_trace(file)")
