"""One thread for products of matrices, for as long as somebody in this process asks for it."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import threadpoolctl
from threadpoolctl import ThreadpoolController


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """One thread for products of matrices: more cost more than they save, and change last bits.

    Several threads may ask at once; the last that leaves gives back what there was before.
    """
    blas, openmp = _libraries(len(sys.modules))
    with _LIMIT.held(blas), openmp.limit(limits=1):  # that of OpenMP belongs to each thread
        yield


class _SharedLimit:
    """A limit of the whole process: the first that asks sets it, the last one takes it back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside: list[int] = []  # threads
        self._limits: list[Any] = []  # threadpoolctl has no types
        self._limited: ThreadpoolController | None = None

    @contextmanager
    def held(self, libraries: ThreadpoolController) -> Iterator[None]:
        """Keep the libraries to one thread."""
        with self._lock:
            self._inside.append(threading.get_ident())
            if libraries is not self._limited:  # the first, or more libraries than before
                with _whoever_set_it():
                    self._limits.append(libraries.limit(limits=1))
                self._limited = libraries
        try:
            yield
        finally:
            with self._lock:
                self._inside.remove(threading.get_ident())
                self._give_back()

    def forget_others(self) -> None:
        """Go on in a forked process, which has this thread only, whatever others were about."""
        self._lock = threading.Lock()
        mine = threading.get_ident()
        self._inside = [thread for thread in self._inside if thread == mine]
        self._give_back()

    def _give_back(self) -> None:
        while self._limits and not self._inside:
            with _whoever_set_it():
                self._limits.pop().restore_original_limits()
            self._limited = None


@contextmanager
def _whoever_set_it() -> Iterator[None]:
    """Let this thread change a limit; threadpoolctl 3.8 lets only the one that has set the last."""
    controller = getattr(threadpoolctl, "OpenBLASController", None)
    clear = getattr(controller, "clear_controlling_thread", lambda *, force: force)
    clear(force=True)
    yield
    clear(force=True)


_LIMIT = _SharedLimit()
if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no forks
    os.register_at_fork(after_in_child=_LIMIT.forget_others)


@lru_cache(maxsize=1)
def _libraries(
    n_modules: int,  # noqa: ARG001 - more may have come with them
) -> tuple[ThreadpoolController, ThreadpoolController]:
    """Those of matrices and those of OpenMP; to look for them takes longer than a clip."""
    libraries = ThreadpoolController()
    return libraries.select(user_api="blas"), libraries.select(user_api="openmp")
