"""Keys, lines and sets."""

from __future__ import annotations

import hashlib

import pytest

from coherence.cache.config import Cache, check_key
from coherence.errors import InputError


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (0, 0),
        (63, 0),
        (64, 1),
        (-1, -1),
        (-64, -1),
        (-65, -2),
        (2**80, 2**74),
        ("x", "x"),
        (b"k", b"k"),
        (("h", 3), ("h", 3)),
    ],
)
def test_line_of_a_key(key: object, line: object) -> None:
    assert Cache(keys_per_line=64).line(key) == line  # type: ignore[arg-type]


@pytest.mark.parametrize("line", ["x", b"k", ("h", 3), "é"])
def test_set_of_a_word_is_by_sha256_of_its_repr(line: object) -> None:
    wanted = int.from_bytes(hashlib.sha256(repr(line).encode("utf-8")).digest()[:8], "big") % 7
    assert Cache(sets=7).set_of(line) == wanted  # type: ignore[arg-type]


@pytest.mark.parametrize(("line", "index"), [(0, 0), (7, 0), (8, 1), (-1, 6)])
def test_set_of_a_number_is_modulo(line: int, index: int) -> None:
    assert Cache(sets=7).set_of(line) == index


@pytest.mark.parametrize("key", [1.5, None, True, [1], ("a", 1.0)])
def test_other_kinds_of_keys_are_refused(key: object) -> None:
    with pytest.raises(InputError, match="keys are int, str, bytes or tuples of them"):
        check_key(key)


def test_all_faults_of_a_geometry_come_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Cache(sets=0, ways=-1, keys_per_line=1.5, policy="best")  # type: ignore[arg-type]
    lines = str(caught.value).splitlines()
    assert [line.split()[0] for line in lines] == ["sets", "keys_per_line", "ways", "unknown"]
