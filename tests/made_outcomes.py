"""Evaluations of two machines with numbers that tell every place apart."""

import numpy as np

from dcase_classic.outcomes.evaluations import Evaluation, Means, SectionMetrics
from dcase_classic.records import LabelledScores


def make_section(machine_type="fan", section="00", **changes):
    fields = {
        "values": {
            "auc_source": 0.9125,
            "auc_target": 0.5,
            "pauc": None,
            "precision_source": 0.25,
            "precision_target": 0.75,
            "recall_source": 1.0,
            "recall_target": None,
            "accuracy": 0.625,
        },
        "counts": {"source": {"n_normal": 2, "n_anomaly": 3}},
        "intervals": {"auc_source": (0.8, 0.99), "auc_target": None},
        "warnings": (),
    }
    return SectionMetrics(machine_type=machine_type, section=section, **(fields | changes))


def make_means(first, second):
    return Means(
        arithmetic_mean={"auc_source": first, "auc_target": None, "pauc": None},
        harmonic_mean={"auc_source": second, "auc_target": None, "pauc": None},
    )


def make_evaluation(system="ours", **changes):
    """The fan has two sections, the pump one."""
    fields = {
        "year": 2023,
        "rule": "all anomalies",
        "sections": (make_section(), make_section(section="01"), make_section("pump")),
        "machines": {"fan": make_means(0.81, 0.72), "pump": make_means(0.63, 0.54)},
        "totals": make_means(0.45, 0.36),
        "official_score": 0.5821,
        "official_score_ci95": (0.5512, 0.6131),
        "official_replicates": None,
        "warnings": ("fan section 00: pauc is null",),
    }
    return Evaluation(system=system, **(fields | changes))


def labelled_scores(n_clips=40, seed=0):
    """Scores of a section: anomalies are a little higher; decided by a threshold of 1."""
    rng = np.random.default_rng(seed)
    is_anomaly = np.arange(n_clips) % 2 == 1
    scores = rng.normal(size=n_clips) + is_anomaly
    return LabelledScores(
        machine_type="fan",
        section="00",
        is_anomaly=is_anomaly,
        is_target=np.arange(n_clips) >= n_clips // 2,
        anomaly_scores=scores,
        is_decided=scores > 1,
    )
