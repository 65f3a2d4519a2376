"""Dask: an executor from an address, and what is said when the cluster cannot run this package."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from coherence.errors import InputError, needs
from coherence.version import __version__

ANSWER = 10  # seconds for a scheduler to answer


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
