"""Who computes the points: this process, processes of our own, a Dask cluster, or any executor that is given.

Processes are imported where they are made, so that everything else runs where Python has none.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from itertools import repeat
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from urllib.parse import urlsplit

from coherence.errors import InputError, needs, whole
from coherence.version import __version__

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

T = TypeVar("T")
# Pools, each to be opened when the one before it broke.
Pools = Iterator[AbstractContextManager[Executor]]
Chosen: TypeAlias = "Executor | Callable[[], Executor] | str | None"
MOST_JOBS = 1024
MASKS = hasattr(signal, "pthread_sigmask")  # not on Windows
AHEAD = 256  # points that a foreign executor is given at a time: it may have many workers
ANSWER = 10  # seconds for a Dask scheduler to answer


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
    process either, however it dies. Raises `InputError` where Python has no processes.
    """
    try:
        import multiprocessing
        from concurrent.futures.process import ProcessPoolExecutor
        from multiprocessing import resource_tracker
    except ImportError as error:
        raise InputError(f"no processes here ({error}): sweep with jobs=1") from None

    class Uninterrupted(ProcessPoolExecutor):
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

    context = multiprocessing.get_context("spawn")
    watched, held = context.Pipe(duplex=False)
    if MASKS:
        resource_tracker.ensure_running()  # when it starts it unblocks Ctrl-C, which the first worker would inherit
    pool = Uninterrupted(jobs, context, _watch, (watched,))
    try:
        yield pool
    except BaseException:
        held.close()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        held.close()
        watched.close()


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


def check_address(address: str) -> tuple[str, int]:
    """Host and port of `dask://host:port`; raises `InputError` for anything else.

    >>> check_address("dask://localhost:8786")
    ('localhost', 8786)
    """
    try:
        parts = urlsplit(address)
        if parts.scheme == "dask" and parts.hostname and parts.port and not parts.path:
            return parts.hostname, parts.port
    except ValueError:
        pass
    raise InputError(f"executor must be dask://host:port, not {address!r}")


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The executor of the Dask scheduler at *address*; raises `InputError` if none answers there."""
    host, port = check_address(address)
    try:
        distributed = import_module("distributed")
    except ImportError:
        raise InputError(f"{address} {needs('Dask', 'dask')}") from None
    try:
        client = distributed.Client(f"tcp://{host}:{port}", timeout=ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{address}: no Dask scheduler answers there ({error})") from None
    with client:
        yield client.get_executor(pure=False)


def check_installed(executor: Executor) -> None:
    """Raise `InputError` if *executor* is Dask's, and its scheduler or a worker lacks this version of the package.

    Asked first, since a worker that cannot load what it is sent never answers.
    """
    distributed = sys.modules.get("distributed")
    if distributed is None or not isinstance(executor, distributed.cfexecutor.ClientExecutor):
        return
    client = executor._client
    found = {"the scheduler": client.run_on_scheduler(_installed()), **client.run(_installed())}
    wrong = [f"{who} has {version or 'none'}" for who, version in found.items() if version != __version__]
    if wrong:
        raise InputError(
            f"the cluster cannot run this sweep: coherence {__version__} must be installed where its scheduler and its "
            f"workers run, but {'; '.join(wrong)}"
        )


def killed(error: BaseException) -> bool:
    """Whether the error is Dask's for a point whose workers kept dying."""
    distributed = sys.modules.get("distributed")
    return distributed is not None and isinstance(error, distributed.KilledWorker)


def _installed() -> Callable[[], Any]:
    """A function that says which version is installed where it is called; it needs nothing of this package there."""

    def version() -> Any:
        try:
            import coherence
        except ImportError:
            return None
        return coherence.__version__

    return version
