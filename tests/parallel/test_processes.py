import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import joblib
import parallel_tasks
import pytest
from parallel_tasks import blas_threads, fail_at_3, square, square_and_say

from dcase_classic.log import LOGGER
from dcase_classic.parallel import processes
from dcase_classic.parallel.processes import (
    Jobs,
    _dropping_tasks,
    _logged_chunk,
    batches,
    choose_jobs,
    expect_one_thread,
    map_ordered,
    map_threads,
    plan_jobs,
    thread_count,
)


@pytest.mark.uncounted
@pytest.mark.parametrize("n_jobs", [None, 1, 2])
def test_results_come_in_order(n_jobs):
    assert list(map_ordered(square, range(50), n_jobs=n_jobs)) == [n * n for n in range(50)]


@pytest.mark.parametrize("backend", ["multiprocessing", "threading"])
def test_work_is_done_whatever_backend_others_have_chosen(backend):
    with joblib.parallel_config(backend):
        assert list(map_ordered(square, range(9), n_jobs=2)) == [n * n for n in range(9)]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_every_call_has_one_blas_thread(n_jobs):
    for threads in map_ordered(blas_threads, range(4), n_jobs=n_jobs):
        assert set(threads) == {1}


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_error_reaches_the_caller(n_jobs):
    with pytest.raises(ValueError, match="three"):
        list(map_ordered(fail_at_3, range(6), n_jobs=n_jobs))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_what_workers_log_is_logged_here_in_order(caplog, n_jobs):
    with caplog.at_level("DEBUG", logger=LOGGER.name):
        assert list(map_ordered(square_and_say, range(5), n_jobs=n_jobs)) == [0, 1, 4, 9, 16]
    assert [text for text in caplog.messages if "squared" in text] == [
        f"{number} squared" for number in range(5)
    ]
    assert f"work: 5 to do, {'1 process' if n_jobs == 1 else '2 processes'}" in caplog.messages
    assert _logged_chunk(square_and_say, [7], logging.INFO) == ([49], [])


def test_the_last_batch_may_be_smaller():
    assert batches([1, 2, 3, 4, 5], 2) == [[1, 2], [3, 4], [5]]
    assert batches([], 3) == []


def test_no_items_give_no_results():
    assert list(map_ordered(square, [], n_jobs=2)) == []


def test_little_work_stays_here_and_much_goes_to_all_usable_cores():
    assert choose_jobs(None, 999) == 1
    assert choose_jobs(None, 1000) == joblib.cpu_count()


def test_a_number_of_jobs_that_is_asked_for_is_kept():
    assert choose_jobs(3, 1) == 3
    assert choose_jobs(1, 10**6) == 1


@pytest.mark.parametrize(
    ("n_jobs", "n_sections", "expected"),
    [
        (1, 1, Jobs(at_a_time=1, within_section=1)),
        (2, 3, Jobs(at_a_time=1, within_section=2)),
        (2, 4, Jobs(at_a_time=2, within_section=1)),
        (8, 10_000, Jobs(at_a_time=8, within_section=1)),
        (1, 3, Jobs(at_a_time=1, within_section=1)),
        (None, 1, Jobs(at_a_time=1, within_section=None)),
        (None, 3, Jobs(at_a_time=1, within_section=None)),
    ],
)
def test_sections_are_shared_out_where_there_are_many_else_clips(n_jobs, n_sections, expected):
    assert plan_jobs(n_jobs, n_sections=n_sections, n_clips=1) == expected


def test_chunks_are_small_enough_to_lose():
    computed = []
    results = map_ordered(computed.append, range(10_000), n_jobs=1)
    next(results)
    assert computed == list(range(64))


def test_a_few_items_are_shared_by_threads_where_nobody_asks_for_a_number():
    n_threads = thread_count(None)
    meeting = threading.Barrier(n_threads, timeout=60)  # one after the other they would not meet
    met = list(map_ordered(lambda _: meeting.wait(), range(n_threads)))
    assert sorted(met) == list(range(n_threads))


def test_an_abandoned_run_is_closed():
    results = map_ordered(square, range(100), n_jobs=2)
    assert next(results) == 0
    results.close()
    assert list(map_ordered(square, range(4), n_jobs=2)) == [0, 1, 4, 9]


@pytest.mark.parametrize(
    ("name", "error", "is_told"),
    [
        ("ExecutorManagerThread", KeyError(13), False),
        ("ExecutorManagerThread", ValueError("13"), True),
        ("another", KeyError(13), True),
    ],
)
def test_what_joblib_drops_in_an_abandoned_run_is_no_error(monkeypatch, name, error, is_told):
    told = []
    monkeypatch.setattr(threading, "excepthook", told.append)

    def fail():
        raise error

    with _dropping_tasks():
        thread = threading.Thread(target=fail, name=name)
        thread.start()
        thread.join()
    assert threading.excepthook == told.append
    assert [args.exc_value for args in told] == [error] * is_told


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")
def test_an_interrupt_stops_the_run_and_its_workers(tmp_path):
    script = Path(parallel_tasks.__file__)
    run = subprocess.Popen([sys.executable, script, tmp_path], stderr=subprocess.DEVNULL)
    while len(list(tmp_path.iterdir())) < 2:  # both workers are busy, for an hour
        assert run.poll() is None
        time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    assert run.wait(timeout=300) != 0
    workers = [int(path.name) for path in tmp_path.iterdir()]
    for _ in range(6000):  # the workers are ended, not waited for
        if not any(is_running(pid) for pid in workers):
            break
        time.sleep(0.05)
    assert not any(is_running(pid) for pid in workers)
    assert len(workers) == 2


@pytest.mark.parametrize("n_threads", [1, 2, 4])
def test_results_of_threads_come_in_order(n_threads):
    assert map_threads(lambda n: n * n, range(20), n_threads) == [n * n for n in range(20)]


def test_items_are_worked_on_at_the_same_time():
    both = threading.Barrier(2, timeout=60)  # one after the other they would wait in vain
    assert sorted(map_threads(lambda _: both.wait(), range(2), 2)) == [0, 1]


def test_a_single_item_stays_in_the_thread_of_the_caller():
    assert map_threads(lambda _: threading.get_ident(), ["x"], 4) == [threading.get_ident()]


@pytest.mark.parametrize("n_threads", [1, 2])
def test_the_first_error_in_order_is_raised(n_threads):
    def fail(number):
        raise ValueError(f"at {number}")

    with pytest.raises(ValueError, match="at 0"):
        map_threads(fail, range(20), n_threads)


def test_as_many_threads_as_jobs_or_usable_cores_but_not_many(monkeypatch):
    monkeypatch.setattr(processes, "_guests", set())
    assert [thread_count(n_jobs) for n_jobs in (1, 2, 4, 64)] == [1, 2, 4, 4]
    assert thread_count(None) == min(len(os.sched_getaffinity(0)), 4)


def test_few_training_clips_are_compared_in_one_thread_unless_more_are_asked_for():
    assert thread_count(None, n_training_clips=99) == 1
    assert thread_count(None, n_training_clips=100) == thread_count(None)
    assert thread_count(2, n_training_clips=99) == 2


def test_where_code_of_others_takes_part_there_is_one_thread(monkeypatch):
    monkeypatch.setattr(processes, "_guests", set())
    expect_one_thread("a detector")
    assert {thread_count(n_jobs) for n_jobs in (None, 1, 4)} == {1}
