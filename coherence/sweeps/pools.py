"""Who computes the points: this process, processes of our own, or any executor that is given."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import repeat
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Any, TypeAlias, TypeVar

from coherence.errors import InputError, whole
from coherence.sweeps.cluster import check_address, cluster

T = TypeVar("T")
# Pools, each to be opened when the one before it broke.
Pools = Iterator[AbstractContextManager[Executor]]
Chosen: TypeAlias = "Executor | Callable[[], Executor] | str | None"
MOST_JOBS = 1024
MASKS = hasattr(signal, "pthread_sigmask")  # not on Windows
AHEAD = 256  # points that a foreign executor is given at a time: it may have many workers


def pools(executor: Chosen, jobs: int | None) -> tuple[Pools, int]:
    """The pools to compute in, and how many points to hand them at a time.

    *executor*: a ready one; or a function that makes one, so that a broken one can be replaced; or `dask://host:port`;
    or None for *jobs* processes (None: as many as this process has CPUs; 1: no process but this one).
    Raises `InputError`.
    """
    faults = [] if jobs is None else whole("jobs", jobs, 1, MOST_JOBS)
    if faults:
        raise InputError(faults[0])
    if executor is None:
        count = jobs or cpus()
        return (repeat(nullcontext(Here())), 1) if count == 1 else ((local(count) for _ in repeat(0)), 2 * count)
    if isinstance(executor, str):
        check_address(executor)
        return iter([cluster(executor)]), jobs or AHEAD
    if isinstance(executor, Executor):
        return iter([nullcontext(executor)]), jobs or AHEAD
    if not callable(executor):
        raise InputError(f"executor must be a concurrent.futures.Executor, or make one when called, not {executor!r}")
    return (_made(executor) for _ in repeat(0)), jobs or AHEAD


def cpus() -> int:
    """How many CPUs this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Here(Executor):
    """An executor that does each call at once, in this process."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Call, and give what it returned or raised."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def local(jobs: int) -> Iterator[Executor]:
    """A pool of *jobs* new processes; when left by an exception, Ctrl-C too, they end at once.

    Each watches the far end of a pipe that this process alone holds open, and ends with it: so none outlives this
    process either, however it dies.
    """
    context = multiprocessing.get_context("spawn")
    watched, held = context.Pipe(duplex=False)
    if MASKS:
        resource_tracker.ensure_running()  # when it starts it unblocks Ctrl-C, which the first worker would inherit
    pool = _Uninterrupted(jobs, context, _watch, (watched,))
    try:
        yield pool
    except BaseException:
        held.close()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        held.close()
        watched.close()


class _Uninterrupted(ProcessPoolExecutor):
    """A pool whose workers do not hear Ctrl-C, which a terminal sends to all: the parent ends them."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Submit, which starts workers; they inherit what is blocked."""
        if not MASKS:
            return super().submit(fn, *args, **kwargs)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return super().submit(fn, *args, **kwargs)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _watch(pipe: Connection) -> None:
    """In a worker: end when the other end of *pipe* is closed."""

    def wait() -> None:
        try:
            pipe.recv()
        except (EOFError, OSError):
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def _made(make: Callable[[], Executor]) -> Iterator[Executor]:
    """An executor that is ours to end."""
    pool = make()
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
