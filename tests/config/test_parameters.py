"""Each parameter means the same as keyword, flag, key of a file and axis of a sweep, and each refuses what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest

import coherence as co
from coherence.cli.main import build
from coherence.cli.options import job
from coherence.config.machine import Config
from coherence.config.parameters import CACHE, DEFAULTS, MACHINE, PARAMETERS, RUN
from coherence.sweeps.plan import make_plan, read_plan
from coherence.sweeps.point import Point, describe
from coherence.sweeps.sweep import sweep

CORES = 4  # of the workload that all of these run


@dataclass(frozen=True)
class Example:
    """One value in every form; `machine` and `plan`: lines of a machine file and of a sweep's file, if it is in one."""

    value: Any
    flags: str
    plan: str
    machine: str = ""


LEVELS = [co.Cache(ways=2), co.Cache(sets=4, ways=8, lookup=5)]
EXAMPLES = {
    "protocol": Example("MOESI", "--protocol moesi", 'protocol = "Moesi"'),
    "cores": Example(5, "--cores 5", "cores = 5", "cores = 5"),
    "cache": Example(
        LEVELS,
        "--ways 2 --level sets=4,ways=8,lookup=5",
        "cache = [[{ways = 2}, {sets = 4, ways = 8, lookup = 5}]]",
        "[[level]]\nways = 2\n[[level]]\nsets = 4\nways = 8\nlookup = 5",
    ),
    "sets": Example(4, "--sets 4", "sets = 4", "[[level]]\nsets = 4"),
    "ways": Example(3, "--ways 3", "ways = 3", "[[level]]\nways = 3"),
    "keys_per_line": Example(8, "--keys-per-line 8", "keys_per_line = 8", "keys_per_line = 8"),
    "policy": Example("SIEVE", "--policy sieve", 'policy = "sieve"', '[[level]]\npolicy = "sieve"'),
    "shared": Example(
        co.Cache(ways=64, policy="ARC", lookup=9),
        "--shared ways=64,policy=arc,lookup=9",
        'shared = {ways = 64, policy = "arc", lookup = 9}',
        '[shared]\nways = 64\npolicy = "arc"\nlookup = 9',
    ),
    "arbitration": Example(
        "priority", "--arbitration priority", 'arbitration = "priority"', 'arbitration = "priority"'
    ),
    "order": Example("trace", "--order trace", 'order = "trace"'),
    "max_cycles": Example(10**6, "--max-cycles 1000000", "max_cycles = 1000000"),
    "seed": Example(7, "--seed 7", "seed = 7"),
    "timing": Example(
        co.Timing(hit=2, memory=60), "--timing hit=2,memory=60", "timing = {hit = 2, memory = 60}",
        "[timing]\nhit = 2\nmemory = 60",
    ),
    "engine": Example("simpy", "--engine simpy", 'engine = "simpy"'),
}  # fmt: skip


def wanted(name: str) -> tuple[co.Machine, dict[str, Any]]:
    """The machine and the keywords of `run` that an example means."""
    value = EXAMPLES[name].value
    if name in {p.name for p in RUN}:
        return co.Machine(cores=CORES), {name: value}
    if name in {p.name for p in CACHE}:
        return co.Machine(cores=CORES, cache=co.Cache(**{name: value})), {}
    return co.Machine(**{"cores": CORES, name: value}), {}


def of_point(point: Point) -> tuple[co.Machine, dict[str, Any]]:
    return point.machine, {p.name: getattr(point, p.name) for p in RUN if getattr(point, p.name) != p.default}


def test_every_parameter_has_an_example_that_differs_from_its_default() -> None:
    """A parameter that comes without one would be checked nowhere."""
    assert list(EXAMPLES) == [p.name for p in PARAMETERS]
    assert all(EXAMPLES[p.name].value != p.default for p in PARAMETERS)
    assert {p.name for p in MACHINE} == {f.name for f in fields(Config)} - {"watch", "levels"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_flag_means_the_keyword(name: str) -> None:
    args = build().parse_args(["run", "random", *EXAMPLES[name].flags.split()])
    asked = job(args, [args.protocol])
    given = {p.name: getattr(asked, p.name) for p in RUN if getattr(asked, p.name) != p.default}
    assert (asked.machines[0], given) == wanted(name)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if EXAMPLES[name].machine])
