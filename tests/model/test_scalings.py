import numpy as np
import pytest
from sklearn import covariance

from dcase_classic.config.specs import Spec, build
from dcase_classic.errors import ConfigError
from dcase_classic.model.plain import Sizes
from dcase_classic.model.references import CentredRows, StoredRows, scaled_references
from dcase_classic.model.scalings import (
    SCALINGS,
    Discriminant,
    Standardise,
    Whiten,
    centre_groups,
    group_means,
    ledoit_wolf,
    transform_training,
)

KINDS = sorted(SCALINGS)


def correlated_rows(n_rows=400, n_features=6, seed=0):
    rng = np.random.default_rng(seed)
    mixing = np.eye(n_features) + 0.3 * rng.normal(size=(n_features, n_features))
    mixing *= np.logspace(-1, 2, n_features)
    return (rng.normal(size=(n_rows, n_features)) @ mixing - 40).astype(np.float32)


def one_group(rows):
    return np.zeros(len(rows), dtype=np.intp)


def two_groups(n_rows=400):
    return (np.arange(n_rows) % 5 == 0).astype(np.intp)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_is_scaled_alike_alone_and_among_others(kind):
    rows = correlated_rows()
    scaling = SCALINGS[kind]().fit(rows, one_group(rows))
    alone = np.concatenate([scaling.transform(row[np.newaxis]) for row in rows[:5]])
    # products of matrices of another height may round the last of seven digits differently
    np.testing.assert_allclose(scaling.transform(rows)[:5], alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n_rows", "n_features"), [(1, 3), (2, 50), (20, 200)])
def test_more_features_than_rows_give_finite_rows(kind, n_rows, n_features):
    rows = correlated_rows(n_rows, n_features)
    scaled = SCALINGS[kind]().fit(rows, one_group(rows)).transform(rows + 1)
    assert scaled.dtype == np.float32
    assert np.isfinite(scaled).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [-100.0, 0.1, 1e4])
