import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcase_classic.challenge.metric_rules import MetricRule
from dcase_classic.evaluation.intervals import (
    difference_interval,
    official_interval,
    official_replicates,
    section_intervals,
    section_replicates,
    standard_error,
)
from dcase_classic.evaluation.joining import LabelledScores
from dcase_classic.evaluation.metrics import MIN_PARTIAL_AUC, official_score, section_metrics

PER_SECTION, PER_DOMAIN, SHARED = MetricRule


def labelled(n_clips=40, seed=0, shift=1.0, **changes):
    """Clips of both classes in both domains, with some tied scores."""
    rng = np.random.default_rng(seed)
    is_anomaly = np.arange(n_clips) % 2 == 1
    scores = (rng.normal(size=n_clips) + shift * is_anomaly).round(1)
    fields = {
        "machine_type": "fan",
        "section": f"{seed:02d}",
        "is_anomaly": is_anomaly,
        "is_target": np.arange(n_clips) % 4 >= 2,
        "anomaly_scores": scores,
    }
    return LabelledScores(**(fields | changes))


def jackknifed(sections, rule=SHARED):
    metrics = [section_metrics(section, rule) for section in sections]
    replicates = [section_replicates(section, rule) for section in sections]
    return metrics, replicates, official_replicates(metrics, replicates, rule)


@pytest.mark.uncounted
@pytest.mark.parametrize("rule", MetricRule)
@settings(max_examples=15)
@given(
    seed=st.integers(0, 1000),
    n_clips=st.sampled_from([12, 41, 64]),
    decimals=st.sampled_from([0, 1, 9]),
)
def test_every_value_without_a_clip_is_the_one_computed_without_it(rule, seed, n_clips, decimals):
    section = labelled(n_clips, seed)
    rounded = section.anomaly_scores.round(decimals)
    section = labelled(n_clips, seed, anomaly_scores=rounded)
    for key, replicate in section_replicates(section, rule).items():
        (slow,) = oracles.slow_replicates(
            lambda sections, key=key: section_metrics(sections[0], rule).values[key], [section]
        )
        assert replicate == pytest.approx(np.array(slow), rel=0, abs=1e-12)


@pytest.mark.parametrize("rule", [PER_DOMAIN, SHARED])
def test_the_official_score_without_a_clip_is_the_one_computed_without_it(rule):
    sections = [labelled(seed=seed) for seed in range(3)]
    *_, official = jackknifed(sections, rule)
    slow = oracles.slow_replicates(
        lambda left: official_score([section_metrics(section, rule) for section in left], rule),
        sections,
    )
    assert np.array(official) == pytest.approx(np.array(slow), rel=0, abs=1e-12)


def test_the_interval_is_that_of_the_delong_variance_of_an_auc():
    section = labelled(100)
    normal, anomaly = (
        section.anomaly_scores[(section.is_anomaly == label) & ~mask]
        for label, mask in ((False, section.is_target), (True, np.zeros(100, bool)))
    )
    wins = (anomaly[:, np.newaxis] > normal) + 0.5 * (anomaly[:, np.newaxis] == normal)
    parts = [means.var(ddof=1) / means.size for means in (wins.mean(axis=0), wins.mean(axis=1))]
    metrics, (replicates,), _ = jackknifed([section])
    low, high = section_intervals(metrics[0], replicates)["auc_source"]
    assert (low + high) / 2 == pytest.approx(wins.mean(), abs=1e-12)
    # the jackknife over both classes at once differs from it in terms of order 1 / n
    assert (high - low) / 2 == pytest.approx(1.96 * np.sqrt(sum(parts)), rel=0.05)


def test_intervals_stay_inside_the_possible_values():
    for shift in (-3.0, 3.0):
        metrics, (replicates,), _ = jackknifed([labelled(12, shift=shift)])
        for key, (low, high) in section_intervals(metrics[0], replicates).items():
            assert (MIN_PARTIAL_AUC if key == "pauc" else 0.0) <= low <= high <= 1.0


@pytest.mark.parametrize("is_anomaly", [np.arange(8) < 1, np.arange(8) > 0, np.zeros(8, bool)])
def test_a_class_of_less_than_two_clips_has_no_interval(is_anomaly):
    section = labelled(8, is_anomaly=is_anomaly)
    metrics, (replicates,), official = jackknifed([section])
    assert section_intervals(metrics[0], replicates)["pauc"] is None
    value = official_score(metrics, SHARED)
    assert official_interval(value, official) is None


def test_2020_has_no_official_score_and_no_interval_of_it():
    _, _, official = jackknifed([labelled(is_target=None)], PER_SECTION)
    assert official is None
    assert official_interval(None, official) is None


def test_a_section_without_values_does_not_hinder_the_others():
    one_class = labelled(seed=1, is_anomaly=np.zeros(40, bool))
    metrics, _, official = jackknifed([labelled(), one_class])
    alone = jackknifed([labelled()])[2]
    assert official[0] == pytest.approx(alone[0])
    value = official_score(metrics, SHARED)
    assert official_interval(value, official) == pytest.approx(official_interval(value, alone))


def test_a_useless_system_has_an_interval_too():
    constant = labelled(anomaly_scores=np.zeros(40))
    metrics, _, official = jackknifed([constant])
    assert official_interval(official_score(metrics, SHARED), official) == pytest.approx((0.5, 0.5))


def test_an_inverted_system_does_not_overflow():
    inverted = labelled(anomaly_scores=-(np.arange(40) % 2.0))
    metrics, _, official = jackknifed([inverted])
    low, high = official_interval(official_score(metrics, SHARED), official)
    assert low == pytest.approx(0.0)
    assert high == pytest.approx(0.0, abs=1e-12)


def test_a_system_does_not_differ_from_itself():
    *_, official = jackknifed([labelled(seed=seed) for seed in range(2)])
    assert difference_interval(0.0, official, official) == (0.0, 0.0)


def test_pairing_finds_a_difference_that_two_intervals_would_hide():
    sections = [labelled(200, seed) for seed in range(2)]
    better = [
        labelled(200, seed, anomaly_scores=section.anomaly_scores + 0.15 * section.is_anomaly)
        for seed, section in enumerate(sections)
    ]
    metrics, _, official = jackknifed(sections)
    better_metrics, _, better_official = jackknifed(better)
    difference = official_score(better_metrics, SHARED) - official_score(metrics, SHARED)
    low, _ = difference_interval(difference, better_official, official)
    assert low > 0
    _, high = official_interval(official_score(metrics, SHARED), official)
    better_low, _ = official_interval(official_score(better_metrics, SHARED), better_official)
    assert better_low < high


@pytest.mark.uncounted
def test_the_interval_covers_the_true_value_about_as_often_as_it_promises():
    true_auc = 0.76025  # of normal distributions one apart: Phi(1 / sqrt(2))
    covered = 0
    for seed in range(400):
        metrics, (replicates,), _ = jackknifed([labelled(200, seed, anomaly_scores=_exact(seed))])
        low, high = section_intervals(metrics[0], replicates)["auc_all"]
        covered += low <= true_auc <= high
    assert 0.92 <= covered / 400 <= 0.98  # 95 % within three standard errors


def _exact(seed):
    rng = np.random.default_rng(seed)
    return rng.normal(size=200) + np.arange(200) % 2


def test_the_standard_error_of_a_mean_is_the_textbook_one():
    values = np.random.default_rng(0).normal(size=50)
    without_each = (values.sum() - values) / 49
    assert standard_error([without_each]) == pytest.approx(values.std(ddof=1) / np.sqrt(50))
