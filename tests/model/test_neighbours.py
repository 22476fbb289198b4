import numpy as np
import oracles_features
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_rows import normal_rows

from dcase_classic.model.neighbours import (
    distances_to_other_clips,
    nearest_after,
    nearest_distances,
    nearest_of_groups,
)
from dcase_classic.model.references import StoredRows


@pytest.mark.parametrize("k", [1, 3, 1000])
@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_nearest_distances_are_scikit_learns(k, offset):
    references, rows = normal_rows(offset=offset), normal_rows(40, seed=1, offset=offset)
    expected = oracles_features.slow_nearest_distances(rows, references, k)
    # near 1000 a float32 difference of centred rows keeps four digits
    tolerance = 1e-5 if offset == 0 else 1e-3
    np.testing.assert_allclose(
        nearest_distances(rows, StoredRows(references), k), expected, rtol=tolerance
    )


@pytest.mark.parametrize("k", [1, 3, 17, 300])
@pytest.mark.parametrize("n_rows", [1, 7, 64, 65, 200])
def test_a_row_has_the_same_distances_beside_any_other_rows(k, n_rows):
    references, rows = normal_rows(), normal_rows(200, seed=1)
    whole = nearest_distances(rows, StoredRows(references), k)
    assert np.array_equal(
        nearest_distances(rows[:n_rows], StoredRows(references), k), whole[:n_rows]
    )


def test_equal_references_are_each_a_neighbour():
    references = np.repeat(normal_rows(3), 4, axis=0)
    distances = nearest_distances(normal_rows(3), StoredRows(references), 5)
    assert (distances[:, :4] == 0).all()
    assert (distances[:, 4] > 0).all()


def test_a_training_row_has_distance_zero_however_large_it_is():
    rows = normal_rows(50, 300) * 100
    assert np.array_equal(nearest_distances(rows, StoredRows(rows), 1), np.zeros((50, 1)))


@pytest.mark.parametrize("k", [1, 3, 20])
def test_other_clips_are_all_but_the_own(k):
    rows, clips = normal_rows(60), np.arange(60) // 5
    actual = np.sort(distances_to_other_clips(rows, clips, k), axis=1)
    for row in range(60):
        others = rows[clips != clips[row]]
        expected = oracles_features.slow_nearest_distances(rows[[row]], others, k)[0]
        np.testing.assert_allclose(actual[row], expected, rtol=1e-5)  # float32


@pytest.mark.parametrize("k", [2, 20])
def test_a_row_of_another_clip_counts_once_where_there_are_few(k):
    rows, clips = np.arange(30, dtype=np.float32)[:, np.newaxis], np.minimum(np.arange(30), 1)
    distances = np.sort(distances_to_other_clips(rows, clips, k), axis=1)
    assert distances[1:, 0].tolist() == list(range(1, 30))
    assert np.isinf(distances[1:, 1:]).all()


@pytest.mark.uncounted
@given(seed=st.integers(0, 1000), size=st.integers(1, 49))
def test_the_nearest_of_each_group_is_that_of_its_members(seed, size):
    rows, references = normal_rows(300, 8, seed=seed), normal_rows(50, 8, seed=seed + 1)
    parts = references[:size], references[size:]
    actual = nearest_of_groups(rows, StoredRows(references), [len(part) for part in parts])
    expected = [nearest_distances(rows, StoredRows(part), 1)[:, 0] for part in parts]
    assert np.array_equal(actual, expected)


def test_a_single_clip_has_no_others():
    assert np.isinf(distances_to_other_clips(normal_rows(4), np.zeros(4, int), 2)).all()


@pytest.mark.parametrize("ratio", [False, True])
def test_duplicates_have_no_distance_left(ratio):
    rows = normal_rows(300, 60, offset=50.0)
    nearest = nearest_after(rows, StoredRows(rows), np.full(300, 2.0), ratio=ratio)
    np.testing.assert_array_equal(nearest, np.full(300, 0.0 if ratio else -2.0))


@given(seed=st.integers(0, 1000), outlier=st.floats(0, 1e4))
def test_an_outlier_does_not_change_what_is_nearest_to_others(seed, outlier):
    references, rows = normal_rows(50, 8, seed=seed), normal_rows(20, 8, seed=seed + 1)
    far = np.concatenate((references, np.full((1, 8), 100 + outlier, np.float32)))
    densities = np.random.default_rng(seed).uniform(0.5, 1.5, size=51)
    without = nearest_after(rows, StoredRows(references), densities[:50], ratio=False)
    # centring on a mean that the outlier has moved costs digits
    np.testing.assert_allclose(
        nearest_after(rows, StoredRows(far), densities, ratio=False),
        without,
        atol=1e-3 * (1 + outlier / 100),
    )