def test_constant_columns_give_finite_rows(kind, value):
    rows = np.column_stack((correlated_rows(), np.full(400, value))).astype(np.float32)
    assert np.isfinite(SCALINGS[kind]().fit(rows, one_group(rows)).transform(rows + 1)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_rows_are_not_changed(kind):
    rows = correlated_rows()
    SCALINGS[kind]().fit(rows, two_groups()).transform(rows)
    assert np.array_equal(rows, correlated_rows())


def test_no_scaling_leaves_rows_as_they_are():
    rows = correlated_rows()
    assert np.array_equal(SCALINGS["none"]().fit(rows, one_group(rows)).transform(rows), rows)


def test_standardised_training_rows_have_mean_0_and_standard_deviation_1():
    rows = correlated_rows()
    scaled = Standardise().fit(rows, one_group(rows)).transform(rows)
    # a mean of -40 rounded to float32 is off by 4e-6, a spread may be ten times smaller than 1
    np.testing.assert_allclose(scaled.mean(axis=0, dtype=float), 0, atol=1e-4)
    np.testing.assert_allclose(scaled.std(axis=0, dtype=float), 1, atol=1e-5)


def test_standardising_uses_the_mean_and_spread_of_the_training_rows():
    training, others = correlated_rows(), correlated_rows(seed=1)
    scaled = Standardise().fit(training, one_group(training)).transform(others)
    expected = (others - training.mean(axis=0, dtype=float)) / training.std(axis=0, dtype=float)
    np.testing.assert_allclose(scaled, expected, rtol=1e-4, atol=1e-4)  # float32


@pytest.mark.parametrize("shrink", [False, True])
def test_a_constant_column_becomes_zero(shrink):
    rows = np.column_stack((correlated_rows(), np.full(400, 0.1))).astype(np.float32)
    assert (Standardise(shrink).fit(rows, one_group(rows)).transform(rows)[:, -1] == 0).all()


def spreads(scaling, rows):
    return 1 / scaling.fit(rows, one_group(rows)).inverse_std_


def test_spreads_of_few_rows_are_nearer_to_the_true_ones_when_shrunk():
    rng = np.random.default_rng(0)
    true = rng.uniform(1, 2, size=200)
    rows = (true * rng.normal(size=(9, 200))).astype(np.float32)
    errors = [np.abs(spreads(Standardise(shrink), rows) - true).mean() for shrink in (False, True)]
    assert errors[1] < 0.8 * errors[0]


def test_spreads_of_many_rows_stay_as_they_are_when_shrunk():
    rows = correlated_rows(20000)
    shrunk, plain = (spreads(Standardise(shrink), rows) for shrink in (True, False))
    np.testing.assert_allclose(shrunk, plain, rtol=1e-3)


@pytest.mark.parametrize("n_rows", [1, 2])
def test_spreads_of_a_row_or_two_are_finite_when_shrunk(n_rows):
    rows = correlated_rows()[:n_rows]
    assert np.isfinite(Standardise(shrink=True).fit(rows, one_group(rows)).transform(rows)).all()


def test_equal_spreads_stay_equal_when_shrunk():
    rows = np.repeat(correlated_rows()[:, :1], 3, axis=1)
    assert len(np.unique(spreads(Standardise(shrink=True), rows))) == 1


def test_whitened_training_rows_have_the_identity_as_covariance():
    rows = correlated_rows(4000)
    whitened = Whiten().fit(rows, one_group(rows)).transform(rows)
    # the shrinkage of 4000 rows takes about 1 % of the variance of weak directions
    np.testing.assert_allclose(np.cov(whitened.T), np.eye(6), atol=0.03)


def test_the_difference_between_groups_does_not_count_as_variance():
    rows, groups = correlated_rows(4000), two_groups(4000)
    rows[groups == 1] += 5 * rows.std(axis=0)
    whitened = Whiten().fit(rows, groups).transform(rows)
    within = centre_groups(whitened, groups)
    np.testing.assert_allclose(np.cov(within.T), np.eye(6), atol=0.03)


def test_whitening_keeps_the_directions_of_largest_variance():
    rows = correlated_rows()
    every = Whiten(100).fit(rows, one_group(rows)).transform(rows)
    assert every.shape == (400, 6)
    assert np.array_equal(Whiten(2).fit(rows, one_group(rows)).transform(rows), every[:, :2])


def test_whitening_does_not_blow_up_a_direction_without_variance():
    rows = correlated_rows(100_000)  # so many that the shrinkage does not help
    doubled = np.column_stack((rows, rows))  # half of the directions are dead
    whiten = Whiten().fit(doubled, one_group(doubled))
    moved = doubled[:1] + np.eye(1, 12, dtype=np.float32) * rows[:, 0].std()
    step = np.linalg.norm(whiten.transform(moved) - whiten.transform(doubled[:1]))
    assert step < 1.01 / np.sqrt(1e-3)  # a thousandth of the mean variance, which is 1


def test_a_number_of_directions_below_one_is_refused():
    with pytest.raises(ValueError, match="n_components: got 0, expected at least 1"):
        Whiten(0)


def test_the_mean_of_each_group_is_its_own():
    rows = np.array([[0, 0], [2, 4], [10, 10]], np.float32)
    assert group_means(rows, np.array([0, 0, 1])).tolist() == [[1, 2], [10, 10]]


def test_centred_groups_have_mean_zero():
    rows = np.array([[0, 0], [2, 4], [10, 10]], np.float32)
    assert centre_groups(rows, np.array([0, 0, 1])).tolist() == [[-1, -2], [1, 2], [0, 0]]


@pytest.mark.parametrize(("n_rows", "n_features"), [(400, 6), (7, 30), (3, 2), (2, 4)])
def test_the_shrunk_covariance_is_scikit_learns(n_rows, n_features):
    rows = np.random.default_rng(1).normal(size=(n_rows, n_features)) * np.arange(1, n_features + 1)
    mean = np.arange(n_features) - 1.0
    expected, _ = covariance.ledoit_wolf(rows, assume_centered=True)
    np.testing.assert_allclose(ledoit_wolf(rows + mean, mean), expected, rtol=1e-9, atol=1e-9)


def test_the_covariance_of_rows_that_are_zero_is_zero():
    assert np.array_equal(ledoit_wolf(np.zeros((5, 3), np.float32), np.zeros(3)), np.zeros((3, 3)))


def test_whitening_has_no_balanced_groups_any_more():
    with pytest.raises(ConfigError, match="whiten has no option 'balanced', expected n_components"):
        build(Spec("whiten", (("balanced", True),)), SCALINGS, where="scaling")


def conditions(n_rows=400, n_features=6, seed=0):
    """Rows of four conditions that differ in the third column, and loud noise in the first."""
    groups = np.arange(n_rows) % 4
    rows = np.random.default_rng(seed).normal(size=(n_rows, n_features))
    rows[:, 0] *= 50
    rows[:, 2] += 1.5 * groups
    return rows.astype(np.float32), groups


def test_the_discriminant_looks_where_groups_differ():
    rows, groups = conditions()
    projected = Discriminant(1).fit(rows, groups).transform(rows)
    assert abs(np.corrcoef(projected[:, 0], rows[:, 2])[0, 1]) > 0.99


def test_the_discriminant_has_one_direction_less_than_there_are_groups():
    rows, groups = conditions()
    assert Discriminant().fit(rows, groups).transform(rows).shape == (400, 3)


def test_the_spread_within_groups_is_1_after_the_discriminant():
    rows, groups = conditions()
    within = centre_groups(Discriminant().fit(rows, groups).transform(rows), groups)
    np.testing.assert_allclose(within.std(axis=0), 1, atol=0.15)  # shrinkage


def test_the_discriminant_of_one_group_is_whitening():
    rows, _ = conditions()
    groups = one_group(rows)
    expected = Whiten().fit(rows, groups).transform(rows)
    actual = Discriminant().fit(rows, groups).transform(rows)
    np.testing.assert_allclose(actual, expected, atol=2**-22)  # a product rounds rows


@pytest.mark.parametrize("name", sorted(SCALINGS))
def test_training_rows_are_scaled_as_others_but_for_rounding(name):
    rows, groups = conditions()
    scaling = SCALINGS[name]().fit(rows, groups)
    np.testing.assert_allclose(
        transform_training(scaling, rows), scaling.transform(rows), atol=1e-5
    )


@pytest.mark.parametrize("parent", [Standardise, Whiten])
def test_a_part_that_is_derived_from_ours_transforms_in_its_own_way(parent):
    class Clipped(parent):
        def transform(self, X):
            return np.clip(super().transform(X), -1, 1)

    rows, groups = conditions()
    scaling = Clipped().fit(rows, groups)
    np.testing.assert_array_equal(transform_training(scaling, rows), scaling.transform(rows))
    members = np.arange(20)
    references = scaled_references(scaling, CentredRows(rows), members, are_kept=True)()
    assert isinstance(references, StoredRows)


def test_a_discriminant_without_directions_is_refused():
    with pytest.raises(ValueError, match="n_components: got 0, expected at least 1"):
        Discriminant(0)


def test_a_scaling_that_keeps_its_columns_is_not_read_with_others():
    scaling = SCALINGS["none"]()
    assert scaling.learned_problem({}, Sizes({"n_features": 3, "n_components": None})) is None
    problem = scaling.learned_problem({}, Sizes({"n_features": 3, "n_components": 2}))
    assert problem == "got 2 columns, expected 3"


@pytest.mark.parametrize("kind", ["standardise", "whiten"])
def test_what_float32_rounds_is_no_spread(kind):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3)).astype(np.float32)
    X[:, 1] = 1e-6 * rng.normal(size=40)
    scaling = SCALINGS[kind]().fit(X, np.zeros(40, np.intp))
    moved = X + np.float32([0, 1e-6, 0])
    np.testing.assert_allclose(scaling.transform(moved), scaling.transform(X), atol=1e-4)
