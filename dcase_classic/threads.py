"""Work on some items at a time in threads of this process; what comes out does not depend on it.

Numpy lets other threads go on while it computes, and a thread starts at once, where a process has
to import everything first.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# Between products of matrices threads wait for each other: more than these bring nothing.
_MOST = 4
_guests: set[str] = set()


def expect_one_thread(guest: str) -> None:
    """Use no threads from now on: code of others has come in, which may not be made for them."""
    _guests.add(guest)


def thread_count(n_jobs: int | None) -> int:
    """How many threads a process may use: as many as jobs were asked for, else as cores.

    One, where code of others takes part: see `expect_one_thread`.

    Parameters
    ----------
    n_jobs : what the user asked for; None lets the computer decide.
    """
    if _guests:
        return 1
    if n_jobs is None:
        has_affinity = hasattr(os, "sched_getaffinity")
        n_jobs = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    return min(n_jobs, _MOST)


def map_threads(
    function: Callable[[Item], Result], items: Sequence[Item], n_threads: int
) -> list[Result]:
    """``function`` of every item, in order; the first error in this order is raised.

    How numpy handles errors belongs to a thread: what the caller has set does not hold in others.
    """
    if n_threads == 1 or len(items) < 2:
        return [function(item) for item in items]
    with ThreadPoolExecutor(n_threads) as pool:
        tasks = [pool.submit(function, item) for item in items]
        try:
            return [task.result() for task in tasks]
        finally:
            for task in tasks:
                task.cancel()
