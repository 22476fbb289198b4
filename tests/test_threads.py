import os
import threading

import pytest

from dcase_classic import threads
from dcase_classic.threads import expect_one_thread, map_threads, thread_count


@pytest.mark.parametrize("n_threads", [1, 2, 4])
def test_results_come_in_order(n_threads):
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
    monkeypatch.setattr(threads, "_guests", set())
    assert [thread_count(n_jobs) for n_jobs in (1, 2, 4, 64)] == [1, 2, 4, 4]
    assert thread_count(None) == min(len(os.sched_getaffinity(0)), 4)


def test_where_code_of_others_takes_part_there_is_one_thread(monkeypatch):
    monkeypatch.setattr(threads, "_guests", set())
    expect_one_thread("a detector")
    assert {thread_count(n_jobs) for n_jobs in (None, 1, 4)} == {1}
