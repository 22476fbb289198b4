import numpy as np
import pytest
from made_rows import table_of

from dcase_classic.model.length_scale import PART_SHARE, LengthRange, LengthScale, TrainingParts

RNG = np.random.default_rng(0)
WHOLE = RNG.normal(0, 1, (400, 2))
PART = RNG.normal((1, 0), (3, 0.1), (400, 2))
SCALE = LengthScale.fit(WHOLE, PART)


def shares(share, n_clips=400):
    return np.full(n_clips, share)


def test_parts_get_the_median_and_the_spread_of_whole_clips():
    scores = SCALE.transform(PART, shares(PART_SHARE))
    np.testing.assert_allclose(np.median(scores, axis=0), np.median(WHOLE, axis=0), atol=1e-9)
    wanted, actual = SCALE.whole.spread[0], LengthScale.fit(scores, scores).whole.spread[0]
    assert actual == pytest.approx(wanted, rel=1e-9)


def test_shorter_clips_do_not_scatter_less_than_half_as_much():
    steps = np.ptp(SCALE.transform(PART, shares(PART_SHARE)), axis=0) / np.ptp(PART, axis=0)
    assert steps[1] == pytest.approx(2)  # the second view has a tenth of the spread


@pytest.mark.parametrize("share", [1.0, 1.2, 7.0])
def test_whole_and_longer_clips_stay_as_they_are_to_the_last_bit(share):
    assert np.array_equal(SCALE.transform(WHOLE, shares(share)), WHOLE)


def test_between_and_below_the_change_is_linear_in_one_over_the_length():
    location = LengthScale.fit(WHOLE, WHOLE + 4)  # the same spread at both lengths
    inverse = np.array([1.0, 1.25, 1.5, 2.0])
    scores = location.transform(np.zeros((4, 2)), 1 / inverse)
    np.testing.assert_allclose(scores[:, 0], -8 * (inverse - 1), atol=1e-9)


def test_every_clip_is_scaled_by_its_own_length():
    together = SCALE.transform(PART[:3], np.array([1.0, 0.8, 0.6]))
    alone = [
        SCALE.transform(PART[i : i + 1], shares(share, 1)) for i, share in enumerate((1, 0.8, 0.6))
    ]
    assert np.array_equal(together, np.concatenate(alone))


def test_the_range_of_lengths_forgets_a_single_odd_clip():
    lengths = LengthRange.fit(np.array([2.0] + [10.0] * 18 + [60.0]))
    assert (lengths.shortest_s, lengths.longest_s) == (10.0, 10.0)
    varied = LengthRange.fit(np.linspace(5, 15, 11))
    assert (varied.shortest_s, varied.longest_s) == pytest.approx((6.0, 14.0))


def test_the_range_of_lengths_has_ends_that_were_recorded():
    few = LengthRange.fit(np.array([2.0, 3.0, 3.0, 4.0]))
    assert (few.shortest_s, few.longest_s) == (2.0, 4.0)


@pytest.mark.parametrize(
    ("duration_s", "flags"),
    [(5.0, ("5.00 s long instead of 10.00 s",)), (6.6, ("6.60 s long instead of 10.00 s",))],
)
def test_between_half_and_two_thirds_of_the_length_a_clip_is_named(duration_s, flags):
    check = LengthRange(shortest_s=10.0, longest_s=10.0).check(duration_s)
    assert (check.refusal, check.flags) == (None, flags)


@pytest.mark.parametrize("duration_s", [2 / 3 * 10 - 1 / 16000, 9.0, 10.0, 400.0])
def test_from_two_thirds_on_nothing_is_said(duration_s):
    check = LengthRange(shortest_s=10.0, longest_s=10.0).check(duration_s)
    assert (check.refusal, check.flags) == (None, ())


def test_less_than_half_the_length_is_refused():
    check = LengthRange(shortest_s=10.0, longest_s=10.0).check(4.99)
    assert check.refusal.problem == "too short, 4.99 s long instead of 10.00 s"


def test_clips_and_parts_behind_them_are_one_table():
    clips, parts = table_of([2, 1, 3], n_features=2), table_of([1, 2], n_features=2, seed=1)
    joined = TrainingParts(tables={"a": parts}, clips=np.array([0, 2])).behind({"a": clips})["a"]
    assert (joined.n_clips, joined.n_features) == (5, 2)
    assert joined.clip_index.tolist() == [0, 0, 1, 2, 2, 2, 3, 4, 4]
    everything = np.concatenate((clips.X, parts.X))
    assert np.array_equal(joined.take(np.arange(9)), everything)
    assert np.array_equal(joined.take(np.array([1, 2])), everything[1:3])
    assert np.array_equal(joined.take(np.array([7])), everything[7:8])
    chosen = joined.select(np.array([1, 4]))
    assert np.array_equal(chosen.X, everything[[2, 7, 8]])
    assert chosen.clip_index.tolist() == [0, 1, 1]


def test_parts_stand_behind_the_clips_of_every_table():
    clips, parts = table_of([2, 1], n_features=2), table_of([1], n_features=2)
    behind = TrainingParts(tables={"a": parts}, clips=np.array([1])).behind(
        {"a": clips, "b": clips}
    )
    assert list(behind) == ["a"]
    assert behind["a"].n_clips == 3
