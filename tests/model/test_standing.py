import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dcase_classic.model.standing import severities_of, tail_p_values
from dcase_classic.model.thresholds import conformal_p_values

ANY = st.floats(allow_nan=False, allow_infinity=False)
SOME = hnp.arrays(np.float64, st.integers(1, 30), elements=ANY)
HELD_OUT = np.random.default_rng(0).gamma(2.0, 1.0, 200)


def test_a_usual_clip_has_severity_0_and_the_threshold_100_and_twice_as_far_is_200():
    held_out = np.array([1.0, 2.0, 6.0])
    scores = np.array([0.0, 2.0, 3.0, 4.0, 6.0])
    assert severities_of(scores, held_out, 4.0).tolist() == [-100, 0, 50, 100, 200]


@pytest.mark.parametrize(("factor", "offset"), [(1000.0, 0.0), (0.25, -7.0)])
def test_the_severity_knows_no_scale_of_a_machine(factor, offset):
    scores, threshold = np.linspace(-3, 9, 50), 4.0
    expected = severities_of(scores, HELD_OUT, threshold)
    moved = severities_of(
        factor * scores + offset, factor * HELD_OUT + offset, factor * threshold + offset
    )
    assert moved == pytest.approx(expected, abs=1e-9)


@given(scores=SOME, held_out=SOME, threshold=ANY)
def test_of_any_numbers_severities_rise_with_scores_and_tell_alarms(scores, held_out, threshold):
    scores = np.sort(np.append(scores, threshold))
    severities = severities_of(scores, held_out, threshold)
    assert np.isfinite(severities).all()
    assert (np.diff(severities) >= 0).all()
    assert np.array_equal(severities > 100, scores > threshold)
    assert (severities[scores == threshold] == 100).all()


@pytest.mark.parametrize(
    ("held_out", "threshold", "expected"),
    [
        ([1.0, 2.0, 3.0], 2.0, 150),  # not above the median: the range counts
        ([2.0, 2.0, 2.0], 2.0, 200),  # no range either
        ([2.0, 2.0, 2.0], 2.0 + 1e-12, 200),  # but for rounding
    ],
)
def test_a_threshold_that_is_no_further_than_a_usual_clip_has_another_unit(
    held_out, threshold, expected
):
    severities = severities_of(np.array([3.0]), np.array(held_out), threshold)
    assert severities == pytest.approx([expected])


@given(scores=SOME, held_out=SOME)
def test_of_any_numbers_p_values_fall_with_scores_and_stay_above_0(scores, held_out):
    p_values, is_extrapolated = tail_p_values(held_out, np.sort(scores))
    assert ((p_values > 0) & (p_values <= 1)).all()
    assert (np.diff(p_values) <= 0).all()
    smallest = 1 / (len(held_out) + 1)
    assert np.array_equal(is_extrapolated, p_values < smallest)
    conformal = conformal_p_values(held_out, np.sort(scores))
    assert np.array_equal(p_values[~is_extrapolated], conformal[~is_extrapolated])


def test_a_tail_of_the_largest_floats_does_not_overflow():
    held_out = np.append(np.zeros(11), np.full(10, np.finfo(np.float64).max))
    p_values, _ = tail_p_values(held_out, np.array([1.0]))
    assert p_values == pytest.approx([11 / 22])


def test_beyond_the_held_out_clips_the_tail_is_that_of_the_formula():
    held_out = np.arange(20.0) ** 2
    excesses = held_out[10:] - held_out[9]  # of the ten largest over the next one
    expected = 11 / 21 * (1 + (1000 - held_out[9]) / excesses.sum()) ** -10
    (p_value,), (is_extrapolated,) = tail_p_values(held_out, np.array([1000.0]))
    assert is_extrapolated
    assert p_value == pytest.approx(expected, rel=1e-12)


def share_below(level, draw, *, n_held_out, n_times=400):
    """The share of normal clips whose p-value is at most a level, over that level."""
    shares = [
        np.mean(tail_p_values(draw(n_held_out), draw(3000))[0] <= level) for _ in range(n_times)
    ]
    return np.mean(shares) / level


@pytest.mark.uncounted
@pytest.mark.parametrize("n_held_out", [10, 40, 200])
@pytest.mark.parametrize("part", [0.5, 0.1])
def test_extrapolated_p_values_of_normal_clips_are_honest(n_held_out, part):
    rng = np.random.default_rng(1)
    level = part / (n_held_out + 1)
    # the standard error of 400 draws is about .08
    assert share_below(level, rng.standard_exponential, n_held_out=n_held_out) < 1.25
    assert share_below(level, rng.standard_normal, n_held_out=n_held_out) < 0.7


def test_equal_scores_or_a_single_one_tell_no_tail():
    for held_out in (np.array([1.0]), np.ones(50), np.append(np.zeros(30), np.ones(1))[:30]):
        p_values, is_extrapolated = tail_p_values(held_out, np.array([9.0]))
        assert p_values == [1 / (len(held_out) + 1)]
        assert not is_extrapolated.any()


def test_a_score_that_is_not_finite_stands_nowhere():
    with pytest.raises(ValueError, match="scores: got NaN"):
        tail_p_values(HELD_OUT, np.array([np.nan]))


def test_no_score_stands_nowhere_without_complaint():
    p_values, is_extrapolated = tail_p_values(HELD_OUT, np.empty(0))
    assert not len(severities_of(np.empty(0), HELD_OUT, 1.0))
    assert len(p_values) == len(is_extrapolated) == 0
