import numpy as np
import pytest
from made_rows import normal_rows
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import parametrize_with_checks

from dcase_classic.model.local_density import LocalDensity


def slow_normality(rows, references, clips, k, mode):
    """Row by row, as the paper states it."""

    def distance(a, b):
        return np.sqrt(((np.float64(a) - b) ** 2).sum())

    densities = [
        np.sort([distance(r, s) for s, other in zip(references, clips, strict=True) if other != c])
        for r, c in zip(references, clips, strict=True)
    ]
    densities = [distances[:k].mean() for distances in densities]
    pairs = [
        [(distance(x, r), d) for r, d in zip(references, densities, strict=True)] for x in rows
    ]
    if mode == "ratio":
        return [-min(distance / density for distance, density in row) for row in pairs]
    return [-min(distance - density for distance, density in row) for row in pairs]


def refused_early(_estimator):
    """scikit-learn wants wrong options to be refused by ``fit``, we before anything is read."""
    reason = "options are refused when they are given"
    return {"check_do_not_raise_errors_in_init_or_set_params": reason}


class CheckedDensity(LocalDensity, BaseEstimator):
    """With the manners (parameters, clone) that the checks need."""


@parametrize_with_checks(
    [CheckedDensity(), CheckedDensity(mode="ratio")], expected_failed_checks=refused_early
)
def test_it_passes_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("mode", ["difference", "ratio"])
@pytest.mark.parametrize("k", [1, 3])
def test_normality_is_that_of_the_formula(k, mode):
    references, rows, clips = normal_rows(40), normal_rows(15, seed=1), np.arange(40) // 4
    expected = slow_normality(rows, references, clips, k, mode)
    actual = LocalDensity(k, mode).fit(references, clips).score_samples(rows)
    np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("mode", ["difference", "ratio"])
def test_a_dense_and_a_sparse_group_are_on_one_scale(mode):
    rng = np.random.default_rng(0)
    dense, sparse = rng.normal(size=(200, 2)), 200 + 20 * rng.normal(size=(10, 2))
    detector = LocalDensity(1, mode).fit(np.concatenate((dense, sparse)))
    new = detector.score_samples(200 + 20 * rng.normal(size=(100, 2)))
    outside = detector.score_samples(np.array([[8.0, 0.0]]))
    assert np.median(new) > outside


def test_rows_of_the_same_clip_are_no_neighbours():
    rows = np.repeat(normal_rows(20), 2, axis=0)
    clips = np.repeat(np.arange(20), 2)
    with_clips = LocalDensity().fit(rows, clips).densities_
    np.testing.assert_allclose(with_clips[::2], LocalDensity().fit(rows[::2]).densities_)


@pytest.mark.parametrize("n_rows", [1, 2, 5])
@pytest.mark.parametrize("mode", ["difference", "ratio"])
def test_rows_of_a_single_clip_give_finite_scores(n_rows, mode):
    detector = LocalDensity(3, mode).fit(normal_rows(n_rows), np.zeros(n_rows))
    assert np.isfinite(detector.score_samples(normal_rows(9, seed=1))).all()


@pytest.mark.parametrize("mode", ["difference", "ratio"])
def test_equal_rows_give_finite_scores(mode):
    detector = LocalDensity(1, mode).fit(np.zeros((6, 3)))
    assert np.isfinite(detector.score_samples(normal_rows(9, 3))).all()


def test_fewer_other_rows_than_neighbours_are_all_used():
    rows, clips = np.array([[0.0], [1.0], [3.0]]), np.array([0, 0, 1])
    assert LocalDensity(5).fit(rows, clips).densities_.tolist() == [3.0, 2.0, 2.5]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_neighbors": 0}, "n_neighbors: got 0, expected at least 1"),
        ({"mode": "sum"}, "mode: got 'sum', expected difference or ratio"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        LocalDensity(**options)