def test_a_key_of_a_machine_file_means_the_keyword(name: str, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(EXAMPLES[name].machine)
    cores = {} if name == "cores" else {"cores": CORES}
    assert co.read_machine(tmp_path / "m.toml", **cores) == wanted(name)[0]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_axis_means_the_keyword(name: str, tmp_path: Path) -> None:
    value = EXAMPLES[name].value
    axis: dict[str, Any] = {name: [value] if name == "cache" else value}  # a list of levels is one value
    options = {"engine": axis.pop("engine")} if name == "engine" else {}
    (point,) = make_plan({"workload": "random", **axis}, **options)
    (tmp_path / "s.toml").write_text(f'workload = "random"\n{EXAMPLES[name].plan}\n')
    (read,) = read_plan(tmp_path / "s.toml")
    assert of_point(point) == of_point(read) == wanted(name)


def test_the_name_of_a_timing_is_one_everywhere(tmp_path: Path) -> None:
    machine = co.Machine(cores=CORES, timing=co.Timing.parse("gatech"))
    (tmp_path / "m.toml").write_text('timing = "gatech"\ncores = 4\n')
    args = build().parse_args(["run", "random", "--timing", "gatech"])
    named: Any = "gatech"
    (point,) = make_plan({"workload": "random", "timing": "gatech"})
    assert machine == co.Machine(cores=CORES, timing=named) == co.read_machine(tmp_path / "m.toml")
    assert machine == job(args, ["MESI"]).machines[0] == point.machine


# A wrong value as keyword, flag and lines of both files, and what is said of it.
WRONG: list[tuple[str, Any, str, str, str, str]] = [
    ("protocol", "MESSI", "--protocol MESSI", "", 'protocol = "MESSI"', "unknown protocol 'MESSI'"),
    ("cores", 0, "--cores 0", "cores = 0", "cores = 0", "cores must be a whole number from 1 to 65536, not 0"),
    ("cache", [], "", "level = []", "", "cache must be a co.Cache or a list of them, the nearest level first"),
    ("cache", 3, "", "", "", "cache must be a co.Cache, or a list of them for several levels, not 3"),
    ("cache", "LRU", "", "", "", "cache must be a co.Cache, or a list of them for several levels, not 'LRU'"),
    ("cache", None, "", "level = [3]", "cache = 3", "must be a table of sets, ways,"),
    ("sets", 0, "--sets 0", "[[level]]\nsets = 0", "sets = 0", "sets must be a whole number >= 1, not 0"),
    ("ways", 0, "--ways 0", "[[level]]\nways = 0", "ways = 0", "ways must be a whole number >= 1, not 0"),
    ("keys_per_line", 0, "--keys-per-line 0", "keys_per_line = 0", "keys_per_line = 0", "keys_per_line must be a whole"),
    ("policy", "LUR", "--policy LUR", '[[level]]\npolicy = "LUR"', 'policy = "LUR"', "unknown policy 'LUR'"),
    ("shared", 3, "", "", "", "shared must be a co.Cache or None, not 3"),
    ("shared", None, "--shared way=3", "[shared]\nway = 3", "shared = {way = 3}", "shared: unknown key 'way'"),
    ("arbitration", "no", "--arbitration no", 'arbitration = "no"', 'arbitration = "no"', "unknown arbitration 'no'"),
    ("arbitration", ["fifo"], "", 'arbitration = ["fifo"]', "", "unknown arbitration"),
    ("order", "no", "--order no", "", 'order = "no"', "unknown order 'no' (known: program, trace)"),
    ("max_cycles", 0, "", "", "max_cycles = 0", "max_cycles must be a whole number >= 1, not 0"),
    ("max_cycles", None, "--max-cycles 0", "", "", "max-cycles must be a whole number >= 1, not 0"),
    ("seed", True, "", "", "seed = true", "seed must be a whole number, not True"),
    ("seed", "x", "", "", 'seed = "x"', "seed must be a whole number, not 'x'"),
    ("timing", 3, "", "", "", "timing must be a co.Timing or the name of one, not 3"),
    ("timing", None, "", "timing = 3", "timing = 3", "timing must be a table or a preset's name"),
    ("timing", "no", "--timing no", 'timing = "no"', 'timing = "no"', "unknown timing preset 'no'"),
    ("timing", None, "--timing hit=0", "[timing]\nhit = 0", "timing = {hit = 0}", "timing hit must be a whole number"),
    ("engine", "no", "--engine no", "", 'engine = "no"', "unknown engine 'no' (known: auto, simpy, fast)"),
]  # fmt: skip


def refused(name: str, value: Any, flags: str, machine: str, plan: str, folder: Path) -> Iterator[tuple[str, Any]]:
    """Each place in which the wrong value can be given, and what gives it there."""
    if value is not None:
        if name in {p.name for p in RUN}:
            yield "keyword", lambda: co.Machine().run([(0, "r", 0)], **{name: value})
        elif name in {p.name for p in CACHE}:
            yield "keyword", lambda: co.Cache(**{name: value})
        else:
            yield "keyword", lambda: co.Machine(**{name: value})
        yield "axis", lambda: sweep("random", **{name: value}, jobs=1)
    if flags:
        args = build().parse_args(["run", "random", *flags.split()])
        yield "flag", lambda: job(args, [args.protocol])
    for kind, text, read in (("machine", machine, co.read_machine), ("plan", plan, read_plan)):
        if text:
            file = folder / f"{kind}.toml"
            file.write_text('workload = "random"\n' * (kind == "plan") + text)
            yield kind, lambda file=file, read=read: read(file)


@pytest.mark.parametrize(("name", "value", "flags", "machine", "plan", "said"), WRONG)
def test_a_wrong_value_is_told_in_the_same_words_everywhere(
    name: str, value: Any, flags: str, machine: str, plan: str, said: str, tmp_path: Path
) -> None:
    for place, give in refused(name, value, flags, machine, plan, tmp_path):
        if place == "axis" and isinstance(value, list):
            continue  # which the axis goes through
        with pytest.raises(co.InputError) as told:
            give()
        assert said in str(told.value), place


def test_every_parameter_that_can_be_wrong_is_tried() -> None:
    assert {case[0] for case in WRONG} == {p.name for p in PARAMETERS}


def test_a_parameter_that_came_later_keeps_old_keys_and_has_a_column(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As if `arbitration`, the latency `writeback` and the field `lookup` were new."""
    before = sweep("random", accesses=5, out=tmp_path / "before", jobs=1).to_pandas()
    for module in ("config.parameters", "sweeps.point"):
        first = {p.name for p in PARAMETERS} | {f.name for t in (co.Cache, co.Timing) for f in fields(t)}
        monkeypatch.setattr(f"coherence.{module}.FIRST", first - {"arbitration", "writeback", "lookup"})
    asked: dict[str, Any] = {"workload": "random", "accesses": 5}
    (plain,) = make_plan(asked)
    (other,) = make_plan(asked | {"arbitration": "priority", "timing": co.Timing(writeback=9), "cache": [LEVELS]})
    old, new = describe(plain), describe(other)
    assert "arbitration" not in old and "writeback" not in old["timing"] and "lookup" not in old["caches"][0]  # type: ignore[operator,index]
    assert (new["arbitration"], new["timing"]["writeback"], new["caches"][1]["lookup"]) == ("priority", 9, 5)  # type: ignore[index]
    after = sweep("random", accesses=5, out=tmp_path / "after", jobs=1).to_pandas()
    digests = ["key"]
    assert after.drop(columns=digests).equals(before.drop(columns=digests))


def test_the_defaults_of_a_cache_s_fields_are_the_cache_s() -> None:
    """They stand in `Cache` too, which knows nothing of parameters."""
    assert {p.name: getattr(co.Cache(), p.name) for p in CACHE} == {p.name: DEFAULTS[p.name] for p in CACHE}
