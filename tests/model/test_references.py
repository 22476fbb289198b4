import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_rows import normal_rows

from dcase_classic.model.neighbours import nearest_after, nearest_distances
from dcase_classic.model.references import CentredRows, StoredRows, WeighedRows, scaled_references
from dcase_classic.model.scalings import SCALINGS, Standardise

N_ROWS, N_FEATURES = 60, 12
EPS = np.finfo(np.float32).eps


def fitted(X, spread=3.0):
    """A scaling of a fold, which has another mean than all rows, and directions of any size."""
    scaling = Standardise().fit(X[::2], np.zeros(len(X[::2]), int))
    rng = np.random.default_rng(1)
    scaling.inverse_std_ = scaling.inverse_std_ * np.exp(
        spread * rng.normal(size=X.shape[1])
    ).astype(np.float32)
    return scaling


def both(X, scaling, members):
    """The same references, weighed and stored."""
    weighed = WeighedRows(CentredRows(X), scaling, members)
    return weighed, StoredRows(scaling.transform(X[members]))


def squares(rows, references):
    differences = rows[:, np.newaxis].astype(float) - references.astype(float)
    return np.square(differences).sum(axis=2)


@given(
    seed=st.integers(0, 1000),
    offset=st.floats(-1e4, 1e4),
    scale=st.floats(1e-3, 1e3),
    spread=st.floats(0, 5),
)
def test_no_reference_is_nearer_than_it_is_at_least_nor_much_farther(seed, offset, scale, spread):
    X = normal_rows(N_ROWS, N_FEATURES, seed=seed) * np.float32(scale) + np.float32(offset)
    new = normal_rows(20, N_FEATURES, seed=seed + 1) * np.float32(scale) + np.float32(offset)
    scaling = fitted(X, spread)
    rows = np.concatenate((scaling.transform(new), scaling.transform(X[:5])))
    for references in both(X, scaling, np.arange(1, N_ROWS)):
        exact = squares(rows, references.take(np.arange(N_ROWS - 1)))
        largest = np.square(rows).sum(axis=1).max() + np.square(references.take([*range(5)])).sum()
        ((_, at_least),) = references.square_distances(rows)
        assert (at_least <= exact * (1 + 4 * EPS)).all()
        assert (at_least >= exact - 200 * EPS * (largest + exact)).all()


@given(seed=st.integers(0, 1000), offset=st.floats(-1e4, 1e4), k=st.integers(1, 20))
def test_weighed_rows_have_the_distances_of_scaled_ones_to_the_last_bit(seed, offset, k):
    X = normal_rows(N_ROWS, N_FEATURES, seed=seed) + np.float32(offset)
    rows = fitted(X).transform(normal_rows(300, N_FEATURES, seed=seed + 1) + np.float32(offset))
    weighed, stored = both(X, fitted(X), np.flatnonzero(np.arange(N_ROWS) % 7))
    assert np.array_equal(nearest_distances(rows, weighed, k), nearest_distances(rows, stored, k))
    densities = np.random.default_rng(seed).uniform(0.5, 1.5, size=len(stored))
    for ratio in (False, True):
        actual = nearest_after(rows, weighed, densities, ratio=ratio)
        assert np.array_equal(actual, nearest_after(rows, stored, densities, ratio=ratio))


def test_members_are_taken_in_their_order():
    X = normal_rows(N_ROWS, N_FEATURES)
    weighed, stored = both(X, fitted(X), np.array([5, 3, 40]))
    assert len(weighed) == len(stored) == 3
    assert np.array_equal(weighed.take(np.array([2, 0])), stored.take(np.array([2, 0])))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_where_weights_leave_the_range_of_floats_every_reference_is_looked_at():
    X = normal_rows(N_ROWS, 2)
    X[:, 1] *= np.float32(1e-38)
    scaling = Standardise().fit(X, np.zeros(N_ROWS, int))
    scaling.inverse_std_ = np.array([1, 3e38], np.float32)
    weighed, stored = both(X, scaling, np.arange(N_ROWS))
    rows = scaling.transform(X[::3])
    ((_, at_least),) = weighed.square_distances(rows)
    assert not np.isfinite(at_least).any()
    assert np.array_equal(nearest_distances(rows, weighed, 2), nearest_distances(rows, stored, 2))


@pytest.mark.parametrize("kind", sorted(SCALINGS))
def test_references_of_every_scaling_are_the_scaled_members(kind):
    X, members = normal_rows(N_ROWS, N_FEATURES), np.arange(3, N_ROWS)
    scaling = SCALINGS[kind]().fit(X, np.arange(N_ROWS) % 3)
    references = scaled_references(scaling, CentredRows(X), members)()
    taken = references.take(np.arange(len(references)))
    np.testing.assert_allclose(taken, scaling.transform(X[members]), atol=1e-5)
