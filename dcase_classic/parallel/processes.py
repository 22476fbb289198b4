"""Work on many items in several processes or threads; results depend neither on how many nor where.

Joblib and tqdm are imported where there are several processes, or a terminal to draw a bar on: a
run in one process takes hardly longer than they do to come. Threads need neither: numpy lets others
go on while it computes, and a thread starts at once, where a process has to import everything.
"""

import logging
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any, TypeVar, cast

import numpy as np

from dcase_classic.errors import WorkerError
from dcase_classic.log import LOGGER, collected_log, is_quiet, log_again
from dcase_classic.parallel.blas_threads import one_blas_thread
from dcase_classic.parallel.cluster import active_backend, dask_cluster, is_on_cluster
from dcase_classic.run import Run
from dcase_classic.wording import counted

Item = TypeVar("Item")
Result = TypeVar("Result")
_Logged = tuple[list[Result], list[logging.LogRecord]]

# Measured: a clip takes 2 ms. A new pool of processes takes 0.3 s, and each worker has to import
# numpy and scipy first, 0.6 s: on two cores the pool is even at about 1000 clips.
_WORTH_A_POOL_CLIPS = 1000
_CHUNKS_PER_JOB = 8
# A chunk is what a killed run or a dead worker loses, and what a progress bar moves by.
_LARGEST_CHUNK = 64
_LOOK_S = 0.5
# Between products of matrices threads wait for each other: more than these bring nothing.
_MOST_THREADS = 4
# Where clips are compared with fewer than these, operations are so short that two threads wait for
# each other: measured for 30 clips 0.19 s in one and 0.21 s in two, for 120 even, for 250 0.77 s
# and 0.60 s.
_WORTH_THREADS_CLIPS = 100
_LEARNED_BYTES = 31 * 2**20  # glibc learns from less than 32 MB
_guests: set[str] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """How many sections are worked on at a time, and how many processes read the clips of one."""

    at_a_time: int
    within_section: int | None


def plan_jobs(n_jobs: int | None, *, n_sections: int, n_clips: int) -> Jobs:
    """Whole machines and sections at a time where there are many, else the clips of each.

    Where little work stays in one process, nobody has asked for a number and None stands: threads.
    """
    chosen = choose_jobs(n_jobs, n_clips)
    if chosen > 1 and n_sections >= 2 * chosen:
        return Jobs(at_a_time=chosen, within_section=1)
    return Jobs(at_a_time=1, within_section=n_jobs if chosen == 1 else chosen)


def choose_jobs(n_jobs: int | None, n_clips: int) -> int:
    """The number of processes: as asked, or 1 for little work and all usable cores for much.

    Parameters
    ----------
    n_jobs : what the user asked for; None lets the amount of work decide.
    n_clips : how many recordings have to be read in all; fitting costs about as much as reading.
    """
    if is_on_cluster():
        import joblib

        return max(2, int(joblib.effective_n_jobs(-1)))  # 1 would mean here, not there
    if n_jobs is not None:
        return n_jobs
    if n_clips < _WORTH_A_POOL_CLIPS:
        return 1
    import joblib

    return int(joblib.cpu_count())  # what this process may use: affinity, container limits


def workers(run: Run) -> AbstractContextManager[None]:
    """The block whose work is done here, or by the cluster that the run names."""
    return nullcontext() if run.scheduler is None else dask_cluster(run.scheduler)


def map_sections(
    function: Callable[..., Result],
    sections: Sequence[Item],
    run: Run,
    *,
    n_clips: int,
    description: str,
) -> Generator[Result, None, None]:
    """``function(section, run=...)`` of every section, in order, as the results come.

    Parameters
    ----------
    function : as of `map_ordered`; its own run has the processes that are left for a section.
    run : how the work is done, and where.
    n_clips : of all sections.
    description : shown before the progress bar.
    """
    with workers(run):
        jobs = plan_jobs(run.n_jobs, n_sections=len(sections), n_clips=n_clips)
        task = partial(function, run=replace(run, n_jobs=jobs.within_section))
        yield from map_ordered(
            task, sections, n_jobs=jobs.at_a_time, description=description, largest_chunk=1
        )


