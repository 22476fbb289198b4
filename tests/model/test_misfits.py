import numpy as np
import pytest
from tables import make_table

from dcase_classic.model.misfits import (
    beyond_the_fence,
    distances_from_the_middle,
    find_misfits,
    first_of_equals,
    mean_rows,
)


def rows(n_clips=60, n_features=8, seed=0):
    return np.random.default_rng(seed).normal(size=(n_clips, n_features)).astype(np.float32)


def test_clips_that_lie_elsewhere_are_named_although_they_are_like_each_other():
    X = rows()
    X[[7, 20, 33]] += 8
    misfits = find_misfits([1.0], [X], share=0.15)
    assert misfits.named.tolist() == [7, 20, 33]
    assert sorted(np.argsort(-misfits.excess)[:3]) == [7, 20, 33]
    assert (misfits.excess[misfits.named] > 1).all()


def test_of_normal_clips_hardly_any_is_named():
    n_named = [len(find_misfits([1.0], [rows(seed=seed)], share=0.15).named) for seed in range(40)]
    assert sum(n_named) / (40 * 60) < 0.01


def test_a_family_counts_by_its_weight():
    plain, odd = rows(seed=1), rows(seed=2)
    odd[5] += 9
    assert find_misfits([0.02, 0.98], [plain, odd], share=0.15).named.tolist() == [5]
    assert find_misfits([0.98, 0.02], [plain, odd], share=0.15).named.tolist() == []


@pytest.mark.parametrize(("share", "named"), [(0.15, [17, 18, 19]), (0.1, [18, 19]), (0.0, [])])
def test_never_more_than_the_share_is_named_and_the_strangest_first(share, named):
    strange = np.concatenate((np.linspace(1, 2, 17), [9.0, 12.0, 10.0]))
    misfits = beyond_the_fence(lambda clips: strange[clips], 20, share=share)
    assert misfits.named.tolist() == named
    assert misfits.n_beyond == 3


@pytest.mark.parametrize(("n_others", "n_named"), [(8, 6), (9, 0)])
def test_more_than_a_fifth_are_a_kind_of_their_own_and_no_misfits(n_others, n_named):
    strange = np.concatenate((np.linspace(1, 2, 40 - n_others), np.linspace(9, 10, n_others)))
    misfits = beyond_the_fence(lambda clips: strange[clips], 40, share=0.15)
    assert (len(misfits.named), misfits.n_beyond) == (n_named, n_others)


def test_what_is_left_is_looked_at_again():
    strange = np.concatenate((np.linspace(1, 2, 30), [7.0, 500.0]))

    def masked(clips):
        """The last clip hides the one before it as long as it is there."""
        return np.where((clips == 30) & (31 in clips), 2.0, strange[clips])

    assert beyond_the_fence(masked, 32, share=0.15).named.tolist() == [30, 31]


def test_nobody_is_named_among_fewer_than_ten():
    misfits = beyond_the_fence(lambda clips: clips.astype(float) ** 9, 9, share=0.4)
    assert misfits.named.tolist() == []
    assert misfits.excess.tolist() == [0.0] * 9


def test_equal_clips_are_no_misfits():
    assert find_misfits([1.0], [np.ones((20, 3), np.float32)], share=0.15).named.tolist() == []


def test_a_column_counts_by_its_spread_and_not_by_its_unit():
    X = rows()
    scaled = X * np.array([1e4, 1, 1, 1, 1, 1, 1, 1e-3], np.float32)
    np.testing.assert_allclose(
        distances_from_the_middle(X), distances_from_the_middle(scaled), rtol=1e-3
    )


def test_mean_rows_are_those_of_the_clips():
    parts = [rows(n, 3, seed=n) for n in (1, 4, 2)]
    expected = [part.mean(axis=0) for part in parts]
    np.testing.assert_allclose(mean_rows(make_table(parts)), expected, rtol=1e-6)


def test_the_mean_rows_of_many_clips_are_read_in_parts():
    parts = [rows(2, 3, seed=n) for n in range(130)]
    expected = [part.mean(axis=0) for part in parts]
    np.testing.assert_allclose(mean_rows(make_table(parts)), expected, rtol=1e-5, atol=1e-6)


def test_a_copy_is_known_by_its_rows():
    first, other = rows(3, 4), rows(3, 4, seed=1)
    assert first_of_equals(make_table([first, other, first, other[:2]])).tolist() == [0, 1, 0, 3]
