import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dcase_classic.model.folds import make_folds

STRATA = hnp.arrays(np.intp, st.integers(2, 60), elements=st.integers(0, 2))
N_FOLDS = st.integers(2, 12)
SEED = st.integers(0, 2**32 - 1)


@given(strata=STRATA, n_folds=N_FOLDS, seed=SEED)
def test_every_clip_is_in_one_fold_and_no_fold_is_empty(strata, n_folds, seed):
    folds = make_folds(strata, n_folds=n_folds, seed=seed)
    assert folds.shape == strata.shape
    assert set(folds) == set(range(min(n_folds, len(strata))))


@given(strata=STRATA, n_folds=N_FOLDS, seed=SEED)
def test_every_stratum_is_spread_evenly(strata, n_folds, seed):
    folds = make_folds(strata, n_folds=n_folds, seed=seed)
    for stratum in set(strata):
        counts = np.bincount(folds[strata == stratum], minlength=folds.max() + 1)
        # a fold has up to four runs, whose lengths differ by one
        assert counts.max() - counts.min() <= 4


@given(n_clips=st.integers(2, 40), n_folds=st.integers(10, 12), seed=SEED)
def test_folds_of_few_clips_differ_by_at_most_one(n_clips, n_folds, seed):
    counts = np.bincount(make_folds(np.zeros(n_clips, int), n_folds=n_folds, seed=seed))
    assert counts.max() - counts.min() <= 1


def test_clips_that_follow_each_other_stay_together():
    strata = np.repeat([1, 0], [10, 990])
    folds = make_folds(strata, n_folds=10, seed=0)
    n_cuts = np.count_nonzero(np.diff(folds[10:]))
    assert n_cuts < 4 * 10
    assert len(set(folds[:10])) == 10


@given(strata=STRATA, n_folds=N_FOLDS, seed=SEED)
def test_a_stratum_of_two_clips_or_more_is_never_held_out_as_a_whole(strata, n_folds, seed):
    folds = make_folds(strata, n_folds=n_folds, seed=seed)
    for stratum, n_clips in zip(*np.unique(strata, return_counts=True), strict=True):
        assert n_clips < 2 or len(set(folds[strata == stratum])) >= 2


@given(strata=STRATA, n_folds=N_FOLDS, seed=SEED)
def test_the_same_seed_gives_the_same_folds(strata, n_folds, seed):
    first = make_folds(strata, n_folds=n_folds, seed=seed)
    assert np.array_equal(first, make_folds(strata, n_folds=n_folds, seed=seed))


def test_ten_target_clips_on_ten_folds_are_one_each():
    strata = np.repeat([0, 1], [990, 10])
    folds = make_folds(strata, n_folds=10, seed=0)
    assert sorted(folds[strata == 1]) == list(range(10))


def test_another_seed_gives_other_folds():
    strata = np.zeros(30, dtype=np.intp)
    first, second = (make_folds(strata, n_folds=3, seed=seed) for seed in (0, 1))
    assert not np.array_equal(first, second)


def test_the_order_of_clips_does_not_tell_their_fold():
    folds = make_folds(np.zeros(30, dtype=np.intp), n_folds=3, seed=0)
    assert not np.array_equal(folds, np.arange(30) % 3)


@pytest.mark.parametrize("n_clips", [0, 1])
def test_fewer_than_two_clips_are_refused(n_clips):
    with pytest.raises(ValueError, match=f"training clips: got {n_clips}, expected at least 2"):
        make_folds(np.zeros(n_clips, dtype=np.intp), n_folds=2, seed=0)


@given(strata=STRATA, n_folds=N_FOLDS, seed=SEED, n_sessions=st.integers(1, 9))
def test_sessions_of_a_stratum_are_held_out_as_wholes(strata, n_folds, seed, n_sessions):
    sessions = np.arange(len(strata)) % n_sessions
    folds = make_folds(strata, n_folds=n_folds, seed=seed, sessions=sessions)
    assert set(folds) == set(range(folds.max() + 1))
    for stratum in set(strata):
        own = strata == stratum
        if len(set(sessions[own])) > 1:
            by_session = [set(folds[own & (sessions == s)]) for s in set(sessions[own])]
            assert all(len(numbers) == 1 for numbers in by_session)
            assert len(set.union(*by_session)) > 1


def test_large_sessions_do_not_share_a_fold():
    sessions = np.repeat(np.arange(6), [30, 30, 30, 10, 10, 10])
    folds = make_folds(np.zeros(120, int), n_folds=4, seed=0, sessions=sessions)
    assert sorted(np.bincount(folds)) == [30, 30, 30, 30]


def test_a_single_session_is_cut_into_runs():
    strata = np.zeros(40, int)
    folds = make_folds(strata, n_folds=10, seed=0, sessions=strata)
    assert np.array_equal(folds, make_folds(strata, n_folds=10, seed=0))