def map_ordered(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    n_jobs: int | None = None,
    description: str = "",
    largest_chunk: int = _LARGEST_CHUNK,
) -> Generator[Result, None, None]:
    """``function`` of every item, in order, as the results come.

    Every call runs with one BLAS thread: a product of matrices may differ in its last bit with the
    number of threads. An interrupt stops the workers at once.

    Parameters
    ----------
    function : a module-level function, so that worker processes can find it.
    n_jobs : number of processes; None lets the number of items decide, as for clips, and where one
        process is enough, it has as many threads as there are cores.
    description : shown before the progress bar, which is drawn on a terminal only.
    largest_chunk : the most items that travel to a worker together.
    """
    n_threads = thread_count(None) if n_jobs is None else 1
    n_jobs = choose_jobs(None, len(items)) if n_jobs is None else n_jobs
    size = min(largest_chunk, max(n_threads, -(-len(items) // (n_jobs * _CHUNKS_PER_JOB))))
    chunks = batches(items, size)
    processes = counted(n_jobs, "process", "processes")
    LOGGER.info("%s: %d to do, %s", description or "work", len(items), processes)
    results: Generator[list[Result], None, None]
    if n_jobs > 1 and len(chunks) > 1:
        results = _in_processes(function, chunks, min(n_jobs, len(chunks)))
    else:
        results = (_chunk(function, chunk, n_threads) for chunk in chunks)
    is_worker = getattr(active_backend(), "nesting_level", None)
    with _closing(results):
        if is_worker or is_quiet() or not sys.stderr.isatty():
            yield from chain.from_iterable(results)
        else:
            yield from _with_bar(results, description, len(items))


def batches(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """The items in order, ``size`` at a time; the last may be fewer."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def _in_processes(
    function: Callable[[Item], Result], chunks: Sequence[Sequence[Item]], n_jobs: int
) -> Generator[list[Result], None, None]:
    import joblib

    # joblib would gather more and more chunks into one task by itself
    start: dict[str, Any] = {"initializer": _end_with, "initargs": (os.getpid(),)}
    if not active_backend().supports_return_generator:  # which somebody chose for other work
        start["backend"] = "loky"
    parallel = joblib.Parallel(
        n_jobs=n_jobs,
        return_as="generator",
        batch_size=1,
        **({} if is_on_cluster() else start),  # a cluster looks after its own
    )
    level = LOGGER.getEffectiveLevel()
    calls = (joblib.delayed(_logged_chunk)(function, chunk, level) for chunk in chunks)
    return _shown(cast("Generator[_Logged[Result], None, None]", parallel(calls)))


def _with_bar(
    chunks: Iterable[list[Result]], description: str, n_items: int
) -> Generator[Result, None, None]:
    """The results, under a bar that moves with them."""
    from tqdm import tqdm

    with tqdm(desc=description, total=n_items, leave=False) as bar:
        for chunk in chunks:
            bar.clear()  # whoever takes the results may print
            yield from chunk
            bar.update(len(chunk))


def expect_one_thread(guest: str) -> None:
    """Use no threads from now on: code of others has come in, which may not be made for them."""
    _guests.add(guest)


def thread_count(n_jobs: int | None, *, n_training_clips: int | None = None) -> int:
    """How many threads a process may use: as many as jobs were asked for, else as cores.

    One, where code of others takes part: see `expect_one_thread`.

    Parameters
    ----------
    n_jobs : what the user asked for; None lets the computer and the work decide.
    n_training_clips : where the work is to compare clips with those of the training.
    """
    if _guests:
        return 1
    if n_jobs is None:
        if n_training_clips is not None and n_training_clips < _WORTH_THREADS_CLIPS:
            return 1
        has_affinity = hasattr(os, "sched_getaffinity")
        n_jobs = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    return min(n_jobs, _MOST_THREADS)


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


@contextmanager
def _closing(results: Generator[list[Result], None, None]) -> Iterator[None]:
    """Cancel what is not done when the block ends early, as after an interrupt.

    Raises
    ------
    WorkerError
        If a worker process was ended by somebody else, such as a system without memory.
    """
    try:
        yield
    except BrokenExecutor as error:
        raise WorkerError(
            "a worker process was killed, perhaps for want of memory",
            advice="try fewer --jobs; what was finished is kept",
        ) from error
    finally:
        with warnings.catch_warnings(), _dropping_tasks():
            warnings.simplefilter("ignore", UserWarning)  # joblib's advice to do less
            results.close()


@contextmanager
def _dropping_tasks() -> Iterator[None]:
    """Say nothing of tasks that joblib has dropped, and that its thread then looks for in vain."""
    say = threading.excepthook

    def say_others(args: threading.ExceptHookArgs) -> None:
        name = "" if args.thread is None else args.thread.name
        if not (issubclass(args.exc_type, KeyError) and name.startswith("ExecutorManagerThread")):
            say(args)

    threading.excepthook = say_others
    try:
        yield
    finally:
        threading.excepthook = say


def _chunk(
    function: Callable[[Item], Result], items: Sequence[Item], n_threads: int = 1
) -> list[Result]:
    _keep_freed_memory()
    with one_blas_thread():
        return map_threads(function, items, n_threads)


def _keep_freed_memory() -> None:
    """Let what one item has freed serve the next, where glibc would give it back to the system.

    To touch fresh memory takes 5 to 10 % of the time of a clip. From the largest array that is
    freed glibc learns how much to keep, twice its size; nobody else minds, or touches it.
    """
    np.empty(_LEARNED_BYTES, np.uint8)


def _logged_chunk(
    function: Callable[[Item], Result], items: Sequence[Item], level: int
) -> "_Logged[Result]":
    """The same in another process, with what was logged there."""
    with collected_log(level) as records:
        return _chunk(function, items), records


def _shown(chunks: "Generator[_Logged[Result], None, None]") -> Generator[list[Result], None, None]:
    """The results; what was logged with them is logged here."""
    with closing(chunks):
        for results, records in chunks:
            log_again(records)
            yield results


def _end_with(parent: int) -> None:
    """End this worker soon after its parent, which may be killed and cannot say so."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_S)
        os._exit(1)

    if os.getpid() != parent:  # a thread of it
        threading.Thread(target=watch, daemon=True).start()
