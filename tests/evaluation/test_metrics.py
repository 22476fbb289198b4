import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import confusion_matrix, f1_score, precision_score, recall_score, roc_auc_score

from dcase_classic.challenge.metric_rules import MetricRule
from dcase_classic.evaluation.joining import LabelledScores
from dcase_classic.evaluation.metrics import (
    MIN_PARTIAL_AUC,
    arithmetic_mean,
    auc,
    harmonic_mean,
    means,
    official_score,
    partial_auc,
    section_metrics,
)

EXACT = {"rel": 0, "abs": 1e-12}
PER_SECTION, PER_DOMAIN, SHARED = MetricRule
# few different values make ties, many make none
SCORES = hnp.arrays(
    np.float64,
    st.integers(1, 40),
    elements=st.integers(-5, 5).map(float) | st.floats(-1e9, 1e9, allow_subnormal=False),
)


def labelled(n_clips=80, seed=0, **changes):
    rng = np.random.default_rng(seed)
    is_anomaly = rng.random(n_clips) < 0.5
    scores = rng.normal(size=n_clips) + is_anomaly
    fields = {
        "machine_type": "fan",
        "section": "00",
        "is_anomaly": is_anomaly,
        "is_target": rng.random(n_clips) < 0.4,
        "anomaly_scores": scores.round(1),
        "is_decided": scores > 0.5,
    }
    return LabelledScores(**(fields | changes))


def sklearn_auc(normals, anomalies, **options):
    labels = np.repeat([0, 1], [len(normals), len(anomalies)])
    return roc_auc_score(labels, np.concatenate([normals, anomalies]), **options)


@pytest.mark.uncounted
@given(normals=SCORES, anomalies=SCORES)
def test_the_auc_counts_pairs_and_equals_scikit_learns(normals, anomalies):
    assert auc(normals, anomalies) == pytest.approx(oracles.slow_auc(normals, anomalies), **EXACT)
    assert auc(normals, anomalies) == pytest.approx(sklearn_auc(normals, anomalies), **EXACT)


@pytest.mark.uncounted
@given(normals=SCORES, anomalies=SCORES, max_fpr=st.just(0.1) | st.floats(0.01, 0.99))
def test_the_partial_auc_equals_scikit_learns_and_the_walk_along_the_curve(
    normals, anomalies, max_fpr
):
    partial = partial_auc(normals, anomalies, max_fpr=max_fpr)
    slow = oracles.slow_partial_auc(normals, anomalies, max_fpr)
    assert partial == pytest.approx(slow, **EXACT)
    assert partial == pytest.approx(sklearn_auc(normals, anomalies, max_fpr=max_fpr), **EXACT)


@pytest.mark.uncounted
@given(normals=SCORES, anomalies=SCORES)
def test_the_whole_area_is_the_auc(normals, anomalies):
    assert partial_auc(normals, anomalies, max_fpr=1.0) == pytest.approx(
        auc(normals, anomalies), **EXACT
    )


@pytest.mark.uncounted
@given(normals=SCORES, anomalies=SCORES)
def test_an_increasing_map_changes_neither_auc(normals, anomalies):
    levels = np.unique(np.concatenate([normals, anomalies]))

    def stretched(scores):
        return np.searchsorted(levels, scores) ** 3.0 - 7.0

    assert auc(stretched(normals), stretched(anomalies)) == auc(normals, anomalies)
    assert partial_auc(stretched(normals), stretched(anomalies)) == partial_auc(normals, anomalies)


@pytest.mark.uncounted
@given(normals=SCORES, anomalies=SCORES)
def test_negated_scores_give_the_other_part_of_one(normals, anomalies):
    assert auc(-normals, -anomalies) == pytest.approx(1 - auc(normals, anomalies), **EXACT)


@pytest.mark.uncounted
@given(normals=SCORES, anomalies=SCORES)
def test_the_partial_auc_stays_between_its_worst_value_and_one(normals, anomalies):
    partial = partial_auc(normals, anomalies)
    assert MIN_PARTIAL_AUC - 1e-12 <= partial <= 1 + 1e-12


