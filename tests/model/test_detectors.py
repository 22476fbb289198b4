import numpy as np
import oracles_features
import pytest
from made_rows import normal_rows
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import parametrize_with_checks

from dcase_classic.model.detectors import DETECTORS, Mahalanobis, NearestNeighbours
from dcase_classic.model.mixture import Mixture
from dcase_classic.model.references import StoredRows

KINDS = sorted(DETECTORS)
DETERMINISTIC = sorted(set(KINDS) - {"gmm", "iforest"})


def made(kind):
    """A detector, of few trees where there are any."""
    return DETECTORS[kind](**({"n_estimators": 20} if kind == "iforest" else {}))


def fitted(kind, rows, seed=0):
    detector = made(kind)
    detector.seed = seed
    return detector.fit(rows)


def refused_early(estimator):
    """scikit-learn wants wrong options to be refused by ``fit``, we before anything is read."""
    reason = "options are refused when they are given"
    has_options = hasattr(estimator, "n_neighbors")
    return {"check_do_not_raise_errors_in_init_or_set_params": reason} if has_options else {}


class CheckedNeighbours(NearestNeighbours, BaseEstimator):
    """With the manners (parameters, clone) that the checks need."""


class CheckedMahalanobis(Mahalanobis, BaseEstimator):
    """With the manners (parameters, clone) that the checks need."""


@parametrize_with_checks(
    [CheckedNeighbours(), CheckedMahalanobis()], expected_failed_checks=refused_early
)
def test_our_estimators_pass_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.mark.uncounted
@pytest.mark.parametrize("kind", KINDS)
def test_a_far_row_is_less_normal_than_a_near_one(kind):
    near, far = fitted(kind, normal_rows()).score_samples(
        np.array([[0.3] * 5, [4.0] * 5], np.float32)
    )
    assert far < near


@pytest.mark.uncounted
@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_another_place_are_less_normal_than_new_rows_of_the_same(kind):
    detector = fitted(kind, normal_rows())
    here = detector.score_samples(normal_rows(seed=1))
    there = detector.score_samples(normal_rows(seed=1, offset=3.0))
    assert np.quantile(there, 0.9) < np.median(here)


@pytest.mark.uncounted
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_scores(kind):
    first, second = (fitted(kind, normal_rows()).score_samples(normal_rows(seed=1)) for _ in "ab")
    assert np.array_equal(first, second)


@pytest.mark.parametrize("kind", DETERMINISTIC)
def test_the_order_of_training_rows_does_not_matter_where_nothing_is_drawn(kind):
    rows, others = normal_rows(), normal_rows(seed=1)
    scores = fitted(kind, rows).score_samples(others)
    # sums of float32 rows in another order round the last of seven digits differently
    shuffled = fitted(kind, np.random.default_rng(0).permutation(rows))
    np.testing.assert_allclose(shuffled.score_samples(others), scores, rtol=1e-5)


@pytest.mark.uncounted
@pytest.mark.parametrize("kind", KINDS)
def test_a_row_scores_alike_alone_and_among_others(kind):
    detector, others = fitted(kind, normal_rows()), normal_rows(seed=1)
    alone = np.concatenate([detector.score_samples(row[np.newaxis]) for row in others[:20]])
    assert np.array_equal(detector.score_samples(others)[:20], alone)


@pytest.mark.uncounted
@pytest.mark.parametrize("kind", KINDS)
def test_fit_and_score_change_no_row(kind):
    rows = normal_rows()
    fitted(kind, rows).score_samples(rows)
    assert np.array_equal(rows, normal_rows())


@pytest.mark.uncounted
@pytest.mark.parametrize("kind", KINDS)
def test_fit_takes_the_clip_of_each_row(kind):
    clip_index = np.repeat(np.arange(30), 10)
    detector = made(kind).fit(normal_rows(), clip_index)
    assert detector.score_samples(normal_rows()).shape == (300,)


@pytest.mark.uncounted
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n_rows", "n_features"), [(2, 1), (2, 40), (5, 200)])
def test_few_rows_of_many_features_give_finite_scores(kind, n_rows, n_features):
    detector = fitted(kind, normal_rows(n_rows, n_features))
    assert np.isfinite(detector.score_samples(normal_rows(9, n_features, seed=1))).all()


@pytest.mark.uncounted
@pytest.mark.parametrize("kind", KINDS)
def test_constant_columns_give_finite_scores(kind):
    rows = np.column_stack((normal_rows(), np.full(300, -100, np.float32)))
    assert np.isfinite(fitted(kind, rows).score_samples(rows + 1)).all()


def test_normality_is_minus_the_mean_distance_to_the_nearest_rows():
    rows, others = normal_rows(), normal_rows(20, seed=1)
    expected = -oracles_features.slow_nearest_distances(others, rows, 3).mean(axis=1)
    actual = NearestNeighbours(3).fit(rows).score_samples(others)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)  # float32


def test_fewer_rows_than_neighbours_are_all_used():
    rows = np.array([[0.0], [2.0]], np.float32)
    assert NearestNeighbours(5).fit(rows).score_samples(rows[:1]) == [-1.0]


def test_a_detector_keeps_its_own_copy_of_the_training_rows():
    rows = normal_rows()
    detector = NearestNeighbours().fit(rows)
    rows[:] = 0
    assert np.array_equal(detector.score_samples(normal_rows()), np.zeros(300))


@pytest.mark.parametrize("n_features", [1, 5, 48, 49, 131])
def test_normality_is_minus_the_mahalanobis_distance(n_features):
    rows, others = normal_rows(n_features=n_features), normal_rows(20, n_features, seed=1)
    expected = -oracles_features.slow_mahalanobis(others, rows)
    # rows and whitening are rounded to 22 to 26 bits for products that are exact
    np.testing.assert_allclose(Mahalanobis().fit(rows).score_samples(others), expected, rtol=1e-6)


def test_the_mahalanobis_distance_does_not_depend_on_one_scale_for_all_columns():
    rows, others = normal_rows(), normal_rows(20, seed=1)
    scores = Mahalanobis().fit(rows * 1000).score_samples(others * 1000)
    # rows times 1000 are rounded to float32
    np.testing.assert_allclose(scores, Mahalanobis().fit(rows).score_samples(others), rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_only_a_detector_that_keeps_rows_loses_them_and_scores_alike_with_them(kind):
    detector, others = fitted(kind, normal_rows()), normal_rows(20, seed=1)
    bare = detector.without_rows()
    assert hasattr(bare, "X_") is False
    again = bare.with_rows(StoredRows(normal_rows()))
    assert np.array_equal(again.score_samples(others), detector.score_samples(others))
    assert hasattr(detector, "references_") is detector.keeps_rows


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (NearestNeighbours, {"n_neighbors": 0}, "n_neighbors: got 0, expected at least 1"),
        (Mixture, {"n_components": 0}, "n_components: got 0, expected at least 1"),
        (Mixture, {"covariance_type": "round"}, "covariance_type: got 'round', exp.* tied"),
        (Mixture, {"reg_covar": -1.0}, "reg_covar: got -1.0, expected a number from 0"),
        (Mixture, {"reg_covar": np.inf}, "reg_covar: got inf"),
    ],
)
def test_an_option_out_of_range_is_refused_before_any_fit(make, options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)
