"""Work on many items in several processes; the results do not depend on how many."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeVar

import joblib
from threadpoolctl import threadpool_limits
from tqdm import tqdm

Item = TypeVar("Item")
Result = TypeVar("Result")

# A new pool of processes costs as much as a few hundred clips take in this one (each worker has
# to import numpy and scipy first), so less work than this stays here unless jobs are asked for.
_WORTH_A_POOL = 500
_CHUNKS_PER_JOB = 8


def map_ordered(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    n_jobs: int | None = None,
    description: str = "",
) -> Iterator[Result]:
    """``function`` of every item, in order, as the results come.

    Every call runs with one BLAS thread: a product of matrices may differ in its last bit with the
    number of threads.

    Parameters
    ----------
    function : a module-level function, so that worker processes can find it.
    n_jobs : number of processes; None lets the amount of work decide.
    description : shown before the progress bar, which is drawn on a terminal only.
    """
    if n_jobs is None:
        n_jobs = joblib.cpu_count() if len(items) >= _WORTH_A_POOL else 1
    results = _in_processes(function, items, n_jobs) if n_jobs > 1 else _here(function, items)
    yield from tqdm(results, desc=description, total=len(items), disable=None, leave=False)


def _here(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    for item in items:
        with threadpool_limits(1):
            result = function(item)
        yield result


def _in_processes(
    function: Callable[[Item], Result], items: Sequence[Item], n_jobs: int
) -> Iterator[Result]:
    size = max(1, -(-len(items) // (n_jobs * _CHUNKS_PER_JOB)))
    chunks = [items[start : start + size] for start in range(0, len(items), size)]
    parallel = joblib.Parallel(n_jobs=n_jobs, return_as="generator")
    calls = (joblib.delayed(_chunk)(function, chunk) for chunk in chunks)
    return chain.from_iterable(parallel(calls))


def _chunk(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    return list(_here(function, items))
