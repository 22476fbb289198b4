import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from dcase_classic.config.calibration import CalibrationConfig
from dcase_classic.model.limits import HeldOut
from dcase_classic.model.thresholds import THRESHOLDS, GammaThreshold, conformal_p_values

SCORES = hnp.arrays(
    np.float64, st.integers(1, 30), elements=st.floats(-1e6, 1e6, allow_subnormal=False)
)


def fit(name, scores, **options):
    """The default threshold of scores of one domain and of clips that are sessions of their own."""
    n_clips = len(scores)
    domains = np.zeros(n_clips, np.intp)
    held_out = HeldOut(
        scores=scores, domains=domains, sessions=np.arange(n_clips), factors=np.ones(n_clips)
    )
    return THRESHOLDS[name](**options).fit(held_out, CalibrationConfig())


def gamma_scores(n_clips=500, seed=0):
    return np.random.default_rng(seed).gamma(2.0, 3.0, n_clips)


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [("percentile", "percentile", 101.0), ("gamma", "quantile", 1.0), ("gamma", "quantile", 0.0)],
)
def test_a_wrong_setting_of_a_threshold_is_refused_before_anything_is_fitted(kind, key, value):
    with pytest.raises(ValueError, match=f"{key}: got {value}"):
        THRESHOLDS[kind](**{key: value})


@pytest.mark.uncounted
@pytest.mark.parametrize("name", THRESHOLDS)
@settings(max_examples=30)
@given(scores=SCORES)
def test_every_threshold_of_any_scores_is_finite_and_not_below_the_smallest(name, scores):
    threshold = fit(name, scores)
    assert np.isfinite(threshold)
    assert threshold >= scores.min() - 1e-9 * np.abs(scores).max()


@pytest.mark.parametrize("name", THRESHOLDS)
@pytest.mark.parametrize("value", [0.0, -3.5, 1e200, 1e-200])
def test_the_threshold_of_equal_scores_is_that_score(name, value):
    assert fit(name, np.full(12, value)) == value


@pytest.mark.parametrize("name", THRESHOLDS)
def test_one_in_ten_of_new_normal_clips_is_above_the_default_threshold(name):
    threshold = fit(name, gamma_scores(5000))
    assert np.mean(gamma_scores(20000, seed=1) > threshold) == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("name", THRESHOLDS)
@pytest.mark.parametrize("scores", [np.array([]), np.zeros((2, 2)), np.array([1.0, np.nan])])
def test_scores_that_are_missing_or_not_finite_are_refused(name, scores):
    with pytest.raises(ValueError, match="scores: got"):
        fit(name, scores)


def test_the_gamma_threshold_is_the_one_of_the_official_baselines():
    scores = gamma_scores()
    official = stats.gamma.ppf(0.9, *stats.gamma.fit(scores))
    # two runs of a simplex optimiser stop within its tolerance of 1e-4
    assert fit("gamma", scores) == pytest.approx(official, rel=1e-3)


@pytest.mark.parametrize(("factor", "offset"), [(1e-9, 5.0), (1e150, 0.0), (2.0, -1e3)])
def test_the_gamma_threshold_moves_and_scales_with_the_scores(factor, offset):
    scores = gamma_scores()
    expected = factor * fit("gamma", scores) + offset
    # the offset of 5 leaves the small scores only seven digits
    assert fit("gamma", factor * scores + offset) == pytest.approx(expected, rel=1e-6)


def test_two_values_that_no_gamma_fits_get_the_gamma_of_their_moments():
    scores = np.repeat([0.0, 1.0], [25, 10])
    expected = scores.mean() + scores.std() * stats.pearson3.ppf(0.9, stats.skew(scores))
    assert fit("gamma", scores) == pytest.approx(expected)


def test_two_values_with_a_tail_to_the_left_get_a_normal_quantile():
    scores = np.repeat([-1.0, 0.0], [5, 41])
    expected = scores.mean() + scores.std() * stats.norm.ppf(0.9)
    assert fit("gamma", scores) == pytest.approx(expected)


def test_the_percentile_threshold_is_numpys():
    assert fit("percentile", np.arange(11.0), percentile=95.0) == 9.5


@pytest.mark.parametrize("percentile", [-1.0, 100.5, float("nan")])
def test_a_percentile_out_of_range_is_refused(percentile):
    with pytest.raises(ValueError, match="percentile: got"):
        THRESHOLDS["percentile"](percentile=percentile)


@pytest.mark.parametrize("quantile", [0.0, 1.0, 90.0, float("nan")])
def test_a_quantile_out_of_range_is_refused(quantile):
    with pytest.raises(ValueError, match="quantile: got"):
        GammaThreshold(quantile=quantile)


@given(calibration=SCORES, scores=SCORES)
def test_p_values_are_counted_right(calibration, scores):
    expected = [oracles.slow_conformal_p_value(calibration, score) for score in scores]
    assert conformal_p_values(calibration, scores).tolist() == expected


def test_p_values_of_normal_clips_are_honest():
    rng = np.random.default_rng(3)
    p_values = np.concatenate(
        [conformal_p_values(rng.normal(size=19), rng.normal(size=1)) for _ in range(4000)]
    )
    # at most 5 % of normal clips get a p-value of 0.05; 0.012 is 3.5 standard errors
    assert np.mean(p_values <= 0.05) == pytest.approx(0.05, abs=0.012)


def test_ten_clips_cannot_give_a_p_value_below_one_eleventh():
    assert conformal_p_values(np.zeros(10), np.array([1e9])).tolist() == [1 / 11]


def test_a_score_that_is_not_finite_gets_no_p_value():
    with pytest.raises(ValueError, match="scores: got NaN"):
        conformal_p_values(np.zeros(3), np.array([np.nan]))
