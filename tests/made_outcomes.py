"""Evaluations of two machines with numbers that tell every place apart, and a prediction."""

from pathlib import Path

import numpy as np

from dcase_classic.evaluation.joining import LabelledScores
from dcase_classic.outcomes.evaluations import Evaluation, Means, SectionMetrics
from dcase_classic.outcomes.predictions import Prediction
from dcase_classic.outcomes.reasons import (
    Direction,
    Explanation,
    FamilyShare,
    NearestNormal,
    Reason,
)


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


def explained_prediction(path="a.wav", **changes):
    """What is said of a recording with a whistle, and why."""
    why = (
        Reason(
            aspect="spectrum", share=3.0, band_hz=(2900.0, 3300.0), from_s=1.0, to_s=1.5,
            direction=Direction.LOUDER, excess_db=12.5, is_beyond_all=True,
        ),
        Reason(
            aspect="rhythm", share=0.5, from_s=0.0, to_s=2.0, is_all_the_time=True,
            direction=Direction.FASTER, rate_hz=(4.0, 5.0),
        ),
        Reason(aspect="spectrum", share=0.5),
    )  # fmt: skip
    fields = {
        "machine_type": "pump",
        "anomaly_score": 4.0,
        "threshold": 2.0,
        "severity": 200.0,
        "p_value": 0.01,
        "p_value_is_extrapolated": True,
        "decision": 1,
        "reason": "1.2 dB louder than any training clip",
        "explanation": Explanation(
            anomaly_score=4.0,
            why=why,
            families=(FamilyShare(family="mfcc_1s", aspect="spectrum", share=4.0),),
            nearest_normal=NearestNormal(position=0, path=Path("gone/n.wav")),
        ),
    }
    return Prediction(path=Path(path), **(fields | changes))
