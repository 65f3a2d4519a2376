"""The streams themselves: the same on every machine, lazy, and refused with every fault at once."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable
from itertools import chain, islice

import pytest

import coherence as co
from coherence.workloads import BUILT_IN, PROGRAMS, STREAMS, reduction
from coherence.workloads.draws import power
from coherence.workloads.grid import columns

# The streams, then the sequence, each access by its repr: the first 16 digits of SHA-256 for seed 0 and for seed 7.
DIGESTS = {
    "private": ("a0d684b2427c8af5", "4feb4d2c9184c476"),
    "read_mostly": ("994db8694d3f792a", "d818a2e8cc76d1d8"),
    "producer_consumer": ("f7de042f997b70e9", "f7de042f997b70e9"),
    "migratory": ("b26c4e9fb95cdc69", "b26c4e9fb95cdc69"),
    "ping_pong": ("a5b90fc16e8dd38c", "a5b90fc16e8dd38c"),
    "false_sharing": ("6e93c230116a510b", "6e93c230116a510b"),
    "false_sharing_padded": ("9437c331d4d4fb3d", "9437c331d4d4fb3d"),
    "random": ("35be325f29eb2790", "e8403e320d0c6f78"),
    "uniform": ("35be325f29eb2790", "e8403e320d0c6f78"),
    "zipf": ("cfa1fb80ee7c28e4", "cf28ecdb3d50c957"),
    "moving_hot_set": ("252d97d7d2b1149a", "57f97432bec834bf"),
    "stencil": ("54b9b465c8d0d3e9", "54b9b465c8d0d3e9"),
    "reduction_shared": ("7de73625142ec433", "7de73625142ec433"),
    "reduction_padded": ("046e32d30b793b05", "046e32d30b793b05"),
    "reduction_tree": ("d79942c8f29130eb", "d79942c8f29130eb"),
}
LARGE = 10**15
BY_NAME = pytest.mark.parametrize("name", DIGESTS)


def digest(workload: co.Workload) -> str:
    whole = hashlib.sha256()
    for access in chain(*workload.streams(), workload.sequence()):
        whole.update(repr(access).encode())
    return whole.hexdigest()[:16]


def test_every_stream_is_pinned() -> None:
    assert list(DIGESTS) == [f.__name__ for f in STREAMS]


@BY_NAME
def test_accesses_are_those_pinned(name: str) -> None:
    workload = BUILT_IN[name]
    assert (digest(workload()), digest(workload(seed=7))) == DIGESTS[name]


@BY_NAME
@pytest.mark.parametrize("cores", [1, 2, 3, 5])
def test_streams_and_sequence_hold_the_same_accesses(name: str, cores: int) -> None:
    """Gaps may differ, since in trace order nothing has to be kept apart by time; what each core does may not."""
    workload = BUILT_IN[name](cores=cores)
    assert workload.cores == cores
    assert workload.name == name
    each: list[list[tuple[str, object]]] = [[] for _ in range(cores)]
    for core, op, key, _ in workload.sequence():
        each[core].append((op, key))
    streams = [list(stream) for stream in workload.streams()]
    assert [[(op, key) for _, op, key, _ in stream] for stream in streams] == each
    assert all(access[0] == core for core, stream in enumerate(streams) for access in stream)
    assert all(each)


@BY_NAME
def test_a_stream_begins_anew_each_time_and_is_lazy(name: str) -> None:
    workload = BUILT_IN[name]
    many = next(
        p for p in ("accesses", "items", "writes", "rounds", "steps") if p in inspect.signature(workload).parameters
    )
    huge = workload(**{many: LARGE})
    first = [list(islice(stream, 100)) for stream in huge.streams()]
    assert [list(islice(stream, 100)) for stream in huge.streams()] == first
    assert len(list(islice(huge.sequence(), 100))) == 100


@pytest.mark.parametrize("workload", [*STREAMS, *PROGRAMS, reduction])
def test_every_parameter_is_checked_and_all_faults_are_told(workload: Callable[..., co.Workload]) -> None:
    """Whatever a workload takes, nonsense for all of it at once gives a line for each."""
    given = [p for p in inspect.signature(workload).parameters if p != "padded"]
    assert {"cores", "seed"} <= set(given)
    with pytest.raises(co.InputError) as caught:
        workload(**dict.fromkeys(given, "no"))
    said = str(caught.value).splitlines()
    assert len(said) == len(given)
    for name in given:
        assert any(name in line for line in said), name


@pytest.mark.parametrize("workload", [*STREAMS, *PROGRAMS])
def test_every_workload_says_what_it_does_and_what_to_look_for(workload: Callable[..., co.Workload]) -> None:
    what, look, *_ = (inspect.getdoc(workload) or "").split("\n\n")
    assert what.endswith(".")
    assert look.startswith("Look for ")
    assert look.endswith(".")
    assert len(what) < 120 and len(look) < 160


def test_list_shows_both_paragraphs() -> None:
    from coherence.cli.lists import names

    shown = names()["workloads"]
    assert list(shown) == list(BUILT_IN)
    assert all(" Look for " in about for about in shown.values())


@pytest.mark.parametrize(
    ("base", "exponent", "expected"), [(7, 0, 1), (7, 1, 7), (3, 4, 81), (16, 0.25, 2), (16, 1.75, 128), (1, 0.99, 1)]
)
def test_power_is_exact_where_it_can_be(base: int, exponent: float, expected: float) -> None:
    assert power(base, exponent) == expected


@pytest.mark.parametrize("exponent", [0.1, 0.99, 1.2, 3.3])
def test_power_is_close_elsewhere(exponent: float) -> None:
    for base in (2, 10, 1000):
        assert power(base, exponent) == pytest.approx(base**exponent, rel=2e-4)


@pytest.mark.parametrize("cores", range(1, 40))
def test_cores_stand_in_a_full_rectangle_that_is_not_tall(cores: int) -> None:
    across = columns(cores)
    assert cores % across == 0
    assert across * across >= cores


def test_every_workload_is_public() -> None:
    assert set(BUILT_IN) < set(co.workloads.__all__)
    assert all(getattr(co.workloads, name) is BUILT_IN[name] for name in BUILT_IN)
