import pytest
from parallel_tasks import blas_threads, fail_at_3, square

from dcase_classic.parallel import map_ordered


@pytest.mark.parametrize("n_jobs", [None, 1, 2])
def test_results_come_in_order(n_jobs):
    assert list(map_ordered(square, range(50), n_jobs=n_jobs)) == [n * n for n in range(50)]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_every_call_has_one_blas_thread(n_jobs):
    for threads in map_ordered(blas_threads, range(4), n_jobs=n_jobs):
        assert set(threads) == {1}


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_error_reaches_the_caller(n_jobs):
    with pytest.raises(ValueError, match="three"):
        list(map_ordered(fail_at_3, range(6), n_jobs=n_jobs))


def test_no_items_give_no_results():
    assert list(map_ordered(square, [], n_jobs=2)) == []


def test_much_work_goes_to_a_pool_by_itself():
    assert list(map_ordered(square, range(600))) == [n * n for n in range(600)]
