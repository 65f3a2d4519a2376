"""What a workload's function was given: checked, with every fault at once."""

from __future__ import annotations

from coherence.accesses.op import MAX_CORES
from coherence.errors import InputError, whole

PADDING = 64  # keys from one padded thing to the next: a line of 64 bytes


def refuse(cores: object, seed: object, *faults: list[str]) -> None:
    """Raise `InputError` with all *faults*, and those of the two parameters that every workload has.

    >>> refuse(4, 0, whole("writes", 10, 1))
    """
    strange = isinstance(seed, bool) or not isinstance(seed, int)
    refuse_if(
        whole("cores", cores, 1, MAX_CORES), [f"seed must be a whole number, not {seed!r}"] if strange else [], *faults
    )


def refuse_if(*faults: list[str]) -> None:
    """Raise `InputError` with all *faults*, if there is one.

    >>> refuse_if(whole("capacity", 4, 1), whole("owner", 0, 0))
    """
    found = [line for lines in faults for line in lines]
    if found:
        raise InputError("\n".join(found))


def share(name: str, value: object) -> list[str]:
    """The faults of a share from 0 to 1: a list of none or one line.

    >>> share("writes", 1.5)
    ['writes must be from 0 to 1, not 1.5']
    """
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1
    return [] if fits else [f"{name} must be from 0 to 1, not {value!r}"]


def padded(keys: int) -> int:
    """*keys* rounded up to whole lines of PADDING keys.

    >>> padded(65)
    128
    """
    return -(-keys // PADDING) * PADDING


def stream_seed(seed: int, core: int) -> int:
    """The seed of the core's own random numbers: different for every core, and for every seed.

    >>> stream_seed(1, 2)
    65538
    """
    return seed * MAX_CORES + core
