"""A grid of cells split over the cores: each step a cell is made of its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from coherence.accesses.given import padded, refuse
from coherence.accesses.op import CoreOp
from coherence.accesses.workload import Workload
from coherence.errors import whole

NEIGHBOURS = ((-1, 0), (0, -1), (0, 0), (0, 1), (1, 0))  # (down, right): itself and the four around it


def stencil(cores: int = 4, side: int = 8, steps: int = 10, dimensions: int = 2, seed: int = 0) -> Workload:
    """Each core updates its block of a grid, step after step, from the cells around each cell.

    Look for misses on the halo alone: after two steps a core misses only on cells at its neighbours' borders.

    Two grids take turns, one read and one written (Jacobi); nothing makes a core wait for the others. *side*: cells
    along each side of a core's block (4 · side of side² are at its border: a larger block shares less) · *steps*: how
    many · *dimensions*: 1, a row of cells, or 2, blocks as square as the number of cores lets them be · *seed* changes
    nothing. Each block lies on lines of its own, as in the four-dimensional arrays of Culler & Singh (1999, ch. 3).

    >>> stencil(cores=2, side=2, steps=1).cores
    2
    """
    wrong = [] if dimensions in (1, 2) else [f"dimensions must be 1 or 2, not {dimensions!r}"]
    refuse(cores, seed, whole("side", side, 1), whole("steps", steps, 1), wrong)
    height = side if dimensions == 2 else 1
    across = columns(cores) if dimensions == 2 else cores
    rows, cells = cores // across * height, across * side
    block = padded(height * side)

    def key(row: int, column: int, grid: int) -> int:
        core = row // height * across + column // side
        return (2 * core + grid) * block + row % height * side + column % side

    def step(core: int, read: int) -> Iterator[CoreOp]:
        top, left = core // across * height, core % across * side
        for row in range(top, top + height):
            for column in range(left, left + side):
                for down, right in NEIGHBOURS:
                    if 0 <= row + down < rows and 0 <= column + right < cells:
                        yield core, "r", key(row + down, column + right, read), 0
                yield core, "w", key(row, column, 1 - read), 0

    def stream(core: int) -> Callable[[], Iterator[CoreOp]]:
        def run() -> Iterator[CoreOp]:
            two = tuple(step(core, 0)), tuple(step(core, 1))  # they only repeat
            for number in range(steps):
                yield from two[number % 2]

        return run

    return Workload.from_streams("stencil", [stream(core) for core in range(cores)])


def columns(cores: int) -> int:
    """How many of *cores* stand side by side when they are put into a rectangle as square as can be.

    >>> columns(4), columns(12), columns(7)
    (2, 4, 7)
    """
    rows = max(n for n in range(1, cores + 1) if n * n <= cores and cores % n == 0)
    return cores // rows
