"""Names: a workload is found in any spelling wherever a name is taken, and a wrong name says what was meant."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable

import pytest

import coherence as co
from coherence.sweeps.point import find_source
from coherence.workloads.find import built_in


@pytest.mark.parametrize("name", ["false_sharing", "FALSE_SHARING", "false-sharing", "FalseSharing"])
def test_a_workload_s_name_is_taken_in_any_spelling(name: str) -> None:
    machine = co.Machine(cores=3, seed=1, cache=co.Cache(keys_per_line=64))
    assert machine.run(name).to_json() == machine.run(co.workloads.false_sharing(cores=3)).to_json()
    assert find_source(name).name == built_in(name) == "false_sharing"


def test_a_named_workload_has_the_machine_s_cores_and_seed() -> None:
    asked = co.workloads.random(cores=3, seed=7)
    assert co.Machine(cores=3, seed=7).run("random").to_json() == co.Machine(cores=3, seed=7).run(asked).to_json()


def test_accesses_are_taken_as_text_with_ops_in_either_case() -> None:
    assert co.Machine().run("0 R x; 1 W x").to_json() == co.Machine().run([(0, "r", "x"), (1, "w", "x")]).to_json()
    assert co.Workload.from_ops("0 W R; 0 E W 3").written("R") == "R"  # keys keep their case


def program(core: co.Core) -> object:
    yield from core.get("x")


MISTAKES: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "unknown name": (lambda: co.Machine().run("randon"), co.InputError, "did you mean random?"),
    "protocol": (lambda: co.Machine().run("mesi"), co.InputError, "MESI is a protocol"),
    "file": (lambda: co.Machine().run("a.trace"), co.InputError, "co.read_trace(file)"),
    "not called": (lambda: co.Machine().run(co.workloads.random), co.InputError, "call it: random();"),  # type: ignore[arg-type]
    "no list": (lambda: co.Machine().run(program), co.InputError, "programs go in a list, [program];"),  # type: ignore[arg-type]
    "counter": (
        lambda: co.Machine().run("0 r x").totals["misses"],
        KeyError,
        "did you mean read_misses or write_misses?",
    ),
    "total of a run": (
        lambda: co.Machine().run("0 r x").hit_rate,  # type: ignore[attr-defined]
        AttributeError,
        "did you mean run.totals['hit_rate']?",
    ),
    "record": (lambda: co.Machine().run("0 r x", record="yes"), co.InputError, "record must be True or False"),  # type: ignore[arg-type]
    "no such thing": (lambda: co.Machine().run("0 r x").color, AttributeError, "a run has no 'color'"),  # type: ignore[attr-defined]
    "dot": (lambda: co.protocols.mesi, AttributeError, 'protocols is a dict: co.protocols["MESI"]'),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_wrong_name_says_what_was_meant(what: str) -> None:
    mistake, kind, said = MISTAKES[what]
    with pytest.raises(kind, match=re.escape(said)):
        mistake()


def test_what_says_more_of_names_is_copied_and_sent_like_any_other() -> None:
    """`__getattr__` and `__missing__` are asked by copy and pickle, too, before there is anything to look up in."""
    run = co.Machine().run("0 w x; 1 r x")
    assert copy.copy(run) == run and copy.deepcopy(run.totals) == pickle.loads(pickle.dumps(run.totals)) == run.totals
    assert list(copy.deepcopy(co.protocols)) == list(co.protocols)
    assert run.totals.get("misses") is None and not hasattr(run, "hit_rate")
