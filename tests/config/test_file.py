"""Machine files: what they say is what is built, and every fault of one is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

import coherence as co
from coherence.config.known import MACHINES

WHOLE = """
cores = 3
keys_per_line = 8
arbitration = "priority"
[timing]
hit = 2
memory = 70
[[level]]
sets = 2
ways = 4
policy = "plru"
[[level]]
ways = 32
lookup = 9
[shared]
lookup = 30
"""


def test_a_file_gives_the_machine_it_describes(tmp_path: Path) -> None:
    file = tmp_path / "m.toml"
    file.write_text(WHOLE)
    levels = [co.Cache(2, 4, 8, "PLRU"), co.Cache(1, 32, 8, lookup=9)]
    wanted = co.Machine(
        "MESI", 3, levels, co.Timing(hit=2, memory=70), "priority", shared=co.Cache(1, None, 8, lookup=30)
    )
    assert co.read_machine(file) == wanted
    assert co.read_machine(file, cores=5, protocol="MOESI").cores == 5
    file.write_text('\ufefftiming = "gatech"\n', encoding="utf-8")
    assert co.read_machine(str(file)) == co.Machine(cache=[co.Cache()], timing=co.Timing.parse("gatech"))


@pytest.mark.parametrize("name", MACHINES)
def test_a_known_machine_has_the_published_latencies(name: str) -> None:
    machine = co.read_machine(name)
    assert machine.shared is not None
    near, far, last = machine.timing.hit, machine.levels[1].lookup, machine.shared.lookup
    assert [near, near + far, near + far + last] == {"skylake": [4, 11, 44], "zen2": [4, 12, 40]}[name]
    sizes = [c.sets * (c.ways or 0) * c.keys_per_line for c in (*machine.levels, machine.shared)]
    assert sizes == [n << 10 for n in {"skylake": [32, 256, 8192], "zen2": [32, 512, 16384]}[name]]
    run = machine.run([(0, "r", 0), (0, "r", 0), (1, "r", 64), (0, "r", 64)], order="trace", record=True)
    took = [a.end - a.start for a in run.recorded()]
    assert took == [near + far + last + 200, near, near + far + last + 200, near + far + last]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cores = ", "no TOML"),
        ("cores = " + "[" * 9_000, "no TOML"),
        ("level = 3", "level must be one or more tables"),
        ("level = [3]", "level 1 must be a table of sets, ways, policy, lookup"),
        ("shared = 3", "shared must be a table"),
        ("level = []", "not an empty one"),
        ("timing = 3", "timing must be a table or a preset's name"),
        ('timing = "fast"', "unknown timing preset 'fast'"),
        ("[timing]\nhits = 3", "unknown timing 'hits'; did you mean hit?"),
        ("[timing]\nhit = 0", "timing hit must be a whole number >= 1"),
        ("cores = 0", "cores must be a whole number"),
        ("keys_per_line = 0", "level 1: keys_per_line must be"),
        ('[[level]]\n[[level]]\npolicy = "OPT"', "level 2 cannot have policy OPT"),
    ],
)
def test_a_fault_of_a_file_names_it(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "m.toml"
    file.write_text(text)
    with pytest.raises(co.InputError) as caught:
        co.read_machine(file)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{file}: ")


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "m.toml"
    file.write_text(
        'colour = 1\ncores = 0\narbitration = ["fifo"]\n[[level]]\nways = 3\npolicy = "PLRU"\nsize = 4\n[timing]\nhit = 0\n[shared]\nsets = 0\n'
    )
    with pytest.raises(co.InputError) as caught:
        co.read_machine(file)
    lines = str(caught.value).removeprefix(f"{file}: ").split(f"\n{file}: ")
    assert [line.split()[0] for line in lines] == [
        "unknown", "level", "level", "shared:", "timing", "cores", "unknown",
    ]  # fmt: skip


def test_what_is_no_file_is_told_with_the_known_names(tmp_path: Path) -> None:
    for name in ("zen", str(tmp_path), "a\0b"):
        with pytest.raises(co.InputError, match=r"unknown machine .*known: skylake, zen2\), or a TOML file"):
            co.read_machine(name)
    (tmp_path / "m.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(co.InputError, match="no TOML"):
        co.read_machine(tmp_path / "m.toml")
