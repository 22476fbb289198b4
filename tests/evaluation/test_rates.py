import math
from itertools import product

import oracles
import pytest
from made_outcomes import labelled_scores
from scipy import stats

from dcase_classic.challenge.metric_rules import MetricRule
from dcase_classic.evaluation.metrics import section_metrics
from dcase_classic.evaluation.rates import clopper_pearson, decision_intervals


def counts_of(hits, misses, alarms, passed):
    return {
        "normal": alarms + passed,
        "anomaly": hits + misses,
        "true_positive": hits,
        "false_negative": misses,
        "false_positive": alarms,
        "true_negative": passed,
    }


@pytest.mark.parametrize(("n_alarms", "n_clips"), [(0, 10), (3, 10), (10, 10), (22, 237), (1, 1)])
def test_the_interval_of_a_rate_is_scipys_exact_one(n_alarms, n_clips):
    expected = stats.binomtest(n_alarms, n_clips).proportion_ci(0.95, method="exact")
    actual = clopper_pearson(n_alarms, n_clips)
    assert actual == pytest.approx((expected.low, expected.high), rel=1e-9)


@pytest.mark.parametrize(("n_alarms", "n_clips"), [(0, 0), (-1, 3), (4, 3)])
def test_a_rate_of_impossible_counts_is_refused(n_alarms, n_clips):
    with pytest.raises(ValueError, match=f"n_alarms: got {n_alarms} of {n_clips} clips"):
        clopper_pearson(n_alarms, n_clips)


@pytest.mark.uncounted
@pytest.mark.parametrize("counts", [(5, 3, 2, 9), (0, 4, 3, 1), (6, 0, 0, 2), (40, 10, 7, 43)])
def test_the_limits_of_f1_are_those_that_the_counts_do_not_contradict(counts):
    low, high = decision_intervals({"all": counts_of(*counts)})["f1"]
    assert (low, high) == pytest.approx(oracles.slow_f1_interval(*counts[:3]), abs=2e-4)  # its grid


def test_every_interval_holds_its_value_and_belongs_to_one():
    for rule in MetricRule:
        section = section_metrics(labelled_scores(), rule)
        intervals = decision_intervals(section.counts)
        decided = {key for key in section.values if "auc" not in key}
        assert set(intervals) == decided
        for key, (low, high) in intervals.items():
            assert low <= section.values[key] <= high
            assert low < high


@pytest.mark.uncounted
def test_f1_is_covered_at_least_as_often_as_promised_where_the_classes_have_fixed_sizes():
    n_anomalies, n_normals = 12, 15
    intervals = {}
    for hits, alarms in product(range(n_anomalies + 1), range(n_normals + 1)):
        counts = counts_of(hits, n_anomalies - hits, alarms, n_normals - alarms)
        intervals[hits, alarms] = decision_intervals({"all": counts})["f1"]
    for recall, rate in product((0.2, 0.6, 0.9), (0.05, 0.3)):
        true_f1 = 2 * recall * n_anomalies / (n_anomalies * (1 + recall) + rate * n_normals)
        covered = 0.0
        for (hits, alarms), (low, high) in intervals.items():
            chance = stats.binom.pmf(hits, n_anomalies, recall)
            chance *= stats.binom.pmf(alarms, n_normals, rate)
            covered += chance * (low <= true_f1 <= high)
        assert covered >= 0.95


def test_a_perfect_detector_of_few_clips_is_not_certain_to_be_one():
    low, high = decision_intervals({"all": counts_of(3, 0, 0, 3)})["f1"]
    assert 0.4 < low < 0.5
    assert high == 1.0


@pytest.mark.parametrize(
    ("counts", "keys"),
    [
        ((0, 5, 0, 5), {"recall", "f1", "false_alarm_rate", "accuracy"}),
        ((2, 3, 0, 0), {"accuracy"}),
        ((0, 0, 2, 3), {"false_alarm_rate", "accuracy"}),
        ((0, 0, 0, 0), set()),
    ],
)
def test_what_was_not_counted_has_no_interval(counts, keys):
    intervals = decision_intervals({"all": counts_of(*counts)})
    assert {key for key, interval in intervals.items() if interval is not None} == keys


def test_without_decisions_there_is_no_interval():
    assert decision_intervals({"source": {"normal": 3, "anomaly": 4}}) == {}


def test_the_domains_have_their_own_and_accuracy_is_of_all_clips():
    intervals = decision_intervals(
        {"source": counts_of(5, 1, 1, 5), "target": counts_of(2, 4, 3, 3)}
    )
    assert intervals["recall_target"] == clopper_pearson(2, 6)
    assert intervals["accuracy"] == clopper_pearson(15, 24)
    assert not any(math.isnan(end) for ends in intervals.values() for end in ends)
