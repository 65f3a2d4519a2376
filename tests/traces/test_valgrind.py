"""A real program under the real valgrind: whose memory is whose must come out of its trace."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import coherence as co
from coherence.accesses.survey import survey
from coherence.traces.read import detect

THREADS = 4
ROUNDS = 25
# Each thread writes a line of its own and, in turn, the counter they share. The barrier has all of them alive at once.
PROGRAM = """
#include <pthread.h>
#include <stdio.h>
#define THREADS %d
#define ROUNDS %d
static _Alignas(64) volatile long own[THREADS][8];
static _Alignas(64) volatile long counter[8];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t all;
static void *work(void *arg)
{
    long me = (long)arg;
    pthread_barrier_wait(&all);
    for (int i = 0; i < ROUNDS; i++) {
        own[me][0] += 1;
        pthread_mutex_lock(&lock);
        counter[0] += 1;
        pthread_mutex_unlock(&lock);
    }
    return 0;
}
int main(void)
{
    pthread_t threads[THREADS];
    printf("%%p %%p\\n", (void *)own, (void *)counter);
    fflush(stdout);
    pthread_barrier_init(&all, 0, THREADS);
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], 0, work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], 0);
    return 0;
}
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, int]:
    """The trace, and the addresses of the threads' own lines and of the counter, as the program printed them."""
    for tool in ("valgrind", "gcc"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    folder = tmp_path_factory.mktemp("valgrind")
    (folder / "program.c").write_text(PROGRAM % (THREADS, ROUNDS))
    subprocess.run(["gcc", "-O0", "-pthread", "program.c", "-o", "program"], cwd=folder, check=True)
    flags = ["--tool=lackey", "--trace-mem=yes", "--trace-sched=yes", "--log-file=trace"]
    done = subprocess.run(
        ["valgrind", *flags, "./program"], cwd=folder, check=True, capture_output=True, text=True, timeout=300
    )
    match = re.fullmatch(r"0x([0-9a-f]+) 0x([0-9a-f]+)\n", done.stdout)
    assert match is not None
    return folder / "trace", int(match[1], 16), int(match[2], 16)


@pytest.mark.slow
def test_own_lines_are_of_one_core_and_the_counter_is_of_all(traced: tuple[Path, int, int]) -> None:
    trace, own, counter = traced
    assert detect(trace) == "lackey"
    workload = co.read_trace(trace)
    assert workload.cores == 1 + THREADS  # the main thread is the first
    writes: dict[int, list[int]] = {}
    for core, op, key, _ in workload.sequence():
        if op == "w":
            assert isinstance(key, int)
            writes.setdefault(key // 64, []).append(core)
    owners = [writes[own // 64 + thread] for thread in range(THREADS)]
    assert all(len(cores) == ROUNDS and len(set(cores)) == 1 for cores in owners)
    assert sorted(cores[0] for cores in owners) == [1, 2, 3, 4]
    assert sorted(writes[counter // 64]) == sorted(core for core in range(1, 5) for _ in range(ROUNDS))


@pytest.mark.slow
def test_a_run_finds_the_counter_shared_and_own_lines_not(traced: tuple[Path, int, int]) -> None:
    trace, own, counter = traced
    workload = co.read_trace(trace)
    run = co.Machine(cache=co.Cache(keys_per_line=64)).run(workload, order="trace")
    assert set(run.lines[counter // 64].writers) == {1, 2, 3, 4}
    for thread in range(THREADS):
        line = run.lines[own // 64 + thread]
        assert len(set(line.writers) | set(line.readers)) == 1
    assert max(degree.cores for degree in survey(workload, 64, workload.cores).sharing) == 1 + THREADS
