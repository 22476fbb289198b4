"""However many threads ask for a single thread of the linear algebra, and whoever leaves first."""

import os
import signal
import sys
import threading

import pytest
from parallel_tasks import blas_threads
from threadpoolctl import threadpool_info, threadpool_limits

from dcase_classic.parallel import blas_threads as module
from dcase_classic.parallel.blas_threads import one_blas_thread


def openmp_threads():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "openmp"]


def test_libraries_are_looked_for_again_only_when_a_module_has_come(monkeypatch):
    looked = []
    for name in ("first", "second", "newcomer"):
        if name == "newcomer":
            monkeypatch.setitem(sys.modules, name, module)
        with one_blas_thread():
            looked.append(module._libraries.cache_info().misses)
    first, second, third = looked
    assert (second - first, third - first) == (0, 1)


def test_who_leaves_first_takes_no_limit_from_the_others_and_the_last_one_gives_it_back():
    with threadpool_limits(limits=2):
        is_inside, may_leave = threading.Event(), threading.Event()
        seen = []

        def other():
            with one_blas_thread():
                is_inside.set()
                may_leave.wait(60)
                seen.extend(blas_threads(None) + openmp_threads())

        thread = threading.Thread(target=other)
        with one_blas_thread():
            thread.start()
            assert is_inside.wait(60)
        may_leave.set()
        thread.join()
        assert set(seen) == {1}
        assert set(blas_threads(None)) == {2}


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no forks")
def test_a_forked_process_does_not_wait_for_threads_that_it_has_not():
    with threadpool_limits(limits=2):
        is_inside, may_leave = threading.Event(), threading.Event()

        def other():
            with one_blas_thread(), module._LIMIT._lock:
                is_inside.set()
                may_leave.wait(60)

        thread = threading.Thread(target=other)
        thread.start()
        assert is_inside.wait(60)
        child = os.fork()
        if not child:
            signal.alarm(30)
            before = set(blas_threads(None))
            with one_blas_thread():
                inside = set(blas_threads(None))
            os._exit((before, inside) != ({2}, {1}))
        may_leave.set()
        thread.join()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_who_forks_inside_stays_inside():
    limit = module._SharedLimit()
    blas, _ = module._libraries(len(sys.modules))
    with threadpool_limits(limits=2):
        with limit.held(blas):
            limit.forget_others()
            assert set(blas_threads(None)) == {1}
        assert set(blas_threads(None)) == {2}


def test_libraries_that_come_meanwhile_are_limited_too(monkeypatch):
    with threadpool_limits(limits=2):
        with one_blas_thread():
            monkeypatch.setitem(sys.modules, "newcomer", module)
            with one_blas_thread():
                assert set(blas_threads(None)) == {1}
            assert set(blas_threads(None)) == {1}
        assert set(blas_threads(None)) == {2}
