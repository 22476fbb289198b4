import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_rows import normal_rows

from dcase_classic.model.neighbours import nearest_after, nearest_distances
from dcase_classic.model.references import CentredRows, ScaledRows, StoredRows, scaled_references
from dcase_classic.model.scalings import SCALINGS, Standardise, Whiten

N_ROWS, N_FEATURES = 60, 12
EPS = np.finfo(np.float32).eps


def fitted(kind, X, spread=3.0):
    """A scaling of a fold, which has another mean than all rows, and directions of any size."""
    rng = np.random.default_rng(1)
    mixing = np.exp(spread * rng.normal(size=X.shape[1])).astype(np.float32)
    if kind == "standardise":
        scaling = Standardise().fit(X[::2], np.zeros(len(X[::2]), int))
        scaling.inverse_std_ = scaling.inverse_std_ * mixing
        return scaling
    X = X[::2] + np.float32(spread) * (X[::2, [0]] - X[0, 0]) * mixing / mixing.max()
    return Whiten(n_components=8).fit(X, np.zeros(len(X), int))


def both(X, scaling, members):
    """The same references, later and stored."""
    later = ScaledRows(CentredRows(X), scaling, members)
    return later, StoredRows(scaling.transform(X[members]))


def squares(rows, references):
    differences = rows[:, np.newaxis].astype(float) - references.astype(float)
    return np.square(differences).sum(axis=2)


@pytest.mark.uncounted
@pytest.mark.parametrize("kind", ["standardise", "whiten"])
@given(
    seed=st.integers(0, 1000),
    offset=st.floats(-1e4, 1e4),
    scale=st.floats(1e-3, 1e3),
    spread=st.floats(0, 5),
)
def test_no_reference_is_nearer_than_it_is_at_least_nor_much_farther(
    kind, seed, offset, scale, spread
):
    X = normal_rows(N_ROWS, N_FEATURES, seed=seed) * np.float32(scale) + np.float32(offset)
    new = normal_rows(20, N_FEATURES, seed=seed + 1) * np.float32(scale) + np.float32(offset)
    scaling = fitted(kind, X, spread)
    rows = np.concatenate((scaling.transform(new), scaling.transform(X[:5])))
    for references in both(X, scaling, np.arange(1, N_ROWS)):
        exact = squares(rows, references.take(np.arange(N_ROWS - 1)))
        largest = np.square(rows).sum(axis=1).max() + np.square(references.take([*range(5)])).sum()
        ((_, (at_least,)),) = references.square_distances(rows)
        assert (at_least <= exact * (1 + 4 * EPS)).all()
        tightness = 200 * EPS if kind == "standardise" else 0.02
        assert (at_least >= exact - tightness * (largest + exact)).all()


@pytest.mark.uncounted
@pytest.mark.parametrize("kind", ["standardise", "whiten"])
@given(
    seed=st.integers(0, 1000),
    offset=st.floats(-1e4, 1e4),
    k=st.integers(1, 20),
    n_rows=st.sampled_from([3, 300]),
)
def test_distances_are_those_of_scaled_references_to_the_last_bit(kind, seed, offset, k, n_rows):
    X = normal_rows(N_ROWS, N_FEATURES, seed=seed) + np.float32(offset)
    scaling = fitted(kind, X)
    rows = normal_rows(n_rows, N_FEATURES, seed=seed + 1) + np.float32(offset)
    rows = scaling.transform(rows)
    later, stored = both(X, scaling, np.flatnonzero(np.arange(N_ROWS) % 7))
    assert np.array_equal(nearest_distances(rows, later, k), nearest_distances(rows, stored, k))
    densities = np.random.default_rng(seed).uniform(0.5, 1.5, size=len(stored))
    for ratio in (False, True):
        actual = nearest_after(rows, later, densities, ratio=ratio)
        assert np.array_equal(actual, nearest_after(rows, stored, densities, ratio=ratio))


def test_members_are_taken_in_their_order():
    X = normal_rows(N_ROWS, N_FEATURES)
    later, stored = both(X, fitted("whiten", X), np.array([5, 3, 40]))
    assert len(later) == len(stored) == 3
    assert np.array_equal(later.take(np.array([2, 0])), stored.take(np.array([2, 0])))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_where_weights_leave_the_range_of_floats_every_reference_is_looked_at():
    X = normal_rows(N_ROWS, 2)
    X[:, 1] *= np.float32(1e-38)
    scaling = Standardise().fit(X, np.zeros(N_ROWS, int))
    scaling.inverse_std_ = np.array([1, 3e38], np.float32)
    later, stored = both(X, scaling, np.arange(N_ROWS))
    rows = scaling.transform(X[::3])
    ((_, (at_least,)),) = later.square_distances(rows)
    assert not np.isfinite(at_least).any()
    assert np.array_equal(nearest_distances(rows, later, 2), nearest_distances(rows, stored, 2))


@pytest.mark.parametrize("are_kept", [False, True])
@pytest.mark.parametrize("kind", sorted(SCALINGS))
def test_references_of_every_scaling_are_the_scaled_members(kind, are_kept):
    X, members = normal_rows(N_ROWS, N_FEATURES), np.arange(3, N_ROWS)
    scaling = SCALINGS[kind]().fit(X, np.arange(N_ROWS) % 3)
    references = scaled_references(scaling, CentredRows(X), members, are_kept=are_kept)()
    taken = references.take(np.arange(len(references)))
    assert np.array_equal(taken, scaling.transform(X[members]))