@pytest.mark.uncounted
@given(normals=SCORES, anomalies=SCORES, seed=st.integers(0, 9))
def test_the_order_of_clips_changes_neither_auc(normals, anomalies, seed):
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(normals), rng.permutation(anomalies)
    assert auc(*shuffled) == auc(normals, anomalies)
    assert partial_auc(*shuffled) == partial_auc(normals, anomalies)


def test_the_worst_partial_auc_is_eighteen_thirty_eighths():
    assert pytest.approx(18 / 38, **EXACT) == MIN_PARTIAL_AUC
    assert partial_auc(np.ones(20), np.zeros(20)) == pytest.approx(18 / 38, **EXACT)


@pytest.mark.parametrize("sizes", [(0, 3), (3, 0), (0, 0)])
def test_one_class_has_no_auc(sizes):
    assert auc(np.zeros(sizes[0]), np.zeros(sizes[1])) is None
    assert partial_auc(np.zeros(sizes[0]), np.zeros(sizes[1])) is None


def test_from_2022_on_the_normals_of_a_domain_meet_all_anomalies():
    clips = labelled()
    values = section_metrics(clips, SHARED).values
    for key, in_domain in (("auc_source", ~clips.is_target), ("auc_target", clips.is_target)):
        kept = in_domain | clips.is_anomaly
        expected = roc_auc_score(clips.is_anomaly[kept], clips.anomaly_scores[kept])
        assert values[key] == pytest.approx(expected, **EXACT)
    everything = (clips.is_anomaly, clips.anomaly_scores)
    assert values["pauc"] == pytest.approx(roc_auc_score(*everything, max_fpr=0.1), **EXACT)
    assert values["auc_all"] == pytest.approx(roc_auc_score(*everything), **EXACT)


def test_in_2021_everything_stays_inside_the_domain():
    clips = labelled()
    values = section_metrics(clips, PER_DOMAIN).values
    for domain, kept in (("source", ~clips.is_target), ("target", clips.is_target)):
        chosen = (clips.is_anomaly[kept], clips.anomaly_scores[kept])
        assert values[f"auc_{domain}"] == pytest.approx(roc_auc_score(*chosen), **EXACT)
        partial = roc_auc_score(*chosen, max_fpr=0.1)
        assert values[f"pauc_{domain}"] == pytest.approx(partial, **EXACT)


def test_in_2020_there_are_no_domains():
    values = section_metrics(labelled(is_target=None), PER_SECTION).values
    assert set(values) == {
        *("auc", "pauc", "precision", "recall", "f1", "false_alarm_rate", "accuracy")
    }


@pytest.mark.parametrize("rule", [PER_DOMAIN, SHARED])
def test_decisions_are_judged_inside_their_domain(rule):
    clips = labelled()
    metrics = section_metrics(clips, rule)
    for domain, kept in (("source", ~clips.is_target), ("target", clips.is_target)):
        pair = (clips.is_anomaly[kept], clips.is_decided[kept])
        assert metrics.values[f"precision_{domain}"] == pytest.approx(precision_score(*pair))
        assert metrics.values[f"recall_{domain}"] == pytest.approx(recall_score(*pair))
        assert metrics.values[f"f1_{domain}"] == pytest.approx(f1_score(*pair))
        true_negative, false_positive, false_negative, true_positive = confusion_matrix(*pair).flat
        assert metrics.counts[domain] == {
            "normal": true_negative + false_positive,
            "anomaly": true_positive + false_negative,
            "true_positive": true_positive,
            "false_positive": false_positive,
            "true_negative": true_negative,
            "false_negative": false_negative,
        }
    assert metrics.values["accuracy"] == np.mean(clips.is_anomaly == clips.is_decided)


def test_deciding_for_no_anomaly_gives_zeros_as_in_the_official_scripts():
    values = section_metrics(labelled(is_decided=np.zeros(80, bool)), SHARED).values
    assert [values[f"{key}_source"] for key in ("precision", "recall", "f1")] == [0.0, 0.0, 0.0]


def test_without_decisions_their_metrics_are_none_and_the_rest_stands():
    metrics = section_metrics(labelled(is_decided=None), SHARED)
    assert metrics.values["f1_source"] is None
    assert metrics.values["accuracy"] is None
    assert metrics.values["auc_source"] is not None
    assert set(metrics.counts["source"]) == {"normal", "anomaly"}


