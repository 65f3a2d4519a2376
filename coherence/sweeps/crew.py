"""Points through an executor: a few at a time, and a worker that dies costs only the point that killed it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from itertools import islice

from coherence.errors import Breach, InputError
from coherence.sweeps.point import Point, describe, key_of, told
from coherence.sweeps.pools import Pools, check_installed, killed
from coherence.sweeps.worker import Record, compute, failed, ready
from coherence.version import __version__

DEATHS = 3  # of a worker that computes the same point alone, until the point counts as failed
PATIENCE = 60.0  # seconds for the first sign of a worker


def compute_all(points: Iterable[Point], pools: Pools, window: int, patience: float = PATIENCE) -> Iterator[Record]:
    """The records of all *points*, each as soon as it is there; never more than *window* points are under way.

    When a pool breaks, the next one is opened, and the points that were under way are computed one by one: whichever
    breaks it then is the one to blame, and fails after DEATHS times. Raises `InputError` if no worker can start or
    has this version of the package, and `Breach` if the executor itself gives up.
    """
    crew = _Crew(iter(points), window)
    for pool in pools:
        with pool as executor:
            _probe(executor, patience)
            broke = yield from crew.work(executor)
        if not broke:
            return
    raise Breach(
        "the executor broke, and there is no other; what is done is kept, and the same call goes on from there"
    )


class _Crew:
    """What is still to do, whichever pool does it."""

    def __init__(self, waiting: Iterator[Point], window: int) -> None:
        self.waiting = waiting
        self.window = window
        self.suspects: deque[Point] = deque()  # one of them may have killed a worker
        self.deaths: Counter[str] = Counter()  # by key

    def work(self, executor: Executor) -> Generator[Record, None, bool]:
        """Compute until nothing is left to do, or until the executor breaks, which is returned."""
        flying: dict[Future[Record], Point] = {}
        alone = False
        try:
            while True:
                if not flying:
                    alone = bool(self.suspects)
                lost = self._submit(executor, flying, alone)
                if not flying and not lost:
                    return False
                for future in wait(flying, return_when=FIRST_COMPLETED).done if not lost else ():
                    yield from self._collect(future, flying.pop(future), lost, alone)
                if lost:
                    for future, point in flying.items():  # those of a broken executor all end
                        yield from self._collect(future, point, lost, alone)
                    yield from self._blame(lost, alone)
                    return True
        except KeyboardInterrupt:
            yield from _done(flying)
            raise
        finally:
            for future in flying:
                future.cancel()

    def _submit(self, executor: Executor, flying: dict[Future[Record], Point], alone: bool) -> list[Point]:
        """Hand over as many points as there is room for; returns the one that a broken executor did not take."""
        if alone:
            chosen = [] if flying else [self.suspects.popleft()]
        else:
            chosen = islice(self.waiting, self.window - len(flying))  # type: ignore[assignment]
        for point in chosen:
            try:
                flying[executor.submit(compute, point)] = point
            except BrokenExecutor:
                return [point]
        return []

    def _blame(self, lost: list[Point], alone: bool) -> Iterator[Record]:
        """Whose fault it was, if that is known; all others are tried again."""
        for point in lost:
            key = key_of(describe(point))
            self.deaths[key] += alone
            if self.deaths[key] == DEATHS:
                yield failed(point, f"its worker died {DEATHS} times")
            else:
                self.suspects.append(point)

    def _collect(self, future: Future[Record], point: Point, lost: list[Point], alone: bool) -> Iterator[Record]:
        """The record of a future; a point whose executor broke goes to *lost*."""
        try:
            yield future.result()
        except BrokenExecutor:
            lost.append(point)
        except CancelledError:
            raise Breach("the executor cancelled what was under way; what is done is kept") from None
        except Exception as error:  # not of the point, which `compute` would have told
            if not killed(error):
                raise Breach(f"the executor failed at {told(point)}: {_said(error)}; what is done is kept") from None
            if alone:
                yield failed(point, "its worker died again and again")
            else:
                self.suspects.append(point)


def _done(flying: dict[Future[Record], Point]) -> Iterator[Record]:
    """The records that are there already, when there is no time for more."""
    for future in flying:
        if future.done() and not future.cancelled() and not future.exception():
            yield future.result()


def _probe(executor: Executor, patience: float) -> None:
    """Raise `InputError` unless a worker answers and has this version of the package."""
    check_installed(executor)
    future = executor.submit(ready)
    try:
        version = future.result(patience)
    except TimeoutError:
        future.cancel()
        raise InputError(
            f"no worker of the executor answered within {patience:.0f} seconds: has it workers, are they busy, and is "
            f"coherence {__version__} installed where its scheduler and workers run?"
        ) from None
    except BrokenExecutor:
        raise InputError(
            'no worker process could start: a script that sweeps must do so under `if __name__ == "__main__":`, and '
            "lie in a file; jobs=1 needs neither"
        ) from None
    except (CancelledError, Exception) as error:
        raise InputError(
            f"the executor's workers cannot run coherence {__version__} ({_said(error)}): it must be installed where "
            "its scheduler and its workers run"
        ) from None
    if version != __version__:
        raise InputError(f"the executor's workers have coherence {version}, and this process has {__version__}")


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