@pytest.mark.parametrize(
    ("changes", "absent", "words"),
    [
        ({"is_anomaly": np.zeros(80, bool)}, ["auc_source", "auc_target", "pauc", "auc_all"],
         "fan section 00: pauc is null: there is no anomalous clip"),
        ({"is_anomaly": np.ones(80, bool)}, ["auc_source", "auc_target", "pauc", "auc_all"],
         "fan section 00: auc_target is null: there is no normal target clip"),
        ({"is_target": np.zeros(80, bool)}, ["auc_target"],
         "fan section 00: auc_target is null: there is no normal target clip"),
        ({"is_target": None}, ["auc_source", "auc_target"],
         "fan section 00: auc_source is null: there is no normal source clip"),
    ],
)  # fmt: skip
def test_a_class_or_domain_that_is_absent_gives_none_and_a_warning(changes, absent, words):
    metrics = section_metrics(labelled(**changes), SHARED)
    areas = ("auc_source", "auc_target", "pauc", "auc_all")
    assert [key for key in areas if metrics.values[key] is None] == absent
    assert words in metrics.warnings
    assert len(metrics.warnings) == len(absent)


def test_normal_clips_alone_still_have_a_false_alarm_rate():
    values = section_metrics(labelled(is_anomaly=np.zeros(80, bool)), SHARED).values
    assert values["recall_source"] is None
    assert 0 < values["false_alarm_rate_source"] < 1


def test_the_official_score_is_the_harmonic_mean_over_all_sections():
    sections = [section_metrics(labelled(seed=seed), SHARED) for seed in range(3)]
    keys = ("auc_source", "auc_target", "pauc")
    values = [section.values[key] for section in sections for key in keys]
    expected = 9 / sum(1 / value for value in values)
    assert official_score(sections, SHARED) == pytest.approx(expected)


def test_2020_has_no_official_score():
    assert official_score([section_metrics(labelled(), PER_SECTION)], PER_SECTION) is None


def test_one_inverted_auc_pulls_the_official_score_to_almost_nothing():
    assert harmonic_mean([0.0, 1.0]) == pytest.approx(2 * np.finfo(float).eps)


def test_the_mean_of_nothing_is_none():
    assert arithmetic_mean([]) is None
    assert harmonic_mean([]) is None


def test_means_are_taken_per_key_and_over_both_domains():
    sections = [section_metrics(labelled(seed=seed), SHARED) for seed in range(2)]
    source = [section.values["auc_source"] for section in sections]
    target = [section.values["auc_target"] for section in sections]
    result = means(sections)
    assert result.arithmetic_mean["auc_source"] == pytest.approx(np.mean(source))
    assert result.arithmetic_mean["auc"] == pytest.approx(np.mean(source + target))
    assert result.harmonic_mean["auc_target"] == pytest.approx(1 / np.mean(1 / np.array(target)))
    assert result.harmonic_mean["pauc"] == pytest.approx(
        1 / np.mean([1 / section.values["pauc"] for section in sections])
    )


def test_a_value_that_is_none_is_left_out_of_the_means():
    whole = section_metrics(labelled(), SHARED)
    part = section_metrics(labelled(is_target=np.zeros(80, bool)), SHARED)
    assert means([whole, part]).arithmetic_mean["auc_target"] == whole.values["auc_target"]
    assert means([part]).arithmetic_mean["auc_target"] is None


def test_a_column_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"is_decided: got shape \(3,\), expected \(80,\)"):
        labelled(is_decided=np.zeros(3, bool))


def test_scores_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="fan section 00: anomaly_scores: got NaN"):
        labelled(anomaly_scores=np.full(80, np.nan))


def test_no_clips_have_no_accuracy():
    empty = LabelledScores(
        machine_type="fan",
        section="00",
        is_anomaly=np.zeros(0, bool),
        is_target=None,
        anomaly_scores=np.zeros(0),
        is_decided=np.zeros(0, bool),
    )
    assert section_metrics(empty, PER_SECTION).values["accuracy"] is None
